//! Parcels to send, and somebody who collects the reports.

use std::sync::{Arc, Mutex};

use turbomail::mail::address::Address;
use turbomail::mail::clock::SystemClock;
use turbomail::mail::envelope::Envelope;
use turbomail::mail::message::Message;
use turbomail::mail::outcome::Outcome;
use turbomail::mail::parcel::{EntryId, Parcel, Report, Verdict};
use turbomail::mail::transcript::Transcript;
use turbomail::transport::contract::Reports;

/// A parcel with this content for these recipients.
pub(crate) fn parcel(from: &str, to: &[&str], content: &[u8]) -> Parcel {
    let recipients: Vec<Address> = to
        .iter()
        .map(|text| text.parse().expect("an address"))
        .collect();
    let reverse_path = (!from.is_empty()).then(|| from.parse().expect("an address"));
    let message = Message {
        envelope: Envelope::new(reverse_path, recipients.clone()),
        message_id: "<test@client.example>".to_owned(),
        from: from.to_owned(),
        subject: "test".to_owned(),
        content: content.to_vec().into(),
        eight_bit: !content.is_ascii(),
        draft: None,
    };
    Parcel {
        entry: EntryId::new(),
        attempt: 1,
        message: Arc::new(message),
        recipients: recipients.into(),
        transcript: Transcript::new(Arc::new(SystemClock::new())),
    }
}

/// Keeps every report.
#[derive(Default)]
pub(crate) struct Collector {
    reports: Mutex<Vec<Report>>,
}

impl Collector {
    /// The report on a parcel, which must be the only one.
    pub(crate) fn of(&self, parcel: &Parcel) -> Report {
        let reports = self.reports.lock().expect("no panic");
        let mut found = reports.iter().filter(|report| report.entry == parcel.entry);
        let report = found.next().expect("a report").clone();
        assert!(found.next().is_none(), "two reports on one parcel");
        report
    }

    /// What each recipient got, in words: the outcome, the stage and what was said; or the one verdict on all.
    pub(crate) fn words(&self, parcel: &Parcel) -> Vec<String> {
        let failed = |word: &str, failure: &turbomail::mail::outcome::Failure| {
            format!("{word} {} {}", failure.stage, failure.cause)
        };
        match self.of(parcel).verdict {
            Verdict::HostTrouble(failure) => vec![failed("trouble", &failure)],
            Verdict::Returned => vec!["returned".to_owned()],
            Verdict::Settled(outcomes) => outcomes
                .iter()
                .map(|outcome| match outcome {
                    Outcome::Delivered(reply) => format!("delivered {reply}"),
                    Outcome::Deferred(failure) => failed("deferred", failure),
                    Outcome::Failed(failure) => failed("failed", failure),
                    Outcome::Uncertain(failure) => failed("uncertain", failure),
                })
                .collect(),
        }
    }
}

impl Reports for Collector {
    fn ready(&self) {}

    fn settled(&self, report: Report) {
        self.reports.lock().expect("no panic").push(report);
    }
}

/// The transcript as text, for messages of tests that fail and for searching.
pub(crate) fn transcript(parcel: &Parcel) -> String {
    let lines = parcel.transcript.lines();
    let lines = lines
        .iter()
        .map(|line| format!("{:8} {:?}: {}", line.stage, line.by, line.text));
    lines.collect::<Vec<_>>().join("\n")
}
