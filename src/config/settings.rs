//! The settings and their defaults, as the file writes them. Unknown keys are faults: a typo must not pass in silence.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::period::{Period, Retry};
use crate::mail::mailbox::Mailbox;
use crate::mail::smarthost::{Credentials, Secret, Security, Server, SmartHost, Timeouts};

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

/// Everything that can be set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The account for mail that names none; without it the file's first, else `debug`.
    pub default_account: Option<String>,
    /// The accounts by name. `debug` is always among them.
    pub account: BTreeMap<String, Account>,
    /// The live queue.
    pub queue: Queue,
    /// The terminal console.
    pub console: Console,
}

/// An account: who writes, and by which way it goes out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// The author of drafts that name none.
    pub from: Option<Written<Mailbox>>,
    /// The transport's kind. `smtp`.
    pub transport: String,
    /// The smart host.
    pub smtp: Smtp,
    /// When and by whose hand mail goes to the transport.
    pub manager: Manager,
    /// The retry schedule, where it is not the queue's.
    pub retry: Option<Retry>,
    /// When mail expires, where it is not the queue's.
    pub expire: Option<Period>,
}

/// A smart host, as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Smtp {
    /// `HOST` or `HOST:PORT`.
    pub server: Option<Written<Server>>,
    /// How the connection is protected. `auto`, which sends nothing in clear beyond this machine.
    pub security: Written<Security>,
    /// The user name for AUTH.
    pub user: Option<String>,
    /// The password itself; only in a file that nobody else can read.
    #[serde(serialize_with = "hidden")]
    pub password: Option<SecretString>,
    /// A command whose first line of output is the password.
    #[serde(serialize_with = "first_word")]
    pub password_command: Option<String>,
    /// The name for EHLO.
    pub hello: Option<String>,
    /// PEM files of certificate authorities trusted beside the platform's: one path or a list.
    pub ca_file: Files,
    /// Messages for each connection. 10.
    pub count: Number,
    /// The limits of the stages.
    pub timeout: Limits,
}

/// A manager, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Manager {
    /// The manager's kind. `on-demand`.
    pub kind: String,
    /// The most workers at a time. 4.
    pub workers: Number,
    /// Queued messages for each worker before another one starts. 10.
    pub divisor: Number,
    /// How long a worker without work stays. `60s`.
    pub idle: Period,
    /// Messages after which a worker makes room for a fresh one. 10.
    pub count: Number,
}

/// The queue's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// When deferred mail is tried again. `5m,15m,30m,1h,2h then 3h`.
    pub retry: Retry,
    /// When mail that could not be delivered is given up. `5d`.
    pub expire: Period,
}

/// The console's settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Console {
    /// Draw with ASCII only. `false`.
    pub ascii: bool,
    /// When to use colours. `auto`.
    pub color: Color,
    /// Take the mouse. `false`, so that the terminal's own selection works.
    pub mouse: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
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
fn hidden<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_| "(hidden)").serialize(serializer)
}

/// A command may have a secret among its arguments, so only its program is shown.
#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
fn first_word<S: Serializer>(command: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
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

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_account: None,
            account: BTreeMap::from([(super::load::DEBUG.to_owned(), Account::debug())]),
            queue: Queue::default(),
            console: Console::default(),
        }
    }
}

impl Default for Account {
    fn default() -> Self {
        Self {
            from: None,
            transport: "smtp".to_owned(),
            smtp: Smtp::default(),
            manager: Manager::default(),
            retry: None,
            expire: None,
        }
    }
}

impl Account {
    /// The built-in account: nothing leaves the machine, and its schedule is one that a person can watch.
    #[must_use]
    pub fn debug() -> Self {
        Self {
            transport: "debug".to_owned(),
            retry: Some(Retry::debug()),
            ..Self::default()
        }
    }

    /// The smart host; `None` where no server is set.
    ///
    /// # Errors
    /// The key at fault, relative to the account, and what is wrong: a user without a password or a password without a user.
    pub fn smart_host(&self) -> Result<Option<SmartHost>, (&'static [&'static str], String)> {
        let smtp = &self.smtp;
        let Some(server) = &smtp.server else {
            return Ok(None);
        };
        let secret = match (&smtp.password, &smtp.password_command) {
            (Some(value), _) => Some(Secret::Value(value.clone())),
            (None, Some(command)) => Some(Secret::Command(command.clone())),
            (None, None) => None,
        };
        let credentials = match (&smtp.user, secret) {
            (Some(user), Some(secret)) => Some(Credentials {
                user: user.clone(),
                secret,
            }),
            (None, None) => None,
            (Some(_), None) => {
                let text = "there is a user but no password; set password_command, or TURBOMAIL_PASSWORD in the environment";
                return Err((&["smtp", "user"], text.to_owned()));
            }
            (None, Some(_)) => {
                let key: &'static [&'static str] = match smtp.password {
                    Some(_) => &["smtp", "password"],
                    None => &["smtp", "password_command"],
                };
                return Err((key, "there is a password but no user; set user".to_owned()));
            }
        };
        Ok(Some(SmartHost {
            hello: smtp.hello.clone(),
            credentials,
            ca_files: smtp.ca_file.0.clone(),
            timeouts: smtp.timeout.0.clone(),
            count: smtp.count.0,
            ..SmartHost::new(server.value.clone(), smtp.security.value)
        }))
    }
}

impl Default for Smtp {
    fn default() -> Self {
        let security = Security::default();
        Self {
            server: None,
            security: Written {
                text: security.name().to_owned(),
                value: security,
            },
            user: None,
            password: None,
            password_command: None,
            hello: None,
            ca_file: Files::default(),
            count: Number(10),
            timeout: Limits::default(),
        }
    }
}

impl Default for Manager {
    fn default() -> Self {
        Self {
            kind: "on-demand".to_owned(),
            workers: Number(4),
            divisor: Number(10),
            idle: Period(Duration::from_mins(1)),
            count: Number(10),
        }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            retry: Retry::default(),
            expire: Period(Duration::from_hours(5 * 24)),
        }
    }
}
