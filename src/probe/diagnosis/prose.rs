//! The words of a server apart from the names in them: `spam@example.org` speaks of no spam, and `relay.example.org` of no relay.

use std::net::IpAddr;

use super::sentence::{is_beside, sentence_end};

/// What stands in a name's place.
const NAME: char = '·';
/// What stands in an IP address's place: a word that no server uses, so that phrases can ask for one.
const ADDRESS: &str = "ipliteral";

/// A text as it is, and as prose; both in the form that phrases are looked for in.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) whole: String,
    pub(super) prose: String,
}

impl From<String> for Words {
    /// The text must be [`normal`](super::phrase::normal).
    fn from(whole: String) -> Self {
        let prose = prose(&whole);
        Self { whole, prose }
    }
}

impl Words {
    /// Those of its sentences that are about what happened; all of them, where none is.
    pub(super) fn of_the_matter(&self, sentences: &[Self]) -> Self {
        let about: Vec<&str> = sentences
            .iter()
            .map(|one| one.whole.as_str())
            .filter(|one| !is_beside(one))
            .collect();
        if about.is_empty() || about.len() == sentences.len() {
            return self.clone();
        }
        Self::from(about.join(" "))
    }

    /// Its sentences, each by itself.
    pub(super) fn sentences(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut from = 0;
        while from < self.whole.len() {
            let end = sentence_end(&self.whole, from);
            let behind = end
                + self
                    .whole
                    .get(end..)
                    .and_then(|rest| rest.chars().next())
                    .map_or(0, char::len_utf8);
            if let Some(sentence) = self.whole.get(from..behind) {
                all.push(Self::from(sentence.trim().to_owned()));
            }
            from = behind.max(from + 1);
        }
        all
    }
}

/// A text with the blanks that somebody forgot behind full stops: `denied.Please` is no host name.
pub(super) fn parted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        match forgotten(word) {
            Some(at) => {
                let (before, behind) = word.split_at(at);
                out.push_str(before);
                out.push(' ');
                out.push_str(behind);
            }
            None => out.push_str(word),
        }
    }
    out
}

/// Where in a word the one full stop stands that ends a word in small letters and is followed by one with a capital.
fn forgotten(word: &str) -> Option<usize> {
    let inner = word
        .trim_end()
        .trim_end_matches(|c| is_bracket(c) || is_stop(c));
    let (before, behind) = inner.split_once('.')?;
    let mut rest = behind.trim_start_matches(is_bracket).chars();
    let is_begin =
        rest.next().is_some_and(char::is_uppercase) && rest.all(|c| c.is_lowercase() || c == '\'');
    let last = before.trim_end_matches(is_bracket);
    let is_end = last.chars().nth(1).is_some() && last.chars().all(char::is_lowercase);
    (is_begin && is_end).then_some(before.len() + 1)
}

/// A text in which every address, host name, file name and web address is one mark.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, word) in text.split(' ').enumerate() {
        if n > 0 {
            out.push(' ');
        }
        match word.find("://") {
            Some(at) => {
                let before = word.get(..at).unwrap_or_default();
                out.push_str(before.trim_end_matches(char::is_alphanumeric));
                out.push(NAME);
                let rest = word.get(at..).unwrap_or_default();
                let end = rest.trim_end_matches(|c| is_bracket(c) || is_stop(c)).len();
                out.push_str(rest.get(end..).unwrap_or_default());
            }
            None => without_names(word, &mut out),
        }
    }
    out
}

/// The separators of a word are looked at before its parts, since IPv6 addresses hold some of them.
fn without_names(word: &str, out: &mut String) {
    for outer in word.split_inclusive(is_bracket) {
        let inner = outer.trim_end_matches(|c| is_bracket(c) || is_stop(c));
        if inner.contains("::") && inner.parse::<IpAddr>().is_ok() {
            out.push_str(ADDRESS);
            out.push_str(outer.get(inner.len()..).unwrap_or_default());
        } else {
            without_names_in(outer, out);
        }
    }
}

