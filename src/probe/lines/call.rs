//! What a walk is asked for, in the terms that other programs' command lines have too.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::mail::address::Address;
use crate::mail::proxy::ProxyHeader;
use crate::mail::reach::{Family, Place, Protocol};
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::{Secret, Security, SmartHost, Timeouts};
use crate::mail::stage::Stage;
use crate::mail::xclient::XClient;
use crate::probe::walk::Plan;

/// How long a stage is waited for where nobody has set it.
const USUAL: Duration = Duration::from_secs(30);

/// A walk as a command line can ask for it. No secret is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Where to call; `None` where the line leaves it open.
    pub place: Option<Place>,
    /// The name that the certificate is for, where it is not that of the place.
    pub tls_name: Option<String>,
    /// How the connection is protected.
    pub security: Security,
    /// What is spoken.
    pub protocol: Protocol,
    /// The name for EHLO.
    pub hello: Option<String>,
    /// The user of the login; `None` for no login.
    pub user: Option<String>,
    /// The mechanism, where one is named.
    pub auth: Option<Sasl>,
    /// The reverse path; the outer `None` leaves it open, the inner one is the empty one.
    pub sender: Option<Option<Address>>,
    /// The recipients.
    pub recipients: Vec<Address>,
    /// The last stage; `None` where a message is sent.
    pub stop: Option<Stage>,
    /// Whether the connection is cut there, without QUIT.
    pub cut: bool,
    /// One limit for all stages.
    pub timeout: Option<Duration>,
    /// Which addresses are called.
    pub family: Family,
    /// The address of this machine to call from.
    pub source: Option<IpAddr>,
    /// A PEM file of authorities.
    pub ca_file: Option<PathBuf>,
    /// The PEM files of this side's certificate and its key.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// The PROXY protocol's header.
    pub proxy: Option<ProxyHeader>,
    /// What XCLIENT tells.
    pub client: Option<XClient>,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            place: None,
            tls_name: None,
            security: Security::None,
            protocol: Protocol::Smtp,
            hello: None,
            user: None,
            auth: None,
            sender: None,
            recipients: Vec::new(),
            stop: None,
            cut: false,
            timeout: None,
            family: Family::Any,
            source: None,
            ca_file: None,
            client_certificate: None,
            proxy: None,
            client: None,
        }
    }
}

impl Call {
    /// Of a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let host = &plan.host;
        let reach = &host.reach;
        // A login by certificate alone has no user that a line could name.
        let user = host.credentials.as_ref().map(|one| one.user.clone());
        let logs_in = plan.stop_after.is_none_or(|stage| stage >= Stage::Auth);
        let all = Timeouts::all(host.timeouts.greeting);
        let tls_name = host.tls_name.clone();
        let elsewhere = reach.detour.is_some() && reach.socket.is_none();
        Self {
            place: Some(host.place()),
            tls_name: tls_name.or_else(|| elsewhere.then(|| host.host.clone())),
            security: security(host),
            protocol: reach.protocol,
            hello: host.hello.clone(),
            user: user.filter(|user| logs_in && !user.is_empty()),
            auth: host.auth.filter(|_| logs_in),
            sender: Some(plan.sender.clone()),
            recipients: plan.recipients.clone(),
            stop: stop(plan),
            cut: plan.cut,
            // Half a minute is what a probe waits where nothing is set, and swaks too.
            timeout: (host.timeouts.hello == all.hello && host.timeouts.mail == all.mail)
                .then_some(host.timeouts.greeting)
                .filter(|limit| *limit != USUAL),
            family: reach.family,
            source: reach.source,
            ca_file: host.ca_files.first().cloned(),
            client_certificate: host
                .client_certificate
                .as_ref()
                .map(|one| (one.certificate.clone(), one.key.clone())),
            proxy: reach.proxy,
            client: plan.client.clone(),
        }
    }

    /// A plan without what may hold a secret, for lines on a page that goes to others.
    #[must_use]
    pub fn shown(plan: &Plan) -> Plan {
        let mut host = SmartHost::clone(&plan.host);
        if let Some(Place::Command(command)) = &mut host.reach.detour {
            let program = command.split_whitespace().next().unwrap_or_default();
            *command = format!("{program} …");
        }
        Plan {
            host: host.into(),
            ..plan.clone()
        }
    }

    /// The host's name, where it has one.
    pub(super) fn host(&self) -> Option<&str> {
        match &self.place {
            Some(Place::Host(host, _)) => Some(host),
            _ => None,
        }
    }

    /// Whether the connection is to be protected.
    pub(super) fn is_protected(&self) -> bool {
        self.security != Security::None
    }
}

/// What of a smart host no other program's line says: a note each.
pub(super) fn left_out(plan: &Plan) -> Vec<String> {
    let host = &plan.host;
    let mut notes = Vec::new();
    if !host.pins.is_empty() {
        notes.push("The pinned certificate is not checked by it.".to_owned());
    }
    if host.ca_files.len() > 1 {
        notes.push("Only the first file of authorities is named.".to_owned());
    }
    if plan.force_starttls {
        notes.push("STARTTLS that is not offered is not forced.".to_owned());
    }
    let secret = host.credentials.as_ref().map(|one| &one.secret);
    if matches!(secret, Some(Secret::Token(_))) {
        notes.push(
            "The login is by a token, which that program has to be given its own way.".to_owned(),
        );
    }
    notes
}

/// `auto`, as far as it is decided by what is known before the connection.
fn security(host: &SmartHost) -> Security {
    let is_here = host.reach.socket.is_some() || host.host.eq_ignore_ascii_case("localhost") || {
        host.host.parse()
    }
    .is_ok_and(|address: IpAddr| address.is_loopback());
    match host.security {
        Security::Auto if host.is_implicit_tls() => Security::Tls,
        Security::Auto if !is_here => Security::StartTls,
        other => other,
    }
}

/// The last stage of a walk, where it is not a message.
fn stop(plan: &Plan) -> Option<Stage> {
    let natural = match (plan.recipients.is_empty(), plan.test_message) {
        (false, true) => None,
        (false, false) => Some(Stage::Rcpt),
        (true, _) => Some(Stage::Auth),
    };
    let wanted = match plan.stop_after {
        // A walk that asks for nobody says MAIL where it is to stop there.
        Some(Stage::Mail) => Some(Stage::Mail),
        other => other.filter(|stage| natural.is_none_or(|end| *stage < end)),
    };
    wanted.or(natural)
}
