//! The flags and commands, as clap reads them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::duration::wait;
use super::pages::{CompletionsArgs, ManArgs};
use super::probe::ProbeArgs;
use super::queue::{QueueCommand, TranscriptArgs};
use crate::mail::dsn::{Dsn, Notify, Return};
use crate::mail::mailbox::Mailbox;

/// A terminal mail console: compose and send, watch the live queue, find out why a smart host does not take the mail.
///
/// Without a command the console opens. Without a configuration it opens on the debug transport: nothing leaves the machine.
#[derive(Debug, Parser)]
#[command(name = "turbomail", version, max_term_width = 100)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    pub(in crate::cli) common: Common,
    #[command(flatten)]
    pub(in crate::cli) host: Host,
    #[command(subcommand)]
    pub(in crate::cli) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// Compose a message from flags and standard input, send it and wait for the outcome
    Send(Box<SendArgs>),
    /// Find out where the way to the smart host ends and why; nothing is sent but a test message that was asked for
    ///
    /// Walks through resolve, connect, greeting, EHLO, STARTTLS, TLS and the login, and with --to through MAIL and RCPT; then says
    /// QUIT. At most one login is tried. With --test-message a small message follows, with stages data and content. Where no limit is set a stage waits 30 s, the connection 15 s; --timeout changes that.
    ///
    /// The status is 0 when every stage that was asked for went well; 68 where the host is unknown, 69 where it cannot be reached,
    /// does not greet or refuses for good, 75 for what may be over soon, 76 for TLS and what is no SMTP, 77 for a refused login, 78 for settings.
    Probe(Box<ProbeArgs>),
    /// What waits, is sent or has failed: look at it, steer it, deliver it
    Queue {
        #[command(subcommand)]
        what: QueueCommand,
    },
    /// What was said to the server in the attempts at a message, as the spool keeps it
    ///
    /// For as long as it knows the message, the spool keeps the first conversation and the latest ones; `transcripts` in [queue]
    /// says how many. It makes no difference who delivers from it, nor whether anybody does.
    Transcript(TranscriptArgs),
    /// Where the configuration is, what is wrong with it, and where each value came from
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// Print a script with which a shell completes commands, flags and their values
    Completions(CompletionsArgs),
    /// Print the manual page of the program, or write one for each command
    Man(ManArgs),
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(in crate::cli) enum ConfigCommand {
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
pub(in crate::cli) struct Common {
    /// The configuration file; `TURBOMAIL_CONFIG` names one too
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) config: Option<PathBuf>,
    /// The account to send from; of the queue, the account whose messages are meant
    #[arg(long, global = true, value_name = "NAME")]
    pub(in crate::cli) account: Option<String>,
    /// The folder where what is queued outlives the program
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "no_spool", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) spool: Option<String>,
    /// Keep the queue in memory only
    #[arg(long, global = true)]
    pub(in crate::cli) no_spool: bool,
    /// Print JSON, one object a line, and nothing else on standard output
    #[arg(long, global = true)]
    pub(in crate::cli) json: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum)]
    pub(in crate::cli) color: Option<When>,
    /// Say more: the conversation on standard error
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(in crate::cli) verbose: u8,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum When {
    Auto,
    Always,
    Never,
}

