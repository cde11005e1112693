//! From what a person wrote to the server that is meant: a provider's name, a mail domain or an address lead to a submission server.

use std::io::IsTerminal as _;
use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::{domain, providers};
use crate::cli::exit::{Exit, Stop};
use crate::mail::address::Address;
use crate::mail::clean::Clean;
use crate::mail::smarthost::Security;
use crate::mailer::probe::names::{
    Domain, Located, Missing, Mx, Resolver, Service, submission_server,
};
use crate::mailer::probe::presets::{Preset, Presets, Proposal, Unnamed};
use crate::mailer::probe::target::{self, Target, TargetError};

/// Where to go, and how that was found.
#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) target: Target,
    /// How the server was found, where it is not the one that was written.
    pub(super) how: Option<Clean>,
    /// By what: `provider`, `srv` or `mx`.
    pub(super) by: Option<&'static str>,
    /// The mail domain that was written.
    pub(super) domain: Option<String>,
    /// The address that was written: whose mail it is.
    pub(super) sender: Option<Address>,
    /// Whether the user was made of the address, so that it is nothing to insist on.
    pub(super) guesses_user: bool,
    /// Whether no password may go there: whoever named the server cannot be trusted so far.
    pub(super) bars_login: bool,
    /// Whether the name system has to be asked before it is known what is meant.
    pub(super) is_open: bool,
}

/// Reads what was written, as far as that goes without asking anybody. `security` is the protection that a flag demands.
pub(super) fn read(text: &str, security: Option<Security>) -> Result<Place, Stop> {
    let usage = |words: String| Stop::new(Exit::Usage, words);
    let target = target::read(text).map_err(|error| not_taken(&error))?;
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
        Err(Unnamed::NeedsRegion { .. }) if !name.contains('.') => {
            return Err(usage(
                presets
                    .named(&name)
                    .map_or_else(|unnamed| unnamed.to_string(), |_| String::new()),
            ));
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

fn by_provider(
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

/// A password in the argument is seen by everybody on the machine, and there are other ways for it.
pub(super) fn not_taken(error: &TargetError) -> Stop {
    let words = match error {
        TargetError::Password => {
            "a password on the command line can be seen by others, and is not taken; write only the host, \
             and give --user and --password-command"
                .to_owned()
        }
        other => other.to_string(),
    };
    Stop::new(Exit::Usage, words)
}

/// What a report says of the names: how the server was found, whose it is, and what is known of the mail domain.
pub(super) fn told(place: &Place, host: &str, domain: Option<&Domain>) -> Map<String, Value> {
    let mut all = Map::new();
    if let Some(how) = &place.how {
        let found = json!({ "by": place.by, "domain": place.domain, "words": how });
        all.insert("found".to_owned(), found);
    }
    if let Some(preset) = Presets::standard().of_host(host) {
        all.insert("provider".to_owned(), providers::brief(preset));
    }
    if let Some(domain) = domain {
        all.insert("domain".to_owned(), domain::object(domain));
    }
    all
}

impl Place {
    fn plain(target: Target) -> Self {
        Self {
            target,
            ..Self::default()
        }
    }

    /// Whether a login goes with it where the password is at hand, and none where it is not and cannot be asked for.
    pub(super) fn is_content_without_login(&self) -> bool {
        self.guesses_user && !std::io::stdin().is_terminal()
    }

    /// The name is that of a host: what stands before the sign is a user there, and no address is known.
    pub(super) fn into_host(self) -> Self {
        Self::plain(self.target)
    }

    /// Asks the name system what is meant.
    pub(super) async fn settled(
        mut self,
        resolver: Result<Resolver, Missing>,
        security: Option<Security>,
    ) -> Self {
        self.is_open = false;
        let name = self.target.server.clone();
        let is_address = self.sender.is_some();
        let located = match resolver {
            Ok(resolver) => submission_server(&resolver, &name, is_address).await,
            Err(missing) => Located::Unknown(missing),
        };
        let shown = Clean::new(&name);
        let how = match located {
            Located::Host => return self.into_host(),
            Located::Service(service) => self.go_to_service(&name, &service),
            Located::Provider(preset, mx) => self.go_to_provider(&name, preset, &mx, security),
            Located::Denied => format!("{shown} says by SRV that it has no submission server"),
            Located::OnlyIncoming(mx) => format!(
                "{shown} is a mail domain that names no submission server; its incoming mail goes to {}, \
                 which is for receiving: port 25 there takes a login only seldom",
                mx.host
            ),
            Located::NoMail => format!("{shown} says that it takes no mail (null MX)"),
            Located::Unknown(missing) => {
                format!("whether {shown} is a mail domain could not be learnt: {missing}")
            }
        };
        self.how = Some(Clean::from(how));
        self
    }

    /// Goes to the server that the domain names; the words for how it was found.
    fn go_to_service(&mut self, name: &str, service: &Service) -> String {
        self.by = Some("srv");
        self.domain = Some(name.to_owned());
        self.target.server = format!("{}:{}", service.host, service.port);
        self.target.security = Some(service.security);
        if let Some(sender) = &self.sender {
            self.target.user = Some(sender.as_str().to_owned());
        }
        let mut words = service.words(name).to_string();
        if !service.is_trusted_by(name) {
            self.bars_login = true;
            words.push_str("; it lies outside the domain, so no login is tried there: write it as HOST:PORT for that");
        }
        words
    }

    /// Goes to the server of the provider that takes the domain's incoming mail; the words for how it was found.
    fn go_to_provider(
        &mut self,
        name: &str,
        preset: &'static Preset,
        mx: &Mx,
        security: Option<Security>,
    ) -> String {
        let shown = Clean::new(name);
        let words = |way: &Proposal| {
            format!(
                "{shown} is a mail domain; its incoming mail goes to {}, and the submission server of {} is {}",
                mx.host,
                preset.title,
                way.server()
            )
        };
        let mut ways = preset.proposals();
        if preset.choose {
            ways.clear();
        }
        let found = by_provider(std::mem::take(&mut self.target), &ways, security, words);
        (self.target, self.by) = (found.target, found.by.map(|_| "mx"));
        if let Some(sender) = &self.sender {
            self.target.user = preset.user_for(sender.as_str());
        }
        self.domain = Some(name.to_owned());
        match found.how {
            Some(how) => how.to_string(),
            None => format!("{shown} receives its mail at {}", preset.title),
        }
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
        let words = read("ses", None).expect_err("which?").words;
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
