//! The arithmetic of SCRAM (RFC 5802 §2.2 and §3), the same at both ends.

use std::num::NonZeroU32;

use ring::{digest, hmac, pbkdf2};
use secrecy::zeroize::Zeroizing;

/// The hash functions that SCRAM is used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::smtp) enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// Octets that are overwritten when they are dropped.
type Octets = Zeroizing<Vec<u8>>;

impl Hash {
    fn algorithms(self) -> (hmac::Algorithm, pbkdf2::Algorithm) {
        match self {
            Self::Sha1 => (
                hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                pbkdf2::PBKDF2_HMAC_SHA1,
            ),
            Self::Sha256 => (hmac::HMAC_SHA256, pbkdf2::PBKDF2_HMAC_SHA256),
            Self::Sha512 => (hmac::HMAC_SHA512, pbkdf2::PBKDF2_HMAC_SHA512),
        }
    }

    /// The key that is derived from a prepared password.
    pub(in crate::smtp) fn salted(self, password: &str, salt: &[u8], rounds: NonZeroU32) -> Octets {
        let (hmac, pbkdf2) = self.algorithms();
        let mut out = Zeroizing::new(vec![0; hmac.digest_algorithm().output_len()]);
        pbkdf2::derive(pbkdf2, rounds, salt, password.as_bytes(), &mut out);
        out
    }

    /// `HMAC(key, text)`.
    pub(in crate::smtp) fn hmac(self, key: &[u8], text: &[u8]) -> Octets {
        let key = hmac::Key::new(self.algorithms().0, key);
        Zeroizing::new(hmac::sign(&key, text).as_ref().to_vec())
    }

    /// Whether a tag is `HMAC(key, text)`, in a time that does not tell how much of it was right.
    pub(in crate::smtp) fn is_hmac(self, key: &[u8], text: &[u8], tag: &[u8]) -> bool {
        let key = hmac::Key::new(self.algorithms().0, key);
        hmac::verify(&key, text, tag).is_ok()
    }

    /// `ClientKey XOR HMAC(H(ClientKey), AuthMessage)`.
    pub(in crate::smtp) fn proof(self, salted: &[u8], message: &[u8]) -> Octets {
        let mut proof = self.hmac(salted, b"Client Key");
        let algorithm = self.algorithms().0.digest_algorithm();
        let stored = digest::digest(algorithm, &proof);
        let signature = self.hmac(stored.as_ref(), message);
        for (octet, with) in proof.iter_mut().zip(signature.iter()) {
            *octet ^= with;
        }
        proof
    }
}
