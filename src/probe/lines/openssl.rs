//! A walk as a command line of openssl's client.

use std::net::IpAddr;

use super::call::{Call, left_out};
use super::written::{Words, Written};
use crate::mail::reach::{Family, Place, Protocol};
use crate::mail::smarthost::Security;
use crate::probe::walk::Plan;

/// The line for a plan: it goes as far as TLS, and what follows is typed.
#[must_use]
pub fn openssl(plan: &Plan) -> Written {
    let call = Call::of(plan);
    let mut words = Words::new("openssl");
    words.word("s_client");
    if call.security == Security::None {
        words.note("openssl speaks nothing but TLS, and this walk is in clear.");
        return words.give_up();
    }
    if call.proxy.is_some() {
        words.note("openssl says no PROXY header, without which this server does not answer.");
        return words.give_up();
    }
    match &call.place {
        Some(Place::Host(host, port)) if host.contains(':') => {
            words.pair("-connect", format!("[{host}]:{port}"));
        }
        Some(Place::Host(host, port)) => words.pair("-connect", format!("{host}:{port}")),
        Some(Place::Socket(path)) => words.pair("-unix", path.display().to_string()),
        Some(Place::Command(_)) | None => {
            words.note("openssl speaks through no command.");
            return words.give_up();
        }
    }
    if call.security != Security::Tls {
        let protocol = match call.protocol {
            Protocol::Smtp => "smtp",
            Protocol::Lmtp => "lmtp",
        };
        words.pair("-starttls", protocol);
        words.maybe("-name", call.hello.as_deref());
    }
    trust(&mut words, &call);
    // RFC 5321 §2.3.8 ends lines with CRLF; without it a line that begins with Q or R is a command to openssl.
    words.word("-crlf");
    words.word("-quiet");
    words.note("It goes as far as TLS; what follows is typed, beginning with EHLO.");
    let mut written = words.finish();
    written.notes.extend(left_out(plan));
    written
}

/// Whose certificate is expected, who vouches for it, and from where the call is made.
fn trust(words: &mut Words, call: &Call) {
    let name = call.tls_name.as_deref().or(call.host());
    match name {
        Some(name) if name.parse::<IpAddr>().is_ok() => {
            // An address is no name that could be asked for (RFC 6066 §3).
            words.word("-noservername");
            words.pair("-verify_ip", name);
        }
        Some(name) => {
            words.pair("-servername", name);
            words.pair("-verify_hostname", name);
        }
        None => {}
    }
    words.word("-verify_return_error");
    let file = call.ca_file.as_ref().map(|path| path.display().to_string());
    words.maybe("-CAfile", file);
    if let Some((certificate, key)) = &call.client_certificate {
        words.pair("-cert", certificate.display().to_string());
        words.pair("-key", key.display().to_string());
    }
    match call.family {
        Family::Any => {}
        Family::V4 => words.word("-4"),
        Family::V6 => words.word("-6"),
    }
    match call.source {
        Some(IpAddr::V4(source)) => words.pair("-bind", format!("{source}:0")),
        Some(IpAddr::V6(source)) => words.pair("-bind", format!("[{source}]:0")),
        None => {}
    }
}
