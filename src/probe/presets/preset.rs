//! A preset as it is written in TOML.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::mail::sasl::Sasl;
use crate::mail::smarthost::Security;

/// What is known of a mail provider, from its own pages.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// The short name, in lower case.
    pub name: String,
    /// Other short names.
    #[serde(default)]
    pub also: Vec<String>,
    /// The name for people.
    pub title: String,
    /// What it wants as user name.
    pub user: User,
    /// The same in words.
    pub user_hint: String,
    /// What kind of password it takes, in words.
    pub password_hint: String,
    /// Login mechanisms, the best first; empty where they are not known.
    #[serde(default)]
    pub mechanisms: Vec<Sasl>,
    /// The domains of its mail addresses.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Names of its servers for incoming mail, or what these end in.
    #[serde(default)]
    pub mx: Vec<String>,
    /// Domains of which a sender's SPF record includes one (RFC 7208 §5.2).
    #[serde(default)]
    pub spf: Vec<String>,
    /// The DKIM selectors that it usually gives (RFC 6376 §3.1).
    #[serde(default)]
    pub dkim: Vec<String>,
    /// Whether nobody can know without a region which of its servers is meant.
    #[serde(default)]
    pub choose: bool,
    /// What is worth knowing, a sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The ways to servers that have none of their own.
    #[serde(default, skip_serializing)]
    pub(super) ways: Vec<Way>,
    /// Names of servers that are not listed; `*` stands for one label.
    #[serde(default, skip_serializing)]
    pub(super) pattern: Option<String>,
    /// Its submission servers, the most usual first.
    #[serde(rename(deserialize = "server", serialize = "servers"))]
    pub servers: Vec<Site>,
    /// What it allows, where that is known for sure.
    #[serde(default)]
    pub limits: Limits,
}

/// A submission server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Its name or address.
    pub host: String,
    /// A short word for where it is, which makes `NAME-REGION` a name for it.
    #[serde(default)]
    pub region: Option<String>,
    /// What the region is, in words.
    #[serde(default)]
    pub at: Option<String>,
    /// The ways to it, the best first.
    #[serde(default)]
    pub ways: Vec<Way>,
}

/// A port, and how TLS begins there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Way {
    /// The port.
    pub port: u16,
    /// TLS from the first byte, or STARTTLS.
    pub security: Security,
}

impl<'de> Deserialize<'de> for Way {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = || {
            let (port, mode) = text.split_once(' ')?;
            let security = match mode {
                "tls" => Security::Tls,
                "starttls" => Security::StartTls,
                _ => return None,
            };
            let port = port.parse().ok().filter(|port| *port > 0)?;
            Some(Self { port, security })
        };
        read().ok_or_else(|| {
            serde::de::Error::custom(format!(
                "{text:?} is no way, expected \"PORT tls\" or \"PORT starttls\""
            ))
        })
    }
}

impl Serialize for Way {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut way = serializer.serialize_struct("Way", 2)?;
        way.serialize_field("port", &self.port)?;
        way.serialize_field("security", &self.security)?;
        way.end()
    }
}

/// What a provider wants as user name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// The full mail address.
    Address,
    /// What stands before the `@` of the address.
    Name,
    /// This very word.
    Word(String),
    /// A key or an id that its pages show.
    Key,
    /// No login.
    None,
}

impl<'de> Deserialize<'de> for User {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(match text.as_str() {
            "address" => Self::Address,
            "name" => Self::Name,
            "key" => Self::Key,
            "none" => Self::None,
            other => match other.strip_prefix("word:").filter(|word| !word.is_empty()) {
                Some(word) => Self::Word(word.to_owned()),
                None => {
                    return Err(serde::de::Error::custom(format!(
                        "{text:?} is no form of a user, expected address, name, word:WORD, key or none"
                    )));
                }
            },
        })
    }
}

impl Serialize for User {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Address => serializer.serialize_str("address"),
            Self::Name => serializer.serialize_str("name"),
            Self::Word(word) => serializer.collect_str(&format_args!("word:{word}")),
            Self::Key => serializer.serialize_str("key"),
            Self::None => serializer.serialize_str("none"),
        }
    }
}

/// What a provider allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Messages in a day.
    pub day: Option<usize>,
    /// Recipients of a message.
    pub recipients: Option<usize>,
    /// The largest message in megabytes.
    pub size_mb: Option<usize>,
    /// Messages on a connection.
    pub per_connection: Option<usize>,
    /// Connections at a time.
    pub connections: Option<usize>,
}

impl Preset {
    /// The ways to one of its servers, the best first.
    #[must_use]
    pub fn ways<'a>(&'a self, site: &'a Site) -> &'a [Way] {
        if site.ways.is_empty() {
            &self.ways
        } else {
            &site.ways
        }
    }

    /// The user name that goes with an address; `None` where only the provider's pages can tell.
    #[must_use]
    pub fn user_for(&self, address: &str) -> Option<String> {
        match &self.user {
            User::Address => Some(address.to_owned()),
            User::Name => Some(address.split('@').next().unwrap_or(address).to_owned()),
            User::Word(word) => Some(word.clone()),
            User::Key | User::None => None,
        }
    }

    /// The short names of its servers, such as `ses-eu-west-1`; one for each that has a region.
    pub fn regions(&self) -> impl Iterator<Item = String> {
        let regions = self.servers.iter().filter_map(|site| site.region.as_ref());
        regions.map(|region| format!("{}-{region}", self.name))
    }

    /// Whether one of its servers has this name.
    #[must_use]
    pub fn has_host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        let listed = |site: &Site| site.host.eq_ignore_ascii_case(host);
        let fits = |pattern: &String| {
            let (before, behind) = pattern.split_once('*').unwrap_or((pattern, ""));
            let host = host.to_ascii_lowercase();
            let label = host
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(behind));
            label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
        };
        self.servers.iter().any(listed) || self.pattern.as_ref().is_some_and(fits)
    }
}