fn without_names_in(word: &str, out: &mut String) {
    for part in word.split_inclusive(|c| is_bracket(c) || matches!(c, ',' | ';' | ':' | '=' | '|'))
    {
        let chunk =
            part.trim_end_matches(|c| is_bracket(c) || is_stop(c) || matches!(c, '=' | '|'));
        if chunk.parse::<IpAddr>().is_ok() {
            out.push_str(ADDRESS);
        } else if is_name(chunk) {
            out.push(NAME);
        } else {
            out.push_str(chunk);
        }
        out.push_str(part.get(chunk.len()..).unwrap_or_default());
    }
}

fn is_bracket(c: char) -> bool {
    matches!(
        c,
        '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | '"' | '\'' | '`'
    )
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '…')
}

/// Whether it is an address, or a name of labels with dots whose last one is letters; a path may follow.
fn is_name(chunk: &str) -> bool {
    if let Some((local, domain)) = chunk.split_once('@') {
        return !local.is_empty() && !domain.is_empty();
    }
    let host = chunk.split('/').next().unwrap_or_default();
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    let is_last =
        |label: &str| label.chars().nth(1).is_some() && label.chars().all(char::is_alphabetic);
    host.contains('.')
        && host.split('.').all(is_label)
        && host.rsplit('.').next().is_some_and(is_last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_that_was_forgotten_is_seen_by_the_capital() {
        for (text, wanted) in [
            ("denied.Please log in", "denied. Please log in"),
            ("not so.(See below)", "not so. (See below)"),
            (
                "mail.example.Com and Example.Com",
                "mail.example.Com and Example.Com",
            ),
            (
                "relay.EXAMPLE a.B c@d.Example",
                "relay.EXAMPLE a.B c@d.Example",
            ),
            ("http://a.Example/", "http://a.Example/"),
            ("denied.please", "denied.please"),
            ("", ""),
        ] {
            assert_eq!(parted(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_text_is_parted_into_sentences_and_those_of_the_matter_remain() {
        let cases = [
            ("mailbox full", vec!["mailbox full"], "mailbox full"),
            (
                "no such user. if you are lost, ask. bye",
                vec!["no such user.", "if you are lost, ask.", "bye"],
                "no such user. bye",
            ),
            // Where nothing else is said, the condition is all there is.
            (
                "if you read this your mailbox is full",
                vec!["if you read this your mailbox is full"],
                "if you read this your mailbox is full",
            ),
            ("", vec![], ""),
        ];
        for (text, wanted, matter) in cases {
            let words = Words::from(text.to_owned());
            let sentences = words.sentences();
            let parts: Vec<&str> = sentences.iter().map(|one| one.whole.as_str()).collect();
            assert_eq!(parts, wanted);
            assert_eq!(words.of_the_matter(&sentences).whole, matter);
        }
    }

    #[test]
    fn names_are_no_prose() {
        for (whole, wanted) in [
            ("<spam@example.org>: not for you", "<·>: not for you"),
            (
                "<relay.example.org[192.0.2.1]>: denied.",
                "<·[ipliteral]>: denied.",
            ),
            (
                "see (http://list.example/spam?ip=1), please",
                "see (·), please",
            ),
            ("see list.example/blocked/17.", "see ·."),
            ("smtp.mailfrom=example.com; spf=pass", "·=·; spf=pass"),
            (
                "from [2001:db8::1]: and 192.0.2.1.",
                "from [ipliteral]: and ipliteral.",
            ),
            ("eicar.exe is a virus", "· is a virus"),
            (
                "status 5.7.1, rfc 5322. e.g. this",
                "status 5.7.1, rfc 5322. e.g. this",
            ),
            ("a spf/dkim check @ noon", "a spf/dkim check @ noon"),
            ("é@ü.example", "·"),
            ("://", "·"),
            ("", ""),
        ] {
            assert_eq!(prose(whole), wanted, "{whole}");
        }
    }
}
