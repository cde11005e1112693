//! Asks a smart host, before anything is queued for it, whether it can be reached and would take messages as large as these.

use std::sync::Arc;
use std::time::Duration;

use super::carrier::Dial;
use super::contract::Objection;
use super::largest::Largest;
use crate::mail::clock::SystemClock;
use crate::mail::message::Message;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::smarthost::SmartHost;
use crate::mail::transcript::Transcript;
use crate::smtp::{Logins, Tls, arrive};

/// Goes through greeting, hello, TLS and login, and no further. What the server then says of itself is held against each message.
pub(super) async fn inquire(
    host: &Arc<SmartHost>,
    tls: &Tls,
    logins: &Logins,
    dial: &dyn Dial,
    largest: &Largest,
    messages: &[Arc<Message>],
    limit: Duration,
) -> Result<(), Objection> {
    let transcript = Transcript::without_lines(Arc::new(SystemClock::new()));
    let way_in = async {
        let link = dial.dial(host, &transcript).await?;
        let session = arrive(link, host, tls, logins, &transcript).await;
        session.map_err(|(failure, _)| failure)
    };
    let arrived = match tokio::time::timeout(limit, way_in).await {
        Ok(arrived) => arrived,
        Err(_) => Err(Failure::new(
            transcript.progress().stage,
            Cause::TimedOut(limit),
        )),
    };
    let mut session = arrived.map_err(|failure| Objection {
        message: None,
        failure,
    })?;
    largest.learn(&session);
    let refused = messages.iter().enumerate().find_map(|(place, message)| {
        let failure = session.objection(message)?;
        Some(Objection {
            message: Some(place),
            failure,
        })
    });
    // It has a limit of its own.
    session.quit().await;
    refused.map_or(Ok(()), Err)
}
