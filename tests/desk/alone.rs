//! Nobody holds the spool: the commands read the disk, and take the lock for as long as they need it.

use serde_json::Value;

use super::bench::Bench;

fn ids(list: &[Value]) -> Vec<&str> {
    list.iter()
        .map(|one| one["id"].as_str().expect("an identity"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_is_no_spool_nothing_waits_and_none_is_made() {
    let bench = Bench::new().await;
    let listed = bench.well(&["queue", "list"]);
    assert_eq!(listed.out, "");
    assert!(listed.err.contains("nothing waits"), "{listed:?}");
    assert!(bench.list(&["--all"]).is_empty());
    let held = bench.run(&["queue", "hold", "ABC123"]);
    assert_eq!(held.status, 65);
    assert!(
        held.err.contains("there is no message \"ABC123\""),
        "{held:?}"
    );
    assert!(!bench.spool().exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_listed_shown_held_released_and_dropped() {
    let bench = Bench::new().await;
    let first = bench.put("you@there.example", "first");
    let second = bench.put("them@there.example", "second");
    let list = bench.list(&[]);
    assert_eq!(ids(&list), [&first, &second]);
    let one = &list[0];
    assert_eq!(
        (
            &one["state"],
            &one["held"],
            &one["subject"],
            &one["account"]
        ),
        (
            &"due".into(),
            &false.into(),
            &"first".into(),
            &"work".into()
        )
    );
    assert_eq!(one["recipients"][0]["address"], "you@there.example");
    assert!(one["next_retry"].is_string() && one["expires"].is_string());
    let short = one["short"].as_str().expect("a short one");

    bench.well(&["queue", "hold", &short.to_lowercase()]);
    assert_eq!(bench.state(&first), "held");
    assert_eq!(ids(&bench.list(&["--state", "held"])), [&first]);
    let table = bench.well(&["queue", "list"]).out;
    let line = table.lines().find(|line| line.starts_with(short));
    assert!(line.is_some_and(|line| line.contains("held")), "{table}");
    let refused = bench.run(&["queue", "retry", &first]);
    assert_eq!(refused.status, 65);
    assert!(refused.err.contains("release it first"), "{refused:?}");
    bench.well(&["queue", "release", &first]);
    assert_eq!(bench.state(&first), "due");
    bench.well(&["queue", "drop", &first]);
    assert_eq!(ids(&bench.list(&[])), [&second]);
    assert_eq!(bench.state(&first), "dropped");
    let again = bench.run(&["queue", "drop", &first]);
    assert_eq!(again.status, 65, "{again:?}");
    assert!(bench.journal().messages().is_empty(), "nothing was sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_say_which_messages_are_meant() {
    let bench = Bench::new().await;
    let a = bench.put("alice@there.example", "Invoice 1");
    let b = bench.put("bob@elsewhere.example", "Invoice 2");
    let c = bench.put("carol@there.example", "Lunch");
    for (flags, expected) in [
        (&["--to", "THERE.example"][..], vec![&a, &c]),
        (&["--to", "*@there.example"], vec![&a, &c]),
        (&["--subject", "invoice"], vec![&a, &b]),
        (&["--subject", "invoice", "--to", "bob"], vec![&b]),
        (&["--from", "nobody"], vec![]),
        (&["--older", "1h"], vec![]),
        (&["--account", "gone"], vec![]),
        (&["--account", "work"], vec![&a, &b, &c]),
        (&["--state", "due,held"], vec![&a, &b, &c]),
        (&["--failed"], vec![]),
    ] {
        assert_eq!(ids(&bench.list(flags)), expected, "{flags:?}");
    }
    let held = bench.well(&["queue", "hold", "--all", "--subject", "invoice", "--json"]);
    assert_eq!(ids(&held.objects()), [&a, &b]);
    let released = bench.well(&["queue", "release", "--all"]);
    assert_eq!(
        released.out.lines().count(),
        2,
        "those that are held: {released:?}"
    );
    let usage = bench.run(&["queue", "hold", "--subject", "invoice", "ABC123"]);
    assert_eq!(usage.status, 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identity_that_may_be_any_of_several_changes_nothing() {
    let bench = Bench::new().await;
    let first = bench.put("a@there.example", "one");
    let second = bench.put("a@there.example", "two");
    let common = &first[..4];
    let held = bench.run(&["queue", "hold", common, &second]);
    assert_eq!(held.status, 65);
    assert!(
        held.err.contains(&first) && held.err.contains(&second),
        "{held:?}"
    );
    assert_eq!(bench.state(&first), "due");
    assert_eq!(bench.state(&second), "held", "the other one was clear");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_shown_octet_for_octet() {
    let bench = Bench::new().await;
    let id = bench.put("a@there.example", "to be read");
    let content = bench.well(&["queue", "show", "--content", &id]).out;
    assert!(content.contains("Subject: to be read\r\n"), "{content}");
    assert!(content.ends_with("\r\n\r\nx\r\n"), "{content}");
    let shown = bench.well(&["queue", "show", &id]).out;
    assert!(
        shown.contains("State       due") && shown.contains("queued     a@there.example"),
        "{shown}"
    );
    let unknown = bench.run(&["queue", "show", "ffffffff"]);
    assert_eq!((unknown.status, unknown.out.as_str()), (65, ""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_put_there_is_drained_once() {
    let bench = Bench::new().await;
    let addresses: Vec<String> = (0..16).map(|n| format!("r{n}@there.example")).collect();
    let commands: Vec<Vec<&str>> = addresses
        .iter()
        .map(|to| vec!["send", "--queue-only", "--quiet", "--body", "x", to])
        .collect();
    for ran in bench.at_once(&commands) {
        assert_eq!((ran.status, ran.out.as_str()), (0, ""), "{ran:?}");
    }
    let ran = bench.well(&["queue", "run", "--once"]);
    assert_eq!(bench.journal().messages().len(), 16);
    let delivered = ran.err.lines().filter(|line| line.contains(" delivered  "));
    assert_eq!(delivered.count(), 16, "{}", ran.err);
    assert!(bench.list(&[]).is_empty());
    assert_eq!(bench.list(&["--state", "delivered"]).len(), 16);
    let ran = bench.well(&["queue", "run", "--once", "--quiet"]);
    assert_eq!(ran.err, "");
    assert_eq!(bench.journal().messages().len(), 16, "nothing twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_of_one_round_is_that_of_the_worst() {
    let bench = Bench::new().await;
    let greylisted = bench.put("greylist@there.example", "later");
    let held = bench.put("a@there.example", "held");
    bench.well(&["queue", "hold", &held]);
    let ran = bench.run(&["queue", "run", "--once", "--json"]);
    assert_eq!(ran.status, 75, "{ran:?}");
    let objects = ran.objects();
    assert_eq!(ids(&objects), [&greylisted], "{objects:#?}");
    assert_eq!(objects[0]["recipients"][0]["code"], 450);
    let ran = bench.run(&["queue", "run", "--once"]);
    assert_eq!(ran.status, 75, "it is not due, and still deferred");
    let refused = bench.put("refuse@there.example", "never");
    let ran = bench.run(&["queue", "run", "--once"]);
    assert_eq!(ran.status, 69, "{ran:?}");
    assert_eq!(ids(&bench.list(&["--failed"])), [&refused]);
    bench.well(&["queue", "retry", &greylisted]);
    bench.well(&["queue", "drop", &refused]);
    bench.well(&["queue", "run", "--once"]);
    assert_eq!(bench.state(&greylisted), "delivered");
    assert_eq!(bench.state(&held), "held");
    assert_eq!(bench.run(&["queue", "show", &refused]).status, 65, "gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_away_keeps_its_mail() {
    let bench = Bench::new().await;
    let ids = ["one", "two"].map(|subject| bench.put("a@there.example", subject));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let ran = bench.run(&["queue", "run", "--once", "--server", &address]);
    assert_eq!(ran.status, 75, "{ran:?}");
    assert!(ran.err.contains("left alone for a while"), "{ran:?}");
    bench.well(&["queue", "retry", "--all"]);
    bench.well(&["queue", "run", "--once"]);
    assert_eq!(ids.map(|id| bench.state(&id)), ["delivered", "delivered"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spool_that_cannot_be_one_is_refused_with_the_reason() {
    let bench = Bench::new().await;
    std::fs::write(bench.spool(), "a file").expect("written");
    let sent = bench.run(&["send", "--queue-only", "--body", "x", "a@there.example"]);
    assert_eq!((sent.status, sent.out.as_str()), (73, ""), "{sent:?}");
    assert!(sent.err.contains("it is no folder"), "{sent:?}");
    let ran = bench.run(&["queue", "run", "--once"]);
    assert_eq!(ran.status, 73, "{ran:?}");
    assert_eq!(bench.run(&["queue", "list"]).status, 73);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_takes_nothing_is_said_and_nothing_is_half_done() {
    let bench = Bench::new().await;
    let id = bench.put("a@there.example", "there");
    let arguments = ["send", "--queue-only", "--body", "x", "a@there.example"];
    let sent = bench.run_on_full_disk(&arguments);
    assert_eq!((sent.status, sent.out.as_str()), (73, ""), "{sent:?}");
    assert!(sent.err.contains("not queued: "), "{sent:?}");
    let held = bench.run_on_full_disk(&["queue", "hold", &id]);
    assert_eq!(held.status, 74, "{held:?}");
    assert!(held.err.contains("not done, for the disk"), "{held:?}");
    assert_eq!(ids(&bench.list(&["--all"])), [&id]);
    assert_eq!(bench.state(&id), "due");
    let tmp = std::fs::read_dir(bench.spool().join("tmp")).expect("a folder");
    assert_eq!(tmp.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_only_queues_needs_no_password_and_who_lists_none_either() {
    let bench = Bench::new().await;
    bench.configure("user = \"me\"\n");
    let id = bench.put("a@there.example", "no password here");
    assert_eq!(ids(&bench.list(&[])), [&id]);
    let ran = bench.run(&["queue", "run", "--once"]);
    assert_eq!(ran.status, 78, "who delivers needs it: {ran:?}");
    assert_eq!(bench.state(&id), "due");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_at_the_same_time_wait_for_each_other() {
    let bench = Bench::new().await;
    let ids: Vec<String> = (0..8)
        .map(|n| bench.put("a@there.example", &n.to_string()))
        .collect();
    let mut commands = Vec::new();
    for id in &ids {
        commands.push(vec!["queue", "hold", id]);
        commands.push(vec!["queue", "list"]);
    }
    for ran in bench.at_once(&commands) {
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    assert_eq!(bench.list(&["--state", "held"]).len(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fails_under_a_result_is_told_and_the_mail_stays() {
    let bench = Bench::new().await;
    bench.put("you@there.example", "sent, and not written down");
    let inject = ["-e", "inject=fdatasync:error=EIO", "-o", "/dev/null"];
    let Some(ran) = bench.run_traced(&inject, &["queue", "run", "--once"]) else {
        return;
    };
    assert_eq!(ran.status, 74, "{ran:?}");
    assert!(ran.err.contains("may be sent again"), "{}", ran.err);
    assert_eq!(bench.journal().messages().len(), 1);
    let new = std::fs::read_dir(bench.spool().join("new")).expect("there");
    assert_eq!(
        new.count(),
        1,
        "nothing is moved before its result is durable"
    );
    bench.well(&["queue", "run", "--once"]);
    assert_eq!(bench.journal().messages().len(), 1, "nothing twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_keeps_a_message_waiting_is_said_in_plain_words() {
    let bench = Bench::new().await;
    let script = "[[rule]]\nid = \"own.full\"\nseverity = \"error\"\ntitle = \"The archive is full\"\n\
                  explanation = \"It is emptied at noon.\"\nadvice = [\"Wait until noon.\"]\nretry = \"yes\"\nowner = \"recipient\"\n\
                  [[rule.when]]\nstage = [\"rcpt\"]\ncodes = [\"4xx\"]\n";
    let id = bench.put("full@there.example", "waits");
    let fresh = bench.put("you@there.example", "was not tried");
    let show = |id: &str| {
        bench
            .well(&["queue", "show", "--json", id])
            .objects()
            .remove(0)
    };
    assert_eq!(show(&fresh)["findings"], serde_json::json!([]));
    assert_eq!(bench.run(&["queue", "run", "--once"]).status, 75);
    let told = show(&id);
    let first = &told["findings"][0];
    assert!(
        first["title"].is_string() && first["advice"][0].is_string(),
        "{told:#}"
    );
    let text = bench.well(&["queue", "show", &id]).out;
    let title = first["title"].as_str().expect("a title");
    assert!(text.contains(title) && text.contains("\n  - "), "{text}");
    // Rules of one's own count here as well.
    bench.write("rules.toml", script);
    bench.add_to_config("[probe]\nrules = \"rules.toml\"\n");
    assert_eq!(show(&id)["findings"][0]["id"], "own.full");
    let text = bench.well(&["queue", "show", &id]).out;
    assert!(
        text.contains("The archive is full [own.full]\n  It is emptied at noon.\n  - Wait"),
        "{text}"
    );
    // A fault in them is told, and holds nothing up.
    bench.write("rules.toml", &script.replace("yes", "maybe"));
    let shown = bench.well(&["queue", "show", &id]);
    assert!(shown.err.contains("rules.toml:7:"), "{}", shown.err);
    assert!(shown.out.contains(title), "{}", shown.out);
}
