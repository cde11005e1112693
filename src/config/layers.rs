//! Layers of values, each with its origin; a later layer covers an earlier one.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use toml::{Table, Value};

use super::file::reworded;
use super::problem::{ConfigError, meant};
use super::settings::Settings;
use super::smarthost::{SECRETS, WAYS};
use crate::mail::smarthost::Timeouts;

/// Where a value came from.
///
/// A later one is closer: it stands over those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// It is what this mail provider needs, by its short name.
    Provider(String),
    /// A line of the file, from 1.
    File(PathBuf, usize),
    /// A variable of the environment.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
    /// It was asked for on the terminal.
    Prompt,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Provider(name) => write!(f, "provider {}", crate::mail::clean::clean(name)),
            Self::File(path, line) => {
                let path = path.display().to_string();
                write!(f, "{}:{line}", crate::mail::clean::clean(&path))
            }
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Prompt => f.write_str("prompt"),
        }
    }
}

/// Where an override's key begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// At the root of the settings.
    Root,
    /// At the selected account.
    Account,
}

/// A value from outside the file.
#[derive(Clone)]
pub struct Override {
    /// Who set it: an environment variable or a flag.
    pub origin: Origin,
    /// Where its key begins.
    pub scope: Scope,
    /// Its key.
    pub key: Vec<String>,
    /// Its value as text.
    pub value: String,
}

impl fmt::Debug for Override {
    /// Without the value, which may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sets {}", self.origin, self.key.join("."))
    }
}

impl Override {
    /// A flag's value.
    #[must_use]
    pub fn flag(name: &str, scope: Scope, key: &[&str], value: impl Into<String>) -> Self {
        Self {
            origin: Origin::Flag(name.to_owned()),
            scope,
            key: key.iter().map(|&part| part.to_owned()).collect(),
            value: value.into(),
        }
    }

    /// The limits that `DURATION` or `STAGE=DURATION` (several with commas) sets.
    ///
    /// # Errors
    /// When the stage is unknown.
    pub fn timeouts(origin: &Origin, text: &str) -> Result<Vec<Self>, ConfigError> {
        let mut list = Vec::new();
        for piece in text.split(',') {
            let (stages, limit): (Vec<&str>, &str) = match piece.split_once('=') {
                None => (Timeouts::NAMES.to_vec(), piece),
                Some((stage, limit)) => {
                    match Timeouts::NAMES.iter().find(|name| **name == stage.trim()) {
                        Some(stage) => (vec![stage], limit),
                        None => return Err(unknown_stage(origin, stage)),
                    }
                }
            };
            list.extend(stages.into_iter().map(|stage| Self {
                origin: origin.clone(),
                scope: Scope::Account,
                key: ["smtp", "timeout", stage].map(str::to_owned).to_vec(),
                value: limit.trim().to_owned(),
            }));
        }
        Ok(list)
    }

    /// The whole key, for the selected account.
    pub(super) fn path(&self, account: &str) -> Vec<String> {
        let mut path = match self.scope {
            Scope::Root => Vec::new(),
            Scope::Account => vec!["account".to_owned(), account.to_owned()],
        };
        path.extend(self.key.iter().cloned());
        path
    }

    fn error(&self, message: impl Into<String>) -> ConfigError {
        fault(&self.origin, message)
    }
}

fn fault(origin: &Origin, message: impl Into<String>) -> ConfigError {
    let usage = matches!(origin, Origin::Flag(_));
    let name = match origin {
        Origin::Environment(name) | Origin::Flag(name) => name.clone(),
        other => other.to_string(),
    };
    ConfigError::named(&name, usage, message)
}

fn unknown_stage(origin: &Origin, stage: &str) -> ConfigError {
    let error = fault(origin, format!("unknown stage {stage:?}"));
    match meant(stage, Timeouts::NAMES) {
        Some(near) => error.remedy(format!("did you mean `{near}`?")),
        None => error.remedy(format!("known are {}", Timeouts::NAMES.join(", "))),
    }
}

