//! All presets, and how one of them is found.

use std::net::IpAddr;
use std::sync::LazyLock;

use serde::Deserialize;

use super::near;
use super::preset::{Preset, Site, Way};
use super::proposal::Proposal;

const FILE: &str = include_str!("../../../assets/providers.toml");

/// The presets that this program carries.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presets {
    provider: Vec<Preset>,
}

/// Why a short name leads to no server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unnamed {
    /// No provider has this name.
    #[error("no provider is known by the name {name:?}{}", meant(near.as_ref()))]
    Unknown {
        /// The name.
        name: String,
        /// A name that it may be a typing error of.
        near: Option<String>,
    },
    /// The provider has servers in several regions, and an account lives in one of them.
    #[error("{title} has a server in each region; write one of {}", names.join(", "))]
    NeedsRegion {
        /// The provider for people.
        title: String,
        /// The names with the regions.
        names: Vec<String>,
    },
}

fn meant(near: Option<&String>) -> String {
    match near {
        Some(near) => format!("; did you mean {near:?}?"),
        None => "; `turbomail probe --providers` lists them".to_owned(),
    }
}

impl Presets {
    /// The presets that this program carries.
    #[must_use]
    pub fn standard() -> &'static Self {
        static STANDARD: LazyLock<Presets> = LazyLock::new(|| {
            // A test sees to it that there is no fault.
            toml::from_str(FILE).unwrap_or_default()
        });
        &STANDARD
    }

    /// Every preset, in the order of the file.
    pub fn all(&'static self) -> impl Iterator<Item = &'static Preset> {
        self.provider.iter()
    }

    /// The names of all submission servers, for completion. Addresses are not among them.
    pub fn hosts(&'static self) -> impl Iterator<Item = &'static str> {
        let all = self.provider.iter().flat_map(|one| &one.servers);
        all.map(|site| site.host.as_str())
            .filter(|host| host.parse::<IpAddr>().is_err())
    }

    /// The short names, those with a region too.
    pub fn names(&'static self) -> impl Iterator<Item = String> {
        self.provider.iter().flat_map(|one| {
            let names = std::iter::once(&one.name).chain(&one.also).cloned();
            names.chain(one.regions())
        })
    }

    /// The preset of this short name, without a region.
    #[must_use]
    pub fn preset(&'static self, name: &str) -> Option<&'static Preset> {
        let is = |one: &&Preset| {
            let mut names = std::iter::once(&one.name).chain(&one.also);
            names.any(|known| known.eq_ignore_ascii_case(name))
        };
        self.provider.iter().find(is)
    }

    /// The ways to the server that this short name stands for, the best first.
    ///
    /// # Errors
    /// Where no provider has the name, with the nearest; and where a region is missing, with the names that have one.
    pub fn named(&'static self, name: &str) -> Result<Vec<Proposal>, Unnamed> {
        let name = name.trim();
        if let Some(preset) = self.preset(name) {
            let mut names = preset.regions();
            if preset.choose && names.next().is_some() {
                return Err(Unnamed::NeedsRegion {
                    title: preset.title.clone(),
                    names: preset.regions().collect(),
                });
            }
            return Ok(preset.proposals());
        }
        let of_region = self.provider.iter().find_map(|preset| {
            let is = |site: &&Site| is_region(preset, site, name);
            let site = preset.servers.iter().find(is)?;
            Some(preset.to(site))
        });
        of_region.ok_or_else(|| Unnamed::Unknown {
            name: name.to_owned(),
            near: self.near_name(name),
        })
    }

    /// The preset that has a server of this name.
    #[must_use]
    pub fn of_host(&'static self, host: &str) -> Option<&'static Preset> {
        // The address of a bridge on this machine is no sign of a provider.
        if host.parse::<IpAddr>().is_ok() {
            return None;
        }
        self.provider.iter().find(|one| one.has_host(host))
    }

    /// The preset whose mail addresses end in this domain.
    #[must_use]
    pub fn of_domain(&'static self, domain: &str) -> Option<&'static Preset> {
        let domain = domain.trim_end_matches('.');
        let is = |known: &String| known.eq_ignore_ascii_case(domain);
        self.provider.iter().find(|one| one.domains.iter().any(is))
    }

    /// The preset that a server for incoming mail belongs to, by the longest end of its name that is known.
    #[must_use]
    pub fn of_mx(&'static self, name: &str) -> Option<&'static Preset> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let longest = |one: &&'static Preset| {
            let ends = one.mx.iter().filter(|end| is_below(&name, end));
            ends.map(String::len).max()
        };
        let found = self.provider.iter().filter(|one| longest(one).is_some());
        found.max_by_key(longest)
    }

    /// The server that a mistyped name most likely means: one or two typing errors away.
    #[must_use]
    pub fn near_host(&'static self, host: &str) -> Option<&'static str> {
        if self.of_host(host).is_some() {
            return None;
        }
        near::meant(host, self.hosts()).or_else(|| self.near_short(host))
    }

    /// The server of a provider whose short name was mistyped by one error. Shorter names are usual ones of machines.
    fn near_short(&'static self, host: &str) -> Option<&'static str> {
        if host.contains('.') || !(5..=32).contains(&host.chars().count()) {
            return None;
        }
        let host = host.to_ascii_lowercase();
        let name = self
            .names()
            .find(|known| near::distance(known, &host) == 1)?;
        let server = self.named(&name).ok()?.first()?.host;
        server.parse::<IpAddr>().is_err().then_some(server)
    }

    fn near_name(&'static self, name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        let all = self.names().filter_map(|known| {
            let distance = near::distance(&known, &name);
            // A third of the name at the most.
            (distance <= known.chars().count() / 3).then_some((distance, known))
        });
        all.min().map(|(_, known)| known)
    }
}

fn is_region(preset: &Preset, site: &Site, name: &str) -> bool {
    let Some(region) = &site.region else {
        return false;
    };
    let mut names = std::iter::once(&preset.name).chain(&preset.also);
    names.any(|known| format!("{known}-{region}").eq_ignore_ascii_case(name))
}

/// Whether a name is this one, or one below it.
fn is_below(name: &str, end: &str) -> bool {
    name.strip_suffix(end)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

impl Preset {
    /// The ways to its first server, the best first.
    #[must_use]
    pub fn proposals(&'static self) -> Vec<Proposal> {
        self.servers
            .first()
            .map(|site| self.to(site))
            .unwrap_or_default()
    }

    /// The ways to its server of this name, the best first; nothing where the name is not listed.
    #[must_use]
    pub fn proposals_at(&'static self, host: &str) -> Vec<Proposal> {
        let host = host.trim_end_matches('.');
        let is = |site: &&Site| site.host.eq_ignore_ascii_case(host);
        let site = self.servers.iter().find(is);
        site.map(|site| self.to(site)).unwrap_or_default()
    }

    fn to(&'static self, site: &'static Site) -> Vec<Proposal> {
        let ways = self.ways(site).iter();
        ways.map(|way: &Way| Proposal::new(self, site, *way))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::mail::server::Server;
    use crate::mail::smarthost::Security;

    fn all() -> &'static Presets {
        Presets::standard()
    }

    #[test]
    fn the_file_has_no_fault() {
        let read: Presets = toml::from_str(FILE).unwrap_or_else(|error| panic!("{error}"));
        assert!(read.provider.len() >= 45, "{}", read.provider.len());
        let (mut names, mut hosts, mut domains) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for name in all().names() {
            assert_eq!(name, name.to_ascii_lowercase());
            assert!(names.insert(name.clone()), "{name} is there twice");
        }
        for preset in all().all() {
            let of = &preset.name;
            assert!(!preset.servers.is_empty(), "{of} has no server");
            assert!(!preset.title.is_empty() && preset.notes.len() <= 3, "{of}");
            for site in &preset.servers {
                let server: Server = site.host.parse().expect("a host");
                assert_eq!((server.host, server.port), (site.host.clone(), None));
                assert!(hosts.insert(&site.host), "{} is there twice", site.host);
                let ways = preset.ways(site);
                assert!(!ways.is_empty(), "{of} has no way");
                for way in ways {
                    let usual = match way.port {
                        465 | 2465 => Security::Tls,
                        _ => Security::StartTls,
                    };
                    assert_eq!(way.security, usual, "{of} {}", way.port);
                }
                assert!(all().hosts().all(|host| all().of_host(host).is_some()));
            }
            for domain in &preset.domains {
                assert!(domains.insert(domain), "{domain} is there twice");
            }
            for name in preset.domains.iter().chain(&preset.mx).chain(&preset.spf) {
                let good =
                    |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
                assert!(name.contains('.') && name.chars().all(good), "{of}: {name}");
            }
            let words = [&preset.title, &preset.user_hint, &preset.password_hint];
            for text in words.into_iter().chain(&preset.notes) {
                assert_eq!(crate::mail::clean::clean(text), *text);
                assert!(
                    !text.is_empty() && text.chars().count() <= 120,
                    "{of}: {text}"
                );
            }
        }
    }

    #[test]
    fn a_provider_is_found_by_whatever_is_known_of_it() {
        let name = |found: Option<&'static Preset>| found.map(|one| one.name.as_str());
        assert_eq!(name(all().of_domain("GoogleMail.com.")), Some("gmail"));
        assert_eq!(name(all().of_host("SMTP.gmail.com")), Some("gmail"));
        assert_eq!(name(all().of_mx("alt1.ASPMX.l.google.com.")), Some("gmail"));
        assert_eq!(name(all().of_mx("notgoogle.com")), None);
        assert_eq!(name(all().of_mx("mxbiz1.qq.com")), Some("exmail"));
        assert_eq!(name(all().of_mx("mx3.qq.com")), Some("qq"));
        assert_eq!(
            name(all().of_mx("outlook-com.olc.protection.outlook.com")),
            Some("outlook")
        );
        assert_eq!(
            name(all().of_host("email-smtp.ap-southeast-3.amazonaws.com")),
            Some("ses")
        );
        for stranger in [
            "email-smtp.a.b.amazonaws.com",
            "email-smtp..amazonaws.com",
            "127.0.0.1",
            "localhost",
        ] {
            assert_eq!(name(all().of_host(stranger)), None, "{stranger}");
        }
    }

    #[test]
    fn a_short_name_leads_to_a_server() {
        let first = |name: &str| -> Result<String, Unnamed> {
            let ways = all().named(name)?;
            Ok(ways.first().map(Proposal::server).unwrap_or_default())
        };
        assert_eq!(first("Gmail"), Ok("smtp.gmail.com:465".to_owned()));
        assert_eq!(first("zoho-eu"), Ok("smtp.zoho.eu:465".to_owned()));
        assert_eq!(
            first("aws-eu-west-1"),
            Ok("email-smtp.eu-west-1.amazonaws.com:465".to_owned())
        );
        let region = first("ses").expect_err("which one?");
        assert!(region.to_string().contains("ses-eu-central-1"), "{region}");
        let near = first("gmial").expect_err("unknown").to_string();
        assert!(near.contains("did you mean \"gmail\"?"), "{near}");
        let far = first("nobody-at-all").expect_err("unknown").to_string();
        assert!(far.contains("--providers"), "{far}");
        let outlook = all().named("hotmail").expect("known");
        assert_eq!(
            outlook.first().and_then(|one| one.auth),
            Some(crate::mail::sasl::Sasl::Xoauth2)
        );
    }

    #[test]
    fn typing_errors_are_understood_and_strangers_left_alone() {
        let meant = |host: &str| all().near_host(host);
        for near in ["smtp.gmial.com", "smtp.gmail.con", "stmp.gmail.com"] {
            assert_eq!(meant(near), Some("smtp.gmail.com"), "{near}");
        }
        assert_eq!(meant("Smtp.Ofice365.com."), Some("smtp.office365.com"));
        assert_eq!(meant("gmial"), Some("smtp.gmail.com"));
        for stranger in [
            "mail",
            "relay",
            "localhost",
            "mailhub",
            "smarthost",
            "smtp.gmail.com",
            "relay.example.net",
            "smtp.aa.com",
            &"x".repeat(100_000),
        ] {
            assert_eq!(meant(stranger), None);
        }
    }

    #[test]
    fn the_user_is_made_of_the_address_where_that_is_the_rule() {
        let user = |name: &str| {
            let preset = all().preset(name).expect("known");
            preset.user_for("me@example.org")
        };
        assert_eq!(user("gmail").as_deref(), Some("me@example.org"));
        assert_eq!(user("naver").as_deref(), Some("me"));
        assert_eq!(user("sendgrid").as_deref(), Some("apikey"));
        assert_eq!(user("ses"), None);
    }
}
