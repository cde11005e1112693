//! What the console and a probe say to each other: values that are the same where they are one, and not where they are alike.

use std::ops::Deref;
use std::sync::Arc;

use crate::mail::smarthost::Security;
use crate::mail::transcript::Transcript;
use crate::mailer::probe::grid::Cell;
use crate::mailer::probe::place::Place;
use crate::mailer::probe::walk::{Event, Walk};

/// A shared value, which equals its own clones alone.
#[derive(Debug)]
pub struct Same<T>(pub Arc<T>);

impl<T> Same<T> {
    /// A value of its own.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Clone for Same<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Eq for Same<T> {}

impl<T> Deref for Same<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A name that may be a mail domain, and the protection that is wanted beside it.
#[derive(Clone, Debug)]
pub struct Sought {
    /// What was written.
    pub place: Place,
    /// The protection, where one was chosen.
    pub security: Option<Security>,
}

/// What is heard of a walk, or of a look around.
#[derive(Debug)]
pub enum News {
    /// The server that was meant is known, as far as that could be learnt.
    Located(Box<Place>),
    /// It has begun, and this is where its conversation is written.
    Began(Transcript),
    /// A stage begins or ends.
    Happened(Event),
    /// The walk is over.
    Over(Arc<Walk>),
    /// A port was looked at.
    Found(Box<Cell>),
    /// Every port was looked at.
    AllFound,
    /// Something broke down.
    Broke(String),
}
