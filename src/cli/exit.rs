//! Exit statuses after sysexits: what scripts branch on.

use std::process::ExitCode;

use clap::ValueEnum;

use crate::config::ConfigError;
use crate::mail::entry::Entry;
use crate::mail::outcome::{Cause, Failure, Status};
use crate::mail::stage::Stage;
use crate::mailer::probe::walk::Walk;

/// How the program ends. What is said of each status here stands in the manual page too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[repr(u8)]
pub(super) enum Exit {
    /// Done: all delivered, or safely in the spool.
    Ok = 0,
    /// The command line is wrong.
    Usage = 64,
    /// What was to be sent is wrong, or was refused for what it is.
    Data = 65,
    /// An input file cannot be read.
    NoInput = 66,
    /// The smart host's name is unknown.
    NoHost = 68,
    /// The smart host cannot be reached, or refuses for good.
    Unavailable = 69,
    /// An output file or the spool cannot be made.
    CantCreate = 73,
    /// Writing or reading failed.
    Io = 74,
    /// Still deferred, or the spool is in use: try again.
    TempFail = 75,
    /// The server broke the protocol, or TLS did not come about.
    Protocol = 76,
    /// The login was refused.
    NoPermission = 77,
    /// The configuration is wrong.
    Config = 78,
    /// SIGHUP came first; as shells count it, 128 and the signal's number.
    HungUp = 129,
    /// SIGINT came first, as from Ctrl-C.
    Interrupted = 130,
    /// SIGTERM came first.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why the program ends early: the status and the words for standard error.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) exit: Exit,
    pub(super) words: String,
}

impl Stop {
    pub(super) fn new(exit: Exit, words: impl Into<String>) -> Self {
        let words = words.into();
        Self { exit, words }
    }
}

impl From<ConfigError> for Stop {
    fn from(error: ConfigError) -> Self {
        let exit = if error.is_usage() {
            Exit::Usage
        } else {
            Exit::Config
        };
        Self::new(exit, error.to_string())
    }
}

/// The status of a message: the worst of its recipients counts. Any failure is worse than any that is still open.
pub(super) fn of(entry: &Entry) -> Exit {
    let trouble = entry.trouble();
    let failed = entry
        .recipients
        .iter()
        .filter_map(|recipient| match &recipient.status {
            Status::Failed(failure) => Some(of_failed(failure)),
            // Its time is over: what would have been "try again" is so no longer.
            Status::Expired(failure) => Some(match failure.as_ref().map(of_open) {
                Some(exit) if exit != Exit::TempFail => exit,
                _ => Exit::Unavailable,
            }),
            _ => None,
        });
    // Of two failures the refusal of the content is the one that the caller can mend.
    if let Some(worst) = failed.min() {
        return worst;
    }
    let open = entry
        .recipients
        .iter()
        .filter(|recipient| recipient.status.is_open());
    let open = open.map(|recipient| match (&recipient.status, trouble) {
        // It is on the disk, and will be tried again by whoever delivers from there.
        _ if entry.is_spooled() && entry.end.is_none() => Exit::Ok,
        (Status::Pending, Some(trouble)) => of_open(trouble),
        _ => Exit::TempFail,
    });
    open.max().unwrap_or(match entry.end {
        // Dropped by hand: it will not go out, and nobody has refused it.
        Some((crate::mail::entry::End::Dropped, _)) => Exit::TempFail,
        _ => Exit::Ok,
    })
}

fn of_failed(failure: &Failure) -> Exit {
    match (failure.stage, &failure.cause) {
        (_, Cause::Local(_)) | (Stage::Data | Stage::Content, _) => Exit::Data,
        _ => Exit::Unavailable,
    }
}

/// The status of a walk: as for a message, the worst recipient counts.
pub(super) fn of_walk(walk: &Walk) -> Exit {
    let refused =
        || { walk.answers.iter().chain(&walk.content) }.filter_map(|one| one.said.as_ref().err());
    let for_good = refused().find(|failure| failure.is_permanent());
    let worst = for_good.or(walk.failure.as_ref()).or(refused().next());
    worst.map_or(Exit::Ok, of_end)
}