/// The short names of environment variables: what comes behind `TURBOMAIL_`, where its key begins, and the key.
pub(super) const SHORT: [(&str, Scope, &[&str]); 44] = [
    ("ACCOUNT", Scope::Root, &["default_account"]),
    ("FROM", Scope::Account, &["from"]),
    ("TRANSPORT", Scope::Account, &["transport"]),
    ("PROVIDER", Scope::Account, &["smtp", "provider"]),
    ("SERVER", Scope::Account, &["smtp", "server"]),
    ("SECURITY", Scope::Account, &["smtp", "security"]),
    ("USER", Scope::Account, &["smtp", "user"]),
    ("PASSWORD", Scope::Account, &["smtp", "password"]),
    (
        "PASSWORD_COMMAND",
        Scope::Account,
        &["smtp", "password_command"],
    ),
    ("PASSWORD_FILE", Scope::Account, &["smtp", "password_file"]),
    ("TOKEN_COMMAND", Scope::Account, &["smtp", "token_command"]),
    ("AUTH", Scope::Account, &["smtp", "auth"]),
    ("HELLO", Scope::Account, &["smtp", "hello"]),
    ("CA_FILE", Scope::Account, &["smtp", "ca_file"]),
    ("PIN", Scope::Account, &["smtp", "pin"]),
    ("CLIENT_CERT", Scope::Account, &["smtp", "client_cert"]),
    ("CLIENT_KEY", Scope::Account, &["smtp", "client_key"]),
    ("TLS_NAME", Scope::Account, &["smtp", "tls_name"]),
    ("FAMILY", Scope::Account, &["smtp", "family"]),
    ("SOURCE", Scope::Account, &["smtp", "source"]),
    ("CONNECT_TO", Scope::Account, &["smtp", "connect_to"]),
    (
        "CONNECT_COMMAND",
        Scope::Account,
        &["smtp", "connect_command"],
    ),
    ("PROXY_HEADER", Scope::Account, &["smtp", "proxy_header"]),
    ("REQUIRE_TLS", Scope::Account, &["smtp", "require_tls"]),
    ("DSN", Scope::Account, &["dsn"]),
    ("RETURN", Scope::Account, &["return"]),
    ("COUNT", Scope::Account, &["smtp", "count"]),
    ("TIMEOUT", Scope::Account, &["smtp", "timeout"]),
    ("MANAGER", Scope::Account, &["manager", "kind"]),
    ("INTERVAL", Scope::Account, &["manager", "interval"]),
    ("RETRY", Scope::Account, &["retry"]),
    ("EXPIRE", Scope::Account, &["expire"]),
    ("WARN", Scope::Account, &["warn"]),
    ("REPORT", Scope::Account, &["report"]),
    ("LOG_FILE", Scope::Root, &["log", "file"]),
    ("LOG_FORMAT", Scope::Root, &["log", "format"]),
    ("SPOOL", Scope::Root, &["queue", "spool"]),
    ("TRANSCRIPTS", Scope::Root, &["queue", "transcripts"]),
    ("PROBE_HISTORY", Scope::Root, &["probe", "history"]),
    ("PROBE_RULES", Scope::Root, &["probe", "rules"]),
    ("PROBE_RESOLVER", Scope::Root, &["probe", "resolver"]),
    ("ASCII", Scope::Root, &["console", "ascii"]),
    ("COLOR", Scope::Root, &["console", "color"]),
    ("MOUSE", Scope::Root, &["console", "mouse"]),
];

/// Variables that are read elsewhere.
const ELSEWHERE: [&str; 2] = ["CONFIG", "LOG"];

/// The overrides in the environment, and remarks on variables that nobody knows.
///
/// `TURBOMAIL_SERVER` and its like mean the selected account; `TURBOMAIL_ACCOUNT__WORK__SMTP__SERVER` names any key, with
/// two underscores for each dot.
pub(super) fn environment(
    variables: &[(String, String)],
) -> Result<(Vec<Override>, Vec<String>), ConfigError> {
    let (mut list, mut remarks) = (Vec::new(), Vec::new());
    for (name, value) in variables {
        let Some(short) = name.strip_prefix("TURBOMAIL_") else {
            continue;
        };
        let origin = Origin::Environment(name.clone());
        if let Some((_, scope, key)) = SHORT.iter().find(|(known, ..)| *known == short) {
            if short == "TIMEOUT" {
                list.extend(Override::timeouts(&origin, value)?);
                continue;
            }
            list.push(Override {
                origin,
                scope: *scope,
                key: key.iter().map(|&part| part.to_owned()).collect(),
                value: value.clone(),
            });
        } else if short.contains("__") {
            list.push(Override {
                origin,
                scope: Scope::Root,
                key: short.split("__").map(str::to_lowercase).collect(),
                value: value.clone(),
            });
        } else if !ELSEWHERE.contains(&short) {
            remarks.push(match meant(short, SHORT.iter().map(|(known, ..)| *known)) {
                Some(near) => format!("{name} is not known and ignored; TURBOMAIL_{near} is"),
                None => format!("{name} is not known and ignored"),
            });
        }
    }
    Ok((list, remarks))
}

