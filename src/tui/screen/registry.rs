//! Which screens show the queue, and how each is made.

use crate::mail::parcel::EntryId;

use super::contract::Screen;
use super::detail::DetailScreen;
use super::done::DoneScreen;
use super::queue::QueueScreen;
use super::transcript::TranscriptScreen;

/// The roots that show the queue; they live as long as the console does.
#[derive(Debug, Default)]
pub struct Rooms {
    /// The live queue.
    pub queue: QueueScreen,
    /// What has left it.
    pub done: DoneScreen,
}

/// The screen of one message.
pub fn detail(id: EntryId) -> Box<dyn Screen> {
    Box::new(DetailScreen::new(id))
}

/// The screen of an attempt's transcript, the latest where no number is given.
pub fn transcript(id: EntryId, number: Option<u32>) -> Box<dyn Screen> {
    Box::new(TranscriptScreen::new(id, number))
}
