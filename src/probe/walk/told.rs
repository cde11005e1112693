//! XCLIENT on a walk, for whoever wants to see what a server says to somebody else.

use super::check::Status;
use super::detail::in_short;
use super::walker::{Over, Walker};
use crate::mail::stage::Stage;
use crate::smtp::Session;

impl Walker<'_, '_> {
    /// Tells the server of another client where that is asked for, and greets it again as that client.
    pub(super) async fn tell_client(&mut self, session: &mut Session) -> Result<(), Over> {
        let plan = self.plan;
        let Some(client) = &plan.client else {
            return Ok(());
        };
        let begun = self.enter(Stage::Hello, plan.host.timeouts.hello);
        let said = session.tell_client(client).await;
        let reply = said.map_err(|failure| self.failed(Stage::Hello, begun, failure))?;
        let detail = format!("XCLIENT: {}", in_short(&reply));
        self.done(Stage::Hello, begun, Status::Ok, detail);
        self.hello(session).await
    }
}
