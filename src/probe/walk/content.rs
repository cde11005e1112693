//! The test message on a walk: DATA, the content, and what the server says to it.

use tokio::time::Instant;

use super::check::Status;
use super::detail::in_short;
use super::letter::letter;
use super::record::Answer;
use super::walker::{Over, Walker};
use crate::mail::address::Address;
use crate::mail::outcome::Failure;
use crate::mail::reach::Protocol;
use crate::mail::reply::Reply;
use crate::mail::stage::Stage;
use crate::mail::transcript::By;
use crate::smtp::Session;

impl Walker<'_, '_> {
    /// Sends the test message to whoever was taken, where one is asked for.
    pub(super) async fn content(&mut self, session: &mut Session) -> Result<(), Over> {
        let plan = self.plan;
        if !plan.test_message {
            return Ok(());
        }
        self.stop_after(Stage::Rcpt).await?;
        let answers = self.walk.answers.iter();
        let taken = answers.filter(|one| one.said.is_ok());
        let taken: Vec<Address> = taken.map(|one| one.address.clone()).collect();
        if taken.is_empty() {
            return Ok(());
        }
        let begun = self.enter(Stage::Data, plan.host.timeouts.data);
        let Some(sender) = &plan.sender else {
            let words = "a test message needs a sender; give --from";
            let failure = Failure::local(Stage::Data, words);
            return Err(self.failed(Stage::Data, begun, failure));
        };
        let message = letter(sender, &taken, self.walk.started);
        let said = session.ask_for_content().await;
        let reply = said.map_err(|failure| self.failed(Stage::Data, begun, failure))?;
        self.done(Stage::Data, begun, Status::Ok, in_short(&reply));
        self.stop_after(Stage::Data).await?;
        let begun = self.enter(Stage::Content, plan.host.timeouts.dot);
        match session.give_content(&message, taken.len()).await {
            Ok(said) => self.said_to_content(begun, taken, &said),
            Err(failure) => {
                // Only a reply says that it was taken; without one it may have been.
                if self.walk.transcript.progress().committed {
                    let note = "the end of the test message had left: it may have been delivered all the same";
                    self.walk.transcript.push(Stage::Content, By::Note, note);
                }
                Err(self.failed(Stage::Content, begun, failure))
            }
        }
    }

    /// What the replies to the final dot come to: it fails where the message was taken for nobody.
    fn said_to_content(
        &mut self,
        begun: Instant,
        taken: Vec<Address>,
        said: &[Result<Reply, Failure>],
    ) -> Result<(), Over> {
        let one_for_all = self.plan.host.reach.protocol == Protocol::Smtp;
        let asked = taken.len();
        let answer = |(at, address)| {
            let said = said.get(if one_for_all { 0 } else { at })?.clone();
            Some(Answer { address, said })
        };
        self.walk.content = { taken.into_iter().enumerate() }
            .filter_map(answer)
            .collect();
        let all = &self.walk.content;
        let refused = all.iter().find_map(|one| one.said.clone().err());
        let good = all.iter().filter(|one| one.said.is_ok()).count();
        match (refused, said.first()) {
            (Some(failure), _) if good == 0 => Err(self.failed(Stage::Content, begun, failure)),
            (Some(failure), _) => {
                let detail = format!("taken for {good} of {asked}; {}", failure.cause);
                self.done(Stage::Content, begun, Status::Warning, detail);
                Ok(())
            }
            (None, Some(Ok(reply))) => {
                self.done(Stage::Content, begun, Status::Ok, in_short(reply));
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }
}