/// The layers, laid one over the other.
#[derive(Default)]
pub(super) struct Layers {
    pub(super) table: Table,
    pub(super) origins: BTreeMap<Vec<String>, Origin>,
}

impl Layers {
    /// Lays a table over what is there; `origin` knows where a key of it came from.
    pub(super) fn cover(&mut self, table: &Table, origin: &dyn Fn(&[&str]) -> Origin) {
        for (path, value) in leaves(table, &[]) {
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            let origin = origin(&names);
            self.set(path, value, origin);
        }
    }

    /// Sets an override, once it is known to be right by itself.
    pub(super) fn set_override(
        &mut self,
        one: &Override,
        account: &str,
    ) -> Result<(), ConfigError> {
        let path = one.path(account);
        let value = typed(&path, &one.value);
        let mut alone = Layers::default();
        alone.set(path.clone(), value.clone(), one.origin.clone());
        if let Err(error) = Settings::deserialize_table(alone.table) {
            let key = path.last().map_or("", String::as_str);
            let hide = SECRETS.contains(&key);
            let (message, remedy) = reworded(if hide { key } else { "" }, error.message());
            let error = one.error(message);
            return Err(match remedy {
                Some(remedy) => error.remedy(remedy),
                None => error,
            });
        }
        self.set(path, value, one.origin.clone());
        Ok(())
    }

    /// Sets one value.
    pub(super) fn set(&mut self, path: Vec<String>, value: Value, origin: Origin) {
        let Some((last, above)) = path.split_last() else {
            return;
        };
        let mut table = &mut self.table;
        for name in above {
            let below = table
                .entry(name.clone())
                .or_insert_with(|| Value::Table(Table::new()));
            if !below.is_table() {
                *below = Value::Table(Table::new());
            }
            match below {
                Value::Table(inner) => table = inner,
                _ => return,
            }
        }
        table.insert(last.clone(), value);
        // A password from a later layer must not lose to a command of an earlier one, nor the other way round; and so with
        // the ways to a server.
        let groups: [&[&str]; 2] = [&SECRETS, &WAYS];
        let own = { groups.into_iter() }.find(|group| group.contains(&last.as_str()));
        let rivals = own.into_iter().flatten().filter(|name| *name != last);
        for rival in rivals {
            let mut other = above.to_vec();
            other.push((*rival).to_owned());
            let is_earlier = |earlier: &Origin| !earlier.is_beside(&origin);
            if self.origins.get(&other).is_some_and(is_earlier) {
                table.remove(*rival);
                self.origins.remove(&other);
            }
        }
        self.origins.insert(path, origin);
    }
}

impl Origin {
    /// Which layer it is, from below.
    const fn layer(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::Provider(_) => 1,
            Self::File(..) => 2,
            Self::Environment(_) => 3,
            Self::Flag(_) => 4,
            Self::Prompt => 5,
        }
    }

    /// Whether this stands over the other, or beside it.
    pub(super) const fn covers(&self, other: &Self) -> bool {
        self.layer() >= other.layer()
    }

    /// Whether both are of the same layer.
    fn is_beside(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl Settings {
    /// Reads settings from a table.
    pub(super) fn deserialize_table(table: Table) -> Result<Self, toml::de::Error> {
        serde::Deserialize::deserialize(Value::Table(table))
    }
}

fn leaves(table: &Table, above: &[String]) -> Vec<(Vec<String>, Value)> {
    let mut list = Vec::new();
    for (name, value) in table {
        let mut path = above.to_vec();
        path.push(name.clone());
        match value {
            Value::Table(inner) if !inner.is_empty() => list.extend(leaves(inner, &path)),
            other => list.push((path, other.clone())),
        }
    }
    list
}

/// A value from text: whole numbers and truth values where such are wanted, else text.
fn typed(path: &[String], text: &str) -> Value {
    let key = path.last().map_or("", String::as_str);
    let number = matches!(
        key,
        "count" | "workers" | "divisor" | "bulk_window" | "history" | "transcripts"
    )
    .then(|| text.trim().parse().ok())
    .flatten();
    let truth =
        matches!(key, "ascii" | "mouse" | "require_tls" | "spool" | "history").then(|| match text
            .trim()
        {
            "1" | "true" | "yes" | "on" => Some(true),
            "0" | "false" | "no" | "off" | "" => Some(false),
            _ => None,
        });
    match (number, truth.flatten()) {
        // Nobody keeps one run of the probe alone: 0 and 1 are no and yes there.
        (None | Some(0 | 1), Some(truth)) => Value::Boolean(truth),
        (Some(number), _) => Value::Integer(number),
        (None, None) => Value::String(text.to_owned()),
    }
}
