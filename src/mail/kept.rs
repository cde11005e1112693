//! An attempt as it is kept on the disk: as it is told to other programs, with what the console shows of it beside the
//! conversation. One line of JSON, of no more than 64 KiB.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::clean::{Clean, clean};
use super::clock::{Now, Tick, until};
use super::entry::{Attempt, AttemptEnd, Route};
use super::outcome::{Failure, Status};
use super::parcel::{Connection, TlsFacts};
use super::told::{ToldAttempt, ToldLine};
use super::transcript::{By, Line, Transcript};

/// What stands for a conversation of which only the outcome is known.
pub const NOT_KEPT: &str =
    "the program was started anew since then; what was said in this attempt is not at hand";

/// The longest line, in octets with its end.
const LONGEST: usize = 64 * 1024;
/// Octets of it for what each recipient got; of more recipients the first are kept.
const RECIPIENTS: usize = 12 * 1024;
/// Octets left free for the note on what was left out.
const NOTE: usize = 256;

/// An attempt that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAttempt {
    /// The attempt.
    #[serde(flatten)]
    pub told: ToldAttempt,
    /// The account that the message is bound for.
    #[serde(default)]
    pub account: Clean,
    /// What each recipient got.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub got: Vec<(Address, Status)>,
    /// The host trouble that ended it, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Failure>,
}

impl KeptAttempt {
    /// An attempt at a message of this account.
    #[must_use]
    pub fn of(attempt: &Attempt, account: &Route) -> Self {
        let end = attempt.end.as_ref();
        Self {
            told: ToldAttempt::of(attempt),
            account: Clean::new(account),
            got: end.map(|end| end.recipients.clone()).unwrap_or_default(),
            trouble: end.and_then(|end| end.trouble.clone()),
        }
    }

    /// An attempt at a message of this account, as it was told.
    #[must_use]
    pub const fn told(told: ToldAttempt, account: Clean) -> Self {
        Self {
            told,
            account,
            got: Vec::new(),
            trouble: None,
        }
    }

    /// Whether its conversation is known, and not only what came of it.
    #[must_use]
    pub fn is_known(&self) -> bool {
        let alone = |line: &ToldLine| line.from == By::Note && &*line.text == NOT_KEPT;
        !matches!(self.told.transcript.as_slice(), [line] if alone(line))
    }

    /// The line, with its end. Of a conversation that is too long for it the middle is left out, with a note that says so.
    ///
    /// # Errors
    /// The writer's words.
    pub fn line(mut self) -> Result<Vec<u8>, serde_json::Error> {
        self.bound_recipients()?;
        let mut line = serde_json::to_vec(&self)?;
        if line.len() >= LONGEST {
            let lines = std::mem::take(&mut self.told.transcript);
            let around = serde_json::to_vec(&self)?.len();
            self.told.transcript = without_middle(lines, LONGEST.saturating_sub(around + NOTE))?;
            line = serde_json::to_vec(&self)?;
        }
        line.push(b'\n');
        Ok(line)
    }

    fn bound_recipients(&mut self) -> Result<(), serde_json::Error> {
        let mut octets = 0;
        for at in 0..self.got.len() {
            octets += serde_json::to_vec(&self.got.get(at))?.len() + 1;
            if octets > RECIPIENTS {
                self.got.truncate(at);
                break;
            }
        }
        Ok(())
    }

    /// The attempt as it was. Of the ticks of another program only the calendar's time is left, so it is put where that was.
    #[must_use]
    pub fn attempt(self, now: Now) -> Attempt {
        let Self {
            told, got, trouble, ..
        } = self;
        let version = |text: &str| match text {
            "TLS 1.3" => "TLS 1.3",
            "TLS 1.2" => "TLS 1.2",
            _ => "TLS",
        };
        let tls = told.tls.map(|tls| TlsFacts {
            version: version(&tls.version),
            cipher: clean(&tls.cipher).into_owned(),
            subject: tls.subject,
            days_left: tls.days_left,
        });
        let end = told.took_ms.map(|took| AttemptEnd {
            took: Duration::from_millis(took),
            connection: Connection {
                server: told.server.as_deref().unwrap_or_default().to_owned(),
                peer: told.address.map(|peer| clean(&peer).into_owned()),
                tls,
            },
            recipients: got,
            trouble,
        });
        let lines = told.transcript.into_iter().map(|line| Line {
            at: Duration::from_millis(line.at_ms),
            stage: line.stage,
            by: line.from,
            text: line.text,
        });
        Attempt {
            number: told.number,
            started: Now {
                tick: Tick(now.tick.0.saturating_sub(until(now.wall, told.started))),
                wall: told.started,
            },
            end,
            transcript: Transcript::of(lines),
        }
    }
}

