//! The form of a probe: what is typed and chosen, and where the password comes from, which is never shown.

use std::time::Duration;

use crate::config::shorten;
use crate::mail::address::Address;
use crate::mail::clean::{Clean, clean};
use crate::mail::entry::Route;
use crate::mail::reach::{Family, Protocol};
use crate::mail::sasl::Sasl;
use crate::mail::server::Server;
use crate::mail::smarthost::{Credentials, Secret, Security, SmartHost};
use crate::mail::stage::Stage;
use crate::mailer::probe::target;
use crate::mailer::probe::walk::Plan;
use crate::tui::widget::field::LineField;

use super::choice::{SECURITY, STOPS, auth_name, lettered, mechanisms, stop_name, turned};
use super::fields::Slot;

/// An account that can be probed.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its name.
    pub name: Route,
    /// Its author's address.
    pub from: Option<Address>,
    /// Its smart host, with limits for somebody who looks on.
    pub host: SmartHost,
    /// The server as the settings write it, where they do.
    pub written: Option<String>,
}

/// How a server was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The server's name.
    pub(super) host: String,
    /// In words.
    pub(super) how: Clean,
    /// Whether no password may go there.
    pub(super) bars_login: bool,
}

/// The form.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub(super) host: LineField,
    pub(super) port: LineField,
    pub(super) security: Security,
    pub(super) user: LineField,
    pub(super) auth: Option<Sasl>,
    pub(super) from: LineField,
    pub(super) to: LineField,
    pub(super) stop: Option<Stage>,
    pub(super) force_starttls: bool,
    /// All that has no field of its own, and whose host it belongs to.
    pub(super) base: SmartHost,
    /// The password's source, and the host that it is for: it is never said to another one.
    pub(super) secret: Option<(String, Secret)>,
    /// The host that is known to be one: it came from an account or a fix, or was looked up.
    pub(super) settled: String,
    /// How the server in the form was found.
    pub(super) found: Option<Found>,
    /// The server as it was written last.
    pub(super) written: Option<String>,
}

impl Default for Form {
    fn default() -> Self {
        let nowhere = Server {
            host: String::new(),
            port: None,
        };
        let mut base = SmartHost::new(nowhere, Security::Auto);
        shorten(&mut base.timeouts, |_| false);
        Self {
            host: LineField::default(),
            port: LineField::default(),
            security: Security::Auto,
            user: LineField::default(),
            auth: None,
            from: LineField::default(),
            to: LineField::default(),
            stop: None,
            force_starttls: false,
            base,
            secret: None,
            settled: String::new(),
            found: None,
            written: None,
        }
    }
}

impl Form {
    /// Filled with an account.
    pub(super) fn of(known: &Known) -> Self {
        let from = known.from.as_ref().map(ToString::to_string);
        let mut form = Self {
            from: LineField::new(&from.unwrap_or_default()),
            ..Self::default()
        };
        form.take_host(&known.host);
        form.written.clone_from(&known.written);
        form
    }

    /// Takes what a plan says.
    pub(super) fn take(&mut self, plan: &Plan) {
        let login = (self.user.clone(), self.secret.clone());
        self.take_host(&plan.host);
        // A walk that stops before the login has none, which does not mean that there shall be none.
        if plan.stop_after.is_some_and(|stop| stop < Stage::Auth) {
            (self.user, self.secret) = login;
        }
        let to: Vec<String> = plan.recipients.iter().map(ToString::to_string).collect();
        self.to.set(&to.join(", "));
        self.force_starttls = plan.force_starttls;
        self.stop = plan.stop_after;
        if let Some(sender) = &plan.sender {
            self.from.set(sender.as_str());
        }
    }

    fn take_host(&mut self, host: &SmartHost) {
        let socket = host.reach.socket.as_ref();
        let written = socket.map_or_else(|| host.host.clone(), |_| host.name());
        self.host.set(&written);
        self.settled.clone_from(&written);
        self.written = None;
        let port = socket.map_or_else(|| host.port.to_string(), |_| String::new());
        self.port.set(&port);
        self.security = host.security;
        self.auth = host.auth;
        let login = host.credentials.as_ref();
        self.user.set(login.map_or("", |login| login.user.as_str()));
        self.secret = login.map(|login| (host.host.clone(), login.secret.clone()));
        self.base = host.clone();
    }

    /// The field with text in it.
    pub(super) fn line_mut(&mut self, slot: Slot) -> Option<&mut LineField> {
        Some(match slot {
            Slot::Host => &mut self.host,
            Slot::Port => &mut self.port,
            Slot::User => &mut self.user,
            Slot::From => &mut self.from,
            Slot::To => &mut self.to,
            _ => return None,
        })
    }

