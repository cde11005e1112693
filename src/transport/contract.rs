//! What each transport must do: take a batch of parcels, and report on each as soon as its outcome is known.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::mail::message::Message;
use crate::mail::outcome::Failure;
use crate::mail::parcel::{Parcel, Report};

/// A way to deliver. It is shared by all workers; each worker has a carrier of its own.
pub trait Transport: Send + Sync + fmt::Debug + 'static {
    /// The kind's name in the configuration, such as `smtp`.
    fn kind(&self) -> &'static str;

    /// Where mail goes, in a few words for the screen's top line, such as `relay.example.net:587 starttls`.
    fn describe(&self) -> String;

    /// Whether anything leaves this machine's memory; the console says so where nothing does.
    fn leaves_the_machine(&self) -> bool {
        true
    }

    /// The largest batch worth handing over at once: messages for each connection.
    fn count(&self) -> usize;

    /// A person wants the next attempt at once: whatever this transport would not try again for a while, such as a login that
    /// was refused, may be tried.
    fn forgive(&self) {}

    /// The largest message in octets that the other side has last said to take; `None` where nothing is known.
    fn largest(&self) -> Option<u64> {
        None
    }

    /// Asks the other side, within this time, whether it can be reached and would take messages like these. Nothing is sent. A
    /// transport that cannot ask objects to nothing.
    fn inquire<'a>(
        &'a self,
        messages: &'a [Arc<Message>],
        limit: Duration,
    ) -> BoxFuture<'a, Result<(), Objection>> {
        let _ = (messages, limit);
        std::future::ready(Ok(())).boxed()
    }

    /// A carrier for one worker. This does no I/O: the connection is opened when the first parcel is there.
    fn carrier(&self) -> Box<dyn Carrier>;
}

/// Why messages had better not be queued for a transport.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{failure}")]
pub struct Objection {
    /// The place, among those asked about, of the message that would not be taken; `None` where no message would be.
    pub message: Option<usize>,
    /// The reason.
    pub failure: Failure,
}

/// One worker's way out: a connection that is opened when needed and kept between batches.
///
/// A carrier whose future was dropped half-way must never reuse the connection it had.
pub trait Carrier: Send {
    /// Delivers a batch and reports on **every** parcel of it exactly once. Failure is an outcome, never an error.
    ///
    /// Trouble with the host is reported as [`HostTrouble`](crate::mail::parcel::Verdict::HostTrouble) for the parcel that met it
    /// and [`Returned`](crate::mail::parcel::Verdict::Returned) for those behind it.
    fn deliver<'a>(&'a mut self, batch: Vec<Parcel>, reports: &'a dyn Reports)
    -> BoxFuture<'a, ()>;

    /// Ends the connection politely, within the smart host's `quit` limit.
    fn close(&mut self) -> BoxFuture<'_, ()>;
}

/// Where a carrier's reports go. They are settled at once, so that a crash loses no knowledge.
pub trait Reports: Send + Sync {
    /// The host has let us in: greeting, hello, TLS and login are behind us.
    fn ready(&self);

    /// A parcel's outcome is known.
    fn settled(&self, report: Report);
}
