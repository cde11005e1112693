//! Asks a resolver, within limits in time and size; what it says is cleaned before anybody sees it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use serde::{Serialize, Serializer};

use crate::mail::clean::Clean;
use crate::mail::outcome::Cause;
use crate::probe::walk::LookUp;

/// How long one question may take as a whole.
const LIMIT: Duration = Duration::from_secs(4);
/// How long one try of it may take; there are two.
const TRY: Duration = Duration::from_millis(1800);
/// Records that are looked at in an answer.
const MOST: usize = 64;
/// Octets that are looked at in a text record.
const LONGEST: usize = 4096;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// There is no such name.
    #[error("there is no such name (NXDOMAIN)")]
    NoName,
    /// The name is there and has no record of this kind.
    #[error("there is no such record")]
    NoRecord,
    /// Nobody answered in this time.
    #[error("no resolver answers within {} s", .0.as_secs())]
    Silent(Duration),
    /// The resolver, or what stands behind it, failed.
    #[error("the resolver failed: {0}")]
    Failed(Clean),
}

impl Missing {
    /// Whether the name system has said that there is nothing: all else may be otherwise a minute later.
    #[must_use]
    pub const fn is_certain(&self) -> bool {
        matches!(self, Self::NoName | Self::NoRecord)
    }
}

impl Serialize for Missing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A server for incoming mail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mx {
    /// The lowest is tried first.
    pub preference: u16,
    /// Its name, without the last dot; empty for a domain that takes no mail (RFC 7505).
    pub host: Clean,
}

/// A resolver. It keeps what it has heard.
#[derive(Clone)]
pub struct Resolver {
    inner: TokioResolver,
    who: String,
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.who)
    }
}

impl Resolver {
    /// The system's own.
    ///
    /// # Errors
    /// When the system's settings cannot be read.
    pub fn system() -> Result<Self, Missing> {
        let failed = |error: NetError| Missing::Failed(Clean::from(error.to_string()));
        let mut builder = TokioResolver::builder_tokio().map_err(failed)?;
        bound(builder.options_mut());
        Ok(Self {
            inner: builder.build().map_err(failed)?,
            who: "the system's".to_owned(),
        })
    }

    /// The one at this address.
    ///
    /// # Errors
    /// When it cannot be made ready; nothing is asked yet.
    pub fn at(address: SocketAddr) -> Result<Self, Missing> {
        let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
        for one in &mut connections {
            one.port = address.port();
        }
        let server = NameServerConfig::new(address.ip(), true, connections);
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let provider = TokioRuntimeProvider::default();
        let mut builder = TokioResolver::builder_with_config(config, provider);
        bound(builder.options_mut());
        builder.options_mut().use_hosts_file = ResolveHosts::Never;
        let failed = |error: NetError| Missing::Failed(Clean::from(error.to_string()));
        Ok(Self {
            inner: builder.build().map_err(failed)?,
            who: address.to_string(),
        })
    }