/// The beginning and the end of a conversation, which together have no more than `most` octets, and a note between them.
fn without_middle(lines: Vec<ToldLine>, most: usize) -> Result<Vec<ToldLine>, serde_json::Error> {
    let mut octets = Vec::with_capacity(lines.len());
    for line in &lines {
        octets.push(serde_json::to_vec(line)?.len() + 1);
    }
    let fit = |sizes: &mut dyn Iterator<Item = &usize>, room: usize| {
        let mut used = 0;
        let taken = sizes.take_while(|size| {
            used += **size;
            used <= room
        });
        taken.count()
    };
    let head = fit(&mut octets.iter(), most / 4 * 3);
    let tail = fit(&mut octets.iter().skip(head).rev(), most / 4);
    let left_out = lines.len().saturating_sub(head + tail);
    let mut kept = Vec::with_capacity(head + tail + 1);
    for (at, line) in lines.into_iter().enumerate() {
        if at < head || at >= head + left_out {
            kept.push(line);
        } else if at == head {
            let text = format!("… {left_out} lines left out here …");
            kept.push(ToldLine {
                from: By::Note,
                text: text.into(),
                ..line
            });
        }
    }
    Ok(kept)
}

/// Whether the conversation of an attempt is at hand, and not only what came of it.
#[must_use]
pub fn is_at_hand(attempt: &Attempt) -> bool {
    attempt.transcript.count() != 1
        || attempt
            .transcript
            .lines()
            .iter()
            .all(|line| &*line.text != NOT_KEPT)
}

/// Attempts from two sources in their order. Of an attempt that is in both, the fuller one counts; where they are alike the
/// kept one does.
#[must_use]
pub fn merged<T: Clone>(
    known: &[T],
    kept: &[T],
    number: impl Fn(&T) -> u32,
    lines: impl Fn(&T) -> usize,
) -> Vec<T> {
    let mut all = std::collections::BTreeMap::new();
    for one in kept {
        all.insert(number(one), one);
    }
    for one in known {
        let kept = all.get(&number(one));
        if kept.is_none_or(|kept| lines(one) > lines(kept)) {
            all.insert(number(one), one);
        }
    }
    all.into_values().cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::clock::{Clock, SystemClock};
    use super::super::reply::Reply;
    use super::super::stage::Stage;
    use super::*;

    fn attempt(lines: usize, recipients: usize) -> (Attempt, Arc<dyn Clock>) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let transcript = Transcript::new(Arc::clone(&clock));
        for n in 0..lines {
            transcript.push(Stage::Rcpt, By::Server, format!("250 \"ok\" \\{n}\\"));
        }
        let got = (0..recipients).map(|n| {
            let address = format!("r{n}@there.example").parse().expect("an address");
            (address, Status::Delivered(Reply::new(250, ["ok"])))
        });
        let end = AttemptEnd {
            took: Duration::from_millis(703),
            connection: Connection {
                server: "relay.example:587".into(),
                peer: Some("192.0.2.1:587".into()),
                tls: Some(TlsFacts {
                    version: "TLS 1.3",
                    cipher: "TLS_AES_256_GCM_SHA384".into(),
                    subject: "CN=relay.example".into(),
                    days_left: 61,
                }),
            },
            recipients: got.collect(),
            trouble: None,
        };
        let attempt = Attempt {
            number: 3,
            started: clock.now(),
            end: Some(end),
            transcript,
        };
        (attempt, clock)
    }

    #[test]
    fn what_is_read_back_is_what_was_written() {
        let (before, clock) = attempt(5, 2);
        let line = KeptAttempt::of(&before, &"work".into()).line();
        let read: KeptAttempt = serde_json::from_slice(&line.expect("json")).expect("json");
        assert_eq!(&*read.account, "work");
        let after = read.attempt(clock.now());
        assert_eq!((after.number, &after.end), (before.number, &before.end));
        assert_eq!(after.started.wall, before.started.wall);
        let words = |attempt: &Attempt| -> Vec<String> {
            let lines = attempt.transcript.lines().into_iter();
            lines.map(|line| line.text.to_string()).collect()
        };
        assert_eq!(words(&after), words(&before));
    }

    #[test]
    fn a_line_is_bounded_and_keeps_beginning_and_end() {
        let (long, clock) = attempt(20_000, 5000);
        let line = KeptAttempt::of(&long, &"work".into()).line().expect("json");
        assert!(line.len() <= LONGEST, "{}", line.len());
        assert!(line.len() > LONGEST / 2, "{}", line.len());
        let read: KeptAttempt = serde_json::from_slice(&line).expect("json");
        assert!(!read.got.is_empty());
        let lines = read.attempt(clock.now());
        let lines = lines.transcript.lines();
        let is = |text: &str| lines.iter().any(|line| &*line.text == text);
        assert!(is("250 \"ok\" \\0\\") && is("250 \"ok\" \\19999\\"));
        assert!(lines.iter().any(|line| line.text.contains("left out")));
    }

    #[test]
    fn of_two_sources_the_fuller_one_counts() {
        let all = merged(
            &[(2, 1), (3, 9), (4, 1)],
            &[(1, 5), (2, 5), (3, 5)],
            |one| one.0,
            |one| one.1,
        );
        assert_eq!(all, [(1, 5), (2, 5), (3, 9), (4, 1)]);
    }
}
