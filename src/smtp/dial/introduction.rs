//! Says the PROXY protocol's header, before anything else on a connection.

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::link::Link;
use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::proxy::ProxyVersion;
use crate::mail::smarthost::SmartHost;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};

/// Says the header where one is set.
///
/// # Errors
/// Why the connection did not take it.
pub(super) async fn introduced(
    mut link: Link,
    host: &SmartHost,
    transcript: &Transcript,
) -> Result<Link, Failure> {
    let Some(header) = &host.reach.proxy else {
        return Ok(link);
    };
    match header.version {
        ProxyVersion::V1 => transcript.push(Stage::Connect, By::Client, header.line()),
        ProxyVersion::V2 => {
            let text = format!("PROXY protocol version 2, in binary: {header}");
            transcript.push(Stage::Connect, By::Note, text);
        }
    }
    let limit = host.timeouts.connect;
    let octets = header.octets();
    let write = async {
        link.stream.write_all(&octets).await?;
        link.stream.flush().await
    };
    let cause = match timeout(limit, write).await {
        Ok(Ok(())) => return Ok(link),
        Ok(Err(error)) => Cause::Io(Clean::from(format!(
            "the PROXY header could not be said: {error}"
        ))),
        Err(_) => Cause::TimedOut(limit),
    };
    transcript.push(Stage::Connect, By::Note, cause.to_string());
    Err(Failure::new(Stage::Connect, cause))
}
