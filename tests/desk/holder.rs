//! A process delivers from the spool: the others reach the queue through it.

use super::bench::{Bench, Process, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_put_there_is_delivered_and_told() {
    let bench = Bench::new().await;
    let mut run = bench.start(&[]);
    let id = bench.put("a@there.example", "at once");
    run.wait_for(|line| line.contains("delivered  a@there.example  250"));
    assert_eq!(bench.state(&id), "delivered");
    assert_eq!(bench.journal().messages().len(), 1);
    let shown = bench.well(&["queue", "show", &id]).out;
    assert!(
        shown.contains("C  RCPT TO:<a@there.example>"),
        "the holder has the conversation: {shown}"
    );
    let shown = bench.well(&["queue", "show", "--json", &id]).objects();
    assert_eq!(shown[0]["history"][0]["number"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_verb_goes_through_the_holder_and_is_durable() {
    let bench = Bench::new().await;
    let mut run = bench.start(&[]);
    let id = bench.put("greylist@there.example", "later");
    eventually("deferred", || bench.state(&id) == "retry");
    bench.well(&["queue", "hold", &id]);
    assert_eq!(bench.state(&id), "held");
    let dropped = bench.put("full@there.example", "dropped");
    eventually("deferred", || bench.state(&dropped) == "retry");
    bench.well(&["queue", "drop", &dropped]);
    assert_eq!(bench.state(&dropped), "dropped");
    // What was answered outlives the holder.
    run.signal(rustix::process::Signal::KILL);
    assert_eq!(run.end(), None);
    assert_eq!(bench.state(&id), "held");
    assert_eq!(bench.state(&dropped), "dropped");
    let _run = bench.start(&[]);
    bench.well(&["queue", "release", &id]);
    assert_eq!(bench.state(&id), "retry");
    bench.well(&["queue", "retry", &id]);
    eventually("delivered", || bench.state(&id) == "delivered");
    assert_eq!(bench.journal().messages().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_queued_again_once_for_those_who_did_not_get_it() {
    let bench = Bench::new().await;
    let _run = bench.start(&[]);
    let sent = bench.well(&[
        "send",
        "--queue-only",
        "--json",
        "--body",
        "x",
        "good@there.example",
        "refuse@there.example",
    ]);
    let id = sent.objects()[0]["id"]
        .as_str()
        .expect("an identity")
        .to_owned();
    eventually("partial", || bench.state(&id) == "partial");
    let before = bench.list(&["--failed"]).remove(0);
    bench.well(&["queue", "hold", "--all"]);

    let retry = vec!["queue", "retry", "--json", id.as_str()];
    let tried = bench.at_once(&vec![retry; 6]);
    let done: Vec<_> = tried.iter().filter(|ran| ran.status == 0).collect();
    assert_eq!(done.len(), 1, "one of them: {tried:#?}");
    let new = done[0].objects()[0]["new_id"]
        .as_str()
        .expect("a new one")
        .to_owned();
    eventually("failed again", || bench.state(&new) == "failed");
    let after = bench.list(&["--failed"]);
    assert_eq!(after.len(), 1, "the old one is gone: {after:#?}");
    assert_eq!(after[0]["message_id"], before["message_id"]);
    let recipients = after[0]["recipients"].as_array().expect("recipients");
    assert_eq!(recipients.len(), 1);
    assert_eq!(recipients[0]["address"], "refuse@there.example");
    assert_eq!(bench.journal().messages().len(), 1, "nobody got it twice");
    bench.well(&["queue", "drop", "--all", "--failed"]);
    assert!(bench.list(&["--failed"]).is_empty());
    eventually("removed", || {
        let failed = std::fs::read_dir(bench.spool().join("failed"));
        failed.expect("a folder").count() == 0
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_queued_again_outlives_the_holder_and_nothing_is_lost() {
    let bench = Bench::new().await;
    let ids: Vec<String> = (0..4)
        .map(|n| bench.put("refuse@there.example", &format!("failed {n}")))
        .collect();
    assert_eq!(bench.run(&["queue", "run", "--once"]).status, 69);
    // It delivers for another account only, so that nothing is tried.
    let mut run = bench.start(&["--account", "debug"]);
    let retried = bench.well(&["queue", "retry", "--json", "--all", "--failed"]);
    run.signal(rustix::process::Signal::KILL);
    assert_eq!(run.end(), None);
    let new: Vec<String> = retried
        .objects()
        .iter()
        .map(|one| one["new_id"].as_str().expect("a new one").to_owned())
        .collect();
    assert_eq!(new.len(), ids.len());
    for id in &new {
        assert_eq!(bench.state(id), "due");
    }
    assert_eq!(bench.list(&[]).len(), ids.len());
    assert!(bench.list(&["--failed"]).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_one_is_told_who_delivers() {
    let bench = Bench::new().await;
    let run = bench.start(&[]);
    for flags in [&["queue", "run"][..], &["queue", "run", "--once"]] {
        let second = bench.run(flags);
        assert_eq!(second.status, 75);
        let words = format!("is in use by process {}", run.id());
        assert!(second.err.contains(&words), "{second:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_was_killed_is_no_hindrance() {
    let bench = Bench::new().await;
    let mut run = bench.start(&[]);
    run.signal(rustix::process::Signal::KILL);
    assert_eq!(run.end(), None);
    let socket = bench.spool().join("control");
    assert!(socket.exists(), "it is left behind");
    let id = bench.put("a@there.example", "after");
    assert_eq!(bench.list(&[]).len(), 1);
    bench.well(&["queue", "hold", &id]);
    bench.well(&["queue", "release", &id]);
    let mut run = bench.start(&[]);
    eventually("delivered", || bench.state(&id) == "delivered");
    run.signal(rustix::process::Signal::TERM);
    assert_eq!(run.end(), Some(0));
    assert!(!socket.exists(), "it is removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_at_a_time_are_all_answered() {
    let bench = Bench::new().await;
    let ids: Vec<String> = (0..10)
        .map(|n| bench.put("full@there.example", &n.to_string()))
        .collect();
    let _run = bench.start(&[]);
    eventually("all deferred", || {
        bench.list(&["--state", "deferred"]).len() == 10
    });
    let mut commands = Vec::new();
    for id in &ids {
        commands.push(vec!["queue", "hold", id]);
        commands.push(vec!["queue", "show", id]);
        commands.push(vec!["queue", "list", "--all"]);
    }
    for ran in bench.at_once(&commands) {
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    assert_eq!(bench.list(&["--state", "held"]).len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_tells_each_change_on_a_line() {
    let bench = Bench::new().await;
    let id = bench.put("greylist@there.example", "watched");
    let command = bench.command(&["queue", "watch", "--interval", "50ms", "--json"]);
    let mut watch = Process::start(command);
    let is = |state: &'static str| {
        let (id, state) = (id.clone(), format!("\"state\":\"{state}\""));
        move |line: &str| line.contains(&id) && line.contains(&state)
    };
    watch.wait_for(is("due"));
    let _run = bench.start(&[]);
    watch.wait_for(is("retry"));
    bench.well(&["queue", "retry", &id]);
    watch.wait_for(is("delivered"));
}
