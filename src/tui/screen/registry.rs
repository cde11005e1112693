//! Which screens there are beside Compose, and how each is made.

use crate::mail::parcel::EntryId;
use crate::mail::transcript::Transcript;

use super::contract::Screen;
use super::detail::DetailScreen;
use super::done::DoneScreen;
use super::probe::ProbeScreen;
use super::queue::QueueScreen;
use super::transcript::{Conversation, TranscriptScreen};

/// The roots beside Compose; they live as long as the console does.
#[derive(Debug, Default)]
pub struct Rooms {
    /// The live queue.
    pub queue: QueueScreen,
    /// What has left it.
    pub done: DoneScreen,
    /// Why a smart host does not take the mail.
    pub probe: ProbeScreen,
}

/// The screen of one message.
pub fn detail(id: EntryId) -> Box<dyn Screen> {
    Box::new(DetailScreen::new(id))
}

/// The screen of what was said on a walk.
pub fn conversation(transcript: Transcript, title: String) -> Box<dyn Screen> {
    Box::new(Conversation::new(transcript, title))
}

/// The screen of an attempt's transcript, the latest where no number is given.
pub fn transcript(id: EntryId, number: Option<u32>) -> Box<dyn Screen> {
    Box::new(TranscriptScreen::new(id, number))
}
