//! From the form to the plan of a walk, or to what is still missing.

use crate::mail::address::Address;
use crate::mail::mailbox::Mailbox;
use crate::mail::reach::Reach;
use crate::mail::server::Server;
use crate::mail::smarthost::SmartHost;
use crate::mail::stage::Stage;
use crate::mailer::probe::compare::elsewhere;
use crate::mailer::probe::target;
use crate::mailer::probe::walk::Plan;

use super::fields::Slot;
use super::form::Form;

/// Recipients that are asked for: what every server must take in one transaction (RFC 5321 §4.5.3.1.8).
const MOST: usize = 100;

/// Why there is no plan yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// A field is at fault.
    Field(Slot, String),
    /// There is a user, and no password that is for this host.
    Password,
}

impl Form {
    /// The smart host that the form describes; its login where there is one.
    pub(super) fn smart_host(&self) -> Result<SmartHost, Missing> {
        let at_host = |words: String| Missing::Field(Slot::Host, words);
        if self.host.is_blank() {
            return Err(at_host("which host? write HOST, HOST:PORT or a URL".into()));
        }
        let target = target::read(self.host.text()).map_err(|error| at_host(error.to_string()))?;
        let server: Server = target.server.parse().map_err(at_host)?;
        let port = self.port()?;
        let server = Server {
            port: server.port.or(port),
            ..server
        };
        let security = target.security.unwrap_or(self.security);
        let fresh = SmartHost::new(server.clone(), security);
        let base = &self.base;
        // Pins, names, detours and the language are one host's; limits, authorities and the own name are ours.
        let host = if base.host.eq_ignore_ascii_case(&fresh.host) {
            SmartHost {
                reach: Reach {
                    socket: fresh.reach.socket,
                    ..base.reach.clone()
                },
                host: fresh.host,
                port: fresh.port,
                security,
                ..base.clone()
            }
        } else {
            elsewhere(base, server, security)
        };
        Ok(SmartHost {
            credentials: self.credentials(),
            auth: self.auth,
            ..host
        })
    }

    fn port(&self) -> Result<Option<u16>, Missing> {
        let text = self.port.text().trim();
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse::<u16>() {
            Ok(port) if port > 0 => Ok(Some(port)),
            _ => {
                let words = "the port is a number from 1 to 65535";
                Err(Missing::Field(Slot::Port, words.into()))
            }
        }
    }

    /// The whole plan.
    pub(super) fn plan(&self) -> Result<Plan, Missing> {
        let mut host = self.smart_host()?;
        let recipients = self.recipients()?;
        let sender = self.sender()?;
        let logs_in = self.stop.is_none_or(|stop| stop >= Stage::Auth);
        if !logs_in {
            host.credentials = None;
        } else if host.credentials.is_none() && !self.user.is_blank() && !self.is_barred() {
            return Err(Missing::Password);
        }
        Ok(Plan {
            sender,
            recipients,
            stop_after: self.stop,
            force_starttls: self.force_starttls,
            ..Plan::new(host)
        })
    }

    pub(super) fn sender(&self) -> Result<Option<Address>, Missing> {
        let text = self.from.text().trim();
        if text.is_empty() || text == "<>" {
            return Ok(None);
        }
        let read = text.parse::<Mailbox>().map(|mailbox| Some(mailbox.address));
        read.map_err(|error| Missing::Field(Slot::From, error.to_string()))
    }

    fn recipients(&self) -> Result<Vec<Address>, Missing> {
        let wrong = |words: String| Missing::Field(Slot::To, words);
        if self.to.is_blank() {
            return Ok(Vec::new());
        }
        let all = Mailbox::parse_list(self.to.text()).map_err(|error| wrong(error.to_string()))?;
        if all.len() > MOST {
            return Err(wrong(format!(
                "a walk asks for {MOST} recipients at the most"
            )));
        }
        Ok(all.into_iter().map(|mailbox| mailbox.address).collect())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::mail::reach::Protocol;
    use crate::mail::smarthost::{Credentials, Secret, Security};
    use crate::tui::screen::probe::form::Known;
    use crate::tui::widget::field::LineField;

    fn work() -> Form {
        let server = "relay.example:2525".parse().expect("a server");
        let mut host = SmartHost::new(server, Security::StartTls);
        host.hello = Some("client.example".to_owned());
        host.tls_name = Some("other.example".to_owned());
        host.reach.protocol = Protocol::Lmtp;
        host.credentials = Some(Credentials {
            user: "me".to_owned(),
            secret: Secret::Value(SecretString::from("c4nary")),
        });
        Form::of(&Known {
            name: "work".into(),
            from: "me@example.org".parse().ok(),
            host,
            written: None,
        })
    }

    #[test]
    fn an_account_comes_back_as_it_was() {
        let plan = work().plan().expect("whole");
        assert_eq!(plan.host.name(), "relay.example:2525");
        assert_eq!(plan.host.hello.as_deref(), Some("client.example"));
        assert!(plan.host.credentials.is_some() && plan.host.tls_name.is_some());
        let mut again = Form::default();
        again.take(&plan);
        let again = again.plan().expect("whole");
        assert_eq!(format!("{:?}", again.host), format!("{:?}", plan.host));
        assert!(!format!("{plan:?}").contains("c4nary"));
    }

    #[test]
    fn a_password_and_a_name_are_for_their_own_host() {
        let mut form = work();
        form.host.set("smtps://elsewhere.example");
        form.port.set("");
        assert_eq!(form.plan().err(), Some(Missing::Password));
        form.stop = Some(Stage::Tls);
        let plan = form.plan().expect("no login is needed so far");
        assert_eq!(plan.host.name(), "elsewhere.example:465");
        assert_eq!(
            (plan.host.tls_name.clone(), plan.host.is_implicit_tls()),
            (None, true)
        );
        assert_eq!(plan.host.reach.protocol, Protocol::Smtp);
        form.host.set("RELAY.example");
        form.stop = None;
        assert!(form.plan().is_ok());
    }

    #[test]
    fn faults_name_their_field() {
        let at = |change: fn(&mut Form)| {
            let mut form = work();
            change(&mut form);
            match form.plan() {
                Err(Missing::Field(slot, words)) => (slot, !words.is_empty()),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(at(|form| form.host.set("a b")), (Slot::Host, true));
        assert_eq!(
            at(|form| form.host = LineField::default()),
            (Slot::Host, true)
        );
        assert_eq!(at(|form| form.port.set("70000")), (Slot::Port, true));
        assert_eq!(at(|form| form.from.set("nobody")), (Slot::From, true));
        assert_eq!(at(|form| form.to.set("a@b.example, c")), (Slot::To, true));
    }
}
