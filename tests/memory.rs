//! Memory under servers that say too much: however much comes, this process grows by no more than 4 MiB. One test alone, so
//! that the process's own peak is the measure.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test says what it takes for granted")]

#[path = "support/parcels.rs"]
mod parcels;

use std::time::{Duration, Instant};

use parcels::{Collector, parcel, transcript};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use turbomail::mail::smarthost::{Security, SmartHost, Timeouts};
use turbomail::transport::contract::Transport;
use turbomail::transport::debug::Debug;
use turbomail::transport::smtp::Smtp;

/// Growth that PERFORMANCE's ninth goal allows, in KiB.
const ALLOWED: u64 = 4 * 1024;

/// The peak of this process's resident memory, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let digits = line.and_then(|line| line.split_whitespace().nth(1));
    digits.and_then(|text| text.parse().ok()).expect("a number")
}

/// A server that goes by the book for so many replies, and then says the same for ever.
async fn flooding(listener: TcpListener, replies: usize, flood: &'static [u8]) -> u64 {
    const BOOK: [&[u8]; 6] = [
        b"220 hi\r\n",
        b"250-hi\r\n250 SIZE\r\n",
        b"250 ok\r\n",
        b"250 ok\r\n",
        b"354 go\r\n",
        b"250 taken\r\n",
    ];
    let (mut stream, _): (TcpStream, _) = listener.accept().await.expect("called");
    let mut heard = vec![0; 16 * 1024];
    for reply in BOOK.iter().take(replies) {
        stream.write_all(reply).await.expect("heard");
        assert!(stream.read(&mut heard).await.expect("answered") > 0);
    }
    // A quarter of a gigabyte is for ever enough; a client that reads on is stopped by its own measure of memory.
    let mut said = 0;
    while said < 256 * 1024 * 1024 && stream.write_all(flood).await.is_ok() {
        said += flood.len() as u64;
    }
    said
}

async fn deliver(transport: &dyn Transport) -> String {
    let parcel = parcel(
        "me@x.example",
        &["you@x.example"],
        b"Subject: x\r\n\r\nHello\r\n",
    );
    let collector = Collector::default();
    let mut carrier = transport.carrier();
    carrier.deliver(vec![parcel.clone()], &collector).await;
    carrier.close().await;
    format!(
        "{}\n{}",
        collector.words(&parcel).join(" "),
        transcript(&parcel)
    )
}

#[tokio::test]
async fn a_server_that_says_too_much_costs_little_memory_and_no_time() {
    // What any first delivery needs is no growth.
    let debug = Debug::new(None).expect("the embedded script");
    assert!(deliver(&debug).await.starts_with("delivered"));
    let line: &'static [u8] = &[b'x'; 16 * 1024];
    let lines = b"250-more of the same\r\n".repeat(800).leak();
    let replies = b"250 ok\r\n".repeat(2000).leak();
    let odd = b"\x1b]0;\xff\0\x1b[2J".repeat(1000).leak();
    let base = peak();
    for replies_before in 0..=5 {
        for flood in [line, lines, replies, odd] {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("bound");
            let server = tokio::spawn(flooding(listener, replies_before, flood));
            let mut host = SmartHost::new(
                address.to_string().parse().expect("a server"),
                Security::None,
            );
            host.timeouts = Timeouts::all(Duration::from_mins(1));
            let begun = Instant::now();
            let words = deliver(&Smtp::new(host)).await;
            let case = format!(
                "{replies_before} replies, then {:?}…: {words:.2000}",
                &flood[..4]
            );
            assert!(begun.elapsed() < Duration::from_secs(30), "{case}");
            assert!(!words.starts_with("failed"), "{case}");
            // Only the whole reply behind the dot, with more of the same after it, is a receipt.
            let is_receipt = replies_before == 5 && flood == &replies[..];
            assert_eq!(words.starts_with("delivered"), is_receipt, "{case}");
            let said = server.await.expect("it ends");
            assert!(said < 64 * 1024 * 1024, "{said} octets were taken: {case}");
            let grown = peak().saturating_sub(base);
            assert!(grown <= ALLOWED, "{grown} KiB more: {case}");
        }
    }
}
