//! Delivery through a smart host over SMTP, with connections that are kept between batches.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::carrier::{Dial, SmtpCarrier};
use super::contract::{Carrier, Objection, Transport};
use super::inquiry::inquire;
use super::largest::Largest;
use crate::mail::message::Message;
use crate::mail::outcome::Failure;
use crate::mail::smarthost::SmartHost;
use crate::mail::transcript::Transcript;
use crate::smtp::{Link, Logins, Tls, dial};

/// TCP to the smart host's addresses.
#[derive(Debug)]
struct Tcp;

impl Dial for Tcp {
    fn dial<'a>(
        &'a self,
        host: &'a SmartHost,
        transcript: &'a Transcript,
    ) -> BoxFuture<'a, Result<Link, Failure>> {
        dial(host, transcript).boxed()
    }
}

/// The `smtp` transport.
#[derive(Debug)]
pub struct Smtp {
    host: Arc<SmartHost>,
    tls: Tls,
    logins: Logins,
    largest: Largest,
}

impl Smtp {
    /// Delivers through this smart host.
    #[must_use]
    pub fn new(host: SmartHost) -> Self {
        Self {
            tls: Tls::of(&host),
            logins: Logins::new(),
            largest: Largest::default(),
            host: Arc::new(host),
        }
    }
}

impl Transport for Smtp {
    fn kind(&self) -> &'static str {
        "smtp"
    }

    fn describe(&self) -> String {
        format!("{} {}", self.host.name(), self.host.security)
    }

    fn count(&self) -> usize {
        self.host.count.max(1)
    }

    fn carrier(&self) -> Box<dyn Carrier> {
        let carrier = SmtpCarrier::new(self.host.clone(), self.tls.clone(), Arc::new(Tcp));
        Box::new(carrier.sharing(self.logins.clone(), self.largest.clone()))
    }

    fn largest(&self) -> Option<u64> {
        self.largest.known()
    }

    fn inquire<'a>(
        &'a self,
        messages: &'a [Arc<Message>],
        limit: Duration,
    ) -> BoxFuture<'a, Result<(), Objection>> {
        let (host, tls, logins) = (&self.host, &self.tls, &self.logins);
        inquire(host, tls, logins, &Tcp, &self.largest, messages, limit).boxed()
    }

    fn forgive(&self) {
        self.logins.forgive();
    }
}
