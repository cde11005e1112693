//! The name this side gives itself in EHLO (RFC 5321 §4.1.4).

use std::net::IpAddr;

/// The name for EHLO: the configured one, else the machine's full name, else an address literal.
///
/// # Errors
/// Words for a configured name that no server could read.
pub(super) fn name(configured: Option<&str>, local: Option<IpAddr>) -> Result<String, String> {
    if let Some(name) = configured {
        return checked(name)
            .ok_or_else(|| format!("the EHLO name {name:?} is no domain name; correct hello"));
    }
    let machine = hostname::get()
        .ok()
        .and_then(|name| name.into_string().ok());
    Ok(machine
        .as_deref()
        .and_then(full_name)
        .unwrap_or_else(|| literal(local)))
}

/// A machine's name where it says something to a server: with a dot, and not one of the placeholders that systems are born with.
fn full_name(machine: &str) -> Option<String> {
    let name = machine.trim_end_matches('.');
    let placeholder = [".localdomain", ".local", ".(none)"]
        .iter()
        .any(|end| name.to_ascii_lowercase().ends_with(end));
    if !name.contains('.') || placeholder || name.parse::<IpAddr>().is_ok() {
        return None;
    }
    checked(name)
}

fn checked(name: &str) -> Option<String> {
    if name.starts_with('[') && name.ends_with(']') && name.is_ascii() {
        let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '[' | ']' | ':' | '.');
        return name.chars().all(inside).then(|| name.to_owned());
    }
    let ascii = idna::domain_to_ascii(name).ok()?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (!ascii.is_empty() && ascii.len() <= 255 && ascii.chars().all(good)).then_some(ascii)
}

/// An address literal (RFC 5321 §4.1.3).
fn literal(local: Option<IpAddr>) -> String {
    match local.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => format!("[{address}]"),
        Some(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
        None => "[127.0.0.1]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_say_something_are_given() {
        assert_eq!(
            full_name("box.example.com."),
            Some("box.example.com".into())
        );
        for machine in [
            "box",
            "localhost",
            "box.local",
            "a.localdomain",
            "192.0.2.1",
            "a b.c",
            "",
        ] {
            assert_eq!(full_name(machine), None, "{machine}");
        }
        let v6 = "2001:db8::1".parse().ok();
        assert_eq!(literal(v6), "[IPv6:2001:db8::1]");
        assert_eq!(literal("::ffff:192.0.2.1".parse().ok()), "[192.0.2.1]");
    }

    #[test]
    fn a_configured_name_is_checked() {
        assert_eq!(
            name(Some("bücher.example"), None),
            Ok("xn--bcher-kva.example".into())
        );
        assert_eq!(name(Some("[192.0.2.1]"), None), Ok("[192.0.2.1]".into()));
        for bad in ["a b", "a\r\nMAIL FROM:<>", "", "[x y]"] {
            assert!(name(Some(bad), None).is_err(), "{bad:?}");
        }
    }
}
