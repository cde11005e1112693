//! What comes into the queue: a message, where it is bound for, and its terms.

use std::sync::Arc;

use super::terms::Terms;
use crate::mail::entry::Route;
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;

/// A message that is to come into the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Its identity.
    pub id: EntryId,
    /// The account it is bound for.
    pub route: Route,
    /// The message.
    pub message: Arc<Message>,
    /// Its terms.
    pub terms: Terms,
}