    /// The field with text in it, to be shown.
    pub(super) const fn line(&self, slot: Slot) -> Option<&LineField> {
        Some(match slot {
            Slot::Host => &self.host,
            Slot::Port => &self.port,
            Slot::User => &self.user,
            Slot::From => &self.from,
            Slot::To => &self.to,
            _ => return None,
        })
    }

    /// Turns a choice on, or back.
    pub(super) fn turn(&mut self, slot: Slot, forward: bool) {
        match slot {
            Slot::Security => self.security = turned(&SECURITY, self.security, forward),
            Slot::Auth => self.auth = turned(&mechanisms(), self.auth, forward),
            Slot::Stop => self.stop = turned(&STOPS, self.stop, forward),
            _ => {}
        }
    }

    /// Chooses the next word with this first letter.
    pub(super) fn choose(&mut self, slot: Slot, letter: char) {
        match slot {
            Slot::Security => {
                let name = |one: Security| one.name().to_owned();
                self.security = lettered(&SECURITY, self.security, letter, name);
            }
            Slot::Auth => self.auth = lettered(&mechanisms(), self.auth, letter, auth_name),
            Slot::Stop => {
                let name = |one| stop_name(one).to_owned();
                self.stop = lettered(&STOPS, self.stop, letter, name);
            }
            _ => {}
        }
    }

    /// The password's source, where it is for the host in the form.
    pub(super) fn own_secret(&self) -> Option<&Secret> {
        let (host, secret) = self.secret.as_ref()?;
        host.eq_ignore_ascii_case(&self.host_name())
            .then_some(secret)
    }

    /// The host by which its kept runs are known.
    pub(super) fn kept_as(&self) -> String {
        let text = self.host.text().trim();
        if text.starts_with("unix:") {
            return text.to_owned();
        }
        self.host_name()
    }

    /// The host's name without what else stands in its field.
    pub(super) fn host_name(&self) -> String {
        let target = target::read(self.host.text()).map(|target| target.server);
        let server = target.ok().and_then(|text| text.parse::<Server>().ok());
        match server {
            Some(server) if server.socket().is_some() => "localhost".to_owned(),
            Some(server) => server.host,
            None => self.host.text().trim().to_owned(),
        }
    }

    /// User and password as they would be said.
    pub(super) fn credentials(&self) -> Option<Credentials> {
        if self.is_barred() {
            return None;
        }
        let user = self.user.text().trim().to_owned();
        let secret = self.own_secret()?;
        let named = !user.is_empty() || matches!(secret, Secret::Certificate);
        named.then(|| Credentials {
            user,
            secret: secret.clone(),
        })
    }

    /// The password's source in words; nothing of the password itself.
    pub(super) fn password_words(&self) -> String {
        let first = |command: &str| {
            let word = command.split_ascii_whitespace().next().unwrap_or_default();
            clean(word).into_owned()
        };
        match (self.own_secret(), &self.secret) {
            _ if self.is_barred() => "not said here".to_owned(),
            (Some(Secret::Certificate), _) => "certificate".to_owned(),
            _ if self.user.is_blank() => "no login".to_owned(),
            (Some(Secret::Value(_)), _) => "known, hidden".to_owned(),
            (Some(Secret::Command(command)), _) => format!("command {}", first(command)),
            (Some(Secret::Token(command)), _) => format!("token {}", first(command)),
            (Some(Secret::File(file)), _) => format!("in {}", clean(&file.display().to_string())),
            (None, _) => "will be asked".to_owned(),
        }
    }

    /// What has no field of its own and is not as usual.
    pub(super) fn extras(&self) -> String {
        let base = &self.base;
        if !base.host.eq_ignore_ascii_case(&self.host_name()) && !base.host.is_empty() {
            return String::new();
        }
        let mut words = Vec::new();
        if base.reach.protocol == Protocol::Lmtp {
            words.push("LMTP".to_owned());
        }
        if self.force_starttls {
            words.push("STARTTLS though it is not offered".to_owned());
        }
        if let Some(pin) = base.pins.first() {
            let pin = pin.to_string();
            words.push(format!("pin {}..", pin.get(..16).unwrap_or(&pin)));
        }
        words.extend(
            base.tls_name
                .as_ref()
                .map(|name| format!("certificate for {name}")),
        );
        words.extend(base.hello.as_ref().map(|name| format!("hello {name}")));
        if base.reach.family != Family::Any {
            words.push(format!("{} only", base.reach.family));
        }
        words.extend(base.reach.source.map(|source| format!("from {source}")));
        words.extend(
            base.reach
                .detour
                .as_ref()
                .map(|place| format!("by {place}")),
        );
        clean(&words.join(", ")).into_owned()
    }

    /// How much longer one key lets a reply take.
    pub(super) const MORE: Duration = Duration::from_secs(30);
}
