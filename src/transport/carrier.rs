//! One worker's connection to a smart host: kept between batches, and followed by the next before its count is reached.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::contract::{Carrier, Reports};
use super::largest::Largest;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::parcel::{Connection, Parcel, Report, Verdict};
use crate::mail::smarthost::SmartHost;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};
use crate::smtp::{Consignment, Delivery, Link, Logins, Session, Tls, arrive};

/// Messages before the end of a connection's count at which the next connection is opened: a connection takes five round
/// trips or more until it is of use, and a message one.
const AHEAD: usize = 8;

/// How a carrier comes to a connection.
pub(super) trait Dial: Send + Sync + fmt::Debug {
    /// Opens one, or says why there is none.
    fn dial<'a>(
        &'a self,
        host: &'a SmartHost,
        transcript: &'a Transcript,
    ) -> BoxFuture<'a, Result<Link, Failure>>;
}

/// The way to the smart host.
struct Way {
    host: Arc<SmartHost>,
    tls: Tls,
    dial: Arc<dyn Dial>,
    logins: Logins,
    largest: Largest,
}

/// A failure to open a connection, and what is known of that.
type Unopened = (Failure, Connection);

impl Way {
    /// A new connection that has come as far as MAIL.
    async fn open(
        &self,
        transcript: &Transcript,
        reports: &dyn Reports,
    ) -> Result<Session, Unopened> {
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
        self.largest.learn(&session);
        reports.ready();
        Ok(session)
    }
}

/// One worker's connection to a smart host.
pub(super) struct SmtpCarrier {
    way: Way,
    /// The connection between messages. While one is delivered it is not here, so that a dropped delivery leaves nothing
    /// behind that was in use.
    session: Option<Session>,
    /// Connections that have said QUIT and wait for the reply. They end with the carrier at the latest.
    leaving: JoinSet<()>,
    /// Whether the server has turned a second connection away; then each one waits for the end of the one before.
    one_at_a_time: bool,
}

/// How a batch went on one connection.
struct Run {
    /// Whether the host would take no message at all.
    trouble: bool,
    /// Why the connection was lost, where it was.
    lost: Option<Failure>,
    /// The next connection, where it was wanted in time.
    next: Option<Result<Session, Unopened>>,
}

impl SmtpCarrier {
    pub(super) fn new(host: Arc<SmartHost>, tls: Tls, dial: Arc<dyn Dial>) -> Self {
        Self {
            way: Way {
                host,
                tls,
                dial,
                logins: Logins::new(),
                largest: Largest::default(),
            },
            session: None,
            leaving: JoinSet::new(),
            one_at_a_time: false,
        }
    }

    /// Shares what is known of logins and of the host with the transport's other carriers.
    pub(super) fn sharing(mut self, logins: Logins, largest: Largest) -> Self {
        self.way.logins = logins;
        self.way.largest = largest;
        self
    }

