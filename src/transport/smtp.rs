//! Delivery through a smart host over SMTP, with connections that are kept between batches.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::carrier::{Dial, SmtpCarrier};
use super::contract::{Carrier, Transport};
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
}

impl Smtp {
    /// Delivers through this smart host.
    #[must_use]
    pub fn new(host: SmartHost) -> Self {
        Self {
            tls: Tls::of(&host),
            logins: Logins::new(),
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
        Box::new(carrier.with_logins(self.logins.clone()))
    }

    fn forgive(&self) {
        self.logins.forgive();
    }
}
