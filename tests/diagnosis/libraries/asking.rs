//! Asks what a text of a library is taken for.

use turbomail::mail::circumstances::{Circumstances, TlsState};
use turbomail::mail::outcome::{Cause, Failure};
use turbomail::mail::stage::Stage;
use turbomail::probe::diagnose;

/// The answer where no rule knows what TLS failed of.
pub(super) const NO_RULE: &str = "generic.tls";

/// The first finding.
pub(super) fn id(stage: Stage, cause: Cause, more: Circumstances) -> String {
    let failure = Some(Failure::new(stage, cause));
    diagnose(&Circumstances { failure, ..more }).remove(0).id
}

/// Says what is not as it should be of some texts: what the answer is, and what it ought to be.
pub(super) fn check<'a>(
    expected: impl IntoIterator<Item = (String, &'a str)>,
    answer: impl Fn(&str) -> String,
) {
    let mut faults = Vec::new();
    for (text, wanted) in expected {
        let given = answer(&text);
        if given != wanted {
            faults.push(format!("{text}: {given}, not {wanted}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

pub(super) fn tls(state: TlsState) -> impl Fn(&str) -> String {
    move |text| {
        let more = Circumstances {
            host: Some("relay.example.com".into()),
            tls: Some(state),
            ..Circumstances::default()
        };
        id(Stage::Tls, Cause::Tls(text.into()), more)
    }
}

pub(super) fn check_tls<'a>(expected: impl IntoIterator<Item = (String, &'a str)>) {
    let expected: Vec<_> = expected.into_iter().collect();
    for state in [TlsState::StartTls, TlsState::Implicit] {
        check(expected.clone(), tls(state));
    }
}