    /// The addresses of a host, IPv6 first as they come.
    ///
    /// # Errors
    /// Why there are none. A family that failed is no reason where the other has answered.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Missing> {
        let (six, four) = futures_util::join!(
            self.ask(host, RecordType::AAAA, address),
            self.ask(host, RecordType::A, address)
        );
        match (six, four) {
            (Ok(mut six), four) => {
                six.extend(four.unwrap_or_default());
                Ok(six)
            }
            (Err(_), Ok(four)) => Ok(four),
            (Err(six), Err(four)) => Err(if four.is_certain() && !six.is_certain() {
                six
            } else {
                four
            }),
        }
    }

    /// The addresses of a host that are of the family of this one.
    ///
    /// # Errors
    /// Why there are none. A name that no host can have has none.
    pub(super) async fn addresses_like(
        &self,
        host: &str,
        like: IpAddr,
    ) -> Result<Vec<IpAddr>, Missing> {
        if ascii(host).is_none() {
            return Err(Missing::NoRecord);
        }
        if like.is_ipv4() {
            self.ask(host, RecordType::A, address).await
        } else {
            self.ask(host, RecordType::AAAA, address).await
        }
    }

    /// The names that an address is said to have (RFC 1035 §3.5) in small letters and without their last dots.
    ///
    /// # Errors
    /// Why there are none.
    pub(super) async fn ptr(&self, address: IpAddr) -> Result<Vec<Clean>, Missing> {
        let pointed = |data: &RData| match data {
            RData::PTR(one) => Some(written(one)),
            _ => None,
        };
        let name = Name::from(address).to_ascii();
        let mut all = self.ask(&name, RecordType::PTR, pointed).await?;
        // In the same order each time, and each once.
        all.sort();
        all.dedup();
        Ok(all)
    }

    /// The servers for a domain's incoming mail, those that are tried first in front.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn mx(&self, domain: &str) -> Result<Vec<Mx>, Missing> {
        let mx = |data: &RData| match data {
            RData::MX(one) => Some(Mx {
                preference: one.preference,
                host: written(&one.exchange),
            }),
            _ => None,
        };
        let mut all = self.ask(domain, RecordType::MX, mx).await?;
        all.sort();
        Ok(all)
    }

    /// Where a service is found (RFC 2782), those that are tried first in front: host, port.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn srv(&self, name: &str) -> Result<Vec<(Clean, u16)>, Missing> {
        let srv = |data: &RData| match data {
            RData::SRV(one) => Some(one.clone()),
            _ => None,
        };
        let mut all: Vec<SRV> = self.ask(name, RecordType::SRV, srv).await?;
        // Of equals the one that most are to go to; the same each time, so that a walk can be made again.
        all.sort_by_key(|one| (one.priority, std::cmp::Reverse(one.weight)));
        Ok(all
            .iter()
            .map(|one| (written(&one.target), one.port))
            .collect())
    }

    /// The text records of a name, the pieces of each put together (RFC 7208 §3.3).
    ///
    /// # Errors
    /// Why there are none.
    pub async fn txt(&self, name: &str) -> Result<Vec<Clean>, Missing> {
        let text = |data: &RData| match data {
            RData::TXT(one) => {
                let mut octets = one.txt_data.concat();
                octets.truncate(LONGEST);
                Some(Clean::from_bytes(&octets))
            }
            _ => None,
        };
        self.ask(name, RecordType::TXT, text).await
    }

    async fn ask<T>(
        &self,
        name: &str,
        kind: RecordType,
        read: impl Fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, Missing> {
        let wrong = || Missing::Failed(Clean::new("this is no name that can be looked up"));
        let ascii = ascii(name).ok_or_else(wrong)?;
        // With its last dot it is the whole name, and no search list comes into it.
        let name = Name::from_ascii(format!("{ascii}.")).map_err(|_| wrong())?;
        let answer = tokio::time::timeout(LIMIT, self.inner.lookup(name, kind));
        let found = match answer.await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return Err(missing(&error)),
            Err(_) => return Err(Missing::Silent(LIMIT)),
        };
        let records = found.answers().iter().take(MOST);
        let all: Vec<T> = records.filter_map(|one| read(&one.data)).collect();
        if all.is_empty() {
            return Err(Missing::NoRecord);
        }
        Ok(all)
    }
}

impl LookUp for Resolver {
    fn addresses<'a>(&'a self, host: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, Cause>> {
        async move {
            let found = Resolver::addresses(self, host).await;
            found.map_err(|missing| match missing {
                Missing::Silent(limit) => Cause::TimedOut(limit),
                Missing::NoRecord => {
                    Cause::Dns(Clean::from(format!("host name {host} has no address")))
                }
                other => Cause::Dns(Clean::from(format!("host name {host} not found: {other}"))),
            })
        }
        .boxed()
    }
}

const fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(one) => Some(IpAddr::V4(one.0)),
        RData::AAAA(one) => Some(IpAddr::V6(one.0)),
        _ => None,
    }
}

fn bound(options: &mut ResolverOpts) {
    options.timeout = TRY;
    options.attempts = 1;
    options.edns0 = true;
}

/// A name as it is asked for: A-labels (RFC 5890), labels with an underscore as they are.
fn ascii(name: &str) -> Option<String> {
    let name = name.trim_end_matches('.');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.is_empty() {
        return None;
    }
    if name.chars().all(plain) {
        return Some(name.to_owned());
    }
    idna::domain_to_ascii(name)
        .ok()
        .filter(|name| !name.is_empty() && name.chars().all(plain))
}

fn written(name: &Name) -> Clean {
    Clean::from(name.to_ascii().trim_end_matches('.').to_ascii_lowercase())
}

fn missing(error: &NetError) -> Missing {
    match error {
        NetError::Timeout | NetError::NoConnections => Missing::Silent(TRY * 2),
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => Missing::NoName,
            ResponseCode::NoError => Missing::NoRecord,
            other => Missing::Failed(Clean::from(other.to_string())),
        },
        other => Missing::Failed(Clean::from(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::ascii;

    #[test]
    fn names_are_asked_for_as_a_labels() {
        assert_eq!(ascii("Example.ORG.").as_deref(), Some("Example.ORG"));
        assert_eq!(
            ascii("bücher.example").as_deref(),
            Some("xn--bcher-kva.example")
        );
        assert_eq!(
            ascii("_dmarc.example.org").as_deref(),
            Some("_dmarc.example.org")
        );
        for bad in ["", ".", "a b", "a/b", "a\nb"] {
            assert_eq!(ascii(bad), None, "{bad:?}");
        }
    }
}
