//! Hides a secret in every form in which a server could repeat it.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use secrecy::zeroize::Zeroizing;

use crate::smtp::wire::Wire;

/// Forms in base64 that are shorter could be part of an honest challenge by chance.
const LEAST: usize = 6;

/// Hides the octets as they are, in base64 wherever they begin in what is encoded, in hexadecimal, and with the escapes of
/// URLs (RFC 3986 §2.1), of quoted-printable (RFC 2045 §6.7) and of xtext (RFC 3461 §4).
pub(super) fn hide(wire: &mut Wire, secret: &[u8]) {
    wire.hide(Zeroizing::new(secret.to_vec()));
    for form in encoded(secret).into_iter().chain(escaped(secret)) {
        wire.hide(form);
    }
}

/// Whether an octet stands for itself.
type IsPlain = fn(u8) -> bool;

/// The octets as digits, and with a sign before the digits of those that need it; in capitals and not.
fn escaped(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let url: IsPlain = |octet| octet.is_ascii_alphanumeric() || b"-._~".contains(&octet);
    let printable: IsPlain = |octet| octet.is_ascii_graphic() && octet != b'=';
    let xtext: IsPlain = |octet| octet.is_ascii_graphic() && !b"+=".contains(&octet);
    let mut forms = Vec::new();
    for digits in [b"0123456789abcdef", b"0123456789ABCDEF"] {
        let ways: [(&[u8], IsPlain); 4] = [
            (b"", |_| false),
            (b"%", url),
            (b"=", printable),
            (b"+", xtext),
        ];
        for (sign, is_plain) in ways {
            let room = secret.len() * (sign.len() + 2);
            let mut form = Zeroizing::new(Vec::with_capacity(room));
            for octet in secret {
                if is_plain(*octet) {
                    form.push(*octet);
                    continue;
                }
                form.extend_from_slice(sign);
                for digit in [octet >> 4, octet & 15] {
                    form.extend(digits.get(usize::from(digit)));
                }
            }
            forms.push(form);
        }
    }
    forms
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
    fn a_secret_is_found_by_its_digits_and_escapes() {
        let forms = escaped("a=+ü".as_bytes());
        for form in [
            "613d2bc3bc",
            "613D2BC3BC",
            "a%3D%2B%C3%BC",
            "a%3d%2b%c3%bc",
            "a=3D+=C3=BC",
            "a+3D+2B+C3+BC",
        ] {
            let found = forms.iter().any(|one| one.as_slice() == form.as_bytes());
            assert!(found, "{form}");
        }
    }

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
