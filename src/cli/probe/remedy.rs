//! What may be tried, as lines that can be pasted: the command that was given, with the settings changed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::args::{Common, Host, ProbeArgs};
use crate::mail::clean::Clean;
use crate::mail::reach::Family;
use crate::mail::smarthost::Security;
use crate::mailer::probe::remedy::{Change, Remedy};
use crate::mailer::probe::walk::Plan;

/// The command that was given, for others to be made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'a> {
    pub(super) args: &'a ProbeArgs,
    pub(super) common: &'a Common,
    pub(super) host: &'a Host,
    pub(super) plan: &'a Plan,
}

/// For people.
pub(super) fn lines(remedies: &[Remedy], given: Given<'_>) -> String {
    let mut text = String::new();
    for (n, remedy) in remedies.iter().enumerate() {
        if n == 0 {
            text.push_str("\nWorth a try\n");
        }
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  {}", remedy.words);
        if remedy.lowers_guard {
            let _ = writeln!(text, "  ! this lowers a guard; be sure before you do it");
        }
        if let Some(command) = command(remedy, given) {
            let _ = writeln!(text, "  try  {command}");
        }
    }
    let commands = [&given.host.password_command, &given.host.token_command];
    let is_left_out = |one: &Option<String>| one.is_some() && plain(one.as_ref()).is_none();
    if !text.is_empty() && commands.into_iter().any(is_left_out) {
        text.push_str("  The command for the password is not repeated here; give it as before.\n");
    }
    text
}

/// For programs. The command is nothing where no flag does it: a secret never stands on a command line.
pub(super) fn told(remedies: &[Remedy], given: Given<'_>) -> Value {
    let change = |change: &Change| Clean::from(change.to_string());
    let one = |remedy: &Remedy| {
        json!({
            "words": remedy.words,
            "changes": remedy.changes.iter().map(change).collect::<Vec<_>>(),
            "command": command(remedy, given),
            "lowers_guard": remedy.lowers_guard,
        })
    };
    remedies.iter().map(one).collect()
}

/// The command that was given with these changes; none where no flag stands for one of them, or where a part of it cannot be
/// pasted as it is.
pub(super) fn command(remedy: &Remedy, given: Given<'_>) -> Option<String> {
    let mut line = Line::of(given);
    let after = remedy.apply(given.plan);
    for change in &remedy.changes {
        match change {
            Change::Host(_) | Change::Port(_) => line.server = after.host.name(),
            Change::Security(security) => {
                line.set("--security", security.name());
                if *security == Security::None {
                    // There is no certificate to be pinned any more.
                    line.take("--pin");
                }
            }
            Change::User(user) => line.set("--user", user),
            Change::NoLogin => line.without_login(),
            // What is asked for is typed, and not written here.
            Change::Password => return None,
            Change::Auth(Some(auth)) => line.set("--auth", &auth.name().to_lowercase()),
            Change::Auth(None) => line.take("--auth"),
            Change::Family(family) => line.family(*family),
            Change::Hello(name) => line.set("--hello", name),
            Change::TlsName(name) => line.set("--tls-name", name),
            Change::Pin(pin) => line.set("--pin", &pin.to_string()),
            Change::Sender(sender) => line.set("--from", sender.as_str()),
            Change::ForceStartTls => line.raise("--force-starttls"),
        }
    }
    line.text()
}

