//! Hides a secret in every form in which a server could repeat it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use secrecy::zeroize::Zeroizing;

use crate::smtp::wire::Wire;

/// Forms in base64 that are shorter could be part of an honest challenge by chance.
const LEAST: usize = 6;

/// Hides the octets as they are, and in base64 wherever they begin in what is encoded.
pub(super) fn hide(wire: &mut Wire, secret: &[u8]) {
    wire.hide(Zeroizing::new(secret.to_vec()));
    for form in encoded(secret) {
        wire.hide(form);
    }
}

/// The base64 of these octets behind nothing, one and two other octets, without the digits that depend on neighbours.
fn encoded(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let mut padded = Zeroizing::new(Vec::with_capacity(before + secret.len()));
        padded.resize(before, 0);
        padded.extend_from_slice(secret);
        // Six bits are a digit; those that hold a bit of somebody else are left out.
        let (first, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
        for engine in [STANDARD, URL_SAFE] {
            let all = Zeroizing::new(engine.encode(&*padded));
            let own = all.as_bytes().get(first..end).unwrap_or_default();
            if own.len() >= LEAST && !forms.iter().any(|form: &Zeroizing<Vec<u8>>| **form == own) {
                forms.push(Zeroizing::new(own.to_vec()));
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_wherever_it_stands_in_what_is_encoded() {
        let secret = b"c4nary?>~ in the m1ne";
        let forms = encoded(secret);
        for before in 0..7 {
            for behind in 0..7 {
                let text = [&vec![b'x'; before][..], secret, &vec![b'y'; behind]].concat();
                for encoded in [STANDARD.encode(&text), URL_SAFE.encode(&text)] {
                    let found = forms.iter().any(|form| {
                        let form = String::from_utf8_lossy(form);
                        encoded.contains(&*form)
                    });
                    assert!(found, "{before} {behind}: {encoded}");
                }
            }
        }
        assert!(
            encoded(b"abc").is_empty(),
            "too short to be told from chance"
        );
    }
}
