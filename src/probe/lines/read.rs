//! Reads a command line of swaks.

use std::path::PathBuf;

use super::call::Call;
use super::options::{Means, Takes, known, meant};
use super::quote::{SplitError, split};
use super::values::{address, listed, port, timeout, unescaped};
use crate::mail::proxy::{ProxyHeader, ProxyVersion};
use crate::mail::reach::{Family, Place, Protocol};
use crate::mail::sasl::Sasl;
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
struct ProxyParts {
    version: Option<ProxyVersion>,
    is_local: bool,
    source: Option<String>,
    source_port: Option<String>,
    dest: Option<String>,
    dest_port: Option<String>,
    any: bool,
}

/// A line as it is read.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option that stands in the line or does not"
)]
struct Reader {
    call: Call,
    notes: Vec<String>,
    server: Option<String>,
    port: Option<u16>,
    wants_login: bool,
    /// Whether it is to stop behind the last EHLO, before a login.
    stops_at_hello: bool,
    verifies: bool,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    client: Vec<String>,
    proxy: ProxyParts,
    unfit: Vec<&'static str>,
    message: bool,
}

/// Reads a line of swaks, with or without the program's name in front.
///
/// # Errors
/// For a line that is no such command; see [`Fault`].
pub fn read(line: &str) -> Result<Reading, Fault> {
    let words = split(line)?;
    let mut reader = Reader {
        call: Call::default(),
        notes: Vec::new(),
        server: None,
        port: None,
        wants_login: false,
        stops_at_hello: false,
        verifies: false,
        certificate: None,
        key: None,
        client: Vec::new(),
        proxy: ProxyParts::default(),
        unfit: Vec::new(),
        message: false,
    };
    let is_program = |word: &String| word == "swaks" || word.ends_with("/swaks");
    let mut words = words.into_iter().enumerate().peekable();
    words.next_if(|(at, word)| *at == 0 && is_program(word));
    while let Some((at, word)) = words.next() {
        let (name, joined) = match word.split_once('=') {
            Some((name, value)) if name.starts_with('-') => (name, Some(value.to_owned())),
            _ => (word.as_str(), None),
        };
        let Some((name, takes, means)) = known(name) else {
            let meant = meant(name);
            return Err(Fault::Unknown { at: at + 1, meant });
        };
        let value = match takes {
            Takes::Nothing => joined,
            Takes::Value => match joined.or_else(|| {
                let next = words.next_if(|(_, next)| !next.starts_with('-') || next == "-");
                next.map(|(_, word)| word)
            }) {
                Some(value) => Some(value),
                None => return Err(Fault::Missing(name)),
            },
            Takes::Maybe => joined.or_else(|| {
                let next = words.next_if(|(_, next)| !next.starts_with('-'));
                next.map(|(_, word)| word)
            }),
        };
        reader.option(name, means, value)?;
    }
    reader.finish()
}

impl Reader {
    fn option(
        &mut self,
        name: &'static str,
        means: Means,
        value: Option<String>,
    ) -> Result<(), Fault> {
        let call = &mut self.call;
        let text = value.clone().unwrap_or_default();
        let bad = |words: String| Fault::Value(name, words);
        match means {
            Means::Server => self.server = value,
            Means::Port => self.port = Some(port(&text).map_err(bad)?),
            Means::Socket => {
                let server: Server = format!("unix:{text}").parse().map_err(bad)?;
                call.place = Some(server.place(0));
            }
            Means::Pipe => call.place = Some(Place::Command(text)),
            Means::Protocol => self.protocol(&text).map_err(bad)?,
            Means::Source => {
                let words =
                    || bad("an address of this machine is expected, such as 192.0.2.1".to_owned());
                call.source = Some(text.parse().map_err(|_| words())?);
            }
            Means::Four => call.family = Family::V4,
            Means::Six => call.family = Family::V6,
            Means::To => {
                for one in listed(&text) {
                    call.recipients.push(address(&one).map_err(bad)?);
                }
            }
            Means::From => {
                call.sender = Some(match text.trim() {
                    "" | "<>" => None,
                    text => Some(address(text).map_err(bad)?),
                });
            }
            Means::Hello => call.hello = value,
            Means::QuitAfter => self.stop(&text, false).map_err(bad)?,
            Means::DropAfter => self.stop(&text, true).map_err(bad)?,
            Means::Timeout => call.timeout = timeout(&text).map_err(bad)?,
            Means::Auth => self.mechanisms(&text).map_err(bad)?,
            Means::User => {
                self.wants_login = true;
                call.user = value.filter(|user| !user.is_empty());
            }
            Means::Password if text.is_empty() => self.wants_login = true,
            Means::Password => return Err(Fault::Password(name)),
            Means::XClient => self.client.push(unescaped(&text)),
            Means::XClientOne(attribute) => self.client.push(format!("{attribute}={text}")),
            Means::Looks => {}
            Means::Message => self.message = true,
            Means::Unfit => self.unfit.push(name),
            Means::Proxy
            | Means::ProxyVersion
            | Means::ProxyFamily
            | Means::ProxyCommand
            | Means::ProxySource
            | Means::ProxySourcePort
            | Means::ProxyDest
            | Means::ProxyDestPort => self.proxied(means, text).map_err(bad)?,
            tls => self.protected(tls, value),
        }
        Ok(())
    }

