//! What differs between two walks, in words for people.

use serde::Serialize;

use super::record::{Record, RecordedCertificate, RecordedStage};
use crate::mail::clean::Clean;
use crate::mail::stage::Stage;
use crate::probe::walk::Status;

/// A stage that takes so many times as long is slower.
const TIMES: u64 = 3;
/// And longer by this, in milliseconds; less nobody notices.
const LONGER: u64 = 200;

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// How far it came, and how it ended.
    Outcome,
    /// The address that was spoken with.
    Address,
    /// The greeting.
    Greeting,
    /// What is promised in clear.
    BeforeTls,
    /// What is promised inside TLS.
    AfterTls,
    /// The version of TLS.
    Tls,
    /// The certificate.
    Certificate,
    /// The login mechanism.
    Mechanism,
    /// How long a stage took.
    Timing,
    /// How the connection was to be protected: a matter of the settings, and not of the server.
    Security,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What has changed.
    pub what: What,
    /// Whether it may be a reason for trouble: a failure, something lost, something slower.
    pub worse: bool,
    /// In words, such as `STARTTLS is no longer offered in clear`.
    pub words: Clean,
}

/// What differs: what may be a reason for trouble first. Nothing where both are the same as far as both know.
#[must_use]
pub fn compare(before: &Record, after: &Record) -> Vec<Difference> {
    let mut all = Differences(Vec::new());
    all.outcome(before, after);
    if before.security != after.security {
        let words = format!(
            "security was {}, and is {}",
            before.security, after.security
        );
        all.add(What::Security, false, words);
    }
    all.changed(
        What::Address,
        "the address",
        before.address.as_ref(),
        after.address.as_ref(),
    );
    all.changed(
        What::Greeting,
        "the greeting",
        before.greeting.as_ref(),
        after.greeting.as_ref(),
    );
    let clear = (&before.before_tls, &after.before_tls);
    all.offer(
        What::BeforeTls,
        "in clear",
        clear.0.as_deref(),
        clear.1.as_deref(),
    );
    let inside = (&before.after_tls, &after.after_tls);
    all.offer(
        What::AfterTls,
        "inside TLS",
        inside.0.as_deref(),
        inside.1.as_deref(),
    );
    all.changed(
        What::Tls,
        "the version",
        before.tls.as_ref(),
        after.tls.as_ref(),
    );
    if let (Some(before), Some(after)) = (&before.certificate, &after.certificate) {
        all.certificate(before, after);
    }
    all.changed(
        What::Mechanism,
        "the login mechanism",
        before.mechanism.as_ref(),
        after.mechanism.as_ref(),
    );
    all.timing(before, after);
    // The sort is stable.
    all.0.sort_by_key(|one| !one.worse);
    all.0
}

struct Differences(Vec<Difference>);

impl Differences {
    fn add(&mut self, what: What, worse: bool, words: String) {
        let words = Clean::from(words);
        self.0.push(Difference { what, worse, words });
    }

    /// A value that is known both times and differs.
    fn changed(&mut self, what: What, name: &str, before: Option<&Clean>, after: Option<&Clean>) {
        if let (Some(before), Some(after)) = (before, after)
            && before != after
        {
            self.add(what, false, format!("{name} was {before}, and is {after}"));
        }
    }

    /// The stages that do not go as they went.
    fn outcome(&mut self, before: &Record, after: &Record) {
        for stage in Stage::ALL {
            let (Some(then), Some(now)) = (before.stage(stage), after.stage(stage)) else {
                continue;
            };
            if then.status == now.status || stage == Stage::Quit {
                continue;
            }
            let words = match now.status {
                Status::Failed => format!("{stage} went well, and fails now: {}", now.detail),
                _ if then.status == Status::Failed => {
                    format!("{stage} failed, and goes well now: {}", now.detail)
                }
                Status::Warning => {
                    format!("{stage} went well, and gives a warning now: {}", now.detail)
                }
                _ => format!("{stage} gave a warning, and goes well now: {}", now.detail),
            };
            self.add(What::Outcome, rank(now.status) > rank(then.status), words);
        }
        // A stage that was never met before can fail as well, and one that was met before can be out of reach.
        let new = after.stages.iter().find(|one| one.status == Status::Failed);
        if let Some(new) = new.filter(|one| before.stage(one.stage).is_none()) {
            let words = format!(
                "{} was not met before, and fails now: {}",
                new.stage, new.detail
            );
            self.add(What::Outcome, true, words);
        }
    }

