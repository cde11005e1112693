//! The knowledge base: every rule speaks where it should, keeps quiet where it should not, and says it in good words.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod laws;
mod libraries;
mod queue;
mod scene;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use turbomail::mail::diagnosis::Finding;
use turbomail::probe::{Knowledge, diagnose};

use scene::Scene;

/// Ids of answers that name no cause.
const HONEST: &[&str] = &[
    "rcpt.temp",
    "data.temp_filter",
    "banner.554",
    "any.eof",
    "any.reply_timeout",
    "auth.bad_login",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    speaks: BTreeMap<String, Vec<Scene>>,
    quiet: BTreeMap<String, Vec<Scene>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wordings {
    unseen: Vec<Unseen>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unseen {
    is: Vec<String>,
    see: Scene,
}

fn samples() -> Samples {
    toml::from_str(include_str!("samples.toml")).expect("samples")
}

fn ids(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.id.as_str()).collect()
}

#[test]
fn every_id_is_there_exactly_once_and_has_samples_and_near_misses() {
    let ids: Vec<&str> = Knowledge::standard().ids().collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!((ids.len(), unique.len()), (123, 123));
    let samples = samples();
    for side in [&samples.speaks, &samples.quiet] {
        let named: BTreeSet<&str> = side.keys().map(String::as_str).collect();
        let missing: Vec<_> = unique.symmetric_difference(&named).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(side.values().all(|scenes| !scenes.is_empty()));
    }
}

#[test]
fn every_sample_gives_its_id_first() {
    let mut faults = Vec::new();
    for (id, scenes) in samples().speaks {
        for scene in scenes {
            let findings = diagnose(&scene.circumstances());
            assert!(findings.len() <= 3);
            if findings.first().is_none_or(|first| first.id != id) {
                faults.push(format!("{id}: {} gave {:?}", scene.told(), ids(&findings)));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_near_miss_keeps_every_id_quiet() {
    let mut faults = Vec::new();
    for (id, scenes) in samples().quiet {
        for scene in scenes {
            let findings = diagnose(&scene.circumstances());
            if findings.iter().any(|finding| finding.id == id) {
                faults.push(format!("{id}: {} gave {:?}", scene.told(), ids(&findings)));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// How the answers to some wordings turned out.
#[derive(Default)]
struct Judged {
    right: usize,
    /// Answers without a cause where one could be named.
    honest: Vec<String>,
    wrong: Vec<String>,
}

impl Judged {
    fn of(wordings: &str) -> Self {
        let wordings: Wordings = toml::from_str(wordings).expect("wordings");
        let mut judged = Self::default();
        for one in &wordings.unseen {
            let findings = diagnose(&one.see.circumstances());
            let first = findings.first().expect("a failure is always explained");
            let is_honest = first.id.starts_with("generic.") || HONEST.contains(&first.id.as_str());
            let told = || {
                format!(
                    "{} gave {:?}, not {:?}",
                    one.see.told(),
                    ids(&findings),
                    one.is
                )
            };
            if one.is.contains(&first.id) || (one.is.is_empty() && is_honest) {
                judged.right += 1;
            } else if is_honest {
                judged.honest.push(told());
            } else {
                judged.wrong.push(told());
            }
        }
        judged
    }

    fn all(&self) -> usize {
        self.right + self.honest.len() + self.wrong.len()
    }

    fn has_none_wrong(&self) {
        let (right, all) = (self.right, self.all());
        assert!(
            self.wrong.is_empty(),
            "wrong causes, {} beside {right} right and {} honest of {all}:\n{}\nhonest only:\n{}",
            self.wrong.len(),
            self.honest.len(),
            self.wrong.join("\n"),
            self.honest.join("\n")
        );
    }

    /// None may have a wrong cause, and nine of ten have to be right.
    fn is_good_enough(&self) {
        self.has_none_wrong();
        let (right, all) = (self.right, self.all());
        assert!(
            right * 10 >= all * 9,
            "{right} of {all}; honest only:\n{}",
            self.honest.join("\n")
        );
    }
}

#[test]
fn unseen_words_get_the_right_cause_or_an_honest_answer() {
    let judged = Judged::of(include_str!("unseen.toml"));
    assert!(judged.all() >= 100, "{}", judged.all());
    judged.is_good_enough();
}

/// Four lots, each judged before the rules had seen it, and mended before the next was written. At first sight, right, honest and
/// wrong: 120, 5 and 212 of the first lot's 337, which goes through the rules one by one to break them; 125, 1 and 15 of the second's
/// 141; 68, 6 and 4 of the third's 78; 60, 0 and 2 of the fourth's 62. Five times it was what had been expected that was put right.
#[test]
fn hostile_words_get_no_wrong_cause() {
    let judged = Judged::of(include_str!("hostile.toml"));
    assert!(judged.all() >= 600, "{}", judged.all());
    judged.is_good_enough();
}

/// From the name's lookup to the handshake, and the end; what the wordings gave at first sight stands in the file.
#[test]
fn the_network_s_lot_gets_no_wrong_cause() {
    let judged = Judged::of(include_str!("lot_network.toml"));
    assert!(judged.all() >= 220, "{}", judged.all());
    judged.is_good_enough();
}

/// From the login to the end of the message; what the wordings gave at first sight stands in the file.
#[test]
fn words_of_the_envelope_get_no_wrong_cause() {
    let judged = Judged::of(include_str!("lot_envelope.toml"));
    assert!(judged.all() >= 680, "{}", judged.all());
    judged.is_good_enough();
}

/// Words that lie close to the causes of login, sender and conversation: a rule that leaves doubt may guess, and none may be wrong.
/// What the wordings gave at first sight stands in the file.
#[test]
fn words_close_to_login_and_sender_get_no_wrong_cause() {
    let judged = Judged::of(include_str!("guess_mail.toml"));
    assert!(judged.all() >= 220, "{}", judged.all());
    judged.is_good_enough();
}

/// The recipient, the content and the large providers: what may be sure and what has to stay a guess. What the wordings gave at first
/// sight stands in the file: of the near misses written to break the rules one in six got a wrong cause.
#[test]
fn words_of_the_recipient_get_no_wrong_cause() {
    let judged = Judged::of(include_str!("guess_rcpt.toml"));
    assert!(judged.all() >= 165, "{}", judged.all());
    judged.is_good_enough();
}

/// Of six sealed lots of 781 in all, 525 were right at first sight, 239 honest without a cause, and 17 wrong by the labels, none of them in
/// the last lot of 110. So of words that are really new two of three get their cause, and one or two in a hundred may get a wrong one.
/// Only what was written for them is kept.
#[test]
fn the_sealed_lots_get_no_wrong_cause() {
    let judged = Judged::of(include_str!("lot_sealed.toml"));
    assert_eq!(judged.all(), 240);
    judged.has_none_wrong();
    assert!(judged.right * 3 >= judged.all() * 2, "{}", judged.right);
}

/// By writers who had not read the rules, two thirds of them near misses. What the wordings gave at first sight stands in the file:
/// more than half were right, two of five honest without a cause, and 71 of 2,916 wrong: 3 to 7 of a hundred in the first lots, and 1 of
/// two hundred in the last.
#[test]
fn words_of_strangers_get_no_wrong_cause() {
    let judged = Judged::of(include_str!("lot_written.toml"));
    assert!(judged.all() >= 2_800, "{}", judged.all());
    judged.has_none_wrong();
    assert!(judged.right * 2 >= judged.all(), "{}", judged.right);
}
