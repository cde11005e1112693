//! What XCLIENT tells a server of another client (Postfix's own extension): names and values.

use std::fmt;
use std::str::FromStr;

use super::dsn::xtext;

/// The attributes of XCLIENT in the order in which they are told, such as `NAME=mx.example ADDR=192.0.2.1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct XClient(Vec<(&'static str, String)>);

/// The names that servers know.
const NAMES: [&str; 8] = [
    "NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT",
];
/// The longest value in octets; a name has at most 255.
const LONGEST: usize = 255;
/// The longest command in octets with its line end (RFC 5321 §4.5.3.1.4).
const LINE: usize = 512;

impl XClient {
    /// The names of the attributes, in capitals.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// The attributes: names in capitals, and values as they are.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The commands, each no longer than a command may be. Values are written as xtext (RFC 3461 §4).
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        let mut commands = Vec::new();
        let mut command = String::new();
        for (name, value) in &self.0 {
            let attribute = format!(" {name}={}", xtext(value));
            if !command.is_empty() && command.len() + attribute.len() + 2 > LINE {
                commands.push(std::mem::take(&mut command));
            }
            if command.is_empty() {
                command.push_str("XCLIENT");
            }
            command.push_str(&attribute);
        }
        commands.push(command);
        commands
    }
}

impl fmt::Display for XClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, value)) in self.0.iter().enumerate() {
            let gap = if at == 0 { "" } else { " " };
            write!(f, "{gap}{name}={value}")?;
        }
        Ok(())
    }
}

impl FromStr for XClient {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all: Vec<(&'static str, String)> = Vec::new();
        for word in text.split_ascii_whitespace() {
            let Some((name, value)) = word.split_once('=') else {
                return Err(format!(
                    "{word:?} is no NAME=VALUE; write such as 'NAME=mx.example ADDR=192.0.2.1'"
                ));
            };
            let known = NAMES.iter().find(|known| known.eq_ignore_ascii_case(name));
            let Some(known) = known else {
                return Err(format!(
                    "XCLIENT knows no {name:?}; its attributes are {}",
                    NAMES.join(", ")
                ));
            };
            if value.is_empty() || value.len() > LONGEST || value.contains(char::is_control) {
                return Err(format!(
                    "the value of {known} has 1 to {LONGEST} octets and no controls; write [UNAVAILABLE] where there is none"
                ));
            }
            if all.iter().any(|(one, _)| one == known) {
                return Err(format!("{known} stands there twice"));
            }
            all.push((known, value.to_owned()));
        }
        if all.is_empty() {
            return Err("XCLIENT needs an attribute, such as ADDR=192.0.2.1".to_owned());
        }
        Ok(Self(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_xtext_and_long_ones_take_several_commands() {
        let one: XClient = "name=mx.example ADDR=IPV6:2001:db8::1 LOGIN=a+b=c"
            .parse()
            .expect("attributes");
        assert_eq!(
            one.commands(),
            ["XCLIENT NAME=mx.example ADDR=IPV6:2001:db8::1 LOGIN=a+2Bb+3Dc"]
        );
        assert_eq!(
            one.to_string().parse(),
            Ok(one.clone()),
            "{one} is read again"
        );
        let long = format!("NAME={} HELO={} LOGIN=x", "n".repeat(255), "h".repeat(255));
        let commands = long.parse::<XClient>().expect("attributes").commands();
        assert_eq!(commands.len(), 2);
        assert!(commands.iter().all(|line| line.len() + 2 <= LINE));
    }

    #[test]
    fn faults_are_named() {
        for (text, word) in [
            ("", "needs an attribute"),
            ("ADDR", "NAME=VALUE"),
            ("COLOR=red", "XCLIENT knows no \"COLOR\""),
            ("ADDR=", "ADDR"),
            ("ADDR=1 addr=2", "twice"),
        ] {
            let words = text.parse::<XClient>().expect_err("a fault");
            assert!(words.contains(word), "{words}");
        }
    }
}
