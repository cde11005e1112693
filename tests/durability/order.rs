//! The order of what is asked of the disk, from a trace of the system calls: what was told was durable before, and what is
//! taken away is known to be done.

use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use turbomail::mail::draft::Draft;
use turbomail::mail::parcel::EntryId;
use turbomail::mail::smarthost::{Security, Server as Address, SmartHost};
use turbomail::mailer::{Account, Mailer, Scope, Terms};
use turbomail::smtp::script::{Script, Server};

use super::bench::{leave, send, until};
use super::child::{is_here, play};
use super::trace::{Call, Trace};
use crate::fake::{Act, Fake, Shared, manager};

/// Messages of a burst.
pub(super) const BURST: usize = 1000;
/// Messages of which each is looked at.
pub(super) const SMALL_BURST: usize = 100;
/// Syncs that a burst may cost; one by one it would be three for each message.
const MOST_SYNCS: usize = 300;

/// All that the order is about.
const EVERYTHING: &str = "trace=write,writev,sendto,sendmsg,fsync,fdatasync,syncfs,link,linkat,rename,renameat,renameat2,unlink,unlinkat";
/// Only the syncs, so that everything else goes as fast as without a tracer, and the marks between them.
const SYNCS: &str = "trace=fsync,fdatasync,syncfs,mkdir,mkdirat";

/// Plays a role under the eyes of the tracer.
fn traced(role: &str, calls: &str) -> Option<Trace> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("trace");
    let file = file.to_str().expect("a plain path");
    let mut wrap = vec!["strace", "-f", "--seccomp-bpf", "-y", "-s", "4000"];
    wrap.extend(["-e", calls, "-o", file]);
    if !is_here("strace", &wrap) {
        return None;
    }
    let said = play(role, &dir.path().join("spool"), &wrap);
    said.expect("it played its role to the end");
    let text = std::fs::read(file).expect("a trace");
    Some(Trace::read(&String::from_utf8_lossy(&text)))
}

/// Says on the standard output what has come about.
fn say(words: &str) {
    use std::io::Write;
    let mut output = std::io::stdout().lock();
    output
        .write_all(format!("{words}\n").as_bytes())
        .expect("heard");
}

/// Queues two messages and delivers them over TCP, where one is taken and one is refused.
pub(super) async fn one_by_one(dir: &Path) {
    let rule = "[[rule]]\non = \"rcpt\"\nmatch = \"no@*\"\nreply = \"550 5.1.1 Nobody here\"\n";
    let server = Server::new(rule.parse::<Script>().expect("a script"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = Address {
        host: "127.0.0.1".to_owned(),
        port: Some(listener.local_addr().expect("bound").port()),
    };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let server = server.clone();
            tokio::spawn(async move { server.serve(stream).await });
        }
    });
    let account = Account {
        manager: manager("on-demand"),
        ..Account::smtp("work", SmartHost::new(address, Security::None))
    };
    let builder = Mailer::builder().account(account);
    let mailer = builder.spool(dir, Scope::All).build().expect("built");
    mailer.pause();
    for to in ["yes@x.example", "no@x.example"] {
        let id = send(&mailer, to, "one by one").await.id;
        say(&format!("queued {id}"));
    }
    mailer.resume();
    until(&mailer, |snapshot| snapshot.done.len() == 2).await;
    leave(mailer).await;
}

/// Queues many messages at a time, and delivers them at once.
pub(super) async fn a_burst(dir: &Path, count: usize) {
    let fake = Fake::counting([], Act::Deliver, count);
    let mark = |name: &str| std::fs::create_dir(dir.with_extension(name)).expect("made");
    let account = Account {
        manager: manager("on-demand"),
        ..Account::new("work", Arc::new(Shared(fake)))
    };
    let builder = Mailer::builder().account(account);
    let mailer = builder.spool(dir, Scope::All).build().expect("built");
    mailer.pause();
    let mut messages = Vec::new();
    for _ in 0..count {
        let draft = Draft::new("me@x.example", "you@x.example", "a burst", "Hello");
        messages.push(mailer.compose("work", draft).await.expect("composed"));
    }
    let sending = messages.into_iter().map(|message| async {
        let sent = mailer.send_message("work", message, Terms::default());
        say(&format!("queued {}", sent.await.expect("queued").id));
    });
    futures_util::future::join_all(sending).await;
    mark("queued");
    mailer.resume();
    until(&mailer, |snapshot| snapshot.done.len() == count).await;
    leave(mailer).await;
    mark("settled");
}

