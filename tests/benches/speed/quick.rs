//! A proxy that acknowledges at once what a client writes, so that a client without `TCP_NODELAY` does not wait for it.

use std::io::ErrorKind;
use std::net::Ipv4Addr;

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::delay::end_with_parent;

/// Listens, prints the port, and passes every connection on to `target`.
pub(crate) fn serve(target: u16) {
    end_with_parent();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a port");
        println!("{}", listener.local_addr().expect("bound").port());
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(connection(client, target));
        }
    });
}

async fn connection(client: TcpStream, target: u16) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else {
        return;
    };
    for stream in [&client, &server] {
        stream.set_nodelay(true).ok();
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::join!(pass(from_client, to_server), pass(from_server, to_client));
}

async fn pass(from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let stream: &TcpStream = from.as_ref();
        // The kernel forgets it as soon as it thinks that the connection is interactive.
        stream.set_quickack(true).ok();
        if from.readable().await.is_err() {
            break;
        }
        match from.try_read(&mut buffer) {
            Ok(count @ 1..) => {
                stream.set_quickack(true).ok();
                if to.write_all(&buffer[..count]).await.is_err() {
                    break;
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => break,
        }
    }
    to.shutdown().await.ok();
}
