//! The flags and commands, as clap reads them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::probe::ProbeArgs;
use super::queue::QueueCommand;
use crate::mail::dsn::{Dsn, Notify, Return};
use crate::mail::mailbox::Mailbox;
use crate::mail::period::Period;

/// A terminal mail console: compose and send, watch the live queue, find out why a smart host does not take the mail.
///
/// Without a command the console opens. Without a configuration it opens on the debug transport: nothing leaves the machine.
#[derive(Debug, Parser)]
#[command(name = "turbomail", version, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    pub(super) host: Host,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Compose a message from flags and standard input, send it and wait for the outcome
    Send(Box<SendArgs>),
    /// Find out where the way to the smart host ends and why; nothing is sent
    ///
    /// Walks through resolve, connect, greeting, EHLO, STARTTLS, TLS and the login, and with --to through MAIL and RCPT; then says
    /// QUIT. At most one login is tried. Where no limit is set a stage waits 30 s, the connection 15 s; --timeout changes that.
    ///
    /// The status is 0 when every stage that was asked for went well; 68 where the host is unknown, 69 where it cannot be reached,
    /// does not greet or refuses for good, 75 for what may be over soon, 76 for TLS and what is no SMTP, 77 for a refused login, 78 for settings.
    Probe(Box<ProbeArgs>),
    /// What waits, is sent or has failed: look at it, steer it, deliver it
    Queue {
        #[command(subcommand)]
        what: QueueCommand,
    },
    /// Where the configuration is, what is wrong with it, and where each value came from
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print where configuration, state and drafts are kept
    Path,
    /// Say whether the configuration is right, and if not where
    Check,
    /// Print every value with its source; secrets are hidden
    Show {
        /// Print the defaults with their explanations instead
        #[arg(long)]
        defaults: bool,
    },
    /// Write a configuration to begin with
    Init {
        /// Print it instead of writing it
        #[arg(long)]
        print: bool,
    },
}

/// Flags of every command.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// The configuration file; `TURBOMAIL_CONFIG` names one too
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The account to send from; of the queue, the account whose messages are meant
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) account: Option<String>,
    /// The folder where what is queued outlives the program
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "no_spool")]
    pub(super) spool: Option<String>,
    /// Keep the queue in memory only
    #[arg(long, global = true)]
    pub(super) no_spool: bool,
    /// Print JSON, one object a line, and nothing else on standard output
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum)]
    pub(super) color: Option<When>,
    /// Say more: the conversation on standard error
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(super) verbose: u8,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

impl When {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// Flags of the smart host. They cover the environment and the file.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Smart host")]
pub(super) struct Host {
    /// The smart host, or `unix:/PATH` for a UNIX socket
    #[arg(long, global = true, value_name = "HOST[:PORT]")]
    pub(super) server: Option<String>,
    /// How the connection is protected: auto, starttls, tls or none
    #[arg(long, global = true, value_name = "HOW")]
    pub(super) security: Option<String>,
    /// The user name for the login; the password comes from the environment or a command
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) user: Option<String>,
    /// A command whose first line of output is the password
    #[arg(long, global = true, value_name = "CMD")]
    pub(super) password_command: Option<String>,
    /// A file whose first line is the password; nobody else may read it
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) password_file: Option<String>,
    /// A command whose first line of output is a bearer token (OAuth)
    #[arg(long, global = true, value_name = "CMD")]
    pub(super) token_command: Option<String>,
    /// The login mechanism, such as plain or scram-sha-256; without it the best that is offered
    #[arg(long, global = true, value_name = "MECHANISM")]
    pub(super) auth: Option<String>,
    /// A PEM file of authorities to trust beside the platform's
    #[arg(long, global = true, value_name = "PEM")]
    pub(super) ca_file: Option<String>,
    /// Trust the certificate or public key with this SHA-256, and no other
    #[arg(long, global = true, value_name = "SHA256")]
    pub(super) pin: Option<String>,
    /// A PEM file with a certificate to show to the server
    #[arg(long, global = true, value_name = "PEM")]
    pub(super) client_cert: Option<String>,
    /// The PEM file of its key; nobody else may read it
    #[arg(long, global = true, value_name = "PEM")]
    pub(super) client_key: Option<String>,
    /// The name that the server's certificate must be for
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) tls_name: Option<String>,
    /// The name for EHLO
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) hello: Option<String>,
    /// Try the server's IPv4 addresses only
    #[arg(short = '4', long, global = true, conflicts_with = "ipv6")]
    pub(super) ipv4: bool,
    /// Try the server's IPv6 addresses only
    #[arg(short = '6', long, global = true)]
    pub(super) ipv6: bool,
    /// The address of this machine to call from
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(super) source: Option<String>,
    /// Call there in place of the smart host's own name and port; the certificate must still be for its name
    #[arg(long, global = true, value_name = "HOST[:PORT]")]
    pub(super) connect_to: Option<String>,
    /// The way out: smtp, lmtp, debug …
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) transport: Option<String>,
    /// A limit for one stage or for all; repeatable. Stages: connect greeting hello starttls tls auth mail rcpt data block dot quit
    #[arg(long, global = true, value_name = "[STAGE=]DURATION")]
    pub(super) timeout: Vec<String>,
    /// Messages for each connection
    #[arg(long, global = true, value_name = "N")]
    pub(super) count: Option<String>,
    /// Messages under way at a time on a connection that offers CHUNKING
    #[arg(long, global = true, value_name = "N")]
    pub(super) bulk_window: Option<String>,
    /// What to do with mail that may have been delivered: retry or hold
    #[arg(long, global = true, value_name = "HOW")]
    pub(super) on_uncertain: Option<String>,
    /// When to try again, such as 5m,15m,1h or "30s x2 to 1h"
    #[arg(
        long,
        global = true,
        value_name = "SCHEDULE",
        conflicts_with = "no_retry"
    )]
    pub(super) retry: Option<String>,
    /// Try once only
    #[arg(long, global = true)]
    pub(super) no_retry: bool,
    /// When to give up
    #[arg(long, global = true, value_name = "DURATION")]
    pub(super) expire: Option<String>,
    /// When to warn that a message is late, or never
    #[arg(long, global = true, value_name = "DURATION")]
    pub(super) warn: Option<String>,
    /// What to mail to the author of a message that fails or is late: never, headers or full
    #[arg(long, global = true, value_name = "WHAT")]
    pub(super) report: Option<String>,
    /// Add a line for each attempt and each outcome to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) log: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Message")]
