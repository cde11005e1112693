//! The mechanisms without state worth the name: PLAIN, LOGIN, CRAM-MD5 and EXTERNAL.

use md5::{Digest, Md5};
use secrecy::zeroize::Zeroizing;

use super::mechanism::{Answer, Fault, Login, Mechanism, Secret};
use crate::mail::sasl::Sasl;

/// PLAIN (RFC 4616).
struct Plain(Secret);

pub(super) fn plain(login: &Login) -> Box<dyn Mechanism> {
    let (user, password) = login.prepared();
    // The room is reserved at once: growing would leave copies behind.
    let mut message = Zeroizing::new(Vec::with_capacity(user.len() + password.len() + 2));
    message.push(0);
    message.extend_from_slice(user.as_bytes());
    message.push(0);
    message.extend_from_slice(password.as_bytes());
    Box::new(Plain(message))
}

impl Mechanism for Plain {
    fn sasl(&self) -> Sasl {
        Sasl::Plain
    }

    fn initial(&mut self) -> Option<Answer> {
        Some(self.0.to_vec().into())
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Answer, Fault> {
        // Some servers overlook the initial response and ask for it again with an empty challenge.
        if challenge.is_empty() {
            Ok(self.0.to_vec().into())
        } else {
            Err(Fault::Broken(
                "PLAIN has no challenge, and the server sent one",
            ))
        }
    }
}

/// LOGIN, a draft that expired in 2003 and that many servers still offer alone. The prompts differ; their order does not.
struct Obsolete {
    user: String,
    password: Zeroizing<String>,
    round: u8,
}

pub(super) fn login(login: &Login) -> Box<dyn Mechanism> {
    let (user, password) = login.prepared();
    Box::new(Obsolete {
        user,
        password,
        round: 0,
    })
}

impl Mechanism for Obsolete {
    fn sasl(&self) -> Sasl {
        Sasl::Login
    }

    fn initial(&mut self) -> Option<Answer> {
        None
    }

    fn answer(&mut self, _prompt: &[u8]) -> Result<Answer, Fault> {
        self.round = self.round.saturating_add(1);
        match self.round {
            1 => Ok(self.user.clone().into_bytes().into()),
            2 => Ok(self.password.as_bytes().to_vec().into()),
            _ => Err(Fault::Broken(
                "LOGIN has two questions, and the server asked a third",
            )),
        }
    }

    fn reads_challenges(&self) -> bool {
        false
    }
}

/// CRAM-MD5 (RFC 2195).
struct Cram {
    user: String,
    password: Zeroizing<String>,
    answered: bool,
}

pub(super) fn cram(login: &Login) -> Box<dyn Mechanism> {
    let (user, password) = login.prepared();
    Box::new(Cram {
        user,
        password,
        answered: false,
    })
}

impl Mechanism for Cram {
    fn sasl(&self) -> Sasl {
        Sasl::CramMd5
    }

    fn initial(&mut self) -> Option<Answer> {
        None
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Answer, Fault> {
        if self.answered {
            return Err(Fault::Broken(
                "CRAM-MD5 has one challenge, and the server sent two",
            ));
        }
        // Without a challenge the digest would be the same each time, and as good as the password.
        if challenge.is_empty() {
            return Err(Fault::Broken("the server's challenge is empty"));
        }
        self.answered = true;
        let digest = hmac_md5(self.password.as_bytes(), challenge);
        let octets = Zeroizing::new([self.user.as_bytes(), b" ", &digest].concat());
        Ok(Answer {
            octets,
            secrets: vec![digest],
        })
    }
}

/// HMAC-MD5 (RFC 2104), in hexadecimal digits.
pub(in crate::smtp) fn hmac_md5(key: &[u8], text: &[u8]) -> Secret {
    const BLOCK: usize = 64;
    let mut block = Zeroizing::new([0; BLOCK]);
    let hashed: [u8; 16] = Md5::digest(key).into();
    let key = if key.len() > BLOCK { &hashed } else { key };
    for (octet, key) in block.iter_mut().zip(key) {
        *octet = *key;
    }
    let pad = |with: u8| Zeroizing::new(block.map(|octet| octet ^ with));
    let inner = Md5::new()
        .chain_update(*pad(0x36))
        .chain_update(text)
        .finalize();
    let outer = Md5::new()
        .chain_update(*pad(0x5c))
        .chain_update(inner)
        .finalize();
    let digits = |octet: u8| [octet >> 4, octet & 15];
    let mut hex = Zeroizing::new(Vec::with_capacity(32));
    for digit in outer.into_iter().flat_map(digits) {
        hex.push(if digit < 10 {
            b'0' + digit
        } else {
            b'a' + digit - 10
        });
    }
    hex
}

/// EXTERNAL (RFC 4422, appendix A): the client certificate has said it all; the user is whom to act for, where one is set.
struct External(String);

pub(super) fn external(login: &Login) -> Box<dyn Mechanism> {
    Box::new(External(login.user.clone()))
}

impl Mechanism for External {
    fn sasl(&self) -> Sasl {
        Sasl::External
    }

