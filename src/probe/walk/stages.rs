//! The stages of a walk, one after another.

use super::walker::{Over, Walker};
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::smtp::{Session, Tls};

impl Walker<'_, '_> {
    /// Goes from stage to stage. The session stays behind in `slot`, so that it can be ended.
    pub(super) async fn stages(&mut self, slot: &mut Option<Session>) -> Result<(), Over> {
        let tls = Tls::of(&self.plan.host);
        let mut link = self.reach().await?;
        loop {
            let others = link.take_others();
            let (heard, ear) = link.with_ear();
            self.ear = ear;
            let host = self.plan.host.clone();
            let session = Session::new(heard, host, tls.clone(), &self.walk.transcript);
            let session = session
                .with_logins(self.plan.logins.clone())
                .with_patience(self.plan.patience.clone());
            let session = slot.insert(session);
            match self.open(session).await {
                Err(Over::Failed) if self.is_of_address() && !others.is_empty() => {
                    link = self.next_address(session, others).await?;
                }
                opened => {
                    opened?;
                    break;
                }
            }
        }
        let Some(session) = slot else {
            return Ok(());
        };
        if self.plan.host.security != Security::None {
            // Whoever has greeted will most likely come to TLS.
            tls.prepare();
        }
        self.hello(session).await?;
        self.stop_after(Stage::Hello).await?;
        self.protect(session).await?;
        self.tell_client(session).await?;
        self.login(session).await?;
        self.envelope(session).await?;
        self.content(session).await
    }
}