    fn protected(&mut self, means: Means, value: Option<String>) {
        let call = &mut self.call;
        match means {
            Means::StartTls => call.security = Security::StartTls,
            Means::TlsOptional => call.security = Security::Auto,
            Means::TlsOnConnect => call.security = Security::Tls,
            Means::TlsVerify => self.verifies = true,
            Means::TlsName => call.tls_name = value,
            Means::TlsCa => call.ca_file = value.map(PathBuf::from),
            Means::TlsCertificate => self.certificate = value.map(PathBuf::from),
            Means::TlsKey => self.key = value.map(PathBuf::from),
            _ => {}
        }
    }

    fn proxied(&mut self, means: Means, text: String) -> Result<(), String> {
        let parts = &mut self.proxy;
        parts.any = true;
        match means {
            Means::ProxyVersion => {
                parts.version = Some(match text.as_str() {
                    "1" => ProxyVersion::V1,
                    "2" => ProxyVersion::V2,
                    _ => return Err("1 or 2 is expected".to_owned()),
                });
            }
            Means::ProxyCommand => parts.is_local = text.eq_ignore_ascii_case("LOCAL"),
            Means::ProxySource => parts.source = Some(text),
            Means::ProxySourcePort => parts.source_port = Some(text),
            Means::ProxyDest => parts.dest = Some(text),
            Means::ProxyDestPort => parts.dest_port = Some(text),
            // The text form as a whole: family, source, destination and their ports.
            Means::Proxy => {
                let mut words = text
                    .split_ascii_whitespace()
                    .skip_while(|word| *word == "PROXY");
                parts.is_local = words.next() == Some("UNKNOWN");
                let mut next = || words.next().map(ToOwned::to_owned);
                (parts.source, parts.dest) = (next(), next());
                (parts.source_port, parts.dest_port) = (next(), next());
            }
            // The addresses say of which family they are.
            _ => {}
        }
        Ok(())
    }

    /// A name of RFC 3848 and its like: what is spoken, and with what around it.
    fn protocol(&mut self, name: &str) -> Result<(), String> {
        let name = name.to_ascii_uppercase();
        let (protocol, security, logs_in) = match name.as_str() {
            "SMTP" | "ESMTP" => (Protocol::Smtp, None, false),
            "ESMTPA" => (Protocol::Smtp, None, true),
            "ESMTPS" => (Protocol::Smtp, Some(Security::StartTls), false),
            "ESMTPSA" => (Protocol::Smtp, Some(Security::StartTls), true),
            "SSMTP" | "SMTPS" => (Protocol::Smtp, Some(Security::Tls), false),
            "SSMTPA" => (Protocol::Smtp, Some(Security::Tls), true),
            "LMTP" => (Protocol::Lmtp, None, false),
            "LMTPA" => (Protocol::Lmtp, None, true),
            "LMTPS" => (Protocol::Lmtp, Some(Security::StartTls), false),
            "LMTPSA" => (Protocol::Lmtp, Some(Security::StartTls), true),
            _ => return Err("SMTP, ESMTP, ESMTPA, ESMTPS, ESMTPSA, SSMTP, SSMTPA, LMTP, LMTPA, LMTPS or LMTPSA is expected".to_owned()),
        };
        self.call.protocol = protocol;
        self.call.security = security.unwrap_or(self.call.security);
        self.wants_login |= logs_in;
        Ok(())
    }

    fn mechanisms(&mut self, text: &str) -> Result<(), String> {
        self.wants_login = true;
        let named: Vec<&str> = text
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .collect();
        let known = named.iter().find_map(|one| one.parse::<Sasl>().ok());
        if known.is_none() && !named.is_empty() && !text.eq_ignore_ascii_case("ANY") {
            // Not repeated: somebody may have written a password there.
            return Err(
                "no mechanism that is known here is named, such as PLAIN or CRAM-MD5".to_owned(),
            );
        }
        if named.len() > 1 {
            self.notes
                .push("Of several mechanisms the first that is known counts.".to_owned());
        }
        self.call.auth = known;
        Ok(())
    }

    fn stop(&mut self, name: &str, cut: bool) -> Result<(), String> {
        let name = name.to_ascii_uppercase();
        self.call.cut = cut;
        self.stops_at_hello = false;
        self.call.stop = Some(match name.as_str() {
            // To swaks both are behind the greeting.
            "CONNECT" | "BANNER" => Stage::Greeting,
            "FIRST-HELO" | "FIRST-EHLO" | "FIRST-LHLO" => Stage::Hello,
            "TLS" | "STARTTLS" => Stage::Tls,
            // The second EHLO, behind which a login would come.
            "XCLIENT" | "HELO" | "EHLO" | "LHLO" => {
                self.stops_at_hello = true;
                Stage::Auth
            }
            "AUTH" => Stage::Auth,
            "MAIL" | "FROM" => Stage::Mail,
            "RCPT" | "TO" => Stage::Rcpt,
            "DATA" if cut => Stage::Data,
            "DOT" if cut => {
                self.call.stop = None;
                return Ok(());
            }
            _ => return Err(
                "a stage is expected, such as BANNER, FIRST-HELO, TLS, HELO, AUTH, MAIL or RCPT"
                    .to_owned(),
            ),
        });
        Ok(())
    }

    fn finish(mut self) -> Result<Reading, Fault> {
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
