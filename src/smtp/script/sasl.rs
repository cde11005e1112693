//! The server's half of the mechanisms that calculate: SCRAM, CRAM-MD5 and the bearer tokens. No I/O.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

use crate::smtp::auth::{Hash, hmac_md5};

/// The salt of every account: a script is no place for real ones.
const SALT: &[u8] = b"salt of a script";
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4095);

/// What the server knows of the connection.
pub(super) struct Channel {
    /// The `tls-exporter` binding, inside TLS 1.3.
    pub(super) exporter: Option<Vec<u8>>,
    /// The `tls-server-end-point` binding, inside any TLS.
    pub(super) end_point: Option<Vec<u8>>,
    /// Whether any mechanism with a binding is offered.
    pub(super) offers_plus: bool,
}

/// A run of SCRAM after the client's first message (RFC 5802 §5).
pub(super) struct Scram {
    hash: Hash,
    /// What `c=` must be.
    bound: String,
    nonce: String,
    pub(super) user: String,
    first_bare: String,
}

/// The hash of a SCRAM mechanism and whether it is bound to the channel; `None` for other mechanisms.
pub(super) fn flavour(mechanism: &str) -> Option<(Hash, bool)> {
    let (name, plus) = match mechanism.strip_suffix("-PLUS") {
        Some(name) => (name, true),
        None => (mechanism, false),
    };
    let hash = match name {
        "SCRAM-SHA-1" => Hash::Sha1,
        "SCRAM-SHA-256" => Hash::Sha256,
        "SCRAM-SHA-512" => Hash::Sha512,
        _ => return None,
    };
    Some((hash, plus))
}

impl Scram {
    /// Reads the client's first message.
    ///
    /// # Errors
    /// The server-error value that says what is wrong (RFC 5802 §7).
    pub(super) fn begin(
        (hash, plus): (Hash, bool),
        first: &[u8],
        channel: &Channel,
        fresh: &str,
    ) -> Result<Self, &'static str> {
        let wrong = "other-error";
        let first = std::str::from_utf8(first).map_err(|_| "invalid-encoding")?;
        let mut parts = first.splitn(3, ',');
        let (flag, authorise, bare) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
            parts.next().ok_or(wrong)?,
        );
        let data = match (flag.strip_prefix("p="), plus) {
            (Some("tls-exporter"), true) => channel.exporter.clone(),
            (Some("tls-server-end-point"), true) => channel.end_point.clone(),
            (Some(_), true) => None,
            (None, false) if flag == "y" && channel.offers_plus => {
                return Err("server-does-support-channel-binding");
            }
            (None, false) if matches!(flag, "y" | "n") => Some(Vec::new()),
            _ => return Err(wrong),
        };
        let mut bound = format!("{flag},{authorise},").into_bytes();
        bound.extend(data.ok_or("unsupported-channel-binding-type")?);
        let (user, nonce) = bare.split_once(",r=").ok_or(wrong)?;
        let user = user.strip_prefix("n=").ok_or(wrong)?;
        Ok(Self {
            hash,
            bound: STANDARD.encode(bound),
            nonce: format!("{nonce}{fresh}"),
            user: user.replace("=2C", ",").replace("=3D", "="),
            first_bare: bare.to_owned(),
        })
    }

    /// The server's first message.
    pub(super) fn challenge(&self) -> String {
        format!("r={},s={},i={ROUNDS}", self.nonce, STANDARD.encode(SALT))
    }

    /// Reads the client's last message; the server's signature where the proof is right.
    ///
    /// # Errors
    /// The server-error value that says what is wrong.
    pub(super) fn judge(&self, last: &[u8], password: &str) -> Result<String, &'static str> {
        let last = std::str::from_utf8(last).map_err(|_| "invalid-encoding")?;
        let (without_proof, proof) = last.rsplit_once(",p=").ok_or("other-error")?;
        let (bound, nonce) = without_proof.split_once(",r=").ok_or("other-error")?;
        if bound.strip_prefix("c=") != Some(&self.bound) {
            return Err("channel-bindings-dont-match");
        }
        if nonce != self.nonce {
            return Err("other-error");
        }
        let message = format!("{},{},{without_proof}", self.first_bare, self.challenge());
        let salted = self.hash.salted(password, SALT, ROUNDS);
        let expected = self.hash.proof(&salted, message.as_bytes());
        let proof = STANDARD.decode(proof).map(Zeroizing::new);
        if !proof.is_ok_and(|proof| *proof == *expected) {
            return Err("invalid-proof");
        }
        let key = self.hash.hmac(&salted, b"Server Key");
        let signature = self.hash.hmac(&key, message.as_bytes());
        Ok(format!("v={}", STANDARD.encode(&*signature)))
    }
}

/// Whether an answer to CRAM-MD5's challenge is right; whose it is.
pub(super) fn cram<'a>(
    answer: &'a [u8],
    challenge: &str,
    password_of: impl Fn(&str) -> Option<&'a String>,
) -> Option<String> {
    let (user, digest) = std::str::from_utf8(answer).ok()?.rsplit_once(' ')?;
    let expected = hmac_md5(password_of(user)?.as_bytes(), challenge.as_bytes());
    (expected[..] == *digest.as_bytes()).then(|| user.to_owned())
}

/// User and token of a bearer message, in either form.
pub(super) fn bearer(message: &[u8]) -> Option<(String, Zeroizing<String>)> {
    let message = std::str::from_utf8(message).ok()?;
    let (mut user, mut token) = (None, None);
    for part in message.split('\u{1}') {
        if let Some(name) = part.strip_prefix("user=") {
            user = Some(name.to_owned());
        } else if let Some(name) = part.strip_prefix("n,a=") {
            let name = name.strip_suffix(',')?;
            user = Some(name.replace("=2C", ",").replace("=3D", "="));
        } else if let Some(word) = part.strip_prefix("auth=Bearer ") {
            token = Some(Zeroizing::new(word.to_owned()));
        }
    }
    message.ends_with("\u{1}\u{1}").then_some(())?;
    user.zip(token)
}
