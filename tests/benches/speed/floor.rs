//! The floor: a bare client that blocks, writes the same octets in the same flights and reads the same replies, and knows
//! nothing else. What it costs is the kernel's price; nobody can be cheaper with one flight for each message.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Instant;

use super::ours::{Load, Took, cpu, message};

/// Replies to one flight: to the final dot, MAIL, RCPT and DATA.
const REPLIES: usize = 4;

/// Sends it all to a port, from the first connection to the reply to QUIT.
pub(crate) fn send(port: u16, load: &Load) -> Took {
    let message = message(load);
    let content = message.octets();
    assert!(
        !content.windows(2).any(|two| two == b"\n."),
        "nothing is stuffed here"
    );
    let envelope = b"MAIL FROM:<me@example.test>\r\nRCPT TO:<you0@example.test>\r\nDATA\r\n";
    let (mut middle, mut last) = (content.to_vec(), content.to_vec());
    middle.extend_from_slice(b".\r\n");
    middle.extend_from_slice(envelope);
    last.extend_from_slice(b".\r\nQUIT\r\n");
    let (begun, before) = (Instant::now(), cpu());
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("a server");
    stream.set_nodelay(true).expect("an open stream");
    let mut buffer = vec![0; 4096];
    lines(&mut stream, &mut buffer, 1);
    stream.write_all(b"EHLO bench.example\r\n").expect("taken");
    lines(&mut stream, &mut buffer, 3);
    stream.write_all(envelope).expect("taken");
    lines(&mut stream, &mut buffer, REPLIES - 1);
    for _ in 1..load.messages {
        stream.write_all(&middle).expect("taken");
        lines(&mut stream, &mut buffer, REPLIES);
    }
    stream.write_all(&last).expect("taken");
    lines(&mut stream, &mut buffer, 2);
    Took {
        wall: begun.elapsed(),
        cpu: cpu().saturating_sub(before),
    }
}

/// Reads until so many lines have come.
fn lines(stream: &mut TcpStream, buffer: &mut [u8], count: usize) {
    let mut seen = 0;
    while seen < count {
        let read = stream.read(buffer).expect("an open stream");
        assert!(read > 0, "the server is there");
        seen += memchr::memchr_iter(b'\n', &buffer[..read]).count();
    }
}