/// The status of a walk that ended with this failure.
pub(super) fn of_end(failure: &Failure) -> Exit {
    match (failure.stage, &failure.cause) {
        // A name for EHLO that is none, a file of authorities that cannot be read.
        (Stage::Hello | Stage::Tls, Cause::Local(_)) => Exit::Config,
        _ if failure.is_permanent() => of_failed(failure),
        _ => of_open(failure),
    }
}

/// The status for trouble with the host: nothing is wrong with the message, something is with the way.
fn of_open(failure: &Failure) -> Exit {
    let temporary = failure.code().is_some_and(|code| code / 100 == 4);
    match (failure.stage, &failure.cause) {
        (Stage::Resolve, _) | (_, Cause::Dns(_)) => Exit::NoHost,
        (Stage::Connect | Stage::Greeting, Cause::OutOfStep(_)) => Exit::Protocol,
        (Stage::Connect | Stage::Greeting, _) => Exit::Unavailable,
        _ if temporary => Exit::TempFail,
        (_, Cause::TimedOut(_) | Cause::Closed | Cause::Io(_)) => Exit::TempFail,
        (_, Cause::OutOfStep(_) | Cause::Tls(_)) => Exit::Protocol,
        (Stage::Auth, _) => Exit::NoPermission,
        _ if failure.code() == Some(530) => Exit::NoPermission,
        (Stage::Hello | Stage::StartTls | Stage::Tls, _) => Exit::Protocol,
        _ => Exit::TempFail,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::sample;
    use super::*;
    use crate::mail::reply::Reply;

    #[test]
    fn the_worst_recipient_counts() {
        let of = |statuses: Vec<Status>| super::of(&sample::entry(statuses));
        assert_eq!(of(vec![sample::delivered(), sample::delivered()]), Exit::Ok);
        assert_eq!(
            of(vec![sample::delivered(), sample::deferred()]),
            Exit::TempFail
        );
        assert_eq!(of(vec![sample::uncertain()]), Exit::TempFail);
        assert_eq!(
            of(vec![sample::failed(), sample::deferred()]),
            Exit::Unavailable
        );
        let large = Status::Failed(Failure::local(Stage::Mail, "too large"));
        assert_eq!(
            of(vec![sample::failed(), large, sample::delivered()]),
            Exit::Data
        );
        assert_eq!(of(vec![Status::Expired(None)]), Exit::Unavailable);
        let Status::Deferred(failure) = sample::deferred() else {
            unreachable!("it is deferred")
        };
        assert_eq!(of(vec![Status::Expired(Some(failure))]), Exit::Unavailable);
    }

    #[test]
    fn trouble_with_the_host_has_a_status_of_its_own() {
        let of = |stage, cause| super::of(&sample::troubled(Failure::new(stage, cause)));
        let reply = |code| Cause::Refused(Reply::new(code, ["words"]));
        for (stage, cause, exit) in [
            (Stage::Resolve, Cause::Dns("not found".into()), Exit::NoHost),
            (
                Stage::Connect,
                Cause::Io("refused".into()),
                Exit::Unavailable,
            ),
            (
                Stage::Connect,
                Cause::TimedOut(Duration::from_secs(1)),
                Exit::Unavailable,
            ),
            (Stage::Greeting, reply(554), Exit::Unavailable),
            (Stage::Greeting, reply(421), Exit::Unavailable),
            (Stage::Greeting, Cause::Closed, Exit::Unavailable),
            (
                Stage::Greeting,
                Cause::OutOfStep("SSH".into()),
                Exit::Protocol,
            ),
            (Stage::Hello, reply(550), Exit::Protocol),
            (Stage::Hello, reply(421), Exit::TempFail),
            (Stage::Hello, Cause::Closed, Exit::TempFail),
            (
                Stage::StartTls,
                Cause::Local("not offered".into()),
                Exit::Protocol,
            ),
            (Stage::Tls, Cause::Tls("expired".into()), Exit::Protocol),
            (Stage::Auth, reply(535), Exit::NoPermission),
            (Stage::Auth, reply(454), Exit::TempFail),
            (
                Stage::Auth,
                Cause::Local("no TLS".into()),
                Exit::NoPermission,
            ),
            (Stage::Mail, reply(530), Exit::NoPermission),
        ] {
            assert_eq!(of(stage, cause.clone()), exit, "{stage}: {cause}");
        }
    }
}
