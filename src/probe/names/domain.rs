//! All that is asked about a mail domain, at the same time and within one limit.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Serialize, Serializer};
use tokio::time::{Instant, timeout};

use super::dkim::{self, DkimKey};
use super::dmarc::{self, Dmarc};
use super::resolver::{Missing, Mx, Resolver};
use super::service::{Service, services};
use super::spf::{Lookups, Spf, count};
use super::tags::is_version;
use crate::mail::clean::Clean;
use crate::probe::presets::{Preset, Presets};

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Selectors that are tried.
const SELECTORS: usize = 16;

/// A question and what came of it. In JSON what is not there is null, and what could not be learnt an object with `error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question<T>(pub Result<T, Missing>);

impl<T: Serialize> Serialize for Question<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Ok(answer) => answer.serialize(serializer),
            Err(missing) if missing.is_certain() => serializer.serialize_none(),
            Err(missing) => serializer.collect_map([("error", missing)]),
        }
    }
}

/// A domain's SPF records, and what a check of the first costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpfState {
    /// The record.
    #[serde(flatten)]
    pub spf: Spf,
    /// How many there are; with more than one, a check ends with an error (RFC 7208 §4.5).
    pub records: usize,
    /// What a check costs.
    pub lookups: Lookups,
}

/// What the name system says about a mail domain.
#[derive(Clone, Debug, Serialize)]
pub struct Domain {
    /// The domain.
    pub name: Clean,
    /// How long the asking took, in milliseconds.
    pub took_ms: u64,
    /// The addresses of the name itself.
    pub addresses: Question<Vec<IpAddr>>,
    /// The servers for its incoming mail.
    pub mx: Question<Vec<Mx>>,
    /// The submission servers that it names.
    pub submission: Question<Vec<Service>>,
    /// Who may use it as reverse path.
    pub spf: Question<SpfState>,
    /// What it asks others to do with mail that is not its own.
    pub dmarc: Question<Dmarc>,
    /// The keys for signatures that were found.
    pub dkim: Vec<DkimKey>,
    /// The selectors at which there was an answer, be it that nothing is there; a key can only be found by its selector.
    pub dkim_tried: Vec<Clean>,
    /// The selectors at which nobody answered.
    pub dkim_unanswered: Vec<Clean>,
    /// The record by which it says that it has a policy for TLS to its servers (RFC 8461 §3.1). The policy itself is on the web
    /// and is not read.
    pub mta_sts: Question<Clean>,
    /// Where reports about TLS go (RFC 8460 §3).
    pub tls_reports: Question<Clean>,
    /// The short name of the provider that its incoming mail goes to.
    pub incoming_at: Option<&'static str>,
    /// The short name of the provider that its mail is handed in to.
    pub outgoing_at: Option<&'static str>,
    /// The provider that its mail is handed in to.
    #[serde(skip)]
    pub(super) smart_host: Option<&'static Preset>,
}

/// Asks everything about a domain. `host` is the smart host that its mail is handed in to, where that is known; `selectors` are
/// tried for keys, and those that the smart host's provider usually gives.
pub async fn look(
    resolver: &Resolver,
    domain: &str,
    host: Option<&str>,
    selectors: &[String],
) -> Domain {
    let begun = Instant::now();
    let domain = domain.trim_end_matches('.');
    let smart_host = host.and_then(|host| Presets::standard().of_host(host));
    let usual = smart_host.into_iter().flat_map(|preset| &preset.dkim);
    let mut tried: Vec<&String> = Vec::new();
    for selector in selectors.iter().chain(usual) {
        if !tried.contains(&selector) && tried.len() < SELECTORS {
            tried.push(selector);
        }
    }
    let keys = tried
        .iter()
        .map(|selector| bounded(dkim::look(resolver, domain, selector)));
    let (sts, tls) = (format!("_mta-sts.{domain}"), format!("_smtp._tls.{domain}"));
    let (addresses, mx, submission, spf, dmarc, keys, mta_sts, tls_reports) = futures_util::join!(
        bounded(resolver.addresses(domain)),
        bounded(resolver.mx(domain)),
        bounded(services(resolver, domain)),
        spf(resolver, domain),
        bounded(dmarc::look(resolver, domain)),
        futures_util::future::join_all(keys),
        bounded(versioned(resolver, &sts, "STSv1")),
        bounded(versioned(resolver, &tls, "TLSRPTv1")),
    );
    let answered = |key: &Result<DkimKey, Missing>| match key {
        Ok(_) => true,
        Err(missing) => missing.is_certain(),
    };
    let both = tried.iter().zip(&keys);
    let (with, without): (Vec<_>, Vec<_>) = both.partition(|(_, key)| answered(key));
    let names = |all: Vec<(&&String, _)>| all.iter().map(|(one, _)| Clean::new(one)).collect();
    let (dkim_tried, dkim_unanswered) = (names(with), names(without));
    let first = mx.as_ref().ok().and_then(|all| all.first());
    let incoming = first.and_then(|first| Presets::standard().of_mx(&first.host));
    Domain {
        name: Clean::new(domain),
        took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        addresses: Question(addresses),
        mx: Question(mx),
        submission: Question(submission),
        spf: Question(spf),
        dmarc: Question(dmarc),
        dkim: keys.into_iter().filter_map(Result::ok).collect(),
        dkim_tried,
        dkim_unanswered,
        mta_sts: Question(mta_sts),
        tls_reports: Question(tls_reports),
        incoming_at: incoming.map(|preset| preset.name.as_str()),
        outgoing_at: smart_host.map(|preset| preset.name.as_str()),
        smart_host,
    }
}

/// An answer within the limit for all of it.
pub(super) async fn bounded<T>(
    asked: impl Future<Output = Result<T, Missing>>,
) -> Result<T, Missing> {
    let answer = timeout(LIMIT, asked).await;
    answer.unwrap_or(Err(Missing::Silent(LIMIT)))
}

/// The SPF record of a domain.
async fn spf(resolver: &Resolver, domain: &str) -> Result<SpfState, Missing> {
    let texts = bounded(resolver.txt(domain)).await?;
    let ours: Vec<&Clean> = texts.iter().filter(|text| Spf::is_one(text)).collect();
    let spf = Spf::read(ours.first().ok_or(Missing::NoRecord)?);
    // What was counted until the time was over is lost, and that it is not all is said.
    let lookups = timeout(LIMIT, count(resolver, domain, &spf)).await;
    let lookups = lookups.unwrap_or_else(|_| Lookups {
        count: spf.own_lookups,
        all: spf.all,
        is_partial: true,
        ..Lookups::default()
    });
    Ok(SpfState {
        records: ours.len(),
        lookups,
        spf,
    })
}

async fn versioned(resolver: &Resolver, name: &str, version: &str) -> Result<Clean, Missing> {
    let texts = resolver.txt(name).await?;
    let mut ours = texts.into_iter().filter(|text| is_version(text, version));
    ours.next().ok_or(Missing::NoRecord)
}
