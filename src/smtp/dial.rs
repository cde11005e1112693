//! Opens the TCP connection: looks the name up, tries every address in turn, and says how each try went.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::mail::clean::{Clean, clean};
use crate::mail::outcome::{Cause, Failure};
use crate::mail::parcel::Connection;
use crate::mail::smarthost::SmartHost;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};
use crate::smtp::prompt::Prompt;

/// Anything that carries bytes both ways: a TCP connection, TLS around one, a pipe in memory.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// An open connection on which nothing was said yet.
pub struct Link {
    pub(super) stream: Box<dyn Stream>,
    pub(super) connection: Connection,
    /// This side's address, which stands in EHLO where the machine has no full name.
    pub(super) local: Option<IpAddr>,
    /// Whether the bytes stay on this machine.
    pub(super) loopback: bool,
}

impl Link {
    /// A connection that never leaves this process, such as one end of [`tokio::io::duplex`].
    pub fn inside(stream: impl Stream + 'static, host: &SmartHost) -> Self {
        Self {
            stream: Box::new(stream),
            connection: Connection {
                server: clean(&host.name()).into_owned(),
                peer: Some("in memory".to_owned()),
                tls: None,
            },
            local: None,
            loopback: true,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("connection", &self.connection)
            .field("local", &self.local)
            .field("loopback", &self.loopback)
            .finish_non_exhaustive()
    }
}

/// Connects to the smart host. Every address is tried in the resolver's order, each within the `connect` limit.
///
/// # Errors
/// A failure at `resolve` where the name has no address, else one at `connect`: the first address's that was not merely
/// without a route.
pub async fn dial(host: &SmartHost, transcript: &Transcript) -> Result<Link, Failure> {
    let addresses = resolve(host, transcript).await?;
    transcript.enter(Stage::Connect);
    let mut failure: Option<(Cause, bool)> = None;
    for address in addresses {
        match connect(address, host.timeouts.connect, transcript).await {
            Ok(stream) => return link(stream, address, host),
            Err((cause, telling)) => {
                // The first that tells something of the server, else the first.
                let told = failure.as_ref().map(|(_, told)| *told);
                if told.is_none() || (telling && told == Some(false)) {
                    failure = Some((cause, telling));
                }
            }
        }
    }
    let cause = failure.map_or_else(
        || Cause::Dns(Clean::from(format!("{} has no address", host.host))),
        |(cause, _)| cause,
    );
    Err(Failure::new(Stage::Connect, cause))
}

async fn resolve(host: &SmartHost, transcript: &Transcript) -> Result<Vec<SocketAddr>, Failure> {
    transcript.enter(Stage::Resolve);
    if let Ok(address) = host.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, host.port)]);
    }
    let begun = Instant::now();
    let limit = host.timeouts.connect;
    // International names are looked up as A-labels (RFC 5890).
    let name = idna::domain_to_ascii(&host.host).unwrap_or_else(|_| host.host.clone());
    let cause = match timeout(limit, lookup_host((name.as_str(), host.port))).await {
        Ok(Ok(found)) => {
            let found: Vec<_> = found.collect();
            let names: Vec<_> = found
                .iter()
                .map(|address| address.ip().to_string())
                .collect();
            let text = format!("{} is {} ({})", host.host, names.join(", "), took(begun));
            transcript.push(Stage::Resolve, By::Note, text);
            if !found.is_empty() {
                return Ok(found);
            }
            Cause::Dns(Clean::from(format!(
                "host name {} has no address",
                host.host
            )))
        }
        Ok(Err(error)) => Cause::Dns(Clean::from(format!(
            "host name {} not found: {error}",
            host.host
        ))),
        Err(_) => Cause::TimedOut(limit),
    };
    transcript.push(
        Stage::Resolve,
        By::Note,
        format!("{cause} ({})", took(begun)),
    );
    Err(Failure::new(Stage::Resolve, cause))
}

/// Tries one address. The flag says whether the cause tells something about the server rather than about our routes.
async fn connect(
    address: SocketAddr,
    limit: Duration,
    transcript: &Transcript,
) -> Result<TcpStream, (Cause, bool)> {
    let begun = Instant::now();
    let (cause, telling) = match timeout(limit, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => {
            let text = format!("connected to {address} ({})", took(begun));
            transcript.push(Stage::Connect, By::Note, text);
            return Ok(stream);
        }
        Ok(Err(error)) => {
            let words = match error.kind() {
                io::ErrorKind::ConnectionRefused => format!("connection refused by {address}"),
                _ => format!("{address}: {error}"),
            };
            let telling = !matches!(
                error.kind(),
                io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::AddrNotAvailable
            );
            (Cause::Io(Clean::from(words)), telling)
        }
        Err(_) => (Cause::TimedOut(limit), true),
    };
    let text = match &cause {
        Cause::TimedOut(_) => format!("{address}: {cause}"),
        _ => format!("{cause} ({})", took(begun)),
    };
    transcript.push(Stage::Connect, By::Note, text);
    Err((cause, telling))
}

fn link(stream: TcpStream, peer: SocketAddr, host: &SmartHost) -> Result<Link, Failure> {
    let io =
        |error: io::Error| Failure::new(Stage::Connect, Cause::Io(Clean::from(error.to_string())));
    let local = stream.local_addr().map_err(io)?.ip();
    Ok(Link {
        stream: Box::new(Prompt::new(stream).map_err(io)?),
        connection: Connection {
            server: clean(&host.name()).into_owned(),
            peer: Some(peer.to_string()),
            tls: None,
        },
        local: Some(local),
        loopback: peer.ip().to_canonical().is_loopback(),
    })
}

fn took(begun: Instant) -> String {
    format!("{} ms", begun.elapsed().as_millis())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::mail::clock::SystemClock;
    use crate::mail::smarthost::Security;

    fn host(server: &str) -> SmartHost {
        SmartHost::new(server.parse().expect("a server"), Security::None)
    }

    #[tokio::test]
    async fn a_refusal_names_the_address() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("bound");
        drop(listener);
        let transcript = Transcript::new(Arc::new(SystemClock::new()));
        let failure = dial(&host(&address.to_string()), &transcript)
            .await
            .expect_err("closed");
        assert_eq!(failure.stage, Stage::Connect);
        assert_eq!(failure.text(), format!("connection refused by {address}"));
        assert!(transcript.lines()[0].text.starts_with("connection refused"));
    }

    #[tokio::test]
    async fn a_name_without_address_is_the_resolver_s_fault() {
        let transcript = Transcript::new(Arc::new(SystemClock::new()));
        let failure = dial(&host("no-such-host.invalid:25"), &transcript)
            .await
            .expect_err("unknown");
        assert_eq!(failure.stage, Stage::Resolve);
        assert!(failure.is_host_trouble());
        assert!(failure.text().contains("no-such-host.invalid"), "{failure}");
    }
}
