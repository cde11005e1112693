//! The flags of `turbomail probe`.

use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use super::duration::wait;
use super::expert::ExpertArgs;
use super::names::NameArgs;
use crate::mail::address::Address;
use crate::mail::stage::Stage;
use crate::mailer::probe::grid::PORTS;

#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(next_help_heading = "Probe")]
pub(in crate::cli) struct ProbeArgs {
    /// The smart host, also as a URL such as `smtps://HOST`, a provider's name such as gmail, or a mail domain or address, whose
    /// submission server is looked for; without it the account's
    #[arg(value_name = "HOST[:PORT]", value_hint = ValueHint::Hostname)]
    pub(in crate::cli) host: Option<String>,
    /// Go as far as RCPT and ask for this recipient; repeatable
    #[arg(long, value_name = "ADDRESS", value_hint = ValueHint::EmailAddress)]
    pub(in crate::cli) to: Vec<Address>,
    /// The sender to ask with, <> for none; without it the account's
    #[arg(long, value_name = "ADDRESS", value_hint = ValueHint::EmailAddress)]
    pub(in crate::cli) from: Option<Sender>,
    /// Stop behind this stage: resolve connect greeting hello starttls tls auth mail rcpt. hello is the first EHLO
    #[arg(long, value_name = "STAGE", value_parser = stage, conflicts_with = "grid")]
    pub(in crate::cli) stop_after: Option<Stage>,
    /// Say STARTTLS also where it is not offered
    #[arg(long, conflicts_with = "grid")]
    pub(in crate::cli) force_starttls: bool,
    /// Leave the login out, whatever user is set
    #[arg(long)]
    pub(in crate::cli) no_login: bool,
    /// Look at every address of the host behind the walk, each as far as EHLO and with no login
    #[arg(long, conflicts_with_all = ["grid", "watch"])]
    pub(in crate::cli) all_addresses: bool,
    /// Print the conversation too; with --json it is always there
    #[arg(long)]
    pub(in crate::cli) transcript: bool,
    /// Print a page for a ticket instead, as --report does with these words: markdown or html; text with arrows like those of swaks; or json, which is --json
    #[arg(long, value_name = "FORM", value_enum, conflicts_with_all = ["grid", "watch", "all_addresses", "transcript"])]
    pub(in crate::cli) export: Option<Form>,
    /// Walk again and again with this time between, one line each, until a signal comes
    #[arg(long, value_name = "DURATION", value_parser = interval, conflicts_with_all = ["grid", "transcript"])]
    pub(in crate::cli) watch: Option<Duration>,
    /// Look around at the host's mail ports (25, 465, 587 and 2525, or those given with =), with no login
    #[arg(long, value_name = "PORTS", num_args = 0..=1, require_equals = true, default_missing_value = "",
          conflicts_with_all = ["to", "from"])]
    pub(in crate::cli) grid: Option<Ports>,
    /// Neither keep this run nor look at earlier ones
    #[arg(long)]
    pub(in crate::cli) no_history: bool,
    /// List the runs that are kept, of this host or of all, and walk nowhere
    #[arg(long, conflicts_with_all = ["to", "from", "stop_after", "force_starttls", "no_login", "all_addresses", "transcript",
          "export", "watch", "grid", "no_history", "compare", "compare_families"])]
    pub(in crate::cli) history: bool,
    /// Walk to this host as well and say what differs; a login of the configuration is for its own host alone
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with_all = ["all_addresses", "transcript", "export", "watch", "grid",
          "compare_families"], value_hint = ValueHint::Hostname)]
    pub(in crate::cli) compare: Option<String>,
    /// Walk over IPv4 and over IPv6 and say what differs
    #[arg(long, conflicts_with_all = ["all_addresses", "transcript", "export", "watch", "grid", "ipv4", "ipv6"])]
    pub(in crate::cli) compare_families: bool,
    #[command(flatten)]
    pub(in crate::cli) names: NameArgs,
    #[command(flatten)]
    pub(in crate::cli) expert: ExpertArgs,
}

impl ProbeArgs {
    /// Whether the walk comes as far as a login.
    pub(in crate::cli) fn logs_in(&self) -> bool {
        let before = |stage: Stage| stage < Stage::Auth;
        let end = self.stop_after.or(self.expert.drop_after);
        self.grid.is_none() && !self.no_login && !end.is_some_and(before)
    }
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Form {
    Markdown,
    Html,
    Text,
    Json,
}

/// A reverse path; none is the empty one.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Sender(pub(in crate::cli) Option<Address>);

impl FromStr for Sender {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "<>" | "" => Ok(Self(None)),
            text => match text.parse() {
                Ok(address) => Ok(Self(Some(address))),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}

/// Ports with commas between.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Ports(pub(in crate::cli) Vec<u16>);

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const MOST: usize = 16;
        if text.is_empty() {
            return Ok(Self(PORTS.to_vec()));
        }
        let port = |word: &str| word.trim().parse().ok().filter(|port: &u16| *port > 0);
        let ports: Option<Vec<u16>> = text.split(',').map(port).collect();
        match ports {
            Some(ports) if ports.len() <= MOST => Ok(Self(ports)),
            Some(_) => Err(format!("a look around is at {MOST} ports at the most")),
            None => Err("expected numbers from 1 to 65535 with commas, such as 465,587".to_owned()),
        }
    }
}

fn stage(text: &str) -> Result<Stage, String> {
    let known = |stage: &Stage| *stage <= Stage::Rcpt && stage.name() == text;
    Stage::ALL.into_iter().find(known).ok_or_else(|| {
        "expected resolve, connect, greeting, hello, starttls, tls, auth, mail or rcpt".to_owned()
    })
}

/// A server that is asked without a pause takes it for an attack.
fn interval(text: &str) -> Result<Duration, String> {
    let least = Duration::from_secs(1);
    let interval = wait(text)?;
    if interval < least {
        return Err("at least 1s lies between two walks".to_owned());
    }
    Ok(interval)
}
