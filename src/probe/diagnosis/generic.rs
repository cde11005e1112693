//! What is told where no rule knows the words: the meaning of the enhanced status code (RFC 3463), else of the first digit.

use serde::Deserialize;
use toml::Spanned;

use super::pattern::EnhancedPattern;
use super::rule::evidence;
use super::seen::{Seen, is_refusal};
use super::template::{Template, Title};
use crate::mail::clean::Clean;
use crate::mail::diagnosis::{Finding, Owner, Retry, Severity};
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::Severity as Answer;

/// The meaning of an enhanced status code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Status {
    #[serde(rename = "status")]
    pub(super) pattern: EnhancedPattern,
    title: Title,
    explanation: Template,
    pub(super) advice: Spanned<Vec<Template>>,
    owner: Owner,
}

/// What can be said of a failure that no rule explains.
pub(super) fn finding(statuses: &[Status], seen: &Seen<'_>) -> Option<Finding> {
    let failure = seen.all.failure.as_ref()?;
    let known = seen
        .enhanced
        .and_then(|status| statuses.iter().find(|one| one.pattern.has(status)));
    let mut finding = match known {
        Some(known) => Finding {
            id: "generic.status".to_owned(),
            severity: Severity::Error,
            title: known.title.0.clone(),
            explanation: by_its_code(&known.explanation.told(seen), seen),
            advice: known
                .advice
                .get_ref()
                .iter()
                .filter_map(|one| one.filled(seen))
                .collect(),
            evidence: Clean::default(),
            retry: Retry::No,
            owner: known.owner,
            recipients: Vec::new(),
        },
        None => by_kind(failure),
    };
    finding.retry = retry(failure);
    finding.evidence = evidence(seen.evidence());
    Some(finding)
}

/// A code is often chosen carelessly, so what it stands for is told as no more than that.
fn by_its_code(meaning: &str, seen: &Seen<'_>) -> Clean {
    let code = seen.enhanced.map(|status| status.to_string());
    let code = code.as_deref().unwrap_or("the status code");
    Clean::from(format!(
        "{meaning} That is what {code} stands for; where the server's own words say otherwise, they count."
    ))
}

/// The first digit says whether to try again, whatever the words are (RFC 5321 §4.2.1).
fn retry(failure: &Failure) -> Retry {
    match &failure.cause {
        Cause::Refused(reply) if reply.severity() == Answer::Transient => Retry::Yes,
        Cause::TimedOut(_) | Cause::Closed | Cause::Io(_) | Cause::OutOfStep(_) => Retry::Ask,
        _ => Retry::No,
    }
}

fn by_kind(failure: &Failure) -> Finding {
    let stage = failure.stage;
    let told = |id: &str, title: String, explanation: &str, advice: &[&str], owner| Finding {
        id: id.to_owned(),
        severity: Severity::Error,
        title: Clean::from(title),
        explanation: Clean::from(explanation),
        advice: advice.iter().map(|one| Clean::from(*one)).collect(),
        evidence: Clean::default(),
        retry: Retry::No,
        owner,
        recipients: Vec::new(),
    };
    let transient = failure
        .reply()
        .is_some_and(|reply| reply.severity() == Answer::Transient);
    if transient {
        return told(
            "generic.transient",
            format!("The server put it off at {stage}, for a reason of its own"),
            "The server says that it may work later. It gives its reason only in its own words.",
            &[
                "Leave it in the queue: it is tried again.",
                "If it stays so for hours, ask the server's operator and quote the reply.",
            ],
            Owner::Relay,
        );
    }
    if is_refusal(failure) {
        return told(
            "generic.permanent",
            format!("The server refused it at {stage}, for a reason of its own"),
            "The server says that trying the same again will not help. It gives its reason only in its own words.",
            &[
                "Read the server's words below; they are all that it told.",
                "Ask the server's operator, and quote the reply with the time.",
            ],
            Owner::Relay,
        );
    }
    match &failure.cause {
        Cause::Local(_) => told(
            "generic.local",
            format!("This side did not go on at {stage}"),
            "Going on would have broken a setting or a promise, so nothing was sent. The words below name the reason.",
            &["Change the setting or the message as the words say."],
            Owner::You,
        ),
        Cause::Tls(_) => told(
            "generic.tls",
            "TLS failed, for a reason that no rule knows".to_owned(),
            "The TLS library ended the connection; its words are below. Nothing was sent in clear.",
            &[
                "Try the server's other port for TLS.",
                "Show the words to the server's operator.",
            ],
            Owner::Relay,
        ),
        Cause::OutOfStep(_) => told(
            "generic.protocol",
            format!("The server broke the protocol at {stage}"),
            "What came is not what SMTP allows at this point. This may be no mail server, or something on the path changes what is said.",
            &["Check host and port.", "Read the transcript's last lines."],
            Owner::Relay,
        ),
        _ => told(
            "generic.network",
            format!("The connection failed at {stage}"),
            "The network or the operating system ended it. The words below are the system's own.",
            &[
                "Try again.",
                "Check that other connections from this machine work.",
            ],
            Owner::Network,
        ),
    }
}
