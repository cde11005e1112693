//! How a process that delivers ends: at once when idle, in order when not.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::bench::{Bench, eventually};

/// The promise is a second for the work itself; starting and reaping a process on a busy machine comes on top.
const AT_ONCE: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_it_ends_at_once_by_any_polite_signal() {
    let bench = Bench::new().await;
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut run = bench.start(&[]);
        let began = Instant::now();
        run.signal(signal);
        assert_eq!(run.end(), Some(0), "{signal:?}");
        let took = began.elapsed();
        assert!(took < AT_ONCE, "{signal:?} took {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_sent_is_finished_or_cut_at_the_deadline() {
    let bench = Bench::new().await;
    for (deadline, state) in [("20s", "delivered"), ("50ms", "due")] {
        let mut run = bench.start(&["--deadline", deadline]);
        // The server takes three seconds for this one.
        let id = bench.put("slow@there.example", deadline);
        eventually("under way", || bench.state(&id) == "sending");
        run.signal(Signal::TERM);
        assert_eq!(run.end(), Some(0));
        let now = bench.state(&id);
        // After an attempt that was cut it may be due or wait for its back-off.
        assert!(now == state || state == "due" && now == "retry", "{now}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rounds_deliver_what_has_fallen_due_meanwhile() {
    let bench = Bench::with_retry("1s").await;
    let mut run = bench.start(&["--interval", "200ms"]);
    let first = bench.put("greylist@there.example", "first");
    eventually("delivered", || bench.state(&first) == "delivered");
    let second = bench.put("a@there.example", "second");
    eventually("delivered", || bench.state(&second) == "delivered");
    run.signal(Signal::TERM);
    assert_eq!(run.end(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_read_what_is_said_keeps_nobody_from_being_heard() {
    let bench = Bench::new().await;
    let mut child = bench
        .command(&["queue", "run", "-v"])
        .spawn()
        .expect("started");
    // Each of them is about a thousand octets of conversation, and a pipe holds 64 KiB.
    for n in 0..120 {
        bench.put("full@there.example", &n.to_string());
    }
    let deferred = || bench.list(&["--state", "deferred"]).len();
    eventually("all deferred", || deferred() == 120);
    let pid = i32::try_from(child.id()).expect("a number");
    let pid = rustix::process::Pid::from_raw(pid).expect("a process");
    rustix::process::kill_process(pid, Signal::TERM).expect("it is there");
    let end = Instant::now() + Duration::from_secs(15);
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        if Instant::now() > end {
            let _ = child.kill();
            panic!("it never ended");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(status.code(), Some(0));
}
