//! Mailboxes as people write them: an address with or without a name, one or a list (RFC 5322 §3.4).

use std::fmt;
use std::str::FromStr;

use super::address::{Address, AddressError};

/// An address with an optional display name: `Name <local@domain>` (RFC 5322 §3.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mailbox {
    /// The display name without quotes, free of controls.
    pub name: Option<String>,
    /// The address.
    pub address: Address,
}

impl Mailbox {
    /// Reads a comma-separated list of mailboxes. Empty places between commas are skipped.
    ///
    /// # Errors
    /// The first fault, with its place in the whole text. Group syntax is refused.
    pub fn parse_list(input: &str) -> Result<Vec<Self>, AddressError> {
        let mut list = Vec::new();
        for (start, piece) in pieces(input) {
            let lead = piece.len() - piece.trim_start().len();
            if !piece.trim().is_empty() {
                list.push(parse_one(input, start + lead, piece.trim())?);
            }
        }
        Ok(list)
    }
}

/// Cuts at commas and line ends that stand outside quotes and angle brackets.
fn pieces(input: &str) -> Vec<(usize, &str)> {
    let (mut list, mut start, mut quoted, mut escaped, mut angle) =
        (Vec::new(), 0, false, false, false);
    for (at, c) in input.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => angle = true,
            '>' if !quoted => angle = false,
            ',' | '\n' if !quoted && (!angle || c == '\n') => {
                list.push((start, &input[start..at]));
                (start, angle) = (at + 1, false);
            }
            _ => {}
        }
    }
    list.push((start, &input[start..]));
    list
}

fn parse_one(whole: &str, start: usize, piece: &str) -> Result<Mailbox, AddressError> {
    let fault = |at: usize, reason: &str| Err(AddressError::new(whole, start + at, reason));
    let inside = |offset: usize, text: &str| {
        text.parse::<Address>().map_err(|error| {
            let bytes: usize = text.chars().take(error.at).map(char::len_utf8).sum();
            AddressError::new(whole, start + offset + bytes, error.reason)
        })
    };
    if let Some((at, c)) = piece.char_indices().find(|(_, c)| super::clean::acts(*c)) {
        return fault(
            at,
            &format!(
                "an invisible character ({}) is not allowed",
                c.escape_unicode()
            ),
        );
    }
    let Some(open) = angle_open(piece) else {
        if piece.contains(':') && piece.ends_with(';') {
            return fault(
                0,
                "groups are not supported; list the addresses with commas",
            );
        }
        if let Some(at) = piece.find(';') {
            return fault(at, "separate addresses with commas");
        }
        return Ok(Mailbox {
            name: None,
            address: inside(0, piece)?,
        });
    };
    let Some(inner) = piece[open + 1..].strip_suffix('>') else {
        return match piece[open + 1..].find('>') {
            Some(at) => fault(open + at + 2, "a comma is expected after >"),
            None => fault(piece.len(), "the closing > is missing"),
        };
    };
    let raw = piece[..open].trim();
    if !raw.starts_with('"')
        && let Some(at) = raw.find(['(', ')', ':', ';', '"', '@', '\\'])
    {
        return fault(at, "put a name with this character into double quotes");
    }
    let name = if raw.starts_with('"') {
        unquote(raw).ok_or(())
    } else {
        Ok(raw.to_owned())
    };
    let Ok(name) = name else {
        return fault(raw.len(), "the closing quote of the name is missing");
    };
    let address = inside(open + 1, inner)?;
    Ok(Mailbox {
        name: (!name.is_empty()).then_some(name),
        address,
    })
}

fn angle_open(piece: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in piece.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn unquote(raw: &str) -> Option<String> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    let (mut name, mut escaped) = (String::with_capacity(inner.len()), false);
    for c in inner.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return None,
            _ => {
                escaped = false;
                name.push(c);
            }
        }
    }
    (!escaped).then_some(name)
}

impl FromStr for Mailbox {
    type Err = AddressError;

    fn from_str(input: &str) -> Result<Self, AddressError> {
        let mut list = Self::parse_list(input)?;
        match (list.pop(), list.is_empty()) {
            (Some(one), true) => Ok(one),
            (Some(_), false) => Err(AddressError::new(
                input,
                0,
                "one address is expected here, not several",
            )),
            (None, _) => Err(AddressError::new(input, 0, "an address is missing")),
        }
    }
}

impl From<Address> for Mailbox {
    fn from(address: Address) -> Self {
        Self {
            name: None,
            address,
        }
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            None => self.address.fmt(f),
            Some(name)
                if name.contains(|c: char| {
                    !c.is_alphanumeric() && !matches!(c, ' ' | '-' | '\'' | '_')
                }) =>
            {
                write!(
                    f,
                    "\"{}\" <{}>",
                    name.replace('\\', "\\\\").replace('"', "\\\""),
                    self.address
                )
            }
            Some(name) => write!(f, "{name} <{}>", self.address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(input: &str) -> (usize, String) {
        let error = Mailbox::parse_list(input).expect_err(input);
        (error.at, error.reason)
    }

    #[test]
    fn the_place_of_a_fault_is_named() {
        for (text, at) in [
            ("a b@x", 1),
            ("a@", 2),
            ("@x", 0),
            ("a@b..c", 4),
            ("a@b.", 4),
            ("a..b@x", 2),
            ("a.@x", 1),
            ("a@x_y", 3),
            ("me@x, you@", 10),
            ("Grp: a@x, b@x;", 3),
            ("<>", 1),
            ("a@x(c)", 3),
            ("Name <a@x", 9),
            ("a\u{202e}@x", 1),
            ("a@[300.1.1.1]", 3),
        ] {
            assert_eq!(place(text).0, at, "{text}: {}", place(text).1);
        }
    }

    #[test]
    fn names_with_commas_and_quotes_survive() {
        let list = Mailbox::parse_list("\"Diaz, \\\"C\\\"\" <c@x.org>, Bob B <b@x.org>,, a@x.org,")
            .expect("valid");
        let names: Vec<_> = list.iter().map(|m| m.name.as_deref()).collect();
        assert_eq!(names, [Some("Diaz, \"C\""), Some("Bob B"), None]);
        for mailbox in list {
            assert_eq!(
                mailbox.to_string().parse::<Mailbox>().expect("own words"),
                mailbox
            );
        }
    }
}
