//! What servers say, said in whole walks: what is known of a walk must not hide a cause that the words alone would give.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use serde::Deserialize;
use turbomail::mail::stage::Stage;
use turbomail::probe::conclude::conclude;
use turbomail::probe::walk::Plan;
use turbomail::smtp::script::Script;

use crate::relay::{Mode, Relay};
use crate::{CANARY, walked, with_login};

#[derive(Deserialize)]
struct Samples {
    speaks: BTreeMap<String, Vec<toml::Table>>,
}

/// A sample of the knowledge base that is a stage and a reply and asks for nothing more.
struct Sample {
    id: String,
    stage: Stage,
    reply: String,
}

fn samples() -> Vec<Sample> {
    let all: Samples = toml::from_str(include_str!("../diagnosis/samples.toml")).expect("samples");
    let each = all.speaks.into_iter();
    each.flat_map(|(id, scenes)| {
        scenes.into_iter().filter_map(move |scene| {
            let stage: Stage = scene.get("stage")?.clone().try_into().ok()?;
            let sample = Sample {
                id: id.clone(),
                stage,
                reply: scene.get("reply")?.as_str()?.to_owned(),
            };
            (scene.len() == 2).then_some(sample)
        })
    })
    .collect()
}

/// The event that is answered with the reply, where a walk without content comes by.
fn event(stage: Stage) -> Option<&'static str> {
    match stage {
        Stage::Greeting => Some("connect"),
        Stage::Auth => Some("auth"),
        Stage::Mail => Some("mail"),
        Stage::Rcpt => Some("rcpt"),
        _ => None,
    }
}

async fn meet(sample: Sample, event: &str) -> Option<String> {
    let Sample { id, stage, reply } = sample;
    let text = format!(
        "auth_in_clear = true\naccounts = {{ tim = '{CANARY}' }}\n[[rule]]\non = '{event}'\nreply = {}\n",
        toml::Value::String(reply.clone())
    );
    let script: Script = text
        .parse()
        .unwrap_or_else(|fault| panic!("{text}: {fault}"));
    let relay = Relay::start(script, Mode::Plain).await;
    let mut host = relay.host();
    if stage == Stage::Auth {
        host = with_login(host, Duration::from_secs(10));
    }
    let plan = Plan {
        sender: "me@client.example".parse().ok(),
        recipients: vec!["you@example.org".parse().expect("an address")],
        ..Plan::new(host)
    };
    let walk = walked(&plan).await;
    let findings = conclude(&walk);
    let ids: Vec<&str> = findings.iter().map(|one| one.id.as_str()).collect();
    let at = walk.failure.as_ref().map(|failure| failure.stage);
    let is_right = at == Some(stage) && ids.first() == Some(&id.as_str());
    (!is_right).then(|| format!("{reply} at {stage} gave {ids:?}, not {id}"))
}

#[tokio::test]
async fn a_walk_finds_the_cause_that_the_words_alone_give() {
    let mut faults = Vec::new();
    let mut met = 0;
    let known = samples().into_iter();
    let mut meetings: Vec<_> = known
        .filter_map(|sample| event(sample.stage).map(|event| (sample, event)))
        .collect();
    while !meetings.is_empty() {
        let some = meetings.split_off(meetings.len().saturating_sub(16));
        met += some.len();
        let some = some.into_iter().map(|(sample, event)| meet(sample, event));
        faults.extend(join_all(some).await.into_iter().flatten());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(met >= 70, "{met}");
}
