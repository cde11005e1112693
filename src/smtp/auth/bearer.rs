//! Bearer tokens: OAUTHBEARER (RFC 7628) and XOAUTH2, which came before it.

use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use serde_json::Value;

use super::mechanism::{Answer, Fault, Login, Mechanism, Secret};
use super::scram::escaped;
use crate::mail::clean::clean;
use crate::mail::sasl::Sasl;

/// Octets shown of what a server says of a refusal.
const MOST: usize = 400;

struct Bearer {
    sasl: Sasl,
    message: Secret,
    /// What the server said of the refusal.
    complaint: Option<String>,
}

pub(super) fn bearer(sasl: Sasl, login: &Login) -> Box<dyn Mechanism> {
    let token = login.password.expose_secret();
    let before = if sasl == Sasl::OauthBearer {
        let (user, host, port) = (escaped(&login.user), &login.host, login.port);
        format!("n,a={user},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer ")
    } else {
        format!("user={}\u{1}auth=Bearer ", login.user)
    };
    let mut message = Zeroizing::new(Vec::with_capacity(before.len() + token.len() + 2));
    message.extend_from_slice(before.as_bytes());
    message.extend_from_slice(token.as_bytes());
    message.extend_from_slice(b"\x01\x01");
    Box::new(Bearer {
        sasl,
        message,
        complaint: None,
    })
}

impl Mechanism for Bearer {
    fn sasl(&self) -> Sasl {
        self.sasl
    }

    fn initial(&mut self) -> Option<Answer> {
        Some(self.message.to_vec().into())
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Answer, Fault> {
        if self.complaint.is_some() {
            return Err(Fault::Broken("the server refuses the token twice"));
        }
        if challenge.is_empty() {
            return Ok(self.message.to_vec().into());
        }
        self.complaint = Some(read(challenge));
        // The refusal itself comes behind an answer without meaning (RFC 7628 §3.2.3).
        Ok(match self.sasl {
            Sasl::OauthBearer => b"\x01".to_vec().into(),
            _ => Answer::default(),
        })
    }

    fn complaint(&self) -> Option<&str> {
        self.complaint.as_deref()
    }
}

/// What a server says of a token in JSON, in words; what is no JSON as it is.
fn read(challenge: &[u8]) -> String {
    let text = String::from_utf8_lossy(challenge);
    let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(challenge) else {
        return cut(&clean(&text)).to_owned();
    };
    let mut words = vec!["the token is refused".to_owned()];
    for (name, value) in &members {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        words.push(format!("{name} {value}"));
    }
    cut(&clean(&words.join(", "))).to_owned()
}

fn cut(text: &str) -> &str {
    let end = (0..=MOST).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn start(sasl: Sasl) -> Box<dyn Mechanism> {
        let login = Login {
            user: "user@example.com".into(),
            password: SecretString::from("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="),
            host: "server.example.com".into(),
            port: 587,
            binding: None,
        };
        bearer(sasl, &login)
    }

    /// The example of RFC 7628 §4.1, for our port.
    #[test]
    fn oauthbearer_says_what_its_rfc_demands() {
        let mut bearer = start(Sasl::OauthBearer);
        let said = bearer.initial().expect("speaks first").octets;
        let expected = "n,a=user@example.com,\u{1}host=server.example.com\u{1}port=587\u{1}\
                        auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u{1}\u{1}";
        assert_eq!(said[..], *expected.as_bytes());
        let json = br#"{"status":"invalid_token","scope":"example_scope"}"#;
        assert_eq!(bearer.answer(json).expect("an answer").octets[..], *b"\x01");
        let words = bearer.complaint().expect("words");
        assert!(
            words.contains("status invalid_token") && words.contains("scope example_scope"),
            "{words}"
        );
        assert!(bearer.answer(json).is_err(), "twice");
    }

    #[test]
    fn xoauth2_answers_a_refusal_with_nothing() {
        let mut bearer = start(Sasl::Xoauth2);
        let said = bearer.initial().expect("speaks first").octets;
        assert!(
            said.starts_with(b"user=user@example.com\x01auth=Bearer vF9")
                && said.ends_with(b"\x01\x01")
        );
        assert_eq!(
            bearer.answer(b"").expect("asked again").octets[..],
            said[..]
        );
        let json = br#"{"status":"401","schemes":"bearer","scope":"https://mail.example/"}"#;
        assert!(bearer.answer(json).expect("an answer").octets.is_empty());
        assert!(bearer.complaint().expect("words").contains("status 401"));
    }

    #[test]
    fn what_is_no_json_is_shown_as_it_is_and_not_at_length() {
        assert_eq!(read(b"no\x1b[2J"), "no\\x1b[2J");
        assert_eq!(read("ü".repeat(1000).as_bytes()).len(), MOST);
    }
}
