//! What the server takes from whom: the login, the sender and the recipients.

use super::check::Status;
use super::detail::{in_short, shortened};
use super::record::Answer;
use super::walker::{Over, Walker};
use crate::mail::stage::Stage;
use crate::smtp::Session;

impl Walker<'_, '_> {
    /// The login, where there is one.
    pub(super) async fn login(&mut self, session: &mut Session) -> Result<(), Over> {
        let host = self.plan.host.clone();
        let Some(credentials) = &host.credentials else {
            let offered = session.capabilities().mechanisms();
            let why = if offered.is_empty() {
                "no user is set, and no login is offered".to_owned()
            } else {
                format!("no user is set; offered: {}", shortened(&offered))
            };
            self.leave_out(Stage::Auth, &why);
            return self.stop_after(Stage::Auth).await;
        };
        let begun = self.enter(Stage::Auth, host.timeouts.auth);
        let result = session.login().await;
        result.map_err(|failure| self.failed(Stage::Auth, begun, failure))?;
        self.walk.authenticated = true;
        let way = session.mechanism().map_or("", |one| one.name());
        let detail = format!("{} by {way}", credentials.user);
        self.done(Stage::Auth, begun, Status::Ok, detail);
        self.stop_after(Stage::Auth).await
    }

    /// MAIL, and RCPT for everybody who was named.
    pub(super) async fn envelope(&mut self, session: &mut Session) -> Result<(), Over> {
        if !self.plan.goes_to_mail() {
            self.leave_out(Stage::Mail, "no recipient was named");
            self.leave_out(Stage::Rcpt, "no recipient was named");
            return Ok(());
        }
        let plan = self.plan;
        let begun = self.enter(Stage::Mail, plan.host.timeouts.mail);
        let said = session.taste_sender(plan.sender.as_ref(), &plan.recipients);
        let said = said.await;
        let reply = said.map_err(|failure| self.failed(Stage::Mail, begun, failure))?;
        self.done(Stage::Mail, begun, Status::Ok, in_short(&reply));
        self.walk.mail = Some(reply);
        self.stop_after(Stage::Mail).await?;
        let begun = self.enter(Stage::Rcpt, plan.host.timeouts.rcpt);
        for to in &plan.recipients {
            let said = session.taste_recipient(to).await;
            let ends =
                session.is_over() || matches!(&said, Err(failure) if failure.code() == Some(421));
            self.walk.answers.push(Answer {
                address: to.clone(),
                said,
            });
            if ends {
                break;
            }
        }
        self.recipients(begun)
    }

    /// What the answers to RCPT come to: it fails where nobody is taken, or where the connection was lost.
    fn recipients(&mut self, begun: tokio::time::Instant) -> Result<(), Over> {
        let answers = &self.walk.answers;
        let refused = answers.iter().find_map(|one| one.said.clone().err());
        let taken = answers.iter().filter(|one| one.said.is_ok()).count();
        let asked = self.plan.recipients.len();
        let lost = answers.last().and_then(|one| match &one.said {
            Err(failure) if failure.reply().is_none_or(|reply| reply.code == 421) => {
                Some(failure.clone())
            }
            _ => None,
        });
        // What cannot be told to this server is no loss of the connection.
        let lost = lost.filter(|failure| answers.len() < asked || failure.code() == Some(421));
        if let Some(failure) = lost {
            return Err(self.failed(Stage::Rcpt, begun, failure));
        }
        match (refused, answers.first()) {
            (Some(failure), _) if taken == 0 => Err(self.failed(Stage::Rcpt, begun, failure)),
            (Some(failure), _) => {
                let detail = format!("{taken} of {asked} taken; {}", failure.cause);
                self.done(Stage::Rcpt, begun, Status::Warning, detail);
                Ok(())
            }
            (
                None,
                Some(Answer {
                    said: Ok(reply), ..
                }),
            ) => {
                let detail = in_short(reply);
                self.done(Stage::Rcpt, begun, Status::Ok, detail);
                Ok(())
            }
            (None, _) => Ok(()),
        }
    }
}
