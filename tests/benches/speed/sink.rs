//! A server that takes every message and looks at none, with as little work as it can; and some that mean no good.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use super::delay::end_with_parent;

/// Listens, prints the port, and serves for ever.
pub(crate) fn serve(kind: &str) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    println!("{}", listener.local_addr().expect("bound").port());
    end_with_parent();
    for stream in listener.incoming().flatten() {
        let kind = kind.to_owned();
        thread::spawn(move || {
            stream.set_nodelay(true).ok();
            match kind.as_str() {
                "endless-line" => flood(stream, &[b'2'; 4096]),
                "endless-lines" => flood(stream, &b"220-and so on\r\n".repeat(200)),
                "silent" => hold(stream),
                _ => drop(converse(stream, &kind)),
            }
        });
    }
}

fn flood(mut stream: TcpStream, bytes: &[u8]) {
    while stream.write_all(bytes).is_ok() {}
}

fn hold(mut stream: TcpStream) {
    let mut buffer = [0; 4096];
    while matches!(stream.read(&mut buffer), Ok(1..)) {}
}

/// What comes next on the connection.
enum State {
    Command,
    Data,
    /// So many octets of a chunk are still to come.
    Chunk(usize),
}

fn converse(mut stream: TcpStream, kind: &str) -> std::io::Result<()> {
    let hello: &[u8] = match kind {
        "plain" => b"250-sink\r\n250 8BITMIME\r\n",
        "chunks" => b"250-sink\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 8BITMIME\r\n",
        _ => b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    };
    stream.write_all(b"220 sink\r\n")?;
    let (mut input, mut output, mut state) = (Vec::new(), Vec::new(), State::Command);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let mut at = 0;
        loop {
            let rest = &input[at..];
            match state {
                State::Command => {
                    let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
                        break;
                    };
                    let line = &rest[..end];
                    at += end + 1;
                    match line.get(..4).unwrap_or_default() {
                        b"EHLO" | b"ehlo" => output.extend(hello),
                        b"DATA" | b"data" => {
                            output.extend(b"354 go\r\n");
                            state = State::Data;
                        }
                        b"BDAT" => state = State::Chunk(size(line)),
                        b"QUIT" | b"quit" => {
                            output.extend(b"221 bye\r\n");
                            return stream.write_all(&output);
                        }
                        _ => output.extend(b"250 Ok\r\n"),
                    }
                }
                State::Data => {
                    let Some(end) = end_of_data(rest) else {
                        // The end may be cut in two.
                        at += rest.len().saturating_sub(4);
                        break;
                    };
                    at += end;
                    output.extend(b"250 Ok\r\n");
                    state = State::Command;
                }
                State::Chunk(size) => {
                    let taken = size.min(rest.len());
                    at += taken;
                    if taken < size {
                        state = State::Chunk(size - taken);
                        break;
                    }
                    output.extend(b"250 Ok\r\n");
                    state = State::Command;
                }
            }
        }
        input.drain(..at);
        if !output.is_empty() {
            stream.write_all(&output)?;
            output.clear();
        }
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        input.extend_from_slice(&buffer[..count]);
    }
}

fn size(line: &[u8]) -> usize {
    let text = String::from_utf8_lossy(line);
    let word = text.split_whitespace().nth(1);
    word.and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// Where the content ends, behind its final dot.
fn end_of_data(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == b'.') {
        let dot = from + at;
        if bytes[dot..].starts_with(b".\r\n") && bytes[..dot].ends_with(b"\r\n") {
            return Some(dot + 3);
        }
        from = dot + 1;
    }
    None
}
