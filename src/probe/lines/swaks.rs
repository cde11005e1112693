//! A walk as a command line of swaks.

use super::call::{Call, left_out};
use super::written::{Words, Written};
use crate::mail::address::Address;
use crate::mail::proxy::{ProxyHeader, ProxyVersion};
use crate::mail::reach::{Family, Place, Protocol};
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::mail::xclient::XClient;
use crate::probe::walk::Plan;

/// The mechanisms that swaks knows, of those known here.
pub(super) const MECHANISMS: [Sasl; 4] = [Sasl::Plain, Sasl::Login, Sasl::CramMd5, Sasl::External];

/// The line for a plan. The password is never in it: swaks asks for it.
#[must_use]
pub fn swaks(plan: &Plan) -> Written {
    let mut written = of_call(&Call::of(plan));
    written.notes.extend(left_out(plan));
    written
}

/// The line for a call; what is read from it is the call again.
#[must_use]
pub(super) fn of_call(call: &Call) -> Written {
    let mut words = Words::new("swaks");
    place(&mut words, call);
    if call.protocol == Protocol::Lmtp {
        words.pair("--protocol", "LMTP");
    }
    words.maybe("--helo", call.hello.as_deref());
    protection(&mut words, call);
    login(&mut words, call);
    match &call.sender {
        None => {}
        Some(sender) => {
            let path = sender.as_ref().map_or("<>", |address| address.as_str());
            words.pair("--from", path);
        }
    }
    if !call.recipients.is_empty() {
        let all: Vec<&str> = call.recipients.iter().map(Address::as_str).collect();
        words.pair("--to", all.join(","));
    }
    match call.family {
        Family::Any => {}
        Family::V4 => words.word("-4"),
        Family::V6 => words.word("-6"),
    }
    words.maybe("--local-interface", call.source.map(|one| one.to_string()));
    words.maybe("--timeout", call.timeout.map(seconds));
    if let Some(header) = &call.proxy {
        proxied(&mut words, header);
    }
    // One by one: the values of a whole XCLIENT command swaks would not encode.
    for (name, value) in call.client.iter().flat_map(XClient::attributes) {
        words.pair(&format!("--xclient-{}", name.to_lowercase()), value);
    }
    end(&mut words, call);
    words.finish()
}

fn seconds(time: std::time::Duration) -> String {
    format!("{}s", time.as_secs().max(1))
}

fn place(words: &mut Words, call: &Call) {
    match &call.place {
        Some(Place::Host(host, port)) => {
            words.pair("--server", host);
            words.pair("--port", port.to_string());
        }
        Some(Place::Socket(path)) => words.pair("--socket", path.display().to_string()),
        Some(Place::Command(command)) => words.pair("--pipe", command),
        None => {}
    }
}

fn protection(words: &mut Words, call: &Call) {
    match call.security {
        Security::None => return,
        Security::StartTls => words.word("--tls"),
        Security::Tls => words.word("--tls-on-connect"),
        Security::Auto => words.word("--tls-optional"),
    }
    // Without it swaks takes any certificate.
    words.word("--tls-verify");
    let file = call.ca_file.as_ref().map(|path| path.display().to_string());
    words.maybe("--tls-ca-path", file);
    if let Some((certificate, key)) = &call.client_certificate {
        words.pair("--tls-cert", certificate.display().to_string());
        words.pair("--tls-key", key.display().to_string());
    }
    words.maybe("--tls-sni", call.tls_name.as_deref());
}

fn login(words: &mut Words, call: &Call) {
    let Some(user) = &call.user else {
        return;
    };
    match call.auth {
        Some(sasl) if MECHANISMS.contains(&sasl) => words.pair("--auth", sasl.name()),
        Some(sasl) => {
            words.word("--auth");
            words.note(format!(
                "swaks does not know {sasl}; it takes what it finds."
            ));
        }
        None => words.word("--auth"),
    }
    words.pair("--auth-user", user);
    words.note("swaks asks for the password; it is not written here.");
}

fn proxied(words: &mut Words, header: &ProxyHeader) {
    let Some((source, destination)) = &header.addresses else {
        match header.version {
            ProxyVersion::V1 => words.pair("--proxy", "UNKNOWN"),
            ProxyVersion::V2 => {
                words.note("swaks says no PROXY header for a connection of its own in binary.");
            }
        }
        return;
    };
    let (version, family) = match (header.version, source.is_ipv6()) {
        (ProxyVersion::V1, false) => ("1", "TCP4"),
        (ProxyVersion::V1, true) => ("1", "TCP6"),
        (ProxyVersion::V2, false) => ("2", "AF_INET"),
        (ProxyVersion::V2, true) => ("2", "AF_INET6"),
    };
    words.pair("--proxy-version", version);
    words.pair("--proxy-family", family);
    words.pair("--proxy-source", source.ip().to_string());
    words.pair("--proxy-source-port", source.port().to_string());
    words.pair("--proxy-dest", destination.ip().to_string());
    words.pair("--proxy-dest-port", destination.port().to_string());
}

/// Where it ends.
fn end(words: &mut Words, call: &Call) {
    let Some(stage) = call.stop else {
        if call.cut {
            words.pair("--drop-after", "DOT");
        }
        words.note("swaks sends a message of its own making.");
        return;
    };
    let name = match stage {
        Stage::Resolve | Stage::Connect | Stage::Greeting => "BANNER",
        Stage::Hello => "FIRST-HELO",
        Stage::StartTls | Stage::Tls => "TLS",
        Stage::Auth if call.user.is_some() => "AUTH",
        Stage::Auth => "HELO",
        Stage::Mail => "MAIL",
        Stage::Rcpt => "RCPT",
        Stage::Data | Stage::Content | Stage::Quit => "DATA",
    };
    match stage {
        Stage::Resolve | Stage::Connect => words.note("swaks cannot stop before the greeting."),
        Stage::StartTls => words.note("swaks cannot stop between STARTTLS and the handshake."),
        _ => {}
    }
    let cut = call.cut || name == "DATA";
    words.pair(if cut { "--drop-after" } else { "--quit-after" }, name);
}
