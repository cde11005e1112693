//! A walk as a command line of curl.

use super::call::{Call, left_out};
use super::written::{Words, Written};
use crate::mail::proxy::ProxyVersion;
use crate::mail::reach::{Family, Place, Protocol};
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::probe::walk::Plan;

/// The line for a plan. The password is never in it: curl asks for it.
#[must_use]
pub fn curl(plan: &Plan) -> Written {
    let call = Call::of(plan);
    let mut words = Words::new("curl");
    if call.protocol == Protocol::Lmtp {
        words.note("curl does not speak LMTP.");
        return words.give_up();
    }
    words.word("--verbose");
    if !place(&mut words, &call) {
        return words.give_up();
    }
    if !matches!(call.security, Security::None | Security::Tls) {
        words.word(match call.security {
            Security::Auto => "--ssl",
            _ => "--ssl-reqd",
        });
    }
    if call.is_protected() {
        let file = call.ca_file.as_ref().map(|path| path.display().to_string());
        words.maybe("--cacert", file);
        if let Some((certificate, key)) = &call.client_certificate {
            words.pair("--cert", certificate.display().to_string());
            words.pair("--key", key.display().to_string());
        }
    }
    if let Some(user) = &call.user {
        words.pair("--user", user);
        if user.contains(':') {
            words.note("What stands behind the colon in the user name is a password to curl.");
        } else {
            words.note("curl asks for the password; it is not written here.");
        }
        let known = |sasl: &Sasl| !matches!(sasl, Sasl::ScramSha512Plus | Sasl::ScramSha512);
        let auth = call.auth.filter(known);
        words.maybe("--login-options", auth.map(|sasl| format!("AUTH={sasl}")));
    }
    match call.family {
        Family::Any => {}
        Family::V4 => words.word("-4"),
        Family::V6 => words.word("-6"),
    }
    words.maybe("--interface", call.source.map(|one| one.to_string()));
    let limit = call.timeout.map(|time| time.as_secs().max(1).to_string());
    words.maybe("--connect-timeout", limit);
    if let Some(header) = &call.proxy {
        words.note(match header.version {
            ProxyVersion::V1 => "The addresses in curl's PROXY header are those of the connection itself.",
            ProxyVersion::V2 => "curl knows the PROXY header's text form only, with the addresses of the connection itself.",
        });
        words.word("--haproxy-protocol");
    }
    if call.client.is_some() {
        words.note("curl knows no XCLIENT.");
    }
    end(&mut words, &call);
    let mut written = words.finish();
    written.notes.extend(left_out(plan));
    written
}

/// Where curl calls; `false` where it cannot.
fn place(words: &mut Words, call: &Call) -> bool {
    let scheme = match call.security {
        Security::Tls => "smtps",
        _ => "smtp",
    };
    // curl says the path of the address in EHLO.
    let path = call
        .hello
        .as_deref()
        .map_or_else(String::new, |name| format!("/{name}"));
    let bracketed = |host: &str| {
        if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        }
    };
    match &call.place {
        Some(Place::Host(host, port)) => match call.tls_name.as_deref() {
            Some(name) if name != host => {
                words.pair("--connect-to", format!("::{}:{port}", bracketed(host)));
                words.pair(
                    "--url",
                    format!("{scheme}://{}:{port}{path}", bracketed(name)),
                );
            }
            _ => words.pair(
                "--url",
                format!("{scheme}://{}:{port}{path}", bracketed(host)),
            ),
        },
        Some(Place::Socket(socket)) => {
            words.pair("--unix-socket", socket.display().to_string());
            let name = call.tls_name.as_deref().unwrap_or("localhost");
            words.pair("--url", format!("{scheme}://{name}{path}"));
        }
        Some(Place::Command(_)) | None => {
            words.note("curl speaks through no command.");
            return false;
        }
    }
    true
}

/// Where it ends: curl sends a message, or says one command behind the login.
fn end(words: &mut Words, call: &Call) {
    if call.cut {
        words.note("curl always takes its leave with QUIT.");
    }
    if call.stop.is_none() {
        if let Some(sender) = &call.sender {
            let path = sender.as_ref().map_or("", |address| address.as_str());
            words.pair("--mail-from", format!("<{path}>"));
        }
        for to in &call.recipients {
            words.pair("--mail-rcpt", to.as_str());
        }
        words.pair("--upload-file", "message.eml");
        words.word("--crlf");
        words.note("message.eml is a message of your own.");
        return;
    }
    words.pair("--request", "NOOP");
    match call.stop {
        Some(Stage::Mail | Stage::Rcpt | Stage::Data) => {
            words.note("curl asks for no recipient without sending a message; this line ends behind the login.");
        }
        Some(Stage::Auth) | None => {}
        Some(stage) => words.note(format!(
            "curl cannot stop after {stage}; it goes on as far as the login."
        )),
    }
}
