//! `turbomail completions`: a script with which a shell completes commands, flags and the values that are known.

use std::fmt::Display;

use clap::builder::{PossibleValuesParser, Resettable};
use clap::{Arg, Command, CommandFactory as _, ValueHint};
use clap_complete::Shell;
use serde::Serialize;

use super::args::Arguments;
use super::exit::{Exit, Stop};
use super::output;
use crate::config::settings::Report;
use crate::mail::dsn::{Notify, Return};
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::mailer::probe::presets::Presets;
use crate::mailer::{OnUncertain, Transports};

/// Prints the script for this shell.
pub(super) fn print(shell: Shell) -> Result<Exit, Stop> {
    let mut command = hinted(Arguments::command(), shell);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "turbomail", &mut script);
    output::print(script)?;
    Ok(Exit::Ok)
}

/// The same command, and what a shell may offer for each value: what is read as a word when a message is sent is a list here.
fn hinted(command: Command, shell: Shell) -> Command {
    command
        .mut_args(|arg| hint(arg, shell))
        .mut_subcommands(|below| hinted(below, shell))
}

fn hint(arg: Arg, shell: Shell) -> Arg {
    if !arg.get_action().takes_values() {
        return arg;
    }
    let known = values(arg.get_id().as_str());
    if !known.is_empty() {
        // The value for a flag without one need not be among them, and nothing is read with this command.
        return arg
            .default_missing_value(Resettable::Reset)
            .value_parser(PossibleValuesParser::new(known));
    }
    let is_path = matches!(
        arg.get_value_hint(),
        ValueHint::FilePath | ValueHint::DirPath | ValueHint::AnyPath
    );
    // Where nothing better is known, files are offered: by all shells for what is free text, and by bash for hosts and users too.
    match arg.get_value_hint() {
        ValueHint::Unknown => arg.value_hint(ValueHint::Other),
        _ if shell == Shell::Bash && !is_path => arg.value_hint(ValueHint::Other),
        _ => arg,
    }
}

/// The words that are known for a flag's value. Those of enumerations among the flags clap knows by itself.
fn values(flag: &str) -> Vec<String> {
    match flag {
        // One with a server in each region is listed as a whole, and used only where its region is named.
        "provider" => {
            let presets = Presets::standard();
            let has_server = |name: &String| presets.named(name).is_ok();
            presets.names().filter(has_server).collect()
        }
        "providers" => Presets::standard().names().collect(),
        "security" => names([
            Security::Auto,
            Security::StartTls,
            Security::Tls,
            Security::None,
        ]),
        "auth" => Sasl::ALL.map(|one| one.name().to_lowercase()).to_vec(),
        "transport" => shown(Transports::standard().names()),
        "on_uncertain" => names([OnUncertain::Retry, OnUncertain::Hold]),
        "report" => names([Report::Never, Report::Headers, Report::Full]),
        "dsn" => {
            let one = |success, failure, delay| Notify {
                success,
                failure,
                delay,
            };
            shown([
                Notify::default(),
                one(true, false, false),
                one(false, true, false),
                one(false, false, true),
            ])
        }
        "ret" => names([Return::Headers, Return::Full]),
        "stop_after" => shown(Stage::ALL.into_iter().filter(|one| *one <= Stage::Rcpt)),
        "drop_after" => shown(
            { Stage::ALL.into_iter() }.filter(|one| (Stage::Connect..=Stage::Data).contains(one)),
        ),
        _ => Vec::new(),
    }
}

fn shown(values: impl IntoIterator<Item = impl Display>) -> Vec<String> {
    values.into_iter().map(|one| one.to_string()).collect()
}

/// The names of values as the configuration writes them.
fn names(values: impl IntoIterator<Item = impl Serialize>) -> Vec<String> {
    let name = |one| Some(serde_json::to_value(one).ok()?.as_str()?.to_owned());
    values.into_iter().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::request;
    use super::*;

    fn each(command: &Command, see: &mut impl FnMut(&Arg)) {
        command.get_arguments().for_each(&mut *see);
        command.get_subcommands().for_each(|one| each(one, see));
    }

    /// Whether a command with this flag is read, and its settings are right.
    fn is_taken(command: &str, flag: &str, extra: &str) -> bool {
        let file = tempfile::NamedTempFile::new().expect("an empty configuration");
        let config = format!("--config={}", file.path().display());
        let words = ["turbomail", command, &config, flag, extra];
        Arguments::try_parse_from(words).is_ok_and(|read| {
            let loaded = request::settings(&read.common, &read.host);
            loaded.is_ok_and(|loaded| loaded.check_kinds().is_ok())
        })
    }

    #[test]
    fn each_word_that_is_offered_is_taken() {
        let mut flags = 0;
        each(&Arguments::command(), &mut |arg| {
            for word in values(arg.get_id().as_str()) {
                let flag = format!("--{}={word}", arg.get_long().expect("a flag"));
                let extra = match word.as_str() {
                    "data" => "--test-message",
                    "external" => "--client-cert=me.pem",
                    "oauthbearer" | "xoauth2" => "--token-command=true",
                    "smtp" | "lmtp" => "--server=relay.example",
                    _ => "--json",
                };
                let taken = |command| is_taken(command, &flag, extra);
                assert!(taken("probe") || taken("send"), "{flag}");
                flags += 1;
            }
        });
        assert!(flags > 50, "{flags}");
        assert!(!is_taken("probe", "--security=ssl", "--json"));
        assert!(!is_taken("send", "--transport=pigeon", "--json"));
    }

    #[test]
    fn each_value_has_words_or_a_hint() {
        for shell in [Shell::Bash, Shell::Zsh] {
            each(&hinted(Arguments::command(), shell), &mut |arg| {
                let known = !arg.get_possible_values().is_empty();
                let hinted = arg.get_value_hint() != ValueHint::Unknown;
                let flag = !arg.get_action().takes_values();
                assert!(flag || known || hinted, "{shell}: {}", arg.get_id());
            });
        }
    }
}