impl When {
    pub(in crate::cli) const fn name(self) -> &'static str {
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
pub(in crate::cli) struct Host {
    /// A mail provider's short name, such as gmail, in place of server and security; `probe --providers` lists them
    #[arg(long, global = true, value_name = "NAME")]
    pub(in crate::cli) provider: Option<String>,
    /// The smart host, or `unix:/PATH` for a UNIX socket
    #[arg(long, global = true, value_name = "HOST[:PORT]", value_hint = ValueHint::Hostname)]
    pub(in crate::cli) server: Option<String>,
    /// What stood for the server on the command line, where that was not `--server`
    #[arg(skip)]
    pub(in crate::cli) server_word: Option<&'static str>,
    /// How the connection is protected: auto, starttls, tls or none
    #[arg(long, global = true, value_name = "HOW")]
    pub(in crate::cli) security: Option<String>,
    /// The user name for the login; the password comes from the environment or a command
    #[arg(long, global = true, value_name = "NAME", value_hint = ValueHint::Username)]
    pub(in crate::cli) user: Option<String>,
    /// A command whose first line of output is the password
    #[arg(long, global = true, value_name = "CMD", value_hint = ValueHint::CommandString)]
    pub(in crate::cli) password_command: Option<String>,
    /// A file whose first line is the password; nobody else may read it
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) password_file: Option<String>,
    /// A command whose first line of output is a bearer token (OAuth)
    #[arg(long, global = true, value_name = "CMD", value_hint = ValueHint::CommandString)]
    pub(in crate::cli) token_command: Option<String>,
    /// The login mechanism, such as plain or scram-sha-256; without it the best that is offered
    #[arg(long, global = true, value_name = "MECHANISM")]
    pub(in crate::cli) auth: Option<String>,
    /// A PEM file of authorities to trust beside the platform's
    #[arg(long, global = true, value_name = "PEM", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) ca_file: Option<String>,
    /// Trust the certificate or public key with this SHA-256, and no other
    #[arg(long, global = true, value_name = "SHA256")]
    pub(in crate::cli) pin: Option<String>,
    /// A PEM file with a certificate to show to the server
    #[arg(long, global = true, value_name = "PEM", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) client_cert: Option<String>,
    /// The PEM file of its key; nobody else may read it
    #[arg(long, global = true, value_name = "PEM", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) client_key: Option<String>,
    /// The name that the server's certificate must be for
    #[arg(long, global = true, value_name = "NAME", value_hint = ValueHint::Hostname)]
    pub(in crate::cli) tls_name: Option<String>,
    /// The name for EHLO
    #[arg(long, global = true, value_name = "NAME", value_hint = ValueHint::Hostname)]
    pub(in crate::cli) hello: Option<String>,
    /// Try the server's IPv4 addresses only
    #[arg(short = '4', long, global = true, conflicts_with = "ipv6")]
    pub(in crate::cli) ipv4: bool,
    /// Try the server's IPv6 addresses only
    #[arg(short = '6', long, global = true)]
    pub(in crate::cli) ipv6: bool,
    /// The address of this machine to call from
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(in crate::cli) source: Option<String>,
    /// Call there in place of the smart host's own name and port; the certificate must still be for its name
    #[arg(long, global = true, value_name = "HOST[:PORT]", value_hint = ValueHint::Hostname)]
    pub(in crate::cli) connect_to: Option<String>,
    /// Speak through this command in place of a connection, such as 'ssh gateway nc relay 25'
    #[arg(long, global = true, value_name = "CMD", conflicts_with = "connect_to", value_hint = ValueHint::CommandString)]
    pub(in crate::cli) pipe: Option<String>,
    /// Begin with a PROXY protocol header, SRC:PORT,DST:PORT or local; with ,v2 behind it in binary
    #[arg(long, global = true, value_name = "HEADER")]
    pub(in crate::cli) proxy_header: Option<String>,
    /// The way out: smtp, lmtp, debug …
    #[arg(long, global = true, value_name = "NAME")]
    pub(in crate::cli) transport: Option<String>,
    /// A limit for one stage or for all; repeatable. Stages: connect greeting hello starttls tls auth mail rcpt data block dot quit
    #[arg(long, global = true, value_name = "[STAGE=]DURATION")]
    pub(in crate::cli) timeout: Vec<String>,
    /// Messages for each connection
    #[arg(long, global = true, value_name = "N")]
    pub(in crate::cli) count: Option<String>,
    /// Messages under way at a time on a connection that offers CHUNKING
    #[arg(long, global = true, value_name = "N")]
    pub(in crate::cli) bulk_window: Option<String>,
    /// What to do with mail that may have been delivered: retry or hold
    #[arg(long, global = true, value_name = "HOW")]
    pub(in crate::cli) on_uncertain: Option<String>,
    /// When to try again, such as 5m,15m,1h or "30s x2 to 1h"
    #[arg(
        long,
        global = true,
        value_name = "SCHEDULE",
        conflicts_with = "no_retry"
    )]
    pub(in crate::cli) retry: Option<String>,
    /// Try once only
    #[arg(long, global = true)]
    pub(in crate::cli) no_retry: bool,
    /// When to give up
    #[arg(long, global = true, value_name = "DURATION")]
    pub(in crate::cli) expire: Option<String>,
    /// When to warn that a message is late, or never
    #[arg(long, global = true, value_name = "DURATION")]
    pub(in crate::cli) warn: Option<String>,
    /// What to mail to the author of a message that fails or is late: never, headers or full
    #[arg(long, global = true, value_name = "WHAT")]
    pub(in crate::cli) report: Option<String>,
    /// Add a line for each attempt and each outcome to this file
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) log: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Message")]
pub(in crate::cli) struct SendArgs {
    /// Recipients, such as a@example.com or "Name <a@example.com>"
    #[arg(value_name = "TO", value_hint = ValueHint::EmailAddress)]
    pub(in crate::cli) recipients: Vec<String>,
    /// The author; without it the account's
    #[arg(long, value_name = "ADDRESS", value_hint = ValueHint::EmailAddress)]
    pub(in crate::cli) from: Option<String>,
    /// Recipients; repeatable, or a list with commas
    #[arg(long, value_name = "ADDRESSES", value_hint = ValueHint::EmailAddress)]
    pub(in crate::cli) to: Vec<String>,
    /// Recipients of copies
    #[arg(long, value_name = "ADDRESSES", value_hint = ValueHint::EmailAddress)]
    pub(in crate::cli) cc: Vec<String>,
    /// Recipients that nobody else learns of
    #[arg(long, value_name = "ADDRESSES", value_hint = ValueHint::EmailAddress)]
    pub(in crate::cli) bcc: Vec<String>,
    /// Where answers go
    #[arg(long, value_name = "ADDRESSES", value_hint = ValueHint::EmailAddress)]
    pub(in crate::cli) reply_to: Vec<String>,
    /// The subject
    #[arg(
        short,
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(in crate::cli) subject: String,
    /// The text; without it and --body-file it is read from standard input
    #[arg(long, value_name = "TEXT", conflicts_with = "body_file")]
    pub(in crate::cli) body: Option<String>,
    /// A file with the text, - for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) body_file: Option<PathBuf>,
    /// A file to attach; repeatable
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) attach: Vec<PathBuf>,
    /// The delivery reports to ask for: never, or some of success, failure and delay with commas
    #[arg(long, value_name = "WHEN")]
    pub(in crate::cli) dsn: Option<Notify>,
    /// How much of the message comes back with a report: headers or full
    #[arg(long = "return", value_name = "WHAT")]
    pub(in crate::cli) ret: Option<Return>,
    /// Demand TLS on all the way to the recipients (REQUIRETLS); where the server does not offer that nothing is sent
    #[arg(long)]
    pub(in crate::cli) require_tls: bool,
    /// The Message-ID; without it a new one
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) message_id: Option<String>,
    /// Keep to the retry schedule until all is settled or this time is over; without it there is one attempt
    #[arg(long, value_name = "DURATION", value_parser = wait)]
    pub(in crate::cli) wait: Option<Duration>,
    /// Write the conversation to a file, or with - or nothing to standard output
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) transcript: Option<PathBuf>,
    /// Put the message into the spool and end; the console or `queue run` delivers it
    #[arg(long, conflicts_with_all = ["wait", "transcript", "dry_run"])]
    pub(in crate::cli) queue_only: bool,
    /// Print the message instead of sending it
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

impl SendArgs {
    /// What this message asks to be told; what it leaves open is the account's.
    pub(in crate::cli) fn reports(&self, account: Option<Dsn>) -> Option<Dsn> {
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
    pub(in crate::cli) fn stray_recipient(&self) -> Option<&str> {
        let others = [&self.recipients, &self.to, &self.cc, &self.bcc];
        let value = self.transcript.as_deref()?.to_str()?;
        let alone = others.iter().all(|list| list.is_empty());
        (alone && !value.contains('/') && value.parse::<Mailbox>().is_ok()).then_some(value)
    }

    /// Where the transcript goes; `-` is standard output.
    pub(in crate::cli) fn transcript_to(&self) -> Option<&Path> {
        match self.stray_recipient() {
            Some(_) => Some(Path::new("-")),
            None => self.transcript.as_deref(),
        }
    }
}
