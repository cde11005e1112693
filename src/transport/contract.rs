//! What each transport must do: take a batch of parcels, and report on each as soon as its outcome is known.

use std::fmt;

use futures_util::future::BoxFuture;

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

    /// A carrier for one worker. This does no I/O: the connection is opened when the first parcel is there.
    fn carrier(&self) -> Box<dyn Carrier>;
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
