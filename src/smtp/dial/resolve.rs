//! Looks a host name up, within a limit that also holds for a resolver that hangs.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};

/// The addresses of a host, in the resolver's order. An address that stands in place of a name is taken as it is.
///
/// # Errors
/// A failure at `resolve`, with the resolver's words.
pub(crate) async fn resolve(
    host: &str,
    port: u16,
    limit: Duration,
    transcript: &Transcript,
) -> Result<Vec<SocketAddr>, Failure> {
    transcript.enter(Stage::Resolve);
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    // International names are looked up as A-labels (RFC 5890).
    let name = idna::domain_to_ascii(host).unwrap_or_else(|_| host.to_owned());
    // The resolver's owner knows the name only in that form.
    let told = if name.eq_ignore_ascii_case(host) {
        host.to_owned()
    } else {
        format!("{host} ({name})")
    };
    let look = move || Ok((name.as_str(), port).to_socket_addrs()?.collect());
    look_up(&told, look, limit, transcript).await
}

async fn look_up(
    host: &str,
    look: impl FnOnce() -> io::Result<Vec<SocketAddr>> + Send + 'static,
    limit: Duration,
    transcript: &Transcript,
) -> Result<Vec<SocketAddr>, Failure> {
    let begun = Instant::now();
    let cause = match timeout(limit, apart(look)).await {
        Ok(Ok(found)) if found.is_empty() => {
            Cause::Dns(Clean::from(format!("host name {host} has no address")))
        }
        Ok(Ok(found)) => {
            let names: Vec<_> = found
                .iter()
                .map(|address| address.ip().to_string())
                .collect();
            let text = format!("{host} is {} ({})", names.join(", "), took(begun));
            transcript.push(Stage::Resolve, By::Note, text);
            return Ok(found);
        }
        Ok(Err(error)) => Cause::Dns(Clean::from(format!("host name {host} not found: {error}"))),
        Err(_) => Cause::TimedOut(limit),
    };
    let text = match &cause {
        Cause::TimedOut(_) => format!("looking up {host}: {cause}"),
        _ => format!("{cause} ({})", took(begun)),
    };
    transcript.push(Stage::Resolve, By::Note, text);
    Err(Failure::new(Stage::Resolve, cause))
}

/// Runs a lookup on a thread of its own. The runtime waits for its blocking tasks when it ends; nobody waits for this one.
async fn apart<T: Send + 'static>(
    look: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (send, answer) = oneshot::channel();
    std::thread::Builder::new()
        .name("resolver".to_owned())
        .spawn(move || send.send(look()).ok())?;
    answer
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the resolver failed")))
}

/// How long something took, for the transcript.
pub(super) fn took(begun: Instant) -> String {
    format!("{} ms", begun.elapsed().as_millis())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;
    use crate::mail::clock::SystemClock;

    fn transcript() -> Transcript {
        Transcript::new(Arc::new(SystemClock::new()))
    }

    #[tokio::test]
    async fn a_name_without_address_is_the_resolver_s_fault() {
        let transcript = transcript();
        let limit = Duration::from_secs(30);
        let failure = resolve("no-such-host.invalid", 25, limit, &transcript)
            .await
            .expect_err("unknown");
        assert_eq!(failure.stage, Stage::Resolve);
        assert!(failure.is_host_trouble());
        assert!(failure.text().contains("no-such-host.invalid"), "{failure}");
        let none = look_up("x", || Ok(Vec::new()), limit, &transcript).await;
        assert!(none.expect_err("none").text().contains("no address"));
    }

    #[test]
    fn a_resolver_that_hangs_holds_nothing_up() {
        let (release, hang) = mpsc::channel::<()>();
        let transcript = transcript();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let limit = Duration::from_millis(20);
        let look = move || {
            hang.recv().ok();
            Ok(Vec::new())
        };
        let failure = runtime
            .block_on(look_up("slow.example", look, limit, &transcript))
            .expect_err("too late");
        assert_eq!(failure.cause, Cause::TimedOut(limit));
        assert!(transcript.lines()[0].text.contains("slow.example"));
        // This would wait for ever for a blocking task of the runtime's own.
        drop(runtime);
        drop(release);
    }

    #[tokio::test]
    async fn an_address_needs_no_resolver() {
        let limit = Duration::from_secs(30);
        let found = resolve("::1", 25, limit, &transcript()).await;
        assert_eq!(found, Ok(vec!["[::1]:25".parse().expect("an address")]));
    }
}
