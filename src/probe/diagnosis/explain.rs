//! Explains failures of the queue: what is known of an attempt is read from its connection and its transcript.

use super::knowledge::Knowledge;
use crate::mail::circumstances::{Circumstances, TlsState};
use crate::mail::clean::Clean;
use crate::mail::diagnosis::Finding;
use crate::mail::entry::Entry;
use crate::mail::outcome::{Failure, Status};
use crate::mail::parcel::Connection;
use crate::mail::server::Server;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Line, Transcript};

/// What a failure of an attempt most likely means, with what the attempt left behind.
#[must_use]
pub fn explain(
    failure: &Failure,
    connection: &Connection,
    transcript: &Transcript,
) -> Option<Finding> {
    Knowledge::standard().explain(failure, connection, transcript)
}

/// What keeps an entry of the queue waiting, or has failed it; see [`Knowledge::explain_entry`].
#[must_use]
pub fn explain_entry(entry: &Entry) -> Option<Finding> {
    Knowledge::standard().explain_entry(entry)
}

impl Knowledge {
    /// What a failure of an attempt most likely means, with what the attempt left behind.
    #[must_use]
    pub fn explain(
        &self,
        failure: &Failure,
        connection: &Connection,
        transcript: &Transcript,
    ) -> Option<Finding> {
        let all = Circumstances {
            failure: Some(failure.clone()),
            ..gather(connection, transcript, Some(failure.stage))
        };
        self.diagnose(&all).into_iter().next()
    }

    /// What keeps an entry of the queue waiting, or has failed it: the host's trouble at the latest attempt, else the first
    /// recipient's failure, with what that attempt left behind. `None` where nothing has failed.
    #[must_use]
    pub fn explain_entry(&self, entry: &Entry) -> Option<Finding> {
        self.diagnose_entry(entry).into_iter().next()
    }

    /// The same with what else it may be, the best explanation first, and the best for every other reason that a recipient was
    /// refused for; none where nothing has failed.
    #[must_use]
    pub fn diagnose_entry(&self, entry: &Entry) -> Vec<Finding> {
        let Some(all) = of_entry(entry) else {
            return Vec::new();
        };
        let refused = || {
            let all = entry.recipients.iter();
            all.filter_map(|one| Some((&one.address, one.status.failure()?)))
        };
        if entry.trouble().is_some() || refused().nth(1).is_none() {
            return self.diagnose(&all);
        }
        self.diagnose_each(&all, refused())
    }
}

/// All that is known of what keeps an entry waiting, or has failed it.
fn of_entry(entry: &Entry) -> Option<Circumstances> {
    let of_recipient = || {
        let mut all = entry.recipients.iter();
        all.find_map(|one| Some((one.status.failure()?, Some(&one.status))))
    };
    let trouble = entry.trouble().map(|failure| (failure, None));
    let (failure, status) = trouble.or_else(of_recipient)?;
    let mut ended = entry.attempts.iter().rev();
    let known = ended.find_map(|one| Some((&one.end.as_ref()?.connection, &one.transcript)));
    let mut all = known.map_or_else(Circumstances::default, |(connection, transcript)| {
        gather(connection, transcript, Some(failure.stage))
    });
    if matches!(status, Some(Status::Uncertain(_))) {
        all.committed = Some(true);
    }
    let sender = entry.message.envelope.reverse_path.as_ref();
    all.sender = sender.map(|address| Clean::new(address.as_str()));
    all.failure = Some(failure.clone());
    Some(all)
}

/// What an attempt's connection and transcript tell. Whoever knows more (the login, the sender, the settings) adds it.
///
/// `stage` is the last that was reached, where it is known.
#[must_use]
pub fn gather(
    connection: &Connection,
    transcript: &Transcript,
    stage: Option<Stage>,
) -> Circumstances {
    let lines = transcript.lines();
    let server = connection.server.parse::<Server>().ok();
    let port = server.as_ref().and_then(|server| server.port);
    let committed = transcript.progress().committed;
    // Of an attempt before a restart nothing is left but its result.
    let known = committed || !lines.is_empty();
    let mut all = Circumstances {
        host: server.map(|server| Clean::from(server.host)),
        port,
        days_left: connection.tls.as_ref().map(|tls| tls.days_left),
        committed: known.then_some(committed),
        stage,
        ..Circumstances::default()
    };
    let starttls = read(&lines, &mut all);
    all.tls = match (&connection.tls, stage) {
        (Some(_), _) if port == Some(465) && !starttls => Some(TlsState::Implicit),
        (Some(_), _) => Some(TlsState::StartTls),
        (None, Some(Stage::Tls)) if starttls => Some(TlsState::StartTls),
        (None, Some(Stage::Tls)) => Some(TlsState::Implicit),
        (None, Some(stage)) if stage > Stage::Connect => Some(TlsState::None),
        (None, _) => None,
    };
    if all.tls == Some(TlsState::Implicit) && all.after_tls.is_none() {
        all.after_tls = all.before_tls.take();
    }
    all
}

