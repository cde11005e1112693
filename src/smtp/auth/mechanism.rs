//! SASL mechanisms (RFC 4422): each turns a login into its answers, one challenge at a time.

use std::fmt;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

/// An answer on its way to the server, before base64. It is overwritten when it is dropped.
pub(crate) type Answer = Zeroizing<Vec<u8>>;

/// Who logs in.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) user: String,
    pub(crate) password: SecretString,
}

impl Login {
    /// What keeps this login from being used, where something does: NUL separates the parts of PLAIN (RFC 4616 §2).
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if self.user.contains('\0') {
            return Some("the user name holds a NUL, which no login can carry");
        }
        if self.password.expose_secret().contains('\0') {
            return Some("the password holds a NUL, which no login can carry");
        }
        if self.user.is_empty() {
            return Some("the user name is empty");
        }
        None
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

/// One run of a mechanism.
pub(crate) trait Mechanism: Send {
    /// Its name, as in EHLO.
    fn name(&self) -> &'static str;

    /// What is sent along with the AUTH command, where the mechanism lets the client speak first.
    fn initial(&mut self) -> Option<Answer>;

    /// The answer to a challenge.
    ///
    /// # Errors
    /// Words for a challenge that makes no sense; the exchange is cancelled then.
    fn answer(&mut self, challenge: &[u8]) -> Result<Answer, &'static str>;
}

type Make = fn(&Login) -> Box<dyn Mechanism>;

/// The mechanisms known, best first. PLAIN goes before LOGIN: it is a standard, and needs one round instead of three.
const KNOWN: [(&str, Make); 2] = [("PLAIN", Plain::make), ("LOGIN", Obsolete::make)];

/// The mechanisms that both sides know, best first.
pub(crate) fn choose(offered: &[String], login: &Login) -> Vec<Box<dyn Mechanism>> {
    KNOWN
        .iter()
        .filter(|(name, _)| offered.iter().any(|word| word == name))
        .map(|(_, make)| make(login))
        .collect()
}

/// PLAIN (RFC 4616).
struct Plain(Login);

impl Plain {
    fn make(login: &Login) -> Box<dyn Mechanism> {
        Box::new(Self(login.clone()))
    }

    fn message(&self) -> Answer {
        let password = self.0.password.expose_secret().as_bytes();
        let mut message =
            Zeroizing::new(Vec::with_capacity(self.0.user.len() + password.len() + 2));
        message.push(0);
        message.extend_from_slice(self.0.user.as_bytes());
        message.push(0);
        message.extend_from_slice(password);
        message
    }
}

impl Mechanism for Plain {
    fn name(&self) -> &'static str {
        "PLAIN"
    }

    fn initial(&mut self) -> Option<Answer> {
        Some(self.message())
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Answer, &'static str> {
        // Some servers overlook the initial response and ask for it again with an empty challenge.
        if challenge.is_empty() {
            Ok(self.message())
        } else {
            Err("PLAIN has no challenge, and the server sent one")
        }
    }
}

/// LOGIN, a draft that expired in 2003 and that many servers still offer alone. The prompts differ; their order does not.
struct Obsolete {
    login: Login,
    round: u8,
}

impl Obsolete {
    fn make(login: &Login) -> Box<dyn Mechanism> {
        Box::new(Self {
            login: login.clone(),
            round: 0,
        })
    }
}

impl Mechanism for Obsolete {
    fn name(&self) -> &'static str {
        "LOGIN"
    }

    fn initial(&mut self) -> Option<Answer> {
        None
    }

    fn answer(&mut self, _prompt: &[u8]) -> Result<Answer, &'static str> {
        self.round = self.round.saturating_add(1);
        match self.round {
            1 => Ok(Zeroizing::new(self.login.user.clone().into_bytes())),
            2 => Ok(Zeroizing::new(
                self.login.password.expose_secret().as_bytes().to_vec(),
            )),
            _ => Err("LOGIN has two questions, and the server asked a third"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Login {
        Login {
            user: "tim".into(),
            password: SecretString::from("tanstaaf tanstaaf ü"),
        }
    }

    fn names(offered: &[&str]) -> Vec<&'static str> {
        let offered: Vec<String> = offered.iter().map(ToString::to_string).collect();
        choose(&offered, &login())
            .iter()
            .map(|one| one.name())
            .collect()
    }

    #[test]
    fn the_best_that_is_offered_comes_first() {
        assert_eq!(names(&["LOGIN", "X", "PLAIN"]), ["PLAIN", "LOGIN"]);
        assert_eq!(names(&["LOGIN"]), ["LOGIN"]);
        assert!(names(&["GSSAPI", "XOAUTH2"]).is_empty());
    }

    #[test]
    fn plain_and_login_say_what_their_texts_demand() {
        let mut plain = Plain(login());
        let said = plain.initial().expect("speaks first");
        assert_eq!(said[..], *"\0tim\0tanstaaf tanstaaf ü".as_bytes());
        assert_eq!(plain.answer(b"").expect("asked again")[..], said[..]);
        assert!(plain.answer(b"what?").is_err());
        let mut obsolete = Obsolete {
            login: login(),
            round: 0,
        };
        assert!(obsolete.initial().is_none());
        assert_eq!(obsolete.answer(b"Username:").expect("user")[..], *b"tim");
        assert_eq!(
            obsolete.answer(b"").expect("password")[..],
            *"tanstaaf tanstaaf ü".as_bytes()
        );
        assert!(obsolete.answer(b"Shoe size:").is_err());
    }

    #[test]
    fn a_nul_is_refused_and_nothing_is_shown() {
        let mut bad = login();
        bad.password = SecretString::from("a\0b");
        assert!(bad.fault().is_some_and(|words| words.contains("NUL")));
        assert_eq!(login().fault(), None);
        assert!(!format!("{:?}", login()).contains("tan"));
    }
}
