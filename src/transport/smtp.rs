//! Delivery through a smart host over SMTP, with a connection that is kept between batches.

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::contract::{Carrier, Reports, Transport};
use crate::mail::outcome::{Failure, Outcome};
use crate::mail::parcel::{Connection, Parcel, Report, Verdict};
use crate::mail::smarthost::SmartHost;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};
use crate::smtp::{Delivery, Link, Logins, Session, Tls, arrive, dial};

/// How a carrier comes to a connection.
pub(super) trait Dial: Send + Sync + fmt::Debug {
    /// Opens one, or says why there is none.
    fn dial<'a>(
        &'a self,
        host: &'a SmartHost,
        transcript: &'a Transcript,
    ) -> BoxFuture<'a, Result<Link, Failure>>;
}

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

/// One worker's connection to a smart host.
pub(super) struct SmtpCarrier {
    host: Arc<SmartHost>,
    tls: Tls,
    dial: Arc<dyn Dial>,
    logins: Logins,
    /// The connection between messages. While one is delivered it is not here, so that a dropped delivery leaves nothing.
    session: Option<Session>,
}

/// What came of one parcel, and the connection where it may be used again.
struct Done {
    verdict: Verdict,
    connection: Connection,
    session: Option<Session>,
}

impl SmtpCarrier {
    pub(super) fn new(host: Arc<SmartHost>, tls: Tls, dial: Arc<dyn Dial>) -> Self {
        Self {
            host,
            tls,
            dial,
            logins: Logins::new(),
            session: None,
        }
    }

    /// Shares what is known of logins with the transport's other carriers.
    fn with_logins(mut self, logins: Logins) -> Self {
        self.logins = logins;
        self
    }

    /// The kept connection, where it is still good for another message.
    async fn kept(&mut self, transcript: &Transcript) -> Option<Session> {
        let mut session = self.session.take()?;
        if session.messages() >= self.host.count.max(1) || !session.is_usable(transcript).await {
            session.quit().await;
            return None;
        }
        let connection = session.connection();
        let note = format!(
            "goes over the open connection to {} ({}, {}), open for {} s, {} sent on it before",
            connection.server,
            connection.peer.as_deref().unwrap_or("unknown address"),
            connection
                .tls
                .as_ref()
                .map_or("in clear", |tls| tls.version),
            session.age().as_secs(),
            session.messages()
        );
        transcript.push(Stage::Connect, By::Note, note);
        Some(session)
    }

    /// A new connection that has come as far as MAIL.
    async fn open(
        &mut self,
        transcript: &Transcript,
        reports: &dyn Reports,
    ) -> Result<Session, (Failure, Connection)> {
        let link = match self.dial.dial(&self.host, transcript).await {
            Ok(link) => link,
            Err(failure) => {
                let connection = Connection {
                    server: self.host.name(),
                    ..Connection::default()
                };
                return Err((failure, connection));
            }
        };
        let session = arrive(link, &self.host, &self.tls, &self.logins, transcript).await?;
        reports.ready();
        Ok(session)
    }

    async fn deliver_one(&mut self, parcel: &Parcel, reports: &dyn Reports) -> Done {
        let transcript = &parcel.transcript;
        if let Some(mut session) = self.kept(transcript).await {
            let delivery = session
                .deliver(&parcel.message, &parcel.recipients, transcript)
                .await;
            let Delivery::Unheard(failure) = delivery else {
                return done(parcel, delivery, session);
            };
            // Closed while it was idle, most likely: no fault of this message, so it goes out again at once.
            session.quit().await;
            let note =
                format!("the open connection was of no use ({failure}); another one is opened");
            transcript.push(Stage::Connect, By::Note, note);
        }
        match self.open(transcript, reports).await {
            Ok(mut session) => {
                let delivery = session
                    .deliver(&parcel.message, &parcel.recipients, transcript)
                    .await;
                done(parcel, delivery, session)
            }
            Err((failure, connection)) => Done {
                verdict: Verdict::HostTrouble(failure),
                connection,
                session: None,
            },
        }
    }

    /// Keeps the connection for the next message, or ends it where its count is reached.
    async fn keep(&mut self, session: Option<Session>) {
        if let Some(mut session) = session.filter(|session| !session.is_over()) {
            if session.messages() >= self.host.count.max(1) {
                session.quit().await;
            } else {
                self.session = Some(session);
            }
        }
    }
}

fn done(parcel: &Parcel, delivery: Delivery, session: Session) -> Done {
    let connection = session.connection().clone();
    let (verdict, session) = match delivery {
        Delivery::Settled(outcomes) => (Verdict::Settled(outcomes), Some(session)),
        Delivery::HostTrouble(failure) => (Verdict::HostTrouble(failure), Some(session)),
        Delivery::Unheard(failure) => {
            let outcomes = vec![Outcome::Deferred(failure); parcel.recipients.len()];
            (Verdict::Settled(outcomes), None)
        }
    };
    Done {
        verdict,
        connection,
        session,
    }
}

impl Carrier for SmtpCarrier {
    fn deliver<'a>(
        &'a mut self,
        batch: Vec<Parcel>,
        reports: &'a dyn Reports,
    ) -> BoxFuture<'a, ()> {
        async move {
            let mut batch = batch.into_iter();
            for parcel in batch.by_ref() {
                let begun = Instant::now();
                let done = self.deliver_one(&parcel, reports).await;
                let trouble = matches!(done.verdict, Verdict::HostTrouble(_));
                reports.settled(Report {
                    entry: parcel.entry,
                    verdict: done.verdict,
                    connection: done.connection,
                    took: begun.elapsed(),
                });
                if trouble {
                    // Nobody waits for this QUIT but the parcels behind, which are not sent now anyway.
                    for behind in batch.by_ref() {
                        reports.settled(returned(&behind));
                    }
                    if let Some(mut session) = done.session {
                        session.quit().await;
                    }
                    return;
                }
                self.keep(done.session).await;
            }
        }
        .boxed()
    }

    fn close(&mut self) -> BoxFuture<'_, ()> {
        async move {
            if let Some(mut session) = self.session.take() {
                session.quit().await;
            }
        }
        .boxed()
    }
}

fn returned(parcel: &Parcel) -> Report {
    Report {
        entry: parcel.entry,
        verdict: Verdict::Returned,
        connection: Connection::default(),
        took: std::time::Duration::ZERO,
    }
}
