//! The kinds of values that settings have, each with its own words for what was expected.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::mail::fingerprint::Fingerprint;
use crate::mail::period::Period;
use crate::mail::smarthost::Timeouts;

/// A value that is written as text: the words as they stand, and what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// As it was written.
    pub text: String,
    /// What it means.
    pub value: T,
}

impl<T> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, T> Deserialize<'de> for Written<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = text.parse().map_err(de::Error::custom)?;
        Ok(Self { text, value })
    }
}

/// A name server's address, with port 53 where none was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameServer(pub SocketAddr);

impl FromStr for NameServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        let address = text.parse::<SocketAddr>().ok();
        let address = address.or_else(|| Some(SocketAddr::new(bare.parse::<IpAddr>().ok()?, 53)));
        let address = address.filter(|one| one.port() > 0).ok_or_else(|| {
            "expected an IP address, such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:53"
                .to_owned()
        })?;
        Ok(Self(address))
    }
}

/// A whole number from 1 to 10 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Number(pub usize);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Range;
        impl Visitor<'_> for Range {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number from 1 to 10000")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
                match usize::try_from(number) {
                    Ok(number @ 1..=10_000) => Ok(Number(number)),
                    _ => Err(E::invalid_value(de::Unexpected::Signed(number), &self)),
                }
            }
        }
        deserializer.deserialize_i64(Range)
    }
}

/// A duration, or `never`, for which 0 is another word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub Option<Duration>);

impl Serialize for Patience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(time) => Period(time).serialize(serializer),
            None => serializer.serialize_str("never"),
        }
    }
}

impl<'de> Deserialize<'de> for Patience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Patience;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration with its unit in quotes, such as \"4h\", or \"never\"")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Patience, E> {
                match number {
                    0 => Ok(Patience(None)),
                    other => Err(E::invalid_type(de::Unexpected::Signed(other), &self)),
                }
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Patience, E> {
                match text.trim() {
                    "never" | "0" => Ok(Patience(None)),
                    text => text
                        .parse()
                        .map(|Period(time)| Patience(Some(time)))
                        .map_err(|error| E::custom(format!("{error}, or never"))),
                }
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// One path or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Files(pub Vec<PathBuf>);

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Paths;
        impl<'de> Visitor<'de> for Paths {
            type Value = Files;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path or a list of paths in quotes")
            }

            fn visit_str<E: de::Error>(self, path: &str) -> Result<Files, E> {
                Ok(Files(vec![path.into()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Files, A::Error> {
                let mut paths = Vec::new();
                while let Some(path) = list.next_element::<String>()? {
                    paths.push(path.into());
                }
                Ok(Files(paths))
            }
        }
        deserializer.deserialize_any(Paths)
    }
}

/// One pin or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pins(pub Vec<Fingerprint>);

impl<'de> Deserialize<'de> for Pins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Prints;
        impl<'de> Visitor<'de> for Prints {
            type Value = Pins;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a SHA-256 or a list of them in quotes")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Pins, E> {
                let all: Result<_, _> = text.split(',').map(str::parse).collect();
                all.map(Pins).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Pins, A::Error> {
                let mut prints = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    prints.push(text.parse().map_err(de::Error::custom)?);
                }
                Ok(Pins(prints))
            }
        }
        deserializer.deserialize_any(Prints)
    }
}

/// Where what is queued outlives the program: nowhere, in the usual folder, or in one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spool {
    /// In memory only.
    Never,
    /// In the platform's folder for what programs keep.
    Usual,
    /// In this folder.
    Folder(PathBuf),
}

impl Serialize for Spool {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Never => false.serialize(serializer),
            Self::Usual => true.serialize(serializer),
            Self::Folder(path) => path.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Spool {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Place;
        impl Visitor<'_> for Place {
            type Value = Spool;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or the path of a folder in quotes")
            }

            fn visit_bool<E: de::Error>(self, wanted: bool) -> Result<Spool, E> {
                Ok(if wanted { Spool::Usual } else { Spool::Never })
            }

            fn visit_str<E: de::Error>(self, path: &str) -> Result<Spool, E> {
                if path.trim().is_empty() {
                    return Err(E::invalid_value(de::Unexpected::Str(path), &self));
                }
                Ok(Spool::Folder(path.into()))
            }
        }
        deserializer.deserialize_any(Place)
    }
}

/// The limits of the stages; those that are not set have their defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits(pub Timeouts);

impl Serialize for Limits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut limits = self.0.clone();
        let pairs: Vec<_> = Timeouts::NAMES
            .into_iter()
            .filter_map(|name| limits.named(name).map(|limit| (name, Period(*limit))))
            .collect();
        serializer.collect_map(pairs)
    }
}

impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Stage(String);
        impl<'de> Deserialize<'de> for Stage {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                if Timeouts::NAMES.contains(&name.as_str()) {
                    Ok(Self(name))
                } else {
                    Err(de::Error::unknown_field(&name, &Timeouts::NAMES))
                }
            }
        }
        struct Table;
        impl<'de> Visitor<'de> for Table {
            type Value = Limits;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of stages and their limits")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Limits, A::Error> {
                let mut limits = Timeouts::default();
                while let Some(Stage(name)) = map.next_key()? {
                    let Period(value) = map.next_value()?;
                    if let Some(limit) = limits.named(&name) {
                        *limit = value;
                    }
                }
                Ok(Limits(limits))
            }
        }
        deserializer.deserialize_map(Table)
    }
}

#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
pub(super) fn hidden<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_| "(hidden)").serialize(serializer)
}

/// A command may have a secret among its arguments, so only its program is shown.
#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
pub(super) fn first_word<S: Serializer>(
    command: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let shown = command.as_ref().map(|command| {
        let mut words = command.split_whitespace();
        let program = words.next().unwrap_or_default();
        match words.next() {
            Some(_) => format!("{program} …"),
            None => program.to_owned(),
        }
    });
    shown.serialize(serializer)
}
