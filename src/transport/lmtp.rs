//! Delivery over LMTP (RFC 2033): to a mail store on this machine or beside it, with a verdict for each recipient.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::contract::{Carrier, Objection, Transport};
use super::smtp::Smtp;
use crate::mail::message::Message;
use crate::mail::reach::Protocol;
use crate::mail::smarthost::SmartHost;

/// The `lmtp` transport: the conversation of [`Smtp`] with another greeting and more verdicts.
#[derive(Debug)]
pub struct Lmtp(Smtp);

impl Lmtp {
    /// Delivers to this server, over TCP or a UNIX socket.
    #[must_use]
    pub fn new(mut host: SmartHost) -> Self {
        host.reach.protocol = Protocol::Lmtp;
        Self(Smtp::new(host))
    }
}

impl Transport for Lmtp {
    fn kind(&self) -> &'static str {
        "lmtp"
    }

    fn describe(&self) -> String {
        self.0.describe()
    }

    fn count(&self) -> usize {
        self.0.count()
    }

    fn largest(&self) -> Option<u64> {
        self.0.largest()
    }

    fn inquire<'a>(
        &'a self,
        messages: &'a [Arc<Message>],
        limit: Duration,
    ) -> BoxFuture<'a, Result<(), Objection>> {
        self.0.inquire(messages, limit)
    }

    fn forgive(&self) {
        self.0.forgive();
    }

    fn carrier(&self) -> Box<dyn Carrier> {
        self.0.carrier()
    }
}