    /// The kept connection, where it is still good for another message.
    async fn kept(&mut self, transcript: &Transcript) -> Option<Session> {
        let mut session = self.session.take()?;
        if session.room() == 0 || !session.is_usable(transcript).await {
            self.part(session);
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

    /// The kept connection or a new one.
    async fn ready(
        &mut self,
        transcript: &Transcript,
        reports: &dyn Reports,
    ) -> Result<Session, Unopened> {
        if let Some(session) = self.kept(transcript).await {
            return Ok(session);
        }
        // A server that counts connections must not count one that is on its way out. Each has the `quit` limit.
        while self.leaving.join_next().await.is_some() {}
        self.way.open(transcript, reports).await
    }

    /// Lets a connection end by itself, politely and without anybody waiting for it.
    fn part(&mut self, mut session: Session) {
        while self.leaving.try_join_next().is_some() {}
        if !session.is_over() {
            self.leaving.spawn(async move { session.quit().await });
        }
    }

    async fn carry(&mut self, mut batch: Vec<Consignment>, reports: &dyn Reports) {
        loop {
            batch.retain(|consignment| !consignment.is_over());
            let Some(first) = batch.first_mut() else {
                return;
            };
            first.begin();
            let transcript = first.parcel().transcript.clone();
            let mut session = match self.ready(&transcript, reports).await {
                Ok(session) => session,
                Err(unopened) => return end(&mut batch, Some(unopened), reports),
            };
            let before = session.messages();
            let ahead = !self.one_at_a_time;
            let run = run(&self.way, &mut session, &mut batch, reports, ahead).await;
            let idle = run.lost.is_none() && session.messages() == before;
            let batch_is_over = batch.iter().all(Consignment::is_over);
            if batch_is_over && session.is_open() && session.room() > 0 && !run.trouble {
                self.session = Some(session);
                return;
            }
            self.part(session);
            if run.trouble || (idle && !batch_is_over) {
                // What the host does not take now is not offered to it again at once.
                return end(&mut batch, None, reports);
            }
            let first = batch.iter().find(|one| !one.is_over());
            if let (Some(failure), Some(first)) = (&run.lost, first) {
                let note =
                    format!("the open connection was of no use ({failure}); another one is opened");
                let transcript = &first.parcel().transcript;
                transcript.push(Stage::Connect, By::Note, note);
            }
            match run.next {
                Some(Ok(next)) => self.session = Some(next),
                Some(Err((failure, _))) if is_crowded(&failure) => self.one_at_a_time = true,
                Some(Err(unopened)) => return end(&mut batch, Some(unopened), reports),
                None => {}
            }
        }
    }
}

/// Whether a connection was turned away for no better reason than that there was another.
fn is_crowded(failure: &Failure) -> bool {
    failure.stage <= Stage::Greeting || failure.code() == Some(421)
}

/// Delivers as much of a batch as goes over this connection. Where more is to follow, the next connection is opened before
/// this one's count is reached.
async fn run(
    way: &Way,
    session: &mut Session,
    batch: &mut [Consignment],
    reports: &dyn Reports,
    ahead: bool,
) -> Run {
    let connection = session.connection().clone();
    let mut left = session.room();
    let next = batch.get(left).filter(|_| ahead);
    let transcript = next.map(|next| next.parcel().transcript.clone());
    let (near_the_end, called) = (Notify::new(), AtomicBool::new(false));
    let mut trouble = false;
    let mut report = |consignment: &Consignment, delivery: Delivery| {
        left = left.saturating_sub(1);
        if left <= AHEAD {
            called.store(true, Ordering::Relaxed);
            near_the_end.notify_one();
        }
        let verdict = match delivery {
            Delivery::Settled(outcomes) => Verdict::Settled(outcomes),
            Delivery::HostTrouble(failure) => {
                trouble = true;
                Verdict::HostTrouble(failure)
            }
        };
        reports.settled(Report {
            entry: consignment.parcel().entry,
            verdict,
            connection: connection.clone(),
            took: consignment.took(),
        });
    };
    let opening = async {
        match &transcript {
            Some(transcript) => {
                near_the_end.notified().await;
                way.open(transcript, reports).await
            }
            None => std::future::pending().await,
        }
    };
    let mut opening = std::pin::pin!(opening);
    let mut next = None;
    let lost = {
        let mut delivery = std::pin::pin!(session.deliver_batch(batch, &mut report));
        loop {
            tokio::select! {
                biased;
                lost = &mut delivery => break lost,
                opened = &mut opening, if next.is_none() => next = Some(opened),
            }
        }
    };
    let more = !trouble && batch.iter().any(|consignment| !consignment.is_over());
    if more && next.is_none() && transcript.is_some() && called.load(Ordering::Relaxed) {
        next = Some(opening.await);
    }
    Run {
        trouble,
        lost,
        next,
    }
}

impl Carrier for SmtpCarrier {
    fn deliver<'a>(
        &'a mut self,
        batch: Vec<Parcel>,
        reports: &'a dyn Reports,
    ) -> BoxFuture<'a, ()> {
        let batch = batch.into_iter().map(Consignment::new).collect();
        self.carry(batch, reports).boxed()
    }

    fn close(&mut self) -> BoxFuture<'_, ()> {
        async move {
            if let Some(mut session) = self.session.take() {
                session.quit().await;
            }
            while self.leaving.join_next().await.is_some() {}
        }
        .boxed()
    }
}

/// Ends a batch: trouble with the host for the first that is left, where there is any, and the others come back as they were.
/// What has happened to any of them is kept.
fn end(batch: &mut [Consignment], trouble: Option<Unopened>, reports: &dyn Reports) {
    let mut trouble = trouble;
    let otherwise = trouble.as_ref().map_or_else(
        || Failure::new(Stage::Mail, Cause::Closed),
        |(failure, _)| failure.clone(),
    );
    for consignment in batch.iter_mut().filter(|one| !one.is_over()) {
        let (verdict, connection) = match (consignment.abandon(&otherwise), trouble.take()) {
            (Some(outcomes), unopened) => {
                trouble = unopened;
                (Verdict::Settled(outcomes), Connection::default())
            }
            (None, Some((failure, connection))) => (Verdict::HostTrouble(failure), connection),
            (None, None) => (Verdict::Returned, Connection::default()),
        };
        reports.settled(Report {
            entry: consignment.parcel().entry,
            verdict,
            connection,
            took: consignment.took(),
        });
    }
}
