//! Looking names up by another way than the system's own.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::timeout;

use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};

/// Who is asked for the addresses of a host, in place of the system's resolver.
pub trait LookUp: fmt::Debug + Send + Sync {
    /// The addresses, in the order in which they are to be tried. The walk keeps to its own limit.
    ///
    /// # Errors
    /// Why there are none: [`Cause::Dns`] or [`Cause::TimedOut`].
    fn addresses<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, Cause>>;
}

/// Looks a host up by somebody else than the system. An address that stands in place of a name is taken as it is.
pub(super) async fn look_up_by(
    names: &dyn LookUp,
    host: &str,
    port: u16,
    limit: Duration,
    transcript: &Transcript,
) -> Result<Vec<SocketAddr>, Failure> {
    transcript.enter(Stage::Resolve);
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found = timeout(limit, names.addresses(host)).await;
    let cause = match found.unwrap_or(Err(Cause::TimedOut(limit))) {
        Ok(found) if found.is_empty() => {
            Cause::Dns(Clean::from(format!("host name {host} has no address")))
        }
        Ok(found) => {
            let words: Vec<String> = found.iter().map(ToString::to_string).collect();
            let text = format!("{host} is {} (asked {names:?})", words.join(", "));
            transcript.push(Stage::Resolve, By::Note, text);
            let found = found.into_iter();
            return Ok(found
                .map(|address| SocketAddr::new(address, port))
                .collect());
        }
        Err(cause) => cause,
    };
    let text = format!("looking up {host}: {cause} (asked {names:?})");
    transcript.push(Stage::Resolve, By::Note, text);
    Err(Failure::new(Stage::Resolve, cause))
}
