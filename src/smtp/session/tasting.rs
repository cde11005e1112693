//! Asks whether an envelope would be taken, with no content behind it: MAIL and RCPT one by one.

use std::time::Duration;

use super::envelope::travels;
use super::opening::Session;
use super::turns::{is_refusal, out_of_step};
use crate::mail::address::Address;
use crate::mail::outcome::Failure;
use crate::mail::reply::{Reply, Severity};
use crate::mail::stage::Stage;

impl Session {
    /// Says MAIL for this reverse path. `recipients` are those to come: SMTPUTF8 has to be asked for here.
    ///
    /// # Errors
    /// The server's refusal, why there is no reply, or why the address cannot be told to this server.
    pub(crate) async fn taste_sender(
        &mut self,
        sender: Option<&Address>,
        recipients: &[Address],
    ) -> Result<Reply, Failure> {
        if let Some(failure) =
            sender.and_then(|sender| travels(sender, &self.capabilities, Stage::Mail))
        {
            return Err(failure);
        }
        let path = sender.map(Address::to_ascii).unwrap_or_default();
        let mut command = format!("MAIL FROM:<{path}>");
        let mut addresses = sender.into_iter().chain(recipients);
        if addresses.any(Address::needs_smtputf8) && self.capabilities.offers("SMTPUTF8") {
            command.push_str(" SMTPUTF8");
        }
        let limit = self.host.timeouts.mail;
        self.taste(Stage::Mail, &command, limit).await
    }

    /// Says RCPT for this recipient.
    ///
    /// # Errors
    /// As [`Session::taste_sender`].
    pub(crate) async fn taste_recipient(&mut self, to: &Address) -> Result<Reply, Failure> {
        if let Some(failure) = travels(to, &self.capabilities, Stage::Rcpt) {
            return Err(failure);
        }
        let limit = self.host.timeouts.rcpt;
        let command = format!("RCPT TO:<{}>", to.to_ascii());
        self.taste(Stage::Rcpt, &command, limit).await
    }

    async fn taste(
        &mut self,
        stage: Stage,
        command: &str,
        limit: Duration,
    ) -> Result<Reply, Failure> {
        let reply = self.exchange(stage, command, limit).await?;
        if reply.severity() == Severity::Positive {
            Ok(reply)
        } else if is_refusal(&reply) {
            Err(Failure::refused(stage, reply))
        } else {
            self.wire.give_up();
            Err(Failure::new(stage, out_of_step(&reply, 250)))
        }
    }
}