    /// What an offer has lost and gained. A line with other parameters is told as both.
    fn offer(
        &mut self,
        what: What,
        place: &str,
        before: Option<&[Clean]>,
        after: Option<&[Clean]>,
    ) {
        let (Some(before), Some(after)) = (before, after) else {
            return;
        };
        let keyword = |line: &Clean| {
            let word = line.split_ascii_whitespace().next();
            word.unwrap_or_default().to_ascii_uppercase()
        };
        let same = |one: &Clean, other: &Clean| one.eq_ignore_ascii_case(other);
        for line in before
            .iter()
            .filter(|line| !after.iter().any(|one| same(one, line)))
        {
            match after.iter().find(|one| keyword(one) == keyword(line)) {
                Some(now) => {
                    let fewer = words(now) < words(line);
                    self.add(what, fewer, format!("{line} is now {now} {place}"));
                }
                None => self.add(what, true, format!("{line} is no longer offered {place}")),
            }
        }
        for line in after {
            if !before.iter().any(|one| keyword(one) == keyword(line)) {
                self.add(what, false, format!("{line} is new {place}"));
            }
        }
    }

    fn certificate(&mut self, before: &RecordedCertificate, after: &RecordedCertificate) {
        if before.sha256 == after.sha256 {
            if before.days_left >= 0 && after.days_left < 0 {
                let words = format!(
                    "the certificate has expired since, on {}",
                    after.not_after.strftime("%F")
                );
                self.add(What::Certificate, true, words);
            }
            return;
        }
        if before.issuer != after.issuer {
            let words = format!(
                "the certificate was issued by {}, and is issued by {} now",
                before.issuer, after.issuer
            );
            self.add(What::Certificate, true, words);
        }
        if before.subject != after.subject {
            let words = format!(
                "the certificate was for {}, and is for {}",
                before.subject, after.subject
            );
            self.add(What::Certificate, true, words);
        }
        let start = |print: &Clean| print.chars().take(16).collect::<String>();
        let words = format!(
            "the certificate is another one: SHA-256 {}… in place of {}…, until {} in place of {}",
            start(&after.sha256),
            start(&before.sha256),
            after.not_after.strftime("%F"),
            before.not_after.strftime("%F"),
        );
        self.add(What::Certificate, after.not_after < before.not_after, words);
    }

    fn timing(&mut self, before: &Record, after: &Record) {
        let went = |one: &&RecordedStage| one.status != Status::Failed;
        for stage in Stage::ALL {
            let then = before.stage(stage).filter(went);
            let now = after.stage(stage).filter(went);
            let (Some(then), Some(now)) = (then, now) else {
                continue;
            };
            let (then, now) = (then.took_ms, now.took_ms);
            if now > then.saturating_mul(TIMES) && now > then.saturating_add(LONGER) {
                let words = format!("{stage} took {then} ms, and takes {now} ms now");
                self.add(What::Timing, true, words);
            }
        }
    }
}

const fn rank(status: Status) -> u8 {
    match status {
        Status::Ok | Status::Skipped => 0,
        Status::Warning => 1,
        Status::Failed => 2,
    }
}

