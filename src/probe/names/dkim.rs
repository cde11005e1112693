//! DKIM keys: what stands at a selector (RFC 6376 §3.6.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::resolver::{Missing, Resolver};
use super::tags::tag;
use crate::mail::clean::Clean;

/// A key for signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DkimKey {
    /// The selector: the key stands at `SELECTOR._domainkey.` and the domain.
    pub selector: Clean,
    /// The kind of key: `rsa`, `ed25519`.
    pub kind: Clean,
    /// Its length, of an RSA key that can be read.
    pub bits: Option<usize>,
    /// Whether it was taken back: the record is there, and no key is in it.
    pub is_revoked: bool,
    /// Whether the record says that signing is only being tried (`t=y`).
    pub is_test: bool,
}

impl DkimKey {
    /// Reads a record; `None` where it is none.
    pub(super) fn read(selector: &str, record: &str) -> Option<Self> {
        // The version may be left out, the key may not.
        if tag(record, "v").is_some_and(|version| version != "DKIM1") {
            return None;
        }
        let key: String = { tag(record, "p")?.chars() }
            .filter(|c| !c.is_whitespace())
            .collect();
        let kind = tag(record, "k").unwrap_or("rsa").to_ascii_lowercase();
        let der = STANDARD.decode(&key).unwrap_or_default();
        Some(Self {
            selector: Clean::new(selector),
            bits: (kind == "rsa").then(|| rsa_bits(&der)).flatten(),
            kind: Clean::from(kind),
            is_revoked: key.is_empty(),
            is_test: tag(record, "t")
                .is_some_and(|flags| flags.split(':').any(|flag| flag.trim() == "y")),
        })
    }
}

fn rsa_bits(der: &[u8]) -> Option<usize> {
    let (_, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
    match info.parsed().ok()? {
        PublicKey::RSA(key) => Some(key.key_size()),
        _ => None,
    }
}

/// The key at a selector.
pub(super) async fn look(
    resolver: &Resolver,
    domain: &str,
    selector: &str,
) -> Result<DkimKey, Missing> {
    let place = format!("{selector}._domainkey.{domain}");
    let texts = resolver.txt(&place).await?;
    let mut keys = texts
        .iter()
        .filter_map(|text| DkimKey::read(selector, text));
    keys.next().ok_or(Missing::NoRecord)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";

    #[test]
    fn a_key_is_read_with_its_length() {
        let key = |record: &str| DkimKey::read("s1", record);
        let short = key(&format!("v=DKIM1; k=rsa; t=y:s; p={SHORT}")).expect("a key");
        assert_eq!(short.bits, Some(1024));
        assert!(short.is_test && !short.is_revoked);
        let gone = key("v=DKIM1; p=").expect("a record");
        assert!(gone.is_revoked && gone.bits.is_none());
        let odd = key("k=ed25519; p=!!!").expect("a record");
        assert_eq!((odd.kind.as_str(), odd.bits), ("ed25519", None));
        assert_eq!(key("v=spf1 -all"), None);
        assert_eq!(key("v=DKIM2; p=x"), None);
    }
}
