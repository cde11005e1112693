//! One message under way at a time, and the next envelope in the same flight as the end of the content before it.

use super::course::Course;
use super::opening::Phase;
use super::transaction::{Body, Offer, Transaction};
use super::verdict;
use crate::mail::outcome::Failure;
use crate::mail::stage::Stage;
use crate::smtp::wire::Flight;

impl Course<'_, '_> {
    /// Goes through the batch. A message costs one round trip where PIPELINING is offered.
    pub(super) async fn flights(&mut self) -> Result<Phase, Failure> {
        let mut granted: Option<Transaction> = None;
        loop {
            // After a chunk that fails nothing but RSET makes sense to the server (RFC 3030 §2).
            let chunk = granted.as_ref().is_some_and(|one| one.body == Body::Chunk);
            let upcoming = self.upcoming(self.dirty || chunk);
            if granted.is_none() && upcoming.is_none() {
                return Ok(self.phase());
            }
            let farewell = upcoming.is_none() && self.piped && self.is_at_its_end();
            granted = if self.piped {
                self.fly(granted, upcoming, farewell).await?
            } else {
                self.walk(granted, upcoming).await?
            };
            if farewell {
                return Ok(Phase::Leaving);
            }
        }
    }

    /// Sends the content that has its turn together with the next envelope, then reads what comes to both.
    async fn fly(
        &mut self,
        granted: Option<Transaction>,
        upcoming: Option<Transaction>,
        farewell: bool,
    ) -> Result<Option<Transaction>, Failure> {
        let mut flight = Flight::default();
        if let Some(transaction) = &upcoming
            && let Some(consignment) = self.batch.get(transaction.of)
        {
            transaction.board(self.session, consignment, &mut flight);
        } else if farewell {
            flight.command(Stage::Quit, "QUIT");
        }
        if let Some(transaction) = granted {
            if let Err(failure) = self.send(&transaction, &flight).await {
                self.take_back(upcoming);
                return Err(failure);
            }
        } else if let Some(transaction) = &upcoming
            && let Err(failure) = self.take_off(transaction, &flight).await
        {
            self.lose(transaction, &failure);
            return Err(failure);
        }
        self.replies(upcoming).await
    }

    /// The same without PIPELINING: each command waits for the reply to the one before.
    async fn walk(
        &mut self,
        granted: Option<Transaction>,
        upcoming: Option<Transaction>,
    ) -> Result<Option<Transaction>, Failure> {
        if let Some(transaction) = granted
            && let Err(failure) = self.send(&transaction, &Flight::default()).await
        {
            if let Some(transaction) = &upcoming
                && let Some(consignment) = self.batch.get_mut(transaction.of)
            {
                consignment.ledger.give_back(&transaction.open);
            }
            return Err(failure);
        }
        self.replies(upcoming).await
    }

    /// Sends an envelope that has no content before it.
    async fn take_off(
        &mut self,
        transaction: &Transaction,
        flight: &Flight,
    ) -> Result<(), Failure> {
        if let Some(consignment) = self.batch.get(transaction.of) {
            let transcript = &consignment.parcel().transcript;
            self.session.wire.write_down_in(transcript);
        }
        self.session.quiet(Stage::Mail).await?;
        let limit = self.session.host.timeouts.mail;
        self.session.wire.send(flight, limit).await
    }

    /// Sends the content with the flight behind it, reads the verdict and reports.
    async fn send(&mut self, transaction: &Transaction, flight: &Flight) -> Result<(), Failure> {
        let Some(consignment) = self.batch.get_mut(transaction.of) else {
            return Ok(());
        };
        let transcript = consignment.parcel().transcript.clone();
        self.session.wire.write_down_in(&transcript);
        let message = consignment.parcel().message.clone();
        let sent = self.session.content(&message, transaction.body, flight);
        let result = match sent.await {
            Ok(()) => self.session.verdict(transaction, consignment).await,
            Err(lost) => Err(verdict::lost(transaction, consignment, lost)),
        };
        match &result {
            Ok(()) => self.conclude(transaction.of),
            Err(failure) => self.defer(transaction.of, failure),
        }
        result
    }

    /// Reads the replies to an envelope; the transaction, where its content has its turn.
    async fn replies(
        &mut self,
        upcoming: Option<Transaction>,
    ) -> Result<Option<Transaction>, Failure> {
        let Some(mut transaction) = upcoming else {
            return Ok(None);
        };
        let Some(consignment) = self.batch.get_mut(transaction.of) else {
            return Ok(None);
        };
        let offer = self
            .session
            .offer(&mut transaction, consignment, self.piped)
            .await;
        match offer {
            Ok(offer) => {
                self.dirty = offer == Offer::Dirty;
                self.conclude(transaction.of);
                Ok((offer == Offer::Granted).then_some(transaction))
            }
            Err(failure) => {
                self.lose(&transaction, &failure);
                Err(failure)
            }
        }
    }
}