fn words(line: &str) -> usize {
    line.split_ascii_whitespace().count()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::mail::smarthost::Security;
    use crate::probe::walk::Verdict;

    fn record() -> Record {
        let lines = |all: &[&str]| Some(all.iter().map(|line| Clean::new(line)).collect());
        let stage = |stage, took_ms| RecordedStage {
            stage,
            status: Status::Ok,
            took_ms,
            detail: "fine".into(),
        };
        Record {
            server: "relay.example:587".into(),
            security: Security::StartTls,
            started: Timestamp::UNIX_EPOCH,
            took_ms: 40,
            verdict: Verdict::Ok,
            failure: None,
            stages: vec![
                stage(Stage::Connect, 10),
                stage(Stage::Hello, 100),
                stage(Stage::Tls, 30),
            ],
            address: Some("192.0.2.1:587".into()),
            greeting: Some("relay ESMTP".into()),
            before_tls: lines(&["STARTTLS", "SIZE 1000"]),
            after_tls: lines(&["AUTH PLAIN LOGIN"]),
            tls: Some("TLS 1.3".into()),
            certificate: Some(RecordedCertificate {
                subject: "CN=relay".into(),
                issuer: "CN=Good CA".into(),
                not_after: Timestamp::UNIX_EPOCH,
                sha256: "00".repeat(32).into(),
                days_left: 10,
            }),
            mechanism: Some("PLAIN".into()),
        }
    }

    fn told(change: impl FnOnce(&mut Record)) -> Vec<(bool, String)> {
        let mut after = record();
        change(&mut after);
        let all = compare(&record(), &after);
        assert!(compare(&after, &after).is_empty());
        all.iter()
            .map(|one| (one.worse, one.words.to_string()))
            .collect()
    }

    #[test]
    fn the_same_differs_in_nothing() {
        assert_eq!(told(|_| {}), []);
        // What one of the two does not know is no difference.
        let blind = |record: &mut Record| {
            (record.before_tls, record.after_tls, record.address) = (None, None, None);
            (record.certificate, record.tls, record.greeting) = (None, None, None);
            record.mechanism = None;
        };
        assert_eq!(told(blind), []);
    }

    #[test]
    fn each_change_has_its_words() {
        let one = |change: fn(&mut Record)| told(change).remove(0);
        let worse = |change, words: &str| assert_eq!(one(change), (true, words.to_owned()));
        let other = |change, words: &str| assert_eq!(one(change), (false, words.to_owned()));
        worse(
            |one| one.before_tls = Some(vec!["SIZE 1000".into()]),
            "STARTTLS is no longer offered in clear",
        );
        worse(
            |one| one.after_tls = Some(vec!["AUTH LOGIN".into()]),
            "AUTH PLAIN LOGIN is now AUTH LOGIN inside TLS",
        );
        worse(
            |one| one.after_tls = Some(Vec::new()),
            "AUTH PLAIN LOGIN is no longer offered inside TLS",
        );
        worse(
            |one| one.stages[1].took_ms = 400,
            "hello took 100 ms, and takes 400 ms now",
        );
        worse(
            |one| {
                one.stages[2].status = Status::Failed;
                one.stages[2].detail = "expired".into();
            },
            "tls went well, and fails now: expired",
        );
        other(
            |one| one.address = Some("192.0.2.2:587".into()),
            "the address was 192.0.2.1:587, and is 192.0.2.2:587",
        );
        other(
            |one| one.after_tls = Some(vec!["AUTH PLAIN LOGIN".into(), "CHUNKING".into()]),
            "CHUNKING is new inside TLS",
        );
        other(
            |one| one.tls = Some("TLS 1.2".into()),
            "the version was TLS 1.3, and is TLS 1.2",
        );
        let middlebox = told(|one| {
            let certificate = one.certificate.as_mut().expect("shown");
            (certificate.issuer, certificate.sha256) = ("CN=Wall".into(), "11".repeat(32).into());
        });
        assert!(
            middlebox[0].0
                && middlebox[0]
                    .1
                    .contains("CN=Good CA, and is issued by CN=Wall")
        );
    }

    #[test]
    fn what_is_a_little_slower_is_not_told() {
        assert_eq!(told(|one| one.stages[1].took_ms = 290), []);
        assert_eq!(told(|one| one.stages[0].took_ms = 200), []);
        assert_eq!(
            told(|one| one.stages[1].took_ms = 1).len(),
            0,
            "nor is what is quicker"
        );
    }
}
