//! What the options of a swaks line come to together: a walk with its notes, or why there is none.

use std::path::PathBuf;

use super::call::Call;
use super::quote::SplitError;
use crate::mail::proxy::{ProxyHeader, ProxyVersion};
use crate::mail::reach::{Place, Protocol};
use crate::mail::server::Server;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The walk that the line asks for.
    pub call: Call,
    /// What it says that has no meaning here, a sentence each.
    pub notes: Vec<String>,
}

/// Why a line cannot be read. Words of it are repeated only where they cannot be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be cut into words.
    #[error("the line is not one command: {0}")]
    Split(#[from] SplitError),
    /// An option that swaks does not have.
    #[error("word {at} of the line is no option of swaks{}", .meant.map(|near| format!("; did you mean {near}?")).unwrap_or_default())]
    Unknown {
        /// Which word, from 1.
        at: usize,
        /// What was most likely meant.
        meant: Option<&'static str>,
    },
    /// An option without the value that it needs.
    #[error("{0} needs a value")]
    Missing(&'static str),
    /// A value that makes no sense.
    #[error("{0}: {1}")]
    Value(&'static str, String),
    /// A password in the line.
    #[error(
        "{0} has a password behind it, which others can see on a command line; it is not taken. Leave it out and give \
         --password-command, or TURBOMAIL_PASSWORD in the environment"
    )]
    Password(&'static str),
}

/// The parts of a PROXY header, as they come one by one.
#[derive(Default)]
pub(super) struct ProxyParts {
    pub(super) version: Option<ProxyVersion>,
    pub(super) is_local: bool,
    pub(super) source: Option<String>,
    pub(super) source_port: Option<String>,
    pub(super) dest: Option<String>,
    pub(super) dest_port: Option<String>,
    pub(super) any: bool,
}

/// What the options of a line have said so far, one by one.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option that stands in the line or does not"
)]
pub(super) struct Heard {
    pub(super) call: Call,
    pub(super) notes: Vec<String>,
    pub(super) server: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) wants_login: bool,
    /// Whether it is to stop behind the last EHLO, before a login.
    pub(super) stops_at_hello: bool,
    pub(super) verifies: bool,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    pub(super) client: Vec<String>,
    pub(super) proxy: ProxyParts,
    pub(super) unfit: Vec<&'static str>,
    pub(super) message: bool,
}

impl Heard {
    /// The walk that all of it asks for together.
    pub(super) fn comes_to(mut self) -> Result<Reading, Fault> {
        self.place()?;
        let before_login = self.call.stop.is_some_and(|stage| stage < Stage::Auth);
        let no_login = before_login || self.stops_at_hello;
        if no_login {
            (self.call.user, self.call.auth) = (None, None);
        } else if self.wants_login && self.call.user.is_none() {
            self.notes
                .push("The line asks for a login and names no user; give --user.".to_owned());
        }
        if self.call.user.is_none() {
            self.call.auth = None;
        }
        match (self.certificate.take(), self.key.take()) {
            (Some(certificate), key) => {
                let key = key.unwrap_or_else(|| certificate.clone());
                self.call.client_certificate = Some((certificate, key));
            }
            (None, Some(_)) => return Err(Fault::Missing("--tls-cert")),
            (None, None) => {}
        }
        if !self.client.is_empty() {
            let text = self.client.join(" ");
            let client = text
                .parse()
                .map_err(|words| Fault::Value("--xclient", words))?;
            self.call.client = Some(client);
        }
        self.proxy_header()?;
        if self.call.security == Security::None {
            (self.call.ca_file, self.call.client_certificate) = (None, None);
            self.call.tls_name = None;
        } else if !self.verifies {
            self.notes.push("swaks does not look at the certificate without --tls-verify; turbomail always does.".to_owned());
        }
        if self.message {
            self.notes.push(
                "What the line says of the message is left out; a test message is turbomail's own."
                    .to_owned(),
            );
        }
        if !self.unfit.is_empty() {
            let names = self.unfit.join(", ");
            self.notes
                .push(format!("Without a counterpart here and left out: {names}."));
        }
        Ok(Reading {
            call: self.call,
            notes: self.notes,
        })
    }

    fn place(&mut self) -> Result<(), Fault> {
        let call = &mut self.call;
        let usual = match (call.security, call.protocol) {
            (_, Protocol::Lmtp) => 24,
            (Security::Tls, _) => 465,
            _ => 25,
        };
        if let Some(text) = self.server.take() {
            let server: Server = text
                .parse()
                .map_err(|words| Fault::Value("--server", words))?;
            call.place = Some(match server.place(usual) {
                Place::Host(host, port) => Place::Host(host, self.port.unwrap_or(port)),
                other => other,
            });
        } else if call.place.is_none() {
            self.notes.push(
                "The line names no server, for which swaks looks the recipient's domain up; name it here.".to_owned(),
            );
        }
        Ok(())
    }

    fn proxy_header(&mut self) -> Result<(), Fault> {
        let parts = &self.proxy;
        if !parts.any {
            return Ok(());
        }
        let version = parts.version.unwrap_or_default();
        if parts.is_local {
            let addresses = None;
            self.call.proxy = Some(ProxyHeader { addresses, version });
            return Ok(());
        }
        let address = |ip: &Option<String>, port: &Option<String>| {
            let ip = ip.as_ref()?.parse().ok()?;
            Some(std::net::SocketAddr::new(ip, port.as_ref()?.parse().ok()?))
        };
        let source = address(&parts.source, &parts.source_port);
        let dest = address(&parts.dest, &parts.dest_port);
        let both = source.zip(dest);
        let both = both.filter(|(one, other)| one.is_ipv6() == other.is_ipv6());
        let Some(both) = both else {
            let words = "a source and a destination of one family are expected, each with its port";
            return Err(Fault::Value("--proxy", words.to_owned()));
        };
        self.call.proxy = Some(ProxyHeader {
            addresses: Some(both),
            version,
        });
        Ok(())
    }
}
