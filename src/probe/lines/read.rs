//! Reads a command line of swaks, option by option.

use std::path::PathBuf;

use super::heard::{Fault, Heard, Reading};
use super::options::{Means, Takes, known, meant};
use super::quote::split;
use super::values::{address, listed, port, timeout, unescaped};
use crate::mail::proxy::ProxyVersion;
use crate::mail::reach::{Family, Place, Protocol};
use crate::mail::sasl::Sasl;
use crate::mail::server::Server;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;

/// Reads a line of swaks, with or without the program's name in front.
///
/// # Errors
/// For a line that is no such command; see [`Fault`].
pub fn read(line: &str) -> Result<Reading, Fault> {
    let words = split(line)?;
    let mut heard = Heard::default();
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
        heard.option(name, means, value)?;
    }
    heard.comes_to()
}

impl Heard {
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
}
