//! The knowledge base: every rule speaks where it should, keeps quiet where it should not, and says it in good words.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod laws;
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

#[test]
fn unseen_words_get_the_right_cause_or_an_honest_answer() {
    let wordings: Wordings = toml::from_str(include_str!("unseen.toml")).expect("wordings");
    let all = wordings.unseen.len();
    let (mut right, mut wrong, mut honest) = (0, Vec::new(), Vec::new());
    for one in &wordings.unseen {
        let findings = diagnose(&one.see.circumstances());
        let first = findings.first().expect("a failure is always explained");
        let is_honest = first.id.starts_with("generic.") || HONEST.contains(&first.id.as_str());
        if one.is.contains(&first.id) || (one.is.is_empty() && is_honest) {
            right += 1;
        } else if is_honest {
            honest.push(format!("{} gave {:?}", one.see.told(), ids(&findings)));
        } else {
            wrong.push(format!("{} gave {:?}", one.see.told(), ids(&findings)));
        }
    }
    assert!(all >= 100, "{all}");
    assert!(wrong.is_empty(), "wrong causes:\n{}", wrong.join("\n"));
    let told = honest.join("\n");
    assert!(
        right * 10 >= all * 9,
        "{right} of {all}; honest only:\n{told}"
    );
}
