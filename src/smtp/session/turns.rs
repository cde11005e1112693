//! Whose turn it is: one reply for one command, silence otherwise, and no trust in a server that is out of step.

use std::time::Duration;

use super::opening::Session;
use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::{Reply, Severity};
use crate::mail::stage::Stage;
use crate::smtp::wire::{Flight, Surplus};

impl Session {
    /// Sends one command and reads its reply, with silence before and after.
    pub(super) async fn exchange(
        &mut self,
        stage: Stage,
        command: &str,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        self.ask(&Flight::of(stage, command), stage, limit).await
    }

    /// Sends a flight of one line and reads its reply, with silence before and after.
    pub(super) async fn ask(
        &mut self,
        flight: &Flight,
        stage: Stage,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        self.quiet(stage).await?;
        self.wire.send(flight, limit).await?;
        let reply = self.wire.reply(stage, limit).await?;
        self.settled(stage, &reply)?;
        Ok(reply)
    }

    /// Makes sure that the server is silent before this side speaks. A server that is out of step by one reply would
    /// otherwise have its refusals taken for consent.
    pub(super) async fn quiet(&mut self, stage: Stage) -> Result<(), Failure> {
        match self.wire.surplus().await {
            Surplus::Nothing => Ok(()),
            Surplus::End => {
                self.wire.note(stage, Cause::Closed.to_string());
                Err(Failure::new(stage, Cause::Closed))
            }
            Surplus::Bytes => Err(self.interrupted(stage).await),
        }
    }

    /// Makes sure that nothing is left behind a reply when no other is due. Behind a refusal something may be: many a server
    /// says 421 at once before it closes. The refusal counts, and what follows it is met before the next command.
    pub(super) fn settled(&mut self, stage: Stage, reply: &Reply) -> Result<(), Failure> {
        if is_refusal(reply) || !self.wire.has_unread() {
            return Ok(());
        }
        self.wire.give_up();
        let text = "the server sent more than one reply to one command";
        self.wire.note(stage, text);
        Err(Failure::new(stage, Cause::OutOfStep(Clean::from(text))))
    }

    /// Reads what a server says when it is not its turn. A 421 may come at any time (RFC 5321 §3.8), and so may a refusal of
    /// content that is still being sent; anything else is out of step. The wire is given up in any case.
    pub(super) async fn interrupted(&mut self, stage: Stage) -> Failure {
        let limit = self.host.timeouts.quit;
        let said = self.wire.reply(stage, limit).await;
        self.wire.give_up();
        match said {
            Ok(reply) if reply.code == 421 => Failure::refused(stage, reply),
            Ok(reply) if stage == Stage::Content && is_refusal(&reply) => {
                Failure::refused(stage, reply)
            }
            Ok(reply) => {
                let text = format!("the server spoke when it was not its turn: {reply}");
                Failure::new(stage, Cause::OutOfStep(Clean::from(text)))
            }
            Err(failure) => failure,
        }
    }

    /// The reply, where it has the code that is due; the first digit decides about the others.
    pub(super) fn expect(
        &mut self,
        stage: Stage,
        reply: Reply,
        due: u16,
    ) -> Result<Reply, Failure> {
        self.settled(stage, &reply)?;
        if reply.code == due {
            Ok(reply)
        } else if is_refusal(&reply) {
            Err(Failure::refused(stage, reply))
        } else {
            self.wire.give_up();
            Err(Failure::new(stage, out_of_step(&reply, due)))
        }
    }
}

/// Whether a reply is a 4yz or 5yz.
pub(super) fn is_refusal(reply: &Reply) -> bool {
    matches!(reply.severity(), Severity::Transient | Severity::Permanent)
}

/// The cause for a reply that was not due.
pub(super) fn out_of_step(reply: &Reply, due: u16) -> Cause {
    Cause::OutOfStep(Clean::from(format!("{reply} came where {due} was due")))
}
