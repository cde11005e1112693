//! Puts what the rules say in order: what explains the failure most closely first, remarks behind, three at the most.

use std::cmp::Reverse;

use super::generic;
use super::knowledge::Knowledge;
use super::rule::{Fit, Kind, Rule};
use super::seen::Seen;
use crate::mail::circumstances::Circumstances;
use crate::mail::diagnosis::Finding;

/// The most findings that are told.
const MOST: usize = 3;

/// What these circumstances mean by the knowledge that this program has; at most three findings, the best first.
///
/// A failure always has one: where no rule knows the words, the meaning of its status code (RFC 3463) or of its first digit
/// (RFC 5321 §4.2.1) is told together with them. Where nothing failed and nothing is odd there is none.
#[must_use]
pub fn diagnose(circumstances: &Circumstances) -> Vec<Finding> {
    Knowledge::standard().diagnose(circumstances)
}

impl Knowledge {
    /// What these circumstances mean; see [`diagnose`].
    #[must_use]
    pub fn diagnose(&self, circumstances: &Circumstances) -> Vec<Finding> {
        let seen = Seen::new(circumstances);
        let mut speaking: Vec<(&Rule, Fit)> = self
            .rules()
            .filter_map(|rule| Some((rule, rule.fit(&seen)?)))
            .collect();
        // Of two that stand over each other, the closer one stays.
        speaking.sort_by_key(|(_, fit)| (fit.doubt, Reverse(fit.weight)));
        keep_quiet(&mut speaking);
        // The order of the files decides between equals, and a user's own rules come before them: the sort is stable.
        speaking.sort_by_key(|(rule, fit)| {
            let (aside, severity) = match rule.kind {
                Kind::Aside => (true, Some(rule.severity)),
                Kind::Specific | Kind::Broad => (false, None),
            };
            (
                aside,
                fit.doubt,
                severity,
                Reverse(self.is_own(rule)),
                Reverse(fit.weight),
            )
        });
        let explained = speaking
            .first()
            .is_some_and(|(rule, fit)| rule.kind != Kind::Aside && !fit.doubt);
        let mut findings: Vec<Finding> = speaking
            .iter()
            .take(MOST)
            .map(|(rule, fit)| rule.finding(fit, &seen))
            .collect();
        if !explained && let Some(finding) = generic::finding(self.statuses(), &seen) {
            findings.insert(0, finding);
            findings.truncate(MOST);
        }
        findings
    }
}

/// Takes out the rules that others stand over, and the broad ones where a specific one speaks.
fn keep_quiet(speaking: &mut Vec<(&Rule, Fit)>) {
    let mut silenced: Vec<&String> = Vec::new();
    speaking.retain(|(rule, fit)| {
        let speaks = !silenced.contains(&rule.id.get_ref());
        // A guess silences nobody.
        if speaks && !fit.doubt {
            silenced.extend(&rule.over);
        }
        speaks
    });
    // A light rule may stand over a heavy one that was looked at before it.
    speaking.retain(|(rule, _)| !silenced.contains(&rule.id.get_ref()));
    let specific = speaking
        .iter()
        .any(|(rule, fit)| rule.kind == Kind::Specific && !fit.doubt);
    let best_broad = speaking
        .iter()
        .filter(|(rule, fit)| rule.kind == Kind::Broad && !fit.doubt)
        .map(|(_, fit)| fit.weight)
        .max();
    // Of several classes that a failure belongs to, only the narrowest says anything.
    speaking.retain(|(rule, fit)| {
        rule.kind != Kind::Broad || fit.doubt || (!specific && Some(fit.weight) == best_broad)
    });
}
