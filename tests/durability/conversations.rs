//! What was said: found again by the next program, though never waited for, and no hindrance where it is missing.

use std::fs;

use turbomail::mailer::{Account, Mailer, OnUncertain, Scope};

use super::bench::{Bench, eventually, leave, send, until};
use crate::fake::{Act, Fake, Shared, unreachable};

fn numbers(mailer: &Mailer, id: turbomail::mail::parcel::EntryId) -> Vec<u32> {
    let kept = mailer.conversations(id).expect("readable");
    kept.iter().map(|one| one.told.number).collect()
}

#[tokio::test]
async fn the_next_program_finds_them_with_what_came_of_each() {
    let bench = Bench::new();
    let fake = Fake::new([Act::Each(vec![None, Some(450), Some(550)])], Act::Defer);
    let first = bench.build(&fake, OnUncertain::Retry).expect("built");
    let to = "a@x.example, b@x.example, c@x.example";
    let id = send(&first, to, "three").await.id;
    eventually("kept", || numbers(&first, id) == [1]).await;
    // What a kill at this moment leaves behind.
    let wreck = bench.copy();
    let second = wreck.mailer(unreachable());
    assert_eq!(numbers(&second, id), [1]);
    second.retry_now(id).expect("waits");
    eventually("kept", || numbers(&second, id) == [1, 2]).await;
    let kept = second.conversations(id).expect("readable");
    let got = kept[0].got.iter();
    let names: Vec<&str> = got.map(|(_, status)| status.name()).collect();
    assert_eq!(names, ["delivered", "deferred", "failed"]);
    assert!(kept[0].trouble.is_none() && kept[1].trouble.is_some());
    assert_eq!(&*kept[0].account, "work");
    leave(second).await;
    // The number goes on behind an attempt that was cut off, and the last one that ended keeps its own.
    let third = wreck.mailer(Act::Hang { dot: false });
    third.retry_now(id).expect("waits");
    until(&third, |snapshot| snapshot.live[&id].running().is_some()).await;
    let wreck = wreck.copy();
    let fourth = wreck.mailer(Act::Defer);
    let last = fourth.entry(id).expect("live");
    assert_eq!(last.attempts.last().expect("one").number, 2);
    fourth.retry_now(id).expect("waits");
    eventually("kept", || numbers(&fourth, id) == [1, 2, 4]).await;
}

#[tokio::test]
async fn those_of_success_are_there_as_well_at_the_latest_when_the_program_ends() {
    let bench = Bench::new();
    let mailer = bench.mailer(Act::Deliver);
    let mut ids = Vec::new();
    for number in 0..100 {
        let sent = send(&mailer, "you@x.example", &number.to_string()).await;
        ids.push(sent.id);
    }
    until(&mailer, |snapshot| snapshot.done.len() == ids.len()).await;
    leave(mailer).await;
    assert_eq!(bench.names("transcripts").len(), ids.len());
    let next = bench.mailer(Act::Deliver);
    assert!(ids.iter().all(|id| numbers(&next, *id) == [1]));
}

#[tokio::test]
async fn a_spool_without_them_is_whole_and_one_with_them_is_the_same_to_others() {
    let bench = Bench::new();
    let first = bench.mailer(unreachable());
    let id = send(&first, "you@x.example", "waits").await.id;
    eventually("kept", || numbers(&first, id) == [1]).await;
    leave(first).await;
    // As the version before left it: without the folder, which comes when there is something to say.
    let folder = bench.spool().join("transcripts");
    fs::remove_dir_all(&folder).expect("removed");
    let second = bench.mailer(unreachable());
    assert_eq!(numbers(&second, id), [0_u32; 0]);
    assert!(!folder.exists());
    second.retry_now(id).expect("waits");
    eventually("kept", || numbers(&second, id) == [2]).await;
    leave(second).await;
    // A message whose file somebody has removed takes its conversations along.
    let name = id.to_string();
    fs::remove_file(bench.spool().join("new").join(&name)).expect("removed");
    let third = bench.mailer(unreachable());
    assert!(third.entry(id).is_none() && folder.join(&name).exists());
    let other = send(&third, "you@x.example", "another").await.id;
    eventually("swept", || !folder.join(&name).exists()).await;
    eventually("kept", || numbers(&third, other) == [1]).await;
}

#[tokio::test]
async fn who_wants_fewer_gets_fewer_and_who_wants_none_gets_none() {
    let bench = Bench::new();
    let build = |most| {
        let account = Account {
            manager: crate::fake::manager("on-demand"),
            ..Account::new(
                "work",
                std::sync::Arc::new(Shared(Fake::new([], unreachable()))),
            )
        };
        let builder = Mailer::builder().account(account).transcripts(most);
        let built = builder.spool(bench.spool(), Scope::All).build();
        built.expect("built")
    };
    let mailer = build(3);
    let id = send(&mailer, "you@x.example", "often").await.id;
    for number in 1..=5 {
        eventually("kept", || numbers(&mailer, id).last() == Some(&number)).await;
        mailer.retry_now(id).expect("waits");
    }
    eventually("kept", || numbers(&mailer, id) == [1, 5, 6]).await;
    leave(mailer).await;
    let none = build(0);
    none.retry_now(id).expect("waits");
    until(&none, |snapshot| {
        let ended = |entry: &turbomail::mail::entry::Entry| {
            let last = entry.attempts.last();
            last.is_some_and(|last| last.number == 7 && last.end.is_some())
        };
        ended(&snapshot.live[&id])
    })
    .await;
    leave(none).await;
    let next = build(8);
    assert_eq!(numbers(&next, id), [1, 5, 6], "what is kept stays");
}