/// The messages that were told queued, each by the call that said so.
fn told(trace: &Trace) -> Vec<(EntryId, &Call)> {
    let mut told = Vec::new();
    for call in &trace.calls {
        let said = call.text.split_once("\"queued ").map(|(_, rest)| rest);
        if let Some(id) = said.and_then(|rest| rest.get(..36)) {
            told.push((EntryId(id.parse().expect("an identity")), call));
        }
    }
    told
}

/// The file is durable, then linked, then the folder is durable, and only then is it told.
fn queued_is_durable(trace: &Trace) {
    let told = told(trace);
    for (id, said) in &told {
        let in_tmp = format!("/tmp/{id}.");
        let written = trace.last(&["write"], &[&in_tmp]);
        let link = trace.one(&["link", "linkat"], &[&in_tmp, &format!("/new/{id}")]);
        let one = |call: &Call| call.is(&["fsync"]) && call.text.contains(&in_tmp);
        let all = |call: &Call| call.is(&["syncfs"]);
        assert!(
            trace.between(written, link, |call| one(call) || all(call)),
            "{id} was linked before it was durable"
        );
        let folder = |call: &Call| call.is(&["fsync"]) && call.text.contains("/new>");
        assert!(
            trace.between(link, said, folder),
            "{id} was told before its name was durable"
        );
    }
}

/// The result is durable before the file of the message goes anywhere.
fn done_is_durable(trace: &Trace) {
    for (id, _) in told(trace) {
        let name = id.to_string();
        let result = trace.last(&["write"], &["/journal/", &name, "\\\"end\\\":"]);
        let new = format!("/new/{id}\"");
        let away = trace.one(
            &["rename", "renameat", "renameat2", "unlink", "unlinkat"],
            &[&new],
        );
        let journal = |call: &Call| call.is(&["fdatasync"]) && call.text.contains("/journal/");
        assert!(
            trace.between(result, away, journal),
            "{id} was moved before its result was durable"
        );
    }
}

#[test]
fn nothing_is_told_before_it_is_durable_nor_taken_away_before_it_is_done() {
    let Some(trace) = traced("one by one", EVERYTHING) else {
        return;
    };
    let told = told(&trace);
    assert_eq!(told.len(), 2);
    queued_is_durable(&trace);
    done_is_durable(&trace);
    // The one that was refused is among those that failed before it leaves those that wait.
    let refused = told[1].0;
    let failed = format!("/failed/{refused}");
    let link = trace.one(&["link", "linkat"], &[&failed]);
    let gone = trace.one(&["unlink", "unlinkat"], &[&format!("/new/{refused}\"")]);
    let folder = |call: &Call| call.is(&["fsync"]) && call.text.contains("/failed>");
    assert!(trace.between(link, gone, folder));
    // The journal has the word of the dot before the server has the dot.
    let taken = told[0].0.to_string();
    let word = trace.one(&["write"], &["/journal/", &taken, "dot"]);
    let dot = trace.one(
        &["write", "writev", "sendto", "sendmsg"],
        &["\\r\\n.\\r\\n"],
    );
    assert!(
        word.ended < dot.began,
        "the dot went out before the word of it"
    );
    // A new spool's own folders are durable before anything is told.
    let root = |call: &&Call| call.is(&["fsync"]) && call.text.contains("/spool>");
    let last = trace
        .calls
        .iter()
        .rfind(root)
        .expect("a sync of the folder");
    assert!(last.ended < told[0].1.began);
}

#[test]
fn what_is_done_in_groups_has_the_same_order() {
    let Some(trace) = traced("a small burst", EVERYTHING) else {
        return;
    };
    assert_eq!(told(&trace).len(), SMALL_BURST);
    queued_is_durable(&trace);
    done_is_durable(&trace);
}

#[test]
fn a_burst_costs_few_syncs() {
    let Some(trace) = traced("a burst", SYNCS) else {
        return;
    };
    let at = |mark: &str| trace.one(&["mkdir", "mkdirat"], &[mark]).began;
    let (queued, settled) = (at("spool.queued"), at("spool.settled"));
    let syncs = |from: usize, to: usize| {
        let calls = trace.calls.iter();
        let within = calls.filter(|call| (from..to).contains(&call.began));
        within
            .filter(|call| call.is(&["fsync", "fdatasync", "syncfs"]))
            .count()
    };
    let (first, second) = (syncs(0, queued), syncs(queued, settled));
    println!("{BURST} messages: {first} syncs to queue them, {second} for their results");
    assert!(first < MOST_SYNCS, "{first} syncs to queue {BURST}");
    assert!(second < MOST_SYNCS, "{second} syncs for {BURST} results");
    // Those that there were are counted: without any, nothing would be durable.
    assert!(first > 0 && second > 0);
}
