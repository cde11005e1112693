//! Which mechanisms are tried, best first.

use super::mechanism::{Kind, Login, Mechanism};
use super::scram::{Flavour, Scram};
use super::{bearer, simple};
use crate::mail::sasl::Sasl;
use crate::smtp::tls::Binding;

/// The mechanisms for what there is to log in with, best first.
///
/// Inside TLS, PLAIN goes before CRAM-MD5: many a server offers CRAM-MD5 without the clear passwords that it needs at its
/// end, and a refused password is not tried again by another way.
const fn ranks(kind: Kind, secure: bool) -> &'static [Sasl] {
    match (kind, secure) {
        (Kind::Certificate, _) => &[Sasl::External],
        (Kind::Token, _) => &[Sasl::OauthBearer, Sasl::Xoauth2],
        (Kind::Password, true) => &[
            Sasl::ScramSha512Plus,
            Sasl::ScramSha256Plus,
            Sasl::ScramSha1Plus,
            Sasl::ScramSha512,
            Sasl::ScramSha256,
            Sasl::ScramSha1,
            Sasl::Plain,
            Sasl::Login,
            Sasl::CramMd5,
        ],
        (Kind::Password, false) => &[
            Sasl::ScramSha512,
            Sasl::ScramSha256,
            Sasl::ScramSha1,
            Sasl::CramMd5,
            Sasl::Plain,
            Sasl::Login,
        ],
    }
}

/// The mechanisms to try, best first.
///
/// # Errors
/// Words that list what the server offers, where nothing of it can be used.
pub(crate) fn choose(
    offered: &[String],
    forced: Option<Sasl>,
    kind: Kind,
    binding: Option<&Binding>,
    secure: bool,
) -> Result<Vec<Sasl>, String> {
    let is_offered = |sasl: &Sasl| offered.iter().any(|word| word == sasl.name());
    let list = offered.join(", ");
    if let Some(sasl) = forced {
        if !is_offered(&sasl) {
            let name = sasl.name().to_lowercase();
            return Err(format!(
                "auth = \"{name}\" is set, but the server offers {list}"
            ));
        }
        if Flavour::of(sasl).is_some_and(|flavour| flavour.plus) && binding.is_none() {
            return Err(format!(
                "{sasl} needs a TLS connection that it can be bound to"
            ));
        }
        return Ok(vec![sasl]);
    }
    let usable = |sasl: &Sasl| {
        let unbound = Flavour::of(*sasl).is_some_and(|flavour| flavour.plus) && binding.is_none();
        is_offered(sasl) && !unbound
    };
    let chosen: Vec<Sasl> = { ranks(kind, secure).iter() }
        .copied()
        .filter(usable)
        .collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let known = |word: &String| Sasl::ALL.iter().any(|sasl| sasl.name() == word);
    Err(match kind {
        Kind::Password if !offered.iter().any(known) => {
            format!("the server offers only login mechanisms that are not known here: {list}")
        }
        Kind::Password => {
            format!(
                "the server offers no login with a password: {list}; a token_command or a client_cert may do"
            )
        }
        Kind::Token => format!("the server takes no bearer token; it offers {list}"),
        Kind::Certificate => {
            format!("the server takes no client certificate as login (EXTERNAL); it offers {list}")
        }
    })
}

/// A run of this mechanism. `offered` matters to SCRAM, which tells the server what it has seen.
pub(crate) fn start(sasl: Sasl, login: &Login, offered: &[String]) -> Box<dyn Mechanism> {
    match sasl {
        Sasl::Plain => simple::plain(login),
        Sasl::Login => simple::login(login),
        Sasl::CramMd5 => simple::cram(login),
        Sasl::External => simple::external(login),
        Sasl::OauthBearer | Sasl::Xoauth2 => bearer::bearer(sasl, login),
        Sasl::ScramSha512Plus
        | Sasl::ScramSha512
        | Sasl::ScramSha256Plus
        | Sasl::ScramSha256
        | Sasl::ScramSha1Plus
        | Sasl::ScramSha1 => Box::new(Scram::new(sasl, login, offered)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(offered: &[&str], kind: Kind, bound: bool, secure: bool) -> Vec<&'static str> {
        let offered: Vec<String> = offered.iter().map(ToString::to_string).collect();
        let binding = bound.then(|| Binding {
            kind: "tls-exporter",
            data: vec![1],
        });
        choose(&offered, None, kind, binding.as_ref(), secure)
            .unwrap_or_default()
            .into_iter()
            .map(Sasl::name)
            .collect()
    }

    #[test]
    fn the_best_that_is_offered_comes_first() {
        let password = Kind::Password;
        let all = [
            "LOGIN",
            "X",
            "CRAM-MD5",
            "PLAIN",
            "SCRAM-SHA-256",
            "SCRAM-SHA-256-PLUS",
            "XOAUTH2",
        ];
        let scram = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"];
        let inside = names(&all, password, true, true);
        assert_eq!(inside[..2], scram);
        assert_eq!(inside[2..], ["PLAIN", "LOGIN", "CRAM-MD5"]);
        let unbound = names(&all, password, false, true);
        assert_eq!(unbound[0], "SCRAM-SHA-256");
        let clear = names(&all, password, false, false);
        assert_eq!(clear, ["SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"]);
        assert_eq!(names(&["LOGIN"], password, true, true), ["LOGIN"]);
        assert_eq!(names(&all, Kind::Token, true, true), ["XOAUTH2"]);
        assert!(names(&["GSSAPI", "XOAUTH2"], password, true, true).is_empty());
        assert!(names(&all, Kind::Certificate, true, true).is_empty());
    }

    #[test]
    fn what_was_asked_for_is_taken_or_missed_aloud() {
        let offered = ["PLAIN".to_owned(), "LOGIN".to_owned()];
        let choose = |forced| choose(&offered, Some(forced), Kind::Password, None, true);
        assert_eq!(choose(Sasl::Login), Ok(vec![Sasl::Login]));
        let words = choose(Sasl::ScramSha256).expect_err("not offered");
        assert!(words.contains("scram-sha-256") && words.contains("PLAIN, LOGIN"));
    }
}
