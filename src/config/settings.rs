//! The settings and their defaults, as the file writes them. Unknown keys are faults: a typo must not pass in silence.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use super::history::{History, Transcripts};
pub use super::values::{Files, Limits, Number, Patience, Pins, Spool, Written};
use super::values::{NameServer, first_word, hidden};
use crate::mail::dsn::{Dsn, Notify, Return};
use crate::mail::mailbox::Mailbox;
use crate::mail::period::Period;
use crate::mail::proxy::ProxyHeader;
use crate::mail::reach::Family;
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::{Security, Server};
use crate::mailer::{LogFormat, OnUncertain, Schedule};

/// The built-in account, which sends nothing.
pub const DEBUG: &str = "debug";

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
    /// The delivery log.
    pub log: Log,
    /// The probe.
    pub probe: Probe,
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
    pub retry: Option<Schedule>,
    /// When mail expires, where it is not the queue's.
    pub expire: Option<Period>,
    /// When there is a warning that mail is late, where it is not the queue's.
    pub warn: Option<Patience>,
    /// What the author is sent of mail that could not be delivered, where it is not the queue's.
    pub report: Option<Report>,
    /// What is done with mail that may have been delivered, where it is not the queue's.
    pub on_uncertain: Option<OnUncertain>,
    /// Which delivery reports mail asks for that does not say so itself.
    pub dsn: Option<Written<Notify>>,
    /// How much of the message comes back with a report.
    #[serde(rename = "return")]
    pub ret: Option<Written<Return>>,
}

/// A smart host, as it is written.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Smtp {
    /// The short name of a mail provider, which brings server, protection and limits where they are not set.
    pub provider: Option<String>,
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
    /// A file whose first line is the password, and that nobody else can read.
    pub password_file: Option<PathBuf>,
    /// A command whose first line of output is a bearer token, for a login by OAuth.
    #[serde(serialize_with = "first_word")]
    pub token_command: Option<String>,
    /// The login mechanism, where it is not the best of those offered.
    pub auth: Option<Sasl>,
    /// The name for EHLO.
    pub hello: Option<String>,
    /// PEM files of certificate authorities trusted beside the platform's: one path or a list.
    pub ca_file: Files,
    /// The SHA-256 of the server's certificate or of its public key, in place of all authorities: one or a list.
    pub pin: Pins,
    /// A PEM file with this side's certificate, where the server wants one.
    pub client_cert: Option<PathBuf>,
    /// The PEM file of its private key; without it the key is in the file of `client_cert`.
    pub client_key: Option<PathBuf>,
    /// The name that the server's certificate must be for, where it is not the server's.
    pub tls_name: Option<String>,
    /// Which addresses of the server are tried. `any`.
    pub family: Family,
    /// The address of this machine to call from.
    pub source: Option<Written<IpAddr>>,
    /// Where to call in place of the server's own name and port.
    pub connect_to: Option<Written<Server>>,
    /// A shell command to speak through: its standard input and output are the connection.
    #[serde(serialize_with = "first_word")]
    pub connect_command: Option<String>,
    /// The PROXY protocol's header to begin each connection with.
    pub proxy_header: Option<Written<ProxyHeader>>,
    /// Whether all mail demands TLS on all its way (REQUIRETLS). `false`.
    pub require_tls: bool,
    /// Messages for each connection. 10.
    pub count: Number,
    /// Messages under way at a time on a connection, where the server offers CHUNKING. 1.
    pub bulk_window: Number,
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
    /// The time from one batch to the next. `5m`.
    pub interval: Period,
}

/// The queue's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Queue {
    /// When deferred mail is tried again. `5m,15m,30m,1h,2h then 3h`.
    pub retry: Schedule,
    /// When mail that could not be delivered is given up. `5d`.
    pub expire: Period,
    /// When there is a warning that mail is late, once for each message. `4h`.
    pub warn: Patience,
    /// What the author is sent of mail that could not be delivered. `never`.
    pub report: Report,
    /// What is done with mail that may have been delivered: the connection was lost behind its end. `retry`.
    pub on_uncertain: OnUncertain,
    /// Where what is queued outlives the program. Without it the console and the queue's commands use the platform's folder, and
    /// `send` keeps nothing.
    pub spool: Option<Spool>,
    /// How many conversations of a message are kept beside it in the spool; none with 0. `8`.
    pub transcripts: Transcripts,
}

/// The delivery log's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// The file; without it there is no log.
    pub file: Option<PathBuf>,
    /// How a line looks. `text`.
    pub format: LogFormat,
}

/// The probe's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Probe {
    /// How many runs are kept for each server. 50.
    pub history: History,
    /// A file of rules of one's own, or a folder of them; from the file's own folder where it is relative.
    pub rules: Option<PathBuf>,
    /// Who is asked for names in place of the system's resolver.
    pub resolver: Option<Written<NameServer>>,
}

/// What the author is sent of mail that could not be delivered, or not yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Report {
    /// Nothing.
    #[default]
    Never,
    /// A report with the message's header.
    Headers,
    /// A report with the whole message.
    Full,
}

impl Report {
    /// How much of the message comes back; `None` for no report at all.
    #[must_use]
    pub const fn parts(self) -> Option<Return> {
        match self {
            Self::Never => None,
            Self::Headers => Some(Return::Headers),
            Self::Full => Some(Return::Full),
        }
    }
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

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_account: None,
            account: BTreeMap::from([(DEBUG.to_owned(), Account::debug())]),
            queue: Queue::default(),
            log: Log::default(),
            probe: Probe::default(),
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
            warn: None,
            report: None,
            on_uncertain: None,
            dsn: None,
            ret: None,
        }
    }
}

impl Account {
    /// The built-in account: nothing leaves the machine, and its schedule is one that a person can watch.
    #[must_use]
    pub fn debug() -> Self {
        let from = "Me <me@debug.example>";
        Self {
            // A newcomer can send before there is anything to be set up.
            from: from.parse().ok().map(|value| Written {
                text: from.to_owned(),
                value,
            }),
            transport: "debug".to_owned(),
            retry: Some(Schedule::debug()),
            ..Self::default()
        }
    }

    /// What mail asks to be told that does not say so itself.
    #[must_use]
    pub fn reports(&self) -> Option<Dsn> {
        if self.dsn.is_none() && self.ret.is_none() {
            return None;
        }
        Some(Dsn {
            notify: self.dsn.as_ref().map(|dsn| dsn.value),
            ret: self.ret.as_ref().map(|ret| ret.value),
            envid: None,
        })
    }
}

impl Default for Smtp {
    fn default() -> Self {
        let security = Security::default();
        Self {
            provider: None,
            server: None,
            security: Written {
                text: security.name().to_owned(),
                value: security,
            },
            user: None,
            password: None,
            password_command: None,
            password_file: None,
            token_command: None,
            auth: None,
            hello: None,
            ca_file: Files::default(),
            pin: Pins::default(),
            client_cert: None,
            client_key: None,
            tls_name: None,
            family: Family::default(),
            source: None,
            connect_to: None,
            connect_command: None,
            proxy_header: None,
            require_tls: false,
            count: Number(10),
            bulk_window: Number(1),
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
            interval: Period(Duration::from_mins(5)),
        }
    }
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            retry: Schedule::default(),
            expire: Period(Duration::from_hours(5 * 24)),
            warn: Patience(Some(Duration::from_hours(4))),
            report: Report::default(),
            on_uncertain: OnUncertain::default(),
            spool: None,
            transcripts: Transcripts::default(),
        }
    }
}
