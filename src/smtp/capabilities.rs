//! What the server promised in its reply to EHLO (RFC 5321 §4.1.1.1).

use crate::mail::clean::Clean;
use crate::mail::reply::Reply;

/// The service extensions that a server offers. Lines that make no sense are kept for people and otherwise ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    lines: Vec<Clean>,
}

impl Capabilities {
    /// Reads the reply to EHLO; its first line is a greeting.
    #[must_use]
    pub fn read(reply: &Reply) -> Self {
        Self {
            lines: reply.lines.iter().skip(1).cloned().collect(),
        }
    }

    /// The lines as the server wrote them.
    #[must_use]
    pub fn lines(&self) -> &[Clean] {
        &self.lines
    }

    /// The parameters of an extension, `None` where it is not offered. Keywords have no case.
    #[must_use]
    pub fn parameters(&self, keyword: &str) -> Option<impl Iterator<Item = &str>> {
        self.lines.iter().find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let first = words.next()?;
            first.eq_ignore_ascii_case(keyword).then_some(words)
        })
    }

    /// Whether an extension is offered.
    #[must_use]
    pub fn offers(&self, keyword: &str) -> bool {
        self.parameters(keyword).is_some()
    }

    /// The largest message in octets that the server takes (RFC 1870); `None` where it names none that makes sense.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        let limit = self.parameters("SIZE")?.next()?.parse().ok()?;
        // Zero says that there is no fixed limit (RFC 1870 §4).
        (limit > 0).then_some(limit)
    }

    /// The mechanisms offered for AUTH, in capitals, in the server's order, each once.
    #[must_use]
    pub fn mechanisms(&self) -> Vec<String> {
        let mut all = Vec::new();
        for line in &self.lines {
            let mut words = line.split_ascii_whitespace();
            let first = match words.next() {
                Some(word) if word.eq_ignore_ascii_case("AUTH") => None,
                // Servers from before RFC 2554 wrote `AUTH=LOGIN`, and some still do for old clients.
                Some(word) => match word.split_at_checked(5) {
                    Some((start, rest)) if start.eq_ignore_ascii_case("AUTH=") => Some(rest),
                    _ => continue,
                },
                None => continue,
            };
            for word in first.into_iter().chain(words).map(str::to_ascii_uppercase) {
                if !word.is_empty() && !all.contains(&word) {
                    all.push(word);
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Capabilities {
        let all = std::iter::once("mx.example hello").chain(lines.iter().copied());
        Capabilities::read(&Reply::new(250, all))
    }

    #[test]
    fn keywords_have_no_case_and_odd_lines_do_no_harm() {
        let offered = read(&["pipelining", "", "  ", "-- ??", "Size 1000", "8BitMime"]);
        assert!(offered.offers("PIPELINING") && offered.offers("8BITMIME"));
        assert!(!offered.offers("STARTTLS"));
        assert_eq!(offered.size(), Some(1000));
        assert!(
            !read(&[]).offers("mx.example"),
            "the greeting is no extension"
        );
    }

    #[test]
    fn a_size_without_sense_is_no_limit() {
        for line in [
            "SIZE",
            "SIZE 0",
            "SIZE -1",
            "SIZE big",
            "SIZE 99999999999999999999999",
        ] {
            assert_eq!(read(&[line]).size(), None, "{line}");
        }
    }

    #[test]
    fn both_forms_of_auth_are_read() {
        let offered = read(&["AUTH=LOGIN", "auth login plain X-OLD", "AUTHENTIC no"]);
        assert_eq!(offered.mechanisms(), ["LOGIN", "PLAIN", "X-OLD"]);
    }
}
