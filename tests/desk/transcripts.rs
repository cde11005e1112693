//! What was said is kept: over a kill, for whoever asks, bounded, without secrets, and as long as its message.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rustix::process::Signal;

use super::bench::{Bench, eventually};

/// The folder of conversations.
fn folder(bench: &Bench) -> PathBuf {
    bench.spool().join("transcripts")
}

/// The lines that are kept of a message.
fn kept(bench: &Bench, id: &str) -> usize {
    let text = fs::read_to_string(folder(bench).join(id)).unwrap_or_default();
    text.lines().count()
}

/// Puts a message there and waits until so many of its conversations are kept.
fn tried(bench: &Bench, to: &str, count: usize) -> String {
    let id = bench.put(to, "kept");
    eventually("kept", || kept(bench, &id) == count);
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_outlives_a_kill_and_is_read_whoever_delivers() {
    let bench = Bench::new().await;
    let mut run = bench.start(&[]);
    let id = tried(&bench, "greylist@there.example", 1);
    run.signal(Signal::KILL);
    assert_eq!(run.end(), None);
    let said = bench.well(&["transcript", &id]).out;
    assert!(said.starts_with("attempt 1, 20"), "{said}");
    assert!(
        said.contains("S  450 4.7.1 Greylisted, try again later"),
        "{said}"
    );
    let before = bench.well(&["transcript", &id, "--attempt", "1"]).out;
    assert!(said.ends_with(&before), "{said}\n{before}");

    let _run = bench.start(&[]);
    bench.well(&["queue", "retry", &id]);
    eventually("kept", || kept(&bench, &id) == 2);
    // While another process delivers from there.
    let said = bench.well(&["transcript", &id]).out;
    let (first, second) = said.split_once("attempt 2, ").expect("both");
    assert!(
        first.contains("450 4.7.1") && !second.contains("450 4.7.1"),
        "{said}"
    );
    assert!(
        second.contains("C  RCPT TO:<greylist@there.example>"),
        "{said}"
    );
    assert_eq!(
        bench.well(&["transcript", &id, "--attempt", "1"]).out,
        before
    );
    let last = bench.well(&["transcript", &id, "--attempt", "last"]).out;
    assert!(second.ends_with(&last), "{said}\n{last}");
    let missing = bench.run(&["transcript", &id, "--attempt", "7"]);
    assert_eq!(missing.status, 66);
    assert_eq!(
        missing.err,
        "turbomail: the conversation of attempt 7 is not kept; there are those of 1, 2\n"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_get_the_attempts_as_send_tells_them() {
    let bench = Bench::new().await;
    let mut run = bench.start(&[]);
    let id = tried(&bench, "full@there.example", 1);
    run.signal(Signal::KILL);
    run.end();
    let object = bench
        .well(&["transcript", "--json", &id])
        .objects()
        .remove(0);
    assert_eq!(object["id"], id.as_str());
    assert_eq!(object["account"], "work");
    let attempt = &object["attempts"][0];
    let mut keys: Vec<_> = attempt.as_object().expect("an object").keys().collect();
    keys.sort();
    assert_eq!(
        keys,
        [
            "address",
            "number",
            "server",
            "stages",
            "started",
            "tls",
            "took_ms",
            "transcript"
        ]
    );
    let line = |line: &&serde_json::Value| line["text"] == "452 4.2.2 The mailbox is full";
    let lines = attempt["transcript"].as_array().expect("lines");
    let refusal = lines.iter().find(line).expect("the refusal");
    assert_eq!(
        (&refusal["from"], &refusal["stage"]),
        (&"server".into(), &"rcpt".into())
    );
    // The Message-ID names it as well, with and without its brackets, for every command of the queue.
    let named = object["message_id"]
        .as_str()
        .expect("a Message-ID")
        .to_owned();
    let bare = named.trim_matches(['<', '>']);
    for name in [&named, bare] {
        assert_eq!(
            bench.well(&["transcript", "--json", name]).objects()[0],
            object
        );
    }
    assert_eq!(bench.state(bare), "retry");
    // And `queue show` says where to look, and has the last one itself.
    let shown = bench.well(&["queue", "show", &id]).out;
    let short = shown.split_whitespace().nth(1).expect("a short identity");
    let line = format!("Transcripts 1, turbomail transcript {short}\n");
    assert!(shown.contains(&line), "{shown}");
    assert!(
        shown.contains("S  452 4.2.2 The mailbox is full"),
        "{shown}"
    );
    let shown = bench
        .well(&["queue", "show", "--json", &id])
        .objects()
        .remove(0);
    assert_eq!(shown["transcripts"], 1);
    assert_eq!(shown["history"][0], *attempt);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_is_none_the_reason_is_told() {
    let bench = Bench::new().await;
    let id = bench.put("full@there.example", "none");
    let short = |id: &str| {
        let shown = bench.well(&["queue", "show", "--json", id]).objects();
        shown[0]["short"].as_str().expect("short").to_owned()
    };
    let short = short(&id);
    let refused = bench.run(&["transcript", &id]);
    let words = format!("turbomail: nothing was said for {short} yet: it was not tried\n");
    assert_eq!((refused.status, refused.err), (66, words));
    let refused = bench.run(&["transcript", "ABC123"]);
    assert_eq!(refused.status, 65);
    assert!(
        refused.err.contains("there is no message \"ABC123\""),
        "{}",
        refused.err
    );
    assert_eq!(bench.run(&["transcript", &id, "--attempt", "0"]).status, 64);

    bench.add_to_config("[queue]\ntranscripts = 0\n");
    let ran = bench.run(&["queue", "run", "--once", "-q"]);
    assert_eq!(ran.status, 75, "{ran:?}");
    assert!(!folder(&bench).exists(), "nothing is kept");
    let refused = bench.run(&["transcript", &id]);
    let words = format!(
        "turbomail: no conversation is kept of {short}: the setting [queue] transcripts is 0\n"
    );
    assert_eq!((refused.status, refused.err), (66, words));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_torn_or_in_the_way_hinders_nobody() {
    let bench = Bench::new().await;
    let ran = || bench.run(&["queue", "run", "--once", "-q"]).status;
    let id = bench.put("full@there.example", "torn");
    assert_eq!((ran(), kept(&bench, &id)), (75, 1));
    let path = folder(&bench).join(&id);
    let file = fs::OpenOptions::new().append(true).open(&path);
    let mut file = file.expect("opened");
    file.write_all(b"no json\n{\"number\":2,\"star")
        .expect("written");
    let said = bench.well(&["transcript", &id]).out;
    assert_eq!(said.matches("452 4.2.2").count(), 1, "{said}");
    bench.well(&["queue", "retry", &id]);
    assert_eq!(ran(), 75);
    let said = bench.well(&["transcript", &id]).out;
    assert_eq!(said.matches("452 4.2.2").count(), 2, "{said}");
    assert!(said.contains("attempt 2, "), "{said}");
    // A folder that is none keeps no mail from going out.
    fs::remove_dir_all(folder(&bench)).expect("removed");
    fs::write(folder(&bench), "in the way").expect("written");
    let other = bench.put("good@there.example", "goes out");
    let run = bench.run(&["queue", "run", "--once"]);
    assert!(
        run.err
            .contains("1 delivered, 0 failed; left in the spool: 1"),
        "{run:?}"
    );
    let told = run
        .err
        .matches("what is said to servers is not kept for now")
        .count();
    assert_eq!(told, 1, "{run:?}");
    assert_eq!(bench.state(&other), "delivered");
    assert_eq!(
        fs::read_to_string(folder(&bench)).expect("read"),
        "in the way"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_go_with_their_message_and_not_before() {
    let bench = Bench::new().await;
    let _run = bench.start(&[]);
    let failed = tried(&bench, "refuse@there.example", 1);
    let sent = tried(&bench, "good@there.example", 1);
    let waits = tried(&bench, "full@there.example", 1);
    bench.well(&["queue", "drop", &waits]);
    bench.well(&["queue", "drop", &failed]);
    eventually("forgotten", || kept(&bench, &failed) == 0);
    assert!(!folder(&bench).join(&failed).exists());
    // One that was dropped may be brought back, and what was delivered is looked at for a while.
    for id in [&sent, &waits] {
        assert_eq!(kept(&bench, id), 1);
        bench.well(&["transcript", id]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_octet_of_them_is_of_a_password_and_nobody_else_may_read_them() {
    const PASSWORD: &str = "Kanarienvogel/7";
    let script = format!(
        "auth_in_clear = true\nauth_required = true\naccounts = {{ me = '{PASSWORD}' }}\n\
         [[rule]]\non = \"rcpt\"\nreply = \"450 4.7.1 not with {PASSWORD}\"\n"
    );
    let bench = Bench::with(&script, "1h").await;
    bench.add_to_config(&format!(
        "user = \"me\"\npassword_command = \"printf %s {PASSWORD}\"\n"
    ));
    let _run = bench.start(&[]);
    let id = tried(&bench, "you@there.example", 1);
    let said = bench.well(&["transcript", &id]).out;
    assert!(
        said.contains("AUTH") && said.contains("450 4.7.1 not with"),
        "{said}"
    );
    let mut seen = 0;
    let forms = [
        PASSWORD.to_owned(),
        base64(&format!("\0me\0{PASSWORD}")),
        base64(PASSWORD),
    ];
    for entry in fs::read_dir(folder(&bench)).expect("a folder").flatten() {
        let text = fs::read_to_string(entry.path()).expect("text");
        for form in &forms {
            assert!(!text.contains(form), "{form} in {text}");
        }
        let mode = |path: &std::path::Path| {
            fs::metadata(path).expect("there").permissions().mode() & 0o777
        };
        assert_eq!(mode(&entry.path()), 0o600);
        seen += 1;
    }
    let mode = fs::metadata(folder(&bench))
        .expect("there")
        .permissions()
        .mode()
        & 0o777;
    assert_eq!((seen, mode), (1, 0o700));
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}