pub(super) struct SendArgs {
    /// Recipients, such as a@example.com or "Name <a@example.com>"
    #[arg(value_name = "TO")]
    pub(super) recipients: Vec<String>,
    /// The author; without it the account's
    #[arg(long, value_name = "ADDRESS")]
    pub(super) from: Option<String>,
    /// Recipients; repeatable, or a list with commas
    #[arg(long, value_name = "ADDRESSES")]
    pub(super) to: Vec<String>,
    /// Recipients of copies
    #[arg(long, value_name = "ADDRESSES")]
    pub(super) cc: Vec<String>,
    /// Recipients that nobody else learns of
    #[arg(long, value_name = "ADDRESSES")]
    pub(super) bcc: Vec<String>,
    /// Where answers go
    #[arg(long, value_name = "ADDRESSES")]
    pub(super) reply_to: Vec<String>,
    /// The subject
    #[arg(
        short,
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(super) subject: String,
    /// The text; without it and --body-file it is read from standard input
    #[arg(long, value_name = "TEXT", conflicts_with = "body_file")]
    pub(super) body: Option<String>,
    /// A file with the text, - for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) body_file: Option<PathBuf>,
    /// A file to attach; repeatable
    #[arg(short, long, value_name = "PATH")]
    pub(super) attach: Vec<PathBuf>,
    /// The delivery reports to ask for: never, or some of success, failure and delay with commas
    #[arg(long, value_name = "WHEN")]
    pub(super) dsn: Option<Notify>,
    /// How much of the message comes back with a report: headers or full
    #[arg(long = "return", value_name = "WHAT")]
    pub(super) ret: Option<Return>,
    /// Demand TLS on all the way to the recipients (REQUIRETLS); where the server does not offer that nothing is sent
    #[arg(long)]
    pub(super) require_tls: bool,
    /// The Message-ID; without it a new one
    #[arg(long, value_name = "ID")]
    pub(super) message_id: Option<String>,
    /// Keep to the retry schedule until all is settled or this time is over; without it there is one attempt
    #[arg(long, value_name = "DURATION", value_parser = wait)]
    pub(super) wait: Option<Duration>,
    /// Write the conversation to a file, or with - or nothing to standard output
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    pub(super) transcript: Option<PathBuf>,
    /// Put the message into the spool and end; the console or `queue run` delivers it
    #[arg(long, conflicts_with_all = ["wait", "transcript", "dry_run"])]
    pub(super) queue_only: bool,
    /// Print the message instead of sending it
    #[arg(long)]
    pub(super) dry_run: bool,
}

impl SendArgs {
    /// What this message asks to be told; what it leaves open is the account's.
    pub(super) fn reports(&self, account: Option<Dsn>) -> Option<Dsn> {
        if self.dsn.is_none() && self.ret.is_none() {
            return account;
        }
        let usual = account.unwrap_or_default();
        Some(Dsn {
            notify: self.dsn.or(usual.notify),
            ret: self.ret.or(usual.ret),
            envid: None,
        })
    }

    /// The value behind `--transcript` where it is a recipient: `send --transcript a@example.com` names no other one.
    pub(super) fn stray_recipient(&self) -> Option<&str> {
        let others = [&self.recipients, &self.to, &self.cc, &self.bcc];
        let value = self.transcript.as_deref()?.to_str()?;
        let alone = others.iter().all(|list| list.is_empty());
        (alone && !value.contains('/') && value.parse::<Mailbox>().is_ok()).then_some(value)
    }

    /// Where the transcript goes; `-` is standard output.
    pub(super) fn transcript_to(&self) -> Option<&Path> {
        match self.stray_recipient() {
            Some(_) => Some(Path::new("-")),
            None => self.transcript.as_deref(),
        }
    }
}

/// A duration such as 30s.
pub(super) fn wait(text: &str) -> Result<Duration, String> {
    text.parse::<Period>().map(|period| period.0)
}
