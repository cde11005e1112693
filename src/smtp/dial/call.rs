//! Opens the connection to a smart host: over TCP to one of its addresses, or to a UNIX socket.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};

use super::introduction::introduced;
use super::link::Link;
use super::pipe::Pipe;
use super::race::{by_turns, race};
use super::resolve::{resolve, took};
use super::tries::Try;
use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reach::{Place, Reach};
use crate::mail::smarthost::SmartHost;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};
use crate::smtp::prompt::Prompt;

/// Connects to the smart host: looks its name up, and tries its addresses as RFC 8305 says, each within the `connect` limit.
///
/// # Errors
/// A failure at `resolve` where the name has no address, else one at `connect`: the first address's that was not merely
/// without a route.
pub async fn dial(host: &SmartHost, transcript: &Transcript) -> Result<Link, Failure> {
    let place = host.place();
    if host.reach.detour.is_some() {
        let text = format!("{place} is called in place of {}", host.name());
        transcript.push(Stage::Resolve, By::Note, text);
    }
    match place {
        Place::Socket(path) => {
            let link = socket(host, &path, transcript).await?;
            introduced(link, host, transcript).await
        }
        Place::Command(command) => {
            let link = piped(host, &command, transcript)?;
            introduced(link, host, transcript).await
        }
        Place::Host(name, port) => {
            let addresses = resolve(&name, port, host.timeouts.connect, transcript).await?;
            call(host, addresses, transcript).await
        }
    }
}

/// Connects to one of these addresses, of which the smart host's options rule some out.
///
/// # Errors
/// As [`dial`].
pub async fn call(
    host: &SmartHost,
    addresses: Vec<SocketAddr>,
    transcript: &Transcript,
) -> Result<Link, Failure> {
    call_telling(host, addresses, transcript, &mut Vec::new()).await
}

/// As [`call`], and adds how each try went.
///
/// # Errors
/// As [`dial`].
pub(crate) async fn call_telling(
    host: &SmartHost,
    addresses: Vec<SocketAddr>,
    transcript: &Transcript,
    tries: &mut Vec<Try>,
) -> Result<Link, Failure> {
    let total = addresses.len();
    let fitting = by_turns(fitting(addresses, &host.reach));
    if fitting.is_empty() && total > 0 {
        let why = match host.reach.source {
            Some(source) => format!("can be called from {source}"),
            None => format!("is {}", host.reach.family),
        };
        let text = format!("none of the addresses of {} {why}", host.name());
        transcript.push(Stage::Connect, By::Note, text.as_str());
        return Err(Failure::local(Stage::Connect, text));
    }
    call_again(host, fitting, transcript, tries).await
}

/// Connects to one of these addresses, which are in their order already.
pub(crate) async fn call_again(
    host: &SmartHost,
    addresses: Vec<SocketAddr>,
    transcript: &Transcript,
    tries: &mut Vec<Try>,
) -> Result<Link, Failure> {
    transcript.enter(Stage::Connect);
    let failed = |cause| Failure::new(Stage::Connect, cause);
    let connect = |address| tcp(address, &host.reach);
    match race(addresses, host.timeouts.connect, connect, transcript, tries).await {
        Ok(won) => {
            let link = link(won.stream, won.address, host);
            let link = link.map_err(|error| failed(Cause::Io(Clean::from(error.to_string()))))?;
            let link = Link {
                others: won.others,
                ..link
            };
            introduced(link, host, transcript).await
        }
        Err(cause) => Err(failed(cause.unwrap_or_else(|| {
            Cause::Dns(Clean::from(format!("{} has no address", host.host)))
        }))),
    }
}

/// The addresses of the wanted family, which is also the source address's where there is one.
fn fitting(addresses: Vec<SocketAddr>, reach: &Reach) -> impl Iterator<Item = SocketAddr> {
    let (family, source) = (reach.family, reach.source);
    addresses.into_iter().filter(move |address| {
        family.has(&address.ip()) && source.is_none_or(|ours| ours.is_ipv6() == address.is_ipv6())
    })
}

async fn tcp(address: SocketAddr, reach: &Reach) -> io::Result<TcpStream> {
    let Some(source) = reach.source else {
        return TcpStream::connect(address).await;
    };
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.bind(SocketAddr::new(source, 0)).map_err(|error| {
        let text = format!("calling from {source} is not possible: {error}");
        io::Error::new(error.kind(), text)
    })?;
    socket.connect(address).await
}

fn link(stream: TcpStream, peer: SocketAddr, host: &SmartHost) -> io::Result<Link> {
    let local = stream.local_addr()?.ip();
    Ok(Link {
        local: Some(local),
        // Behind a detour the bytes may go on to another machine: what a tunnel's end does with them is not known here.
        loopback: peer.ip().to_canonical().is_loopback() && host.reach.detour.is_none(),
        ..Link::new(Prompt::new(stream)?, host, peer.to_string())
    })
}

/// Starts a command to speak through. Where its octets go is not known here, so nothing about them is private.
fn piped(host: &SmartHost, command: &str, transcript: &Transcript) -> Result<Link, Failure> {
    transcript.enter(Stage::Connect);
    let shown = Place::Command(command.to_owned()).to_string();
    match Pipe::open(command, transcript) {
        Ok(pipe) => {
            let shown = Clean::from(shown);
            transcript.push(
                Stage::Connect,
                By::Note,
                format!("speaking through {shown}"),
            );
            Ok(Link::new(pipe, host, shown.to_string()))
        }
        Err(error) => {
            let cause = Cause::Io(Clean::from(format!("{shown} cannot be run: {error}")));
            transcript.push(Stage::Connect, By::Note, cause.to_string());
            Err(Failure::new(Stage::Connect, cause))
        }
    }
}

