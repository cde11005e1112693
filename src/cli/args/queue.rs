//! The flags of `turbomail queue`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::duration::wait;
use crate::mailer::control::{Filter, Verb, Which};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum QueueCommand {
    /// What waits, oldest first
    List(ListArgs),
    /// All about a message: recipients, history, conversations
    Show(ShowArgs),
    /// Try messages at once; those that failed are queued again for the recipients who did not get them
    Retry(ActArgs),
    /// Keep messages from being tried and from expiring, until they are released
    Hold(ActArgs),
    /// Let held messages go on
    Release(ActArgs),
    /// Take messages out of the queue; those that failed are removed for good
    Drop(ActArgs),
    /// Deliver what waits in the spool, now and later, until a signal comes
    ///
    /// One process at a time delivers from a spool; another one ends with 75 and says which that is. With --once the status is 0
    /// when everything that was due is delivered, 75 when something is deferred; the others follow sysexits.
    Run(RunArgs),
    /// Show the queue again and again; into a pipe, each change as a line
    Watch(WatchArgs),
}

impl QueueCommand {
    /// What is done to messages, where something is.
    pub(in crate::cli) const fn verb(&self) -> Verb {
        match self {
            Self::Hold(_) => Verb::Hold,
            Self::Release(_) => Verb::Release,
            Self::Drop(_) => Verb::Drop,
            _ => Verb::Retry,
        }
    }
}

/// Which messages are meant. Of patterns, a text is a part without regard to case; * stands for anything.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(in crate::cli) struct FilterArgs {
    /// Messages in this state; repeatable, or a list with commas
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = STATES)]
    state: Vec<String>,
    /// Messages to a recipient like this; * stands for anything
    #[arg(long, value_name = "PATTERN")]
    to: Option<String>,
    /// Messages from an author like this
    #[arg(long, value_name = "PATTERN")]
    from: Option<String>,
    /// Messages with a subject like this
    #[arg(long, value_name = "PATTERN")]
    subject: Option<String>,
    /// Messages queued at least so long ago
    #[arg(long, value_name = "DURATION", value_parser = wait)]
    older: Option<Duration>,
    /// Messages that failed and are still kept
    #[arg(long)]
    failed: bool,
}

/// The names of states, and two words for pairs of them.
const STATES: [&str; 12] = [
    "queued",
    "scheduled",
    "due",
    "sending",
    "deferred",
    "retry",
    "held",
    "delivered",
    "partial",
    "failed",
    "expired",
    "dropped",
];

impl FilterArgs {
    /// The filter, of an account where one is named.
    pub(in crate::cli) fn filter(&self, account: Option<&String>, all: bool) -> Filter {
        let done = |state: &String| {
            ["delivered", "partial", "failed", "expired", "dropped"].contains(&state.as_str())
        };
        Filter {
            which: if self.failed {
                Which::Failed
            } else if all || self.state.iter().any(done) {
                Which::All
            } else {
                Which::Live
            },
            states: self.state.clone(),
            account: account.cloned(),
            to: self.to.clone(),
            from: self.from.clone(),
            subject: self.subject.clone(),
            older: self.older,
        }
    }

    /// Whether a condition is set.
    pub(in crate::cli) const fn is_set(&self) -> bool {
        !self.state.is_empty()
            || self.to.is_some()
            || self.from.is_some()
            || self.subject.is_some()
            || self.older.is_some()
            || self.failed
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    /// What failed, and what was delivered or dropped lately, as well
    #[arg(long, conflicts_with = "failed")]
    pub(in crate::cli) all: bool,
    #[command(flatten)]
    pub(in crate::cli) filter: FilterArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArgs {
    /// The message: its short identity, the start of the long one, or its Message-ID
    #[arg(value_name = "ID")]
    pub(in crate::cli) id: String,
    /// Print the message itself, octet for octet, and nothing else
    #[arg(long, conflicts_with = "json")]
    pub(in crate::cli) content: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TranscriptArgs {
    /// The message: its short identity, the start of the long one, or its Message-ID
    #[arg(value_name = "ID")]
    pub(in crate::cli) id: String,
    /// The attempt: its number, `last`, or `all`
    #[arg(long, value_name = "N", default_value = "all")]
    pub(in crate::cli) attempt: WhichAttempt,
}

/// Which of a message's attempts are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum WhichAttempt {
    All,
    Last,
    Number(u32),
}

impl std::str::FromStr for WhichAttempt {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.parse()) {
            ("all", _) => Ok(Self::All),
            ("last", _) => Ok(Self::Last),
            (_, Ok(number @ 1..)) => Ok(Self::Number(number)),
            _ => Err("an attempt is named by its number from 1, last or all"),
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ActArgs {
    /// The messages: short identities, the starts of long ones, or Message-IDs
    #[arg(value_name = "ID", required_unless_present = "all")]
    pub(in crate::cli) ids: Vec<String>,
    /// All messages that wait, or that the filters let through
    #[arg(long, conflicts_with = "ids")]
    pub(in crate::cli) all: bool,
    #[command(flatten)]
    pub(in crate::cli) filter: FilterArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct WatchArgs {
    /// How often to look
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "2s")]
    pub(in crate::cli) interval: Duration,
    #[command(flatten)]
    pub(in crate::cli) filter: FilterArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RunArgs {
    /// Try once what is due, and end
    #[arg(long, conflicts_with_all = ["interval", "drain"])]
    pub(in crate::cli) once: bool,
    /// Deliver in rounds: what is due, then nothing for so long; without it each message is tried when it is due
    #[arg(long, value_name = "DURATION", value_parser = wait)]
    pub(in crate::cli) interval: Option<Duration>,
    /// After a signal, how long what is being sent may take to end
    #[arg(long, value_name = "DURATION", value_parser = wait, default_value = "10s")]
    pub(in crate::cli) deadline: Duration,
    /// After a signal, go on delivering what falls due until the deadline
    #[arg(long)]
    pub(in crate::cli) drain: bool,
}