    fn initial(&mut self) -> Option<Answer> {
        Some(self.0.clone().into_bytes().into())
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Answer, Fault> {
        if challenge.is_empty() {
            Ok(self.0.clone().into_bytes().into())
        } else {
            Err(Fault::Broken(
                "EXTERNAL has no challenge, and the server sent one",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn tim(password: &str) -> Login {
        Login {
            user: "tim".into(),
            password: SecretString::from(password),
            host: "mx.example".into(),
            port: 587,
            binding: None,
        }
    }

    #[test]
    fn plain_and_login_say_what_their_texts_demand() {
        let mut plain = plain(&tim("tanstaaf tanstaaf ü"));
        let said = plain.initial().expect("speaks first").octets;
        assert_eq!(said[..], *"\0tim\0tanstaaf tanstaaf ü".as_bytes());
        assert_eq!(plain.answer(b"").expect("asked again").octets[..], said[..]);
        assert!(plain.answer(b"what?").is_err());
        let mut obsolete = login(&tim("tanstaaf tanstaaf ü"));
        assert!(obsolete.initial().is_none());
        let user = obsolete.answer(b"Username:").expect("user").octets;
        assert_eq!(user[..], *b"tim");
        let password = obsolete.answer(b"").expect("password").octets;
        assert_eq!(password[..], *"tanstaaf tanstaaf ü".as_bytes());
        assert!(obsolete.answer(b"Shoe size:").is_err());
    }

    /// The example of RFC 2195 §2.
    #[test]
    fn cram_md5_answers_as_in_its_rfc() {
        let mut cram = cram(&tim("tanstaaftanstaaf"));
        assert!(cram.initial().is_none());
        assert!(cram.answer(b"").is_err(), "no challenge");
        let challenge = b"<1896.697170952@postoffice.reston.mci.net>";
        let answer = cram.answer(challenge).expect("an answer");
        assert_eq!(answer.octets[..], *b"tim b913a602c7eda7a495b4e6e7334d3890");
        assert_eq!(answer.secrets[0][..], *b"b913a602c7eda7a495b4e6e7334d3890");
        assert!(cram.answer(challenge).is_err(), "twice");
    }

    /// Test cases 1, 2 and 6 of RFC 2202 §2.
    #[test]
    fn hmac_md5_is_that_of_its_rfc() {
        let hex = |key: &[u8], text: &[u8]| String::from_utf8(hmac_md5(key, text).to_vec());
        assert_eq!(
            hex(&[0x0b; 16], b"Hi There"),
            Ok("9294727a3638bb1c13f48ef8158bfc9d".into())
        );
        assert_eq!(
            hex(b"Jefe", b"what do ya want for nothing?"),
            Ok("750c783e6ab0b503eaa86e310a5db738".into())
        );
        let long = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(
            hex(&[0xaa; 80], long),
            Ok("6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd".into())
        );
    }

    #[test]
    fn external_names_whom_to_act_for_or_nobody() {
        let mut one = external(&tim(""));
        assert_eq!(one.initial().expect("speaks first").octets[..], *b"tim");
        assert!(one.answer(b"who?").is_err());
    }
}
