//! Reads the host as people write it: with a port, or as a URL that they have copied from somewhere.

use crate::mail::smarthost::Security;
use percent::decoded;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// `HOST`, `HOST:PORT` or `unix:/PATH`, as the settings take it.
    pub server: String,
    /// The protection that the URL's scheme stands for.
    pub security: Option<Security>,
    /// The user in the URL.
    pub user: Option<String>,
}

/// Why it is no host. Nothing of a password is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// What stands before `://` may be anything, and is not repeated.
    #[error("what stands before :// is no way to a smart host; write HOST or HOST:PORT")]
    NoScheme,
    /// The address of a web page.
    #[error(
        "{0}:// begins a web page's address, and mail goes to another server; write only that one's name, such as smtp.example.com"
    )]
    Web(String),
    /// A scheme of something else.
    #[error(
        "{0:?} is no way to a smart host, expected smtp, smtps, submission or submissions before ://"
    )]
    Scheme(String),
    /// A login with its password: it would be seen by others.
    #[error("a password does not belong to the host and is not taken; write only the host")]
    Password,
}

/// Reads it. What is wrong with host and port themselves is found where a [`Server`](crate::mail::server::Server) is read.
///
/// # Errors
/// What it is that is not taken.
pub fn read(text: &str) -> Result<Target, TargetError> {
    let text = text.trim();
    if text.starts_with("unix:") {
        return Ok(Target {
            server: text.to_owned(),
            ..Target::default()
        });
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => (String::new(), text),
    };
    let security = match scheme.as_str() {
        "" | "smtp" => None,
        "smtps" | "submissions" => Some(Security::Tls),
        "submission" => Some(Security::StartTls),
        // What has other signs is no scheme, and may be anything.
        other if other.contains(|c: char| !c.is_ascii_alphanumeric()) => {
            return Err(TargetError::NoScheme);
        }
        "http" | "https" => return Err(TargetError::Web(scheme)),
        _ => return Err(TargetError::Scheme(scheme)),
    };
    let (login, server) = match rest.rsplit_once('@') {
        Some((login, server)) => (Some(login), server),
        None => (None, rest),
    };
    // A password may hold any sign, also those that end a host.
    if login.is_some_and(|login| login.contains([':', '/', '?', '#'])) {
        return Err(TargetError::Password);
    }
    // Of a URL the path and what follows it say nothing about the host.
    let server = server.split(['/', '?', '#']).next().unwrap_or_default();
    Ok(Target {
        server: without_last_dot(server),
        security,
        user: login.filter(|user| !user.is_empty()).map(decoded),
    })
}

/// A name with the dot of the root at its end is the same name, but no certificate is for it.
fn without_last_dot(server: &str) -> String {
    match server.rsplit_once(':') {
        Some((host, port)) if host.ends_with('.') => {
            format!("{}:{port}", host.trim_end_matches('.'))
        }
        _ => server.trim_end_matches('.').to_owned(),
    }
}

/// Escapes in URLs (RFC 3986 §2.1).
mod percent {
    pub(super) fn decoded(text: &str) -> String {
        let mut octets = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((first, behind)) = rest.split_first() {
            let digits = behind.get(..2).filter(|_| *first == b'%');
            let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
            let octet = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            octets.push(octet.unwrap_or(*first));
            rest = behind;
            if octet.is_some() {
                rest = behind.get(2..).unwrap_or_default();
            }
        }
        String::from_utf8_lossy(&octets).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_urls_are_read() {
        for (text, server, security, user) in [
            ("relay.example", "relay.example", None, None),
            (" relay.example.:25 ", "relay.example:25", None, None),
            ("smtp://relay.example:587/", "relay.example:587", None, None),
            (
                "SMTPS://relay.example",
                "relay.example",
                Some(Security::Tls),
                None,
            ),
            (
                "submission://me%40x.example@relay.example?x",
                "relay.example",
                Some(Security::StartTls),
                Some("me@x.example"),
            ),
            ("[::1]:25", "[::1]:25", None, None),
            ("unix:/run/lmtp", "unix:/run/lmtp", None, None),
        ] {
            let target = Target {
                server: server.to_owned(),
                security,
                user: user.map(str::to_owned),
            };
            assert_eq!(read(text), Ok(target), "{text}");
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for text in [
            "smtp://me:canary@relay.example",
            "me:canary@relay.example:25",
            "smtp://me:ca/nary@relay.example",
            "me:can?ary@relay.example:25",
            "smtps://me:#canary@relay.example/x",
        ] {
            assert_eq!(read(text), Err(TargetError::Password), "{text}");
        }
        let error = read("me:canary@x://relay.example");
        assert_eq!(error, Err(TargetError::NoScheme));
        let words = |text: &str| read(text).expect_err("no mail").to_string();
        let other = words("imaps://relay.example");
        assert!(
            other.contains("\"imaps\"") && other.contains("smtps"),
            "{other}"
        );
        let web = words("HTTPS://me:canary@relay.example/mail");
        assert!(web.contains("web page") && !web.contains("canary"), "{web}");
    }
}
