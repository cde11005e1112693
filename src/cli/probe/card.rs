//! What is said behind the ladder: the verdict, what to do, the certificate, and the server's promises in words.

use std::fmt::Write as _;

use crate::mail::certificate::left_in_words;
use crate::mail::clean::Clean;
use crate::mail::diagnosis::{Finding, Severity};
use crate::mail::outcome::{Cause, Failure};
use crate::mail::stage::Stage;
use crate::mailer::probe::walk::Walk;
use crate::mailer::probe::words;

/// Everything behind the ladder.
///
/// `between` stands behind the findings, before what the server has shown of itself.
pub(super) fn all(walk: &Walk, findings: &[Finding], between: &str) -> String {
    let mut text = format!("\n{}.\n", words::sentence(walk));
    if let Some(Failure {
        stage,
        cause: Cause::TimedOut(_),
    }) = &walk.failure
        && walk.speaks_tls != Some(true)
    {
        // The name has no limit of its own.
        let stage = (*stage).max(Stage::Connect);
        // Writing into a String cannot fail.
        let _ = writeln!(text, "It can be waited for longer: --timeout {stage}=5m");
    }
    if let Some(open) = words::left_open(walk) {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{open}");
    }
    text.push_str(&found(findings));
    text.push_str(between);
    certificate(&mut text, walk);
    promises(&mut text, walk);
    text
}

/// What is wrong and what to do.
pub(super) fn found(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        one(&mut text, finding);
    }
    text
}

pub(super) fn one(text: &mut String, finding: &Finding) {
    let kind = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let _ = writeln!(text, "\n{kind}: {} [{}]", finding.title, finding.id);
    let _ = writeln!(text, "  {}", finding.explanation);
    for advice in &finding.advice {
        let _ = writeln!(text, "  - {advice}");
    }
    if !finding.evidence.is_empty() {
        let _ = writeln!(text, "  seen: {}", finding.evidence);
    }
}

fn certificate(text: &mut String, walk: &Walk) {
    let Some(leaf) = walk.certificates.first() else {
        return;
    };
    let trust = match &walk.tls {
        Some(facts) => format!("trusted, {}, {}", facts.version, facts.cipher),
        None => "not accepted".to_owned(),
    };
    let _ = writeln!(text, "\nCertificate ({trust})");
    let mut row = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<9}{value}");
    };
    row("subject", leaf.subject.to_string());
    row("issuer", leaf.issuer.to_string());
    row("names", leaf.names_in_words());
    let days = left_in_words(leaf.days_left(walk.started));
    let (from, until) = (leaf.not_before, leaf.not_after);
    row(
        "valid",
        format!(
            "{} to {}, {days}",
            from.strftime("%F"),
            until.strftime("%F")
        ),
    );
    row("sha256", leaf.sha256.to_string());
    for above in walk.certificates.iter().skip(1) {
        row(
            "above",
            format!(
                "{}, until {}",
                above.title(),
                above.not_after.strftime("%F")
            ),
        );
    }
}

fn promises(text: &mut String, walk: &Walk) {
    let Some(offered) = walk.capabilities().filter(|all| !all.lines().is_empty()) else {
        return;
    };
    let both = walk.after_tls.as_ref().zip(walk.before_tls.as_ref());
    let place = if walk.after_tls.is_some() {
        "inside TLS"
    } else {
        "in clear"
    };
    let _ = writeln!(text, "\nThe server promises {place}");
    for line in offered.lines() {
        let is_new = both.is_some_and(|(_, before)| !before.lines().contains(line));
        promise(text, if is_new { '+' } else { ' ' }, line);
    }
    let Some((after, before)) = both else {
        return;
    };
    for line in before.lines() {
        if !after.lines().contains(line) {
            promise(text, '-', line);
        }
    }
    let _ = writeln!(text, "  + inside TLS only, - in clear only");
}

fn promise(text: &mut String, mark: char, line: &Clean) {
    let words = words::promise(line).unwrap_or_default();
    let row = format!("{mark} {:<22}  {words}", line.as_str());
    let _ = writeln!(text, "{}", row.trim_end());
}
