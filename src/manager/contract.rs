//! What each manager must do: make the first attempt, make the later ones, and stop when told.

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::mail::entry::Route;
use crate::mail::parcel::EntryId;
use crate::mail::rhythm::Rhythm;
use crate::queue::{Claimed, Queue};
use crate::transport::contract::Transport;

/// Where a manager works: one account's route through the queue and its way out.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The queue.
    pub queue: Queue,
    /// The account's name in the queue.
    pub route: Route,
    /// How its messages leave.
    pub transport: Arc<dyn Transport>,
    /// When to stop.
    pub stop: Stop,
}

/// How work ends, in two steps that follow each other.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Nothing more is claimed; attempts that are running come to their end.
    pub leave: CancellationToken,
    /// Running attempts end now. Those past the final dot still wait for the reply, for 10 s at the most.
    pub cut: CancellationToken,
}

/// Decides when a message is handed to the transport and by which task.
pub trait Manager: Send + Sync + fmt::Debug + 'static {
    /// The kind's name in the configuration, such as `on-demand`.
    fn kind(&self) -> &'static str;

    /// Whether the first attempt is made by the task that sends. The queue then hands the parcel out together with the admission.
    fn is_at_once(&self) -> bool {
        false
    }

    /// When the queue hands its messages out. It becomes the route's, so that due times and countdowns keep to it.
    fn rhythm(&self) -> Rhythm {
        Rhythm::AtOnce
    }

    /// Called in the task that sends, after the admission. `first` is the parcel, where it was handed out with the admission.
    /// When this returns, the sender goes on. Where all the work is done in the background there is nothing to be done here.
    fn admitted<'a>(
        &'a self,
        desk: &'a Desk,
        id: EntryId,
        first: Option<Claimed>,
    ) -> BoxFuture<'a, ()> {
        let _ = (desk, id);
        // A parcel that was handed out although nobody asked for it goes back.
        drop(first);
        std::future::ready(()).boxed()
    }

    /// Works in the background until `desk.stop`. Dropping this future ends everything that it has started.
    fn run(&self, desk: Desk) -> BoxFuture<'static, ()>;
}
