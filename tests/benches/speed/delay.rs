//! A proxy that hands every byte on some time later, in both directions, as a long cable would.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Listens, prints the port, and passes every connection on to `target`, each way `micros` later.
pub(crate) fn serve(target: u16, micros: u64) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    println!("{}", listener.local_addr().expect("bound").port());
    end_with_parent();
    let late = Duration::from_micros(micros);
    for stream in listener.incoming().flatten() {
        thread::spawn(move || connection(stream, target, late));
    }
}

fn connection(client: TcpStream, target: u16, late: Duration) {
    // The server sees a connection when the last packet of the handshake is there: one way three times.
    thread::sleep(late * 3);
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)) else {
        return;
    };
    for stream in [&client, &server] {
        stream.set_nodelay(true).ok();
    }
    let (Ok(from_client), Ok(from_server)) = (client.try_clone(), server.try_clone()) else {
        return;
    };
    thread::spawn(move || pass(from_client, server, late));
    pass(from_server, client, late);
}

fn pass(mut from: TcpStream, mut to: TcpStream, late: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    let writer = thread::spawn(move || {
        for (at, bytes) in receiver {
            thread::sleep(at.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        to.shutdown(Shutdown::Write).ok();
    });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = buffer[..count].to_vec();
        if sender.send((Instant::now() + late, bytes)).is_err() {
            break;
        }
    }
    drop(sender);
    writer.join().ok();
}

/// Ends this process when the benchmark's end of standard input closes.
pub(crate) fn end_with_parent() {
    thread::spawn(|| {
        let mut byte = [0];
        while matches!(std::io::stdin().read(&mut byte), Ok(1..)) {}
        std::process::exit(0);
    });
}
