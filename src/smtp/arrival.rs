//! From an open connection to a session that may send: by another of the smart host's addresses where one gets no further.

use std::sync::Arc;

use super::auth::Logins;
use super::dial::{Link, call_again};
use super::session::Session;
use super::tls::Tls;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::parcel::Connection;
use crate::mail::smarthost::SmartHost;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};

/// Goes through greeting, hello, TLS and login. Where an address connects and then does not greet, the next is tried.
///
/// # Errors
/// The failure and what is known of the connection that had it. It is trouble with the host, never with a message.
pub async fn arrive(
    link: Link,
    host: &Arc<SmartHost>,
    tls: &Tls,
    logins: &Logins,
    transcript: &Transcript,
) -> Result<Session, (Failure, Connection)> {
    let mut link = link;
    loop {
        let others = link.take_others();
        let mut session =
            Session::new(link, host.clone(), tls.clone(), transcript).with_logins(logins.clone());
        let Err(failure) = session.establish().await else {
            return Ok(session);
        };
        let connection = session.connection().clone();
        if others.is_empty() || !is_of_address(&failure, host) {
            return Err((failure, connection));
        }
        let peer = connection.peer.as_deref().unwrap_or("this address");
        let text = format!("{peer} is of no use; the next address is tried");
        transcript.push(Stage::Connect, By::Note, text);
        match call_again(host, others, transcript, &mut Vec::new()).await {
            Ok(next) => link = next,
            // What this one has said or not said tells more than that others cannot be reached.
            Err(_) => return Err((failure, connection)),
        }
    }
}

/// Whether a failure may be that of one address alone: it is closed, silent or busy, or refuses before it has greeted. What
/// speaks another protocol does so at every address.
pub(crate) fn is_of_address(failure: &Failure, host: &SmartHost) -> bool {
    match failure.stage {
        Stage::Greeting => !matches!(failure.cause, Cause::OutOfStep(_)),
        Stage::Tls => host.is_implicit_tls(),
        _ => false,
    }
}
