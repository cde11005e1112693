//! Addresses as people write them and as the envelope needs them (RFC 5321 §4.1.2, RFC 5322 §3.4, RFC 6531).

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is wrong with an address, and where: `at` counts characters from 0 in `input`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}, at character {} of {:?}", at + 1, input)]
pub struct AddressError {
    /// The text that was read.
    pub input: String,
    /// The place of the fault, in characters from the start of the text.
    pub at: usize,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl AddressError {
    /// A fault at an octet of the input.
    pub(super) fn new(input: &str, at: usize, reason: impl Into<String>) -> Self {
        let at = input
            .get(..at)
            .map_or_else(|| input.chars().count(), |before| before.chars().count());
        Self {
            input: input.to_owned(),
            at,
            reason: reason.into(),
        }
    }

    /// The text with a line below it that points at the place.
    #[must_use]
    pub fn pointed(&self) -> String {
        format!(
            "{}\n{}^ {}",
            super::clean::clean(&self.input),
            " ".repeat(self.at),
            self.reason
        )
    }
}

/// A mailbox address without a display name, valid on the wire: `local@domain`, `"quoted local"@domain` or `local@[literal]`.
///
/// Limits of RFC 5321 §4.5.3.1: local part 64 octets, domain 255. Non-ASCII domains are kept as written and turned into
/// A-labels by [`Address::to_ascii`]; a non-ASCII local part needs SMTPUTF8 (RFC 6531).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    text: Arc<str>,
    at: usize,
}

impl Address {
    /// The part before the at sign, with its quotes where it has any.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.text[..self.at]
    }

    /// The part behind the at sign, as written.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }

    /// The whole address as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the local part can only travel with SMTPUTF8.
    #[must_use]
    pub fn needs_smtputf8(&self) -> bool {
        !self.local().is_ascii()
    }

    /// The address with its domain as A-labels (RFC 5890), as servers without SMTPUTF8 need it.
    #[must_use]
    pub fn to_ascii(&self) -> String {
        if self.domain().is_ascii() {
            return self.text.to_string();
        }
        let domain =
            idna::domain_to_ascii(self.domain()).unwrap_or_else(|_| self.domain().to_owned());
        format!("{}@{domain}", self.local())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.text)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(input: &str) -> Result<Self, AddressError> {
        let fault = |at: usize, reason: &str| Err(AddressError::new(input, at, reason));
        if let Some((at, c)) = input.char_indices().find(|(_, c)| super::clean::acts(*c)) {
            return Err(AddressError::new(
                input,
                at,
                format!(
                    "an invisible character ({}) is not allowed",
                    c.escape_unicode()
                ),
            ));
        }
        if input.is_empty() {
            return fault(0, "an address is missing");
        }
        let end = local_end(input)?;
        if end == 0 {
            return fault(0, "the part before @ is missing");
        }
        if end > 64 {
            return fault(64, "the part before @ is longer than 64 octets");
        }
        if input[end..].is_empty() {
            return fault(end, "the @ and the domain are missing");
        }
        check_domain(input, end + 1)?;
        Ok(Self {
            text: Arc::from(input),
            at: end,
        })
    }
}

/// Where the local part ends, which is where the at sign stands.
fn local_end(input: &str) -> Result<usize, AddressError> {
    let fault = |at: usize, reason: &str| Err(AddressError::new(input, at, reason));
    if input.starts_with('"') {
        let mut escaped = false;
        for (at, c) in input.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' if at == 1 => return fault(1, "the quoted part before @ is empty"),
                '"' if input[at + 1..].starts_with('@') || input[at + 1..].is_empty() => {
                    return Ok(at + 1);
                }
                '"' => return fault(at + 1, "an @ is expected after the closing quote"),
                _ => {}
            }
        }
        return fault(input.len(), "the closing quote is missing");
    }
    let mut dot = true;
    for (at, c) in input.char_indices() {
        match c {
            '@' if dot && at > 0 => return fault(at - 1, "a dot may not stand right before @"),
            '@' => return Ok(at),
            '.' if dot => return fault(at, "a dot may not stand first or after another dot"),
            '.' => dot = true,
            ' ' => {
                return fault(
                    at,
                    "a space is not allowed before @, unless the part is quoted",
                );
            }
            '(' | ')' => return fault(at, "comments in addresses are not supported; leave it out"),
            '<' | '>' | '[' | ']' | ':' | ';' | ',' | '\\' | '"' => {
                return fault(
                    at,
                    "this character is not allowed before @, unless the part is quoted",
                );
            }
            _ => dot = false,
        }
    }
    fault(input.len(), "the @ and the domain are missing")
}

fn check_domain(input: &str, start: usize) -> Result<(), AddressError> {
    let fault = |at: usize, reason: &str| Err(AddressError::new(input, at, reason));
    let domain = &input[start..];
    if domain.is_empty() {
        return fault(start, "the domain after @ is missing");
    }
    if let Some(inner) = domain.strip_prefix('[') {
        let Some(inner) = inner.strip_suffix(']') else {
            return fault(
                input.len(),
                "the closing ] of the address literal is missing",
            );
        };
        let good = match inner.get(..5) {
            Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => {
                inner[5..].parse::<Ipv6Addr>().is_ok()
            }
            _ => inner.parse::<Ipv4Addr>().is_ok(),
        };
        return if good {
            Ok(())
        } else {
            fault(
                start + 1,
                "an address literal is [192.0.2.1] or [IPv6:2001:db8::1]",
            )
        };
    }
    let mut at = start;
    for label in domain.split('.') {
        if label.is_empty() {
            return fault(
                at,
                "a dot in the domain may not stand first, last or after another dot",
            );
        }
        for (offset, c) in label.char_indices() {
            if c.is_ascii() && !c.is_ascii_alphanumeric() && c != '-' {
                return fault(
                    at + offset,
                    "a domain has only letters, digits, hyphens and dots",
                );
            }
        }
        if label.starts_with('-') || label.ends_with('-') {
            return fault(
                at,
                "a label of the domain may not begin or end with a hyphen",
            );
        }
        if label.len() > 63 && label.is_ascii() {
            return fault(at, "a label of the domain is longer than 63 octets");
        }
        at += label.len() + 1;
    }
    let Ok(ascii) = idna::domain_to_ascii(domain) else {
        return fault(start, "the domain is no valid international domain name");
    };
    if ascii.len() > 255 {
        return fault(start, "the domain is longer than 255 octets");
    }
    Ok(())
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_servers_take_are_taken() {
        for text in [
            "a@example.com",
            "a+b.c=d@example.com",
            "-dash@example.com",
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
            "\"a b\"@example.com",
            "\"quo\\\"te@d\"@example.com",
            "grüße@exämple.de",
            "o'neil@localhost",
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.as_str(), text);
        }
        let idn: Address = "info@bücher.example".parse().expect("valid");
        assert_eq!(
            (idn.to_ascii().as_str(), idn.needs_smtputf8()),
            ("info@xn--bcher-kva.example", false)
        );
    }

    #[test]
    fn lengths_are_limited() {
        assert!(format!("{}@x", "l".repeat(65)).parse::<Address>().is_err());
        let long = vec!["d".repeat(60); 5].join(".");
        assert!(format!("a@{long}").parse::<Address>().is_err());
    }
}
