//! XCLIENT: tells a server that trusts this machine of another client (Postfix's own extension).

use super::opening::Session;
use super::turns::is_refusal;
use crate::mail::outcome::Failure;
use crate::mail::reply::Reply;
use crate::mail::stage::Stage;
use crate::mail::xclient::XClient;

impl Session {
    /// Tells the server of the client; behind its 220 EHLO has to be said again.
    ///
    /// # Errors
    /// Words of our own where it is not offered, or not all of what is to be told; the server's refusal; or why there is no
    /// reply.
    pub(crate) async fn tell_client(&mut self, client: &XClient) -> Result<Reply, Failure> {
        let Some(offered) = self.capabilities.parameters("XCLIENT") else {
            return Err(Failure::local(
                Stage::Hello,
                "the server does not offer XCLIENT to this machine; it does so to the clients that it is set to trust, \
                 which Postfix calls smtpd_authorized_xclient_hosts",
            ));
        };
        let offered: Vec<String> = offered.map(str::to_ascii_uppercase).collect();
        let unknown = { client.names() }.find(|name| !offered.iter().any(|one| one == name));
        if let Some(name) = unknown {
            let offered = offered.join(" ");
            return Err(Failure::local(
                Stage::Hello,
                format!("the server takes no {name} by XCLIENT; it offers {offered}"),
            ));
        }
        let limit = self.host.timeouts.hello;
        let mut last = None;
        for command in client.commands() {
            let reply = self.exchange(Stage::Hello, &command, limit).await?;
            if is_refusal(&reply) {
                return Err(Failure::refused(Stage::Hello, reply));
            }
            last = Some(self.expect(Stage::Hello, reply, 220)?);
        }
        last.ok_or_else(|| Failure::local(Stage::Hello, "there is nothing to be told by XCLIENT"))
    }
}
