//! What a person wrote for the server, as far as that tells without asking anybody: a provider's name, a mail domain, an address.

use std::net::IpAddr;

use crate::mail::address::Address;
use crate::mail::clean::Clean;
use crate::mail::smarthost::Security;
use crate::probe::presets::{Preset, Presets, Proposal, Unnamed};
use crate::probe::target::{self, Target, TargetError};

/// Why it leads nowhere. Nothing of a password is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// It is not written as a server is.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// It names a provider, and not in which region.
    #[error(transparent)]
    Unnamed(#[from] Unnamed),
}

/// Where to go, and how that was found.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The server, and what was written with it.
    pub target: Target,
    /// How the server was found, where it is not the one that was written.
    pub how: Option<Clean>,
    /// By what: `provider`, `srv` or `mx`.
    pub by: Option<&'static str>,
    /// The mail domain that was written.
    pub domain: Option<String>,
    /// The address that was written: whose mail it is.
    pub sender: Option<Address>,
    /// Whether the user was made of the address, so that it is nothing to insist on.
    pub guesses_user: bool,
    /// Whether no password may go there: whoever named the server cannot be trusted so far.
    pub bars_login: bool,
    /// Whether the name system has to be asked before it is known what is meant.
    pub is_open: bool,
}

/// Reads what was written, as far as that goes without asking anybody. `security` is the protection that is demanded beside it.
///
/// # Errors
/// Why it leads nowhere.
pub fn read(text: &str, security: Option<Security>) -> Result<Place, PlaceError> {
    let target = target::read(text)?;
    let text = text.trim();
    let name = target.server.clone();
    let is_plain = text.contains("://")
        || text.starts_with("unix:")
        || name.contains([':', '/', '['])
        || name.parse::<IpAddr>().is_ok();
    if is_plain {
        return Ok(Place::plain(target));
    }
    if text.contains('@') {
        return Ok(of_address(text, target, security));
    }
    let presets = Presets::standard();
    match presets.named(&name) {
        Ok(ways) => {
            let words = |way: &Proposal| format!("{} is at {}", way.preset.title, way.server());
            return Ok(by_provider(target, &ways, security, words));
        }
        Err(region @ Unnamed::NeedsRegion { .. }) if !name.contains('.') => {
            return Err(region.into());
        }
        Err(_) => {}
    }
    if let Some(preset) = presets.of_domain(&name) {
        return Ok(of_domain(&name, preset, target, security));
    }
    // A name without a dot is a machine of this network, and these are no mail domains (RFC 6761, RFC 6762).
    let is_near = ["localhost", "local", "invalid", "onion", "internal"]
        .iter()
        .any(|end| name.ends_with(&format!(".{end}")));
    let is_open = name.contains('.') && !is_near && presets.of_host(&name).is_none();
    Ok(Place {
        is_open,
        ..Place::plain(target)
    })
}

fn of_address(text: &str, target: Target, security: Option<Security>) -> Place {
    let domain = target.server.clone();
    let sender = text.parse::<Address>().ok();
    let preset = Presets::standard().of_domain(&domain);
    let mut place = match preset {
        Some(preset) => of_domain(&domain, preset, target, security),
        None => Place {
            is_open: domain.contains('.'),
            ..Place::plain(target)
        },
    };
    if let (Some(sender), Some(preset)) = (&sender, preset) {
        place.target.user = preset.user_for(sender.as_str());
    }
    if preset.is_some() || place.is_open {
        place.guesses_user = true;
        place.domain = Some(domain);
        place.sender = sender;
    }
    place
}

fn of_domain(
    name: &str,
    preset: &'static Preset,
    target: Target,
    security: Option<Security>,
) -> Place {
    let words = |way: &Proposal| {
        format!(
            "{} is a mail domain of {}, whose submission server is {}",
            Clean::new(name),
            preset.title,
            way.server()
        )
    };
    Place {
        domain: Some(name.to_owned()),
        ..by_provider(target, &preset.proposals(), security, words)
    }
}

pub(super) fn by_provider(
    target: Target,
    ways: &[Proposal],
    security: Option<Security>,
    words: impl Fn(&Proposal) -> String,
) -> Place {
    let wanted = |way: &&Proposal| security == Some(way.security);
    let Some(way) = ways.iter().find(wanted).or(ways.first()) else {
        return Place::plain(target);
    };
    Place {
        how: Some(Clean::from(words(way))),
        by: Some("provider"),
        target: Target {
            server: way.server(),
            security: Some(way.security),
            ..target
        },
        ..Place::default()
    }
}

impl Place {
    fn plain(target: Target) -> Self {
        Self {
            target,
            ..Self::default()
        }
    }

    /// The name is that of a host: what stands before the sign is a user there, and no address is known.
    #[must_use]
    pub fn into_host(self) -> Self {
        Self::plain(self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str, security: Option<Security>) -> (String, Option<Security>, bool) {
        let place = read(text, security).expect("readable");
        (place.target.server, place.target.security, place.is_open)
    }

    #[test]
    fn providers_and_their_domains_lead_to_a_server() {
        let tls = |server: &str| (server.to_owned(), Some(Security::Tls), false);
        assert_eq!(server("gmail", None), tls("smtp.gmail.com:465"));
        assert_eq!(server("GMX.de", None), tls("mail.gmx.net:465"));
        assert_eq!(
            server("gmail.com", Some(Security::StartTls)),
            (
                "smtp.gmail.com:587".to_owned(),
                Some(Security::StartTls),
                false
            )
        );
        let place = read("me@gmail.com", None).expect("readable");
        assert_eq!(place.target.user.as_deref(), Some("me@gmail.com"));
        assert_eq!(place.domain.as_deref(), Some("gmail.com"));
        assert!(place.guesses_user && !place.is_open);
        let words = read("ses", None).expect_err("which?").to_string();
        assert!(words.contains("ses-eu-west-1"), "{words}");
    }

    #[test]
    fn what_is_written_as_a_host_stays_one() {
        for text in [
            "relay.example:25",
            "smtp://gmail.com",
            "smtp.gmail.com",
            "localhost",
            "relay",
            "printer.local",
            "192.0.2.1",
            "[::1]:25",
            "::1",
            "unix:/run/lmtp",
        ] {
            let place = read(text, None).expect("readable");
            assert!(!place.is_open && place.how.is_none(), "{text}");
        }
        assert!(read("example.org", None).expect("readable").is_open);
        assert!(read("me@example.org", None).expect("readable").is_open);
        assert!(read("me:secret@gmail.com", None).is_err());
    }
}
