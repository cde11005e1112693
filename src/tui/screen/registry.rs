//! Which screens there are beside Compose and its neighbours, and how each is made.

use crate::mail::parcel::EntryId;

use super::contract::Screen;
use super::done::DoneScreen;
use super::queue::QueueScreen;

/// The screens that show the queue. The console asks for them here and knows only their contract.
pub struct Rooms {
    /// The live queue.
    pub queue: QueueScreen,
    /// What has left it.
    pub done: DoneScreen,
    /// Makes the screen of one message.
    pub detail: fn(EntryId) -> Box<dyn Screen>,
    /// Makes the screen of an attempt's transcript, the latest where no number is given.
    pub transcript: fn(EntryId, Option<u32>) -> Box<dyn Screen>,
}

impl std::fmt::Debug for Rooms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rooms")
    }
}
