//! Facts about the settings and about this machine.

use std::net::IpAddr;

use crate::mail::smarthost::Security;
use crate::probe::diagnosis::seen::Seen;

/// More than a name and a port stands where the server is named.
pub(super) fn host_has_more(seen: &Seen<'_>) -> Option<String> {
    let odd = |text: &str| text.contains("://") || text.contains(['/', '@', ' ']);
    let written = seen.all.written.as_deref().filter(|text| {
        // The path of a UNIX socket has slashes by right.
        !text.starts_with("unix:") && odd(text)
    });
    let host = seen
        .all
        .host
        .as_deref()
        .filter(|host| odd(host) || (host.contains(':') && host.parse::<IpAddr>().is_err()));
    written
        .or(host)
        .map(|text| format!("the server is written as {text}"))
}

/// The server is known by a name; an address says nothing of whose it is, and a tunnel's end neither.
pub(super) fn host_is_named(seen: &Seen<'_>) -> Option<String> {
    let host = seen.all.host.as_deref()?;
    let is_name = host.parse::<IpAddr>().is_err() && !host.eq_ignore_ascii_case("localhost");
    is_name.then(|| format!("the server is {host}"))
}

/// The port is by convention for the other way of TLS (RFC 8314 §7).
pub(super) fn port_and_security(seen: &Seen<'_>) -> Option<String> {
    let (port, security) = (seen.all.port?, seen.all.security?);
    let other = match (port, security) {
        (465, Security::StartTls | Security::None) => "tls",
        (25 | 587 | 2525, Security::Tls) => "starttls",
        _ => return None,
    };
    Some(format!(
        "port {port} with security = {security}; by convention it is {other}"
    ))
}

/// The host is no name but an address.
pub(super) fn host_is_an_address(seen: &Seen<'_>) -> Option<String> {
    let host = seen.all.host.as_deref()?;
    host.parse::<IpAddr>()
        .is_ok()
        .then(|| format!("the host is given as {host}"))
}

/// The host is this machine itself.
pub(super) fn host_is_this_machine(seen: &Seen<'_>) -> Option<String> {
    let host = seen.all.host.as_deref()?;
    let loopback = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    (loopback || host.eq_ignore_ascii_case("localhost")).then(|| format!("the host is {host}"))
}

/// This program runs in a container.
pub(super) fn in_a_container(seen: &Seen<'_>) -> Option<String> {
    (seen.all.container == Some(true)).then(|| "this program runs in a container".to_owned())
}

/// The name in EHLO has no dot and is no address literal (RFC 5321 §4.1.4).
pub(super) fn hello_is_not_full(seen: &Seen<'_>) -> Option<String> {
    let name = seen.all.hello.as_deref()?;
    let bare = name.trim_end_matches('.');
    (!name.starts_with('[') && !bare.contains('.')).then(|| format!("EHLO gave the name {name}"))
}

/// The name in EHLO says nothing about this machine.
pub(super) fn hello_is_a_placeholder(seen: &Seen<'_>) -> Option<String> {
    let name = seen.all.hello.as_deref()?;
    let lower = name.to_lowercase();
    let empty = ["[127.", "[ipv6:::1]", "localhost"]
        .iter()
        .any(|start| lower.starts_with(start));
    (empty || hello_is_not_full(seen).is_some()).then(|| format!("EHLO gave the name {name}"))
}

/// The name in EHLO is the server's own.
pub(super) fn hello_is_the_server(seen: &Seen<'_>) -> Option<String> {
    let (name, host) = (seen.all.hello.as_deref()?, seen.all.host.as_deref()?);
    name.eq_ignore_ascii_case(host)
        .then(|| format!("EHLO gave the server's own name {name}"))
}