/// A command line: the server, and flags with their values.
struct Line {
    server: String,
    flags: Vec<(&'static str, Option<String>)>,
}

impl Line {
    /// Everything that was given and that matters to another walk. The server is always named, so that the line stands alone.
    fn of(given: Given<'_>) -> Self {
        let Given {
            args, common, host, ..
        } = given;
        let mut line = Self {
            server: given.plan.host.name(),
            flags: Vec::new(),
        };
        let config = common
            .config
            .as_ref()
            .map(|path| path.display().to_string());
        let set = given.plan.host.security;
        // Where it came from the host's URL, it has to be written.
        let is_set = host.security.is_some() || (args.host.is_some() && set != Security::Auto);
        let security = is_set.then(|| set.name().to_owned());
        let user = given
            .plan
            .host
            .credentials
            .as_ref()
            .map(|one| one.user.clone());
        let user = user.filter(|_| host.user.is_some() || args.host.is_some());
        let values: [(&'static str, Option<String>); 18] = [
            ("--config", config),
            ("--account", common.account.clone()),
            ("--security", security),
            ("--user", user),
            ("--password-command", plain(host.password_command.as_ref())),
            ("--password-file", host.password_file.clone()),
            ("--token-command", plain(host.token_command.as_ref())),
            ("--auth", host.auth.clone()),
            ("--ca-file", host.ca_file.clone()),
            ("--pin", host.pin.clone()),
            ("--client-cert", host.client_cert.clone()),
            ("--client-key", host.client_key.clone()),
            ("--tls-name", host.tls_name.clone()),
            ("--hello", host.hello.clone()),
            ("--source", host.source.clone()),
            ("--connect-to", host.connect_to.clone()),
            ("--transport", host.transport.clone()),
            (
                "--stop-after",
                args.stop_after.map(|stage| stage.name().to_owned()),
            ),
        ];
        let set = values
            .into_iter()
            .filter_map(|(flag, value)| Some((flag, Some(value?))));
        line.flags.extend(set);
        let all = |flag, list: Vec<String>| list.into_iter().map(move |one| (flag, Some(one)));
        line.flags.extend(all("--timeout", host.timeout.clone()));
        line.flags.extend(all(
            "--to",
            args.to.iter().map(ToString::to_string).collect(),
        ));
        let from = args.from.as_ref().map(|sender| match &sender.0 {
            Some(address) => address.to_string(),
            None => "<>".to_owned(),
        });
        line.flags.extend(from.map(|from| ("--from", Some(from))));
        for (flag, is_set) in [
            ("--ipv4", host.ipv4),
            ("--ipv6", host.ipv6),
            ("--no-login", args.no_login),
            ("--force-starttls", args.force_starttls),
        ] {
            line.flags.extend(is_set.then_some((flag, None)));
        }
        line
    }

    fn take(&mut self, flag: &str) {
        self.flags.retain(|(one, _)| *one != flag);
    }

    fn set(&mut self, flag: &'static str, value: &str) {
        self.take(flag);
        self.flags.push((flag, Some(value.to_owned())));
    }

    fn raise(&mut self, flag: &'static str) {
        self.take(flag);
        self.flags.push((flag, None));
    }

    fn without_login(&mut self) {
        for flag in [
            "--user",
            "--password-command",
            "--password-file",
            "--token-command",
            "--auth",
        ] {
            self.take(flag);
        }
        self.raise("--no-login");
    }

    fn family(&mut self, family: Family) {
        self.take("--ipv4");
        self.take("--ipv6");
        match family {
            Family::V4 => self.raise("--ipv4"),
            Family::V6 => self.raise("--ipv6"),
            Family::Any => {}
        }
    }

    /// The line for a shell; none where a word has something in it that cannot be shown as it is.
    fn text(&self) -> Option<String> {
        let mut text = format!("turbomail probe {}", quoted(&self.server)?);
        for (flag, value) in &self.flags {
            text.push(' ');
            text.push_str(flag);
            if let Some(value) = value {
                // What begins with a hyphen would be taken for a flag.
                text.push(if value.starts_with('-') { '=' } else { ' ' });
                text.push_str(&quoted(value)?);
            }
        }
        Some(text)
    }
}

/// A command without arguments; among arguments there may be a secret, and what is printed here goes into tickets.
fn plain(command: Option<&String>) -> Option<String> {
    let has_arguments = |command: &&String| command.split_whitespace().nth(1).is_some();
    command.filter(|one| !has_arguments(one)).cloned()
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if word.contains(crate::mail::clean::acts) {
        return None;
    }
    if !word.is_empty() && word.chars().all(plain) {
        return Some(word.to_owned());
    }
    Some(format!("'{}'", word.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_are_quoted_as_a_shell_needs_them() {
        for (word, text) in [
            ("relay.example:465", "relay.example:465"),
            ("[::1]:25", "'[::1]:25'"),
            ("", "''"),
            ("pass show 'x'", r"'pass show '\''x'\'''"),
            ("$(rm)", "'$(rm)'"),
            ("*", "'*'"),
            ("ü", "'ü'"),
        ] {
            assert_eq!(quoted(word).as_deref(), Some(text));
        }
        assert_eq!(quoted("a\u{1b}[2J"), None);
        assert_eq!(quoted("a\nb"), None);
    }
}