#[cfg(unix)]
async fn socket(host: &SmartHost, path: &Path, transcript: &Transcript) -> Result<Link, Failure> {
    transcript.enter(Stage::Connect);
    let (begun, limit) = (Instant::now(), host.timeouts.connect);
    let shown = format!("unix:{}", path.display());
    let cause = match timeout(limit, tokio::net::UnixStream::connect(path)).await {
        Ok(Ok(stream)) => {
            let text = format!("connected to {shown} ({})", took(begun));
            transcript.push(Stage::Connect, By::Note, text);
            let shown = Clean::from(shown).to_string();
            return Ok(Link {
                loopback: host.reach.detour.is_none(),
                ..Link::new(stream, host, shown)
            });
        }
        Ok(Err(error)) => Cause::Io(Clean::from(match error.kind() {
            io::ErrorKind::NotFound => format!("there is no socket {shown}"),
            io::ErrorKind::ConnectionRefused => format!("nobody listens at {shown}"),
            _ => format!("{shown}: {error}"),
        })),
        Err(_) => Cause::TimedOut(limit),
    };
    let text = format!("{cause} ({})", took(begun));
    transcript.push(Stage::Connect, By::Note, text);
    Err(Failure::new(Stage::Connect, cause))
}

#[cfg(not(unix))]
async fn socket(_: &SmartHost, path: &Path, _: &Transcript) -> Result<Link, Failure> {
    let text = format!("unix:{}: this system has no UNIX sockets", path.display());
    Err(Failure::local(Stage::Connect, text))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::net::TcpListener;

    use super::*;
    use crate::mail::clock::SystemClock;
    use crate::mail::reach::Family;
    use crate::mail::smarthost::Security;

    fn host(server: &str) -> SmartHost {
        SmartHost::new(server.parse().expect("a server"), Security::None)
    }

    fn transcript() -> Transcript {
        Transcript::new(Arc::new(SystemClock::new()))
    }

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        (listener, address)
    }

    fn text(transcript: &Transcript) -> String {
        let lines = transcript.lines();
        let lines: Vec<_> = lines.iter().map(|line| line.text.to_string()).collect();
        lines.join("\n")
    }

    #[tokio::test]
    async fn a_refusal_names_the_address() {
        let (listener, address) = listener().await;
        drop(listener);
        let transcript = transcript();
        let failure = dial(&host(&address.to_string()), &transcript)
            .await
            .expect_err("closed");
        assert_eq!(failure.stage, Stage::Connect);
        assert_eq!(failure.text(), format!("connection refused by {address}"));
        assert!(text(&transcript).starts_with("connection refused"));
    }

    #[tokio::test]
    async fn options_rule_addresses_out() {
        let (_listener, address) = listener().await;
        let v6: SocketAddr = "[::1]:9".parse().expect("an address");
        let mut host = host(&address.to_string());
        host.reach.family = Family::V4;
        let link = call(&host, vec![v6, address], &transcript()).await;
        assert_eq!(
            link.expect("there").connection.peer,
            Some(address.to_string())
        );
        host.reach.family = Family::V6;
        let transcript = transcript();
        let failure = call(&host, vec![address], &transcript)
            .await
            .expect_err("none is left");
        assert!(failure.is_host_trouble());
        assert!(failure.text().contains("is IPv6"), "{failure}");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_source_address_is_the_caller_s() {
        let (listener, address) = listener().await;
        let mut host = host(&address.to_string());
        host.reach.source = "127.0.0.77".parse().ok();
        let link = dial(&host, &transcript()).await.expect("there");
        let (_, peer) = listener.accept().await.expect("called");
        assert_eq!(Some(peer.ip()), host.reach.source);
        assert_eq!(link.local, host.reach.source);
        // TEST-NET-1 is nobody's (RFC 5737).
        host.reach.source = "192.0.2.1".parse().ok();
        let failure = dial(&host, &transcript()).await.expect_err("not ours");
        assert!(failure.text().contains("from 192.0.2.1"), "{failure}");
    }

    #[tokio::test]
    async fn a_detour_is_told_and_is_no_loopback() {
        let (_listener, address) = listener().await;
        let mut host = host("relay.example:587");
        host.reach.detour = Some(Place::Host(address.ip().to_string(), address.port()));
        let transcript = transcript();
        let link = dial(&host, &transcript).await.expect("there");
        assert!(!link.loopback);
        assert_eq!(link.connection.server, "relay.example:587");
        let words = format!("{address} is called in place of relay.example:587");
        assert!(text(&transcript).contains(&words), "{}", text(&transcript));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_socket_is_called_by_its_path() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s");
        let server = format!("unix:{}", path.display());
        let none = dial(&host(&server), &transcript()).await.expect_err("none");
        assert!(none.text().contains("there is no socket"), "{none}");
        let _listener = tokio::net::UnixListener::bind(&path).expect("bound");
        let link = dial(&host(&server), &transcript()).await.expect("there");
        assert!(link.loopback);
        assert_eq!(link.connection.peer, Some(server));
    }
}
