//! How much is remembered: of what the probe has seen, and of what was said to servers.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::mailer::conversations;
use crate::mailer::probe::history::USUAL;

/// The most runs of a server that can be asked for.
const MOST: i64 = 10_000;

/// How many runs of the probe are kept for each server; none where it is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History(pub usize);

impl Default for History {
    fn default() -> Self {
        Self(USUAL)
    }
}

impl Serialize for History {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            0 => false.serialize(serializer),
            number => number.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for History {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Runs;
        impl Visitor<'_> for Runs {
            type Value = History;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a whole number from 1 to 10000")
            }

            fn visit_bool<E: de::Error>(self, wanted: bool) -> Result<History, E> {
                Ok(if wanted {
                    History::default()
                } else {
                    History(0)
                })
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<History, E> {
                match usize::try_from(number) {
                    Ok(runs) if (1..=MOST).contains(&number) => Ok(History(runs)),
                    _ => Err(E::invalid_value(de::Unexpected::Signed(number), &self)),
                }
            }
        }
        deserializer.deserialize_any(Runs)
    }
}

/// How many conversations of a queued message are kept; none where it is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Transcripts(pub usize);

impl Default for Transcripts {
    fn default() -> Self {
        Self(conversations::USUAL)
    }
}

impl<'de> Deserialize<'de> for Transcripts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Range;
        impl Visitor<'_> for Range {
            type Value = Transcripts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from 0 to {}", conversations::MOST)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Transcripts, E> {
                match usize::try_from(number) {
                    Ok(number) if number <= conversations::MOST => Ok(Transcripts(number)),
                    _ => Err(E::invalid_value(de::Unexpected::Signed(number), &self)),
                }
            }
        }
        deserializer.deserialize_i64(Range)
    }
}