/// Reads the lines of a conversation; whether STARTTLS was said in it.
fn read(lines: &[Line], all: &mut Circumstances) -> bool {
    let (mut starttls, mut hello, mut auth) = (false, false, false);
    for line in lines {
        let text = line.text.as_str();
        match (line.by, line.stage) {
            (By::Server, Stage::Greeting) if all.greeting.is_none() => {
                all.greeting = text.get(4..).map(Clean::new);
            }
            (By::Client, Stage::Hello) => {
                hello = true;
                let name = text.split_once(' ').map(|(_, name)| Clean::new(name));
                all.hello = name.or(all.hello.take());
                let offer = if starttls {
                    &mut all.after_tls
                } else {
                    &mut all.before_tls
                };
                *offer = None;
            }
            (By::Server, Stage::Hello) if text.starts_with("250") => {
                let offer = if starttls {
                    &mut all.after_tls
                } else {
                    &mut all.before_tls
                };
                match offer {
                    // The first line of the reply is a greeting.
                    None => *offer = Some(Vec::new()),
                    Some(lines) => lines.extend(text.get(4..).map(Clean::new)),
                }
            }
            (By::Client, Stage::StartTls) => starttls = true,
            (By::Client, Stage::Auth) => {
                auth = true;
                // What follows the command are answers, which name no mechanism.
                let name = text.strip_prefix("AUTH ");
                let name = name.and_then(|rest| rest.split(' ').next());
                all.mechanism = name
                    .and_then(|name| name.parse().ok())
                    .or(all.mechanism.take());
            }
            (By::Server, Stage::Auth) if text.starts_with("235") => all.authenticated = Some(true),
            _ => {}
        }
    }
    // On a connection that was open before, nobody sees whether there was a login.
    if hello && !auth {
        all.authenticated = Some(false);
    }
    starttls
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mail::clock::SystemClock;
    use crate::mail::outcome::Cause;
    use crate::mail::reply::Reply;
    use crate::mail::sasl::Sasl;

    fn transcript(lines: &[(Stage, By, &str)]) -> Transcript {
        let transcript = Transcript::new(Arc::new(SystemClock::new()));
        for (stage, by, text) in lines {
            transcript.push(*stage, *by, *text);
        }
        transcript
    }

    fn connection() -> Connection {
        Connection {
            server: "relay.example.net:587".to_owned(),
            ..Connection::default()
        }
    }

    #[test]
    fn a_conversation_tells_what_was_offered_and_done() {
        let lines = [
            (Stage::Greeting, By::Server, "220 relay ESMTP Postfix"),
            (Stage::Hello, By::Client, "EHLO box.example.org"),
            (Stage::Hello, By::Server, "250-relay"),
            (Stage::Hello, By::Server, "250 STARTTLS"),
            (Stage::StartTls, By::Client, "STARTTLS"),
            (Stage::StartTls, By::Server, "220 go"),
            (Stage::Hello, By::Client, "EHLO box.example.org"),
            (Stage::Hello, By::Server, "250-relay"),
            (Stage::Hello, By::Server, "250-AUTH PLAIN"),
            (Stage::Hello, By::Server, "250 SIZE 1000"),
            (Stage::Auth, By::Client, "AUTH PLAIN ‹hidden›"),
            (Stage::Auth, By::Server, "235 ok"),
        ];
        let all = gather(&connection(), &transcript(&lines), Some(Stage::Rcpt));
        let offer = |lines: Option<Vec<Clean>>| {
            let lines = lines.expect("an offer");
            let words: Vec<&str> = lines.iter().map(Clean::as_str).collect();
            words.join("|")
        };
        assert_eq!(all.greeting.as_deref(), Some("relay ESMTP Postfix"));
        assert_eq!(all.hello.as_deref(), Some("box.example.org"));
        assert_eq!(all.host.as_deref(), Some("relay.example.net"));
        assert_eq!((all.port, all.authenticated), (Some(587), Some(true)));
        assert_eq!(offer(all.before_tls), "STARTTLS");
        assert_eq!(offer(all.after_tls), "AUTH PLAIN|SIZE 1000");
        assert_eq!(all.committed, Some(false));
        assert_eq!(all.mechanism, Some(Sasl::Plain));
    }

    #[test]
    fn a_refusal_is_explained_by_what_went_before() {
        let lines = [
            (Stage::Hello, By::Client, "EHLO box"),
            (Stage::Hello, By::Server, "250 relay"),
        ];
        let reply = Reply::new(554, ["5.7.1 <a@example.org>: Relay access denied"]);
        let failure = Failure::refused(Stage::Rcpt, reply);
        let found = explain(&failure, &connection(), &transcript(&lines)).expect("known");
        assert_eq!(found.id, "rcpt.relay_denied");
        assert!(found.evidence.contains("Relay access denied"));
    }

    #[test]
    fn a_lost_message_is_uncertain_only_behind_its_end() {
        let failure = Failure::new(Stage::Content, Cause::Closed);
        let lost = transcript(&[(Stage::Content, By::Note, "sending")]);
        let id = |transcript: &Transcript| {
            explain(&failure, &connection(), transcript).map(|finding| finding.id)
        };
        assert_eq!(id(&lost).as_deref(), Some("data.lost_before_dot"));
        lost.commit();
        assert_eq!(id(&lost).as_deref(), Some("data.lost_after_dot"));
    }
}
