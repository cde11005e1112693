//! Several recipients of one transaction that were refused for different reasons: each reason is explained, with whom it is about.

use super::knowledge::Knowledge;
use super::rule::evidence;
use crate::mail::address::Address;
use crate::mail::circumstances::Circumstances;
use crate::mail::clean::Clean;
use crate::mail::diagnosis::Finding;
use crate::mail::outcome::Failure;

/// Reasons that are looked at; what comes behind them is told by the replies themselves.
const MOST: usize = 8;

/// Recipients that were refused in the same words, their own addresses aside.
struct Group<'a> {
    failure: &'a Failure,
    words: String,
    recipients: Vec<Clean>,
}

impl Knowledge {
    /// What the refusals of several recipients mean: the best explanation of each reason, the first refusal's first, and behind
    /// them what else the first may be. Of refusals that all mean the same it is that of the first.
    pub(in crate::probe) fn diagnose_each<'a>(
        &self,
        circumstances: &Circumstances,
        refused: impl IntoIterator<Item = (&'a Address, &'a Failure)>,
    ) -> Vec<Finding> {
        let groups = grouped(refused);
        let mut told: Vec<Finding> = Vec::new();
        let mut others = Vec::new();
        for (at, group) in groups.iter().take(MOST).enumerate() {
            let all = Circumstances {
                failure: Some(group.failure.clone()),
                ..circumstances.clone()
            };
            let mut found = self.diagnose(&all).into_iter();
            let Some(mut best) = found.next() else {
                continue;
            };
            if at == 0 {
                others = found.collect();
            }
            let same = |one: &&mut Finding| one.id == best.id && best.says_more();
            if let Some(known) = told.iter_mut().find(same) {
                known.recipients.extend(group.recipients.iter().cloned());
            } else {
                best.recipients.clone_from(&group.recipients);
                told.push(best);
            }
        }
        if let [only] = told.as_mut_slice() {
            // Whom it is about needs no word where it is about everybody.
            only.recipients.clear();
        }
        for finding in told.iter_mut().filter(|one| !one.recipients.is_empty()) {
            let whom = in_words(&finding.recipients);
            finding.evidence = evidence(format!("{whom}: {}", finding.evidence));
        }
        others.retain(|one| !told.iter().any(|known| known.id == one.id));
        told.extend(others);
        told
    }
}

fn grouped<'a>(refused: impl IntoIterator<Item = (&'a Address, &'a Failure)>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (address, failure) in refused {
        let words = failure.to_string().replace(address.as_str(), "");
        let recipient = Clean::new(address.as_str());
        match groups.iter_mut().find(|group| group.words == words) {
            Some(group) => group.recipients.push(recipient),
            None => groups.push(Group {
                failure,
                words,
                recipients: vec![recipient],
            }),
        }
    }
    groups
}

/// The first of them, and how many there are beside it.
fn in_words(recipients: &[Clean]) -> String {
    match recipients {
        [] => String::new(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}
