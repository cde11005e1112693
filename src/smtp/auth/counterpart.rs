//! What the server says in SCRAM (RFC 5802 §7): its nonce, salt and rounds, and at the end its signature or a refusal.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::mechanism::Fault;

/// Rounds of key derivation beyond which a server only wants to keep us busy. Today's advice is 600 000.
const MOST_ROUNDS: u32 = 2_000_000;

/// A server's words for a refusal (RFC 5802 §7).
const ERRORS: [&str; 9] = [
    "invalid-encoding",
    "extensions-not-supported",
    "invalid-proof",
    "channel-bindings-dont-match",
    "server-does-support-channel-binding",
    "channel-binding-not-supported",
    "unsupported-channel-binding-type",
    "unknown-user",
    "no-resources",
];

/// The server's first message.
pub(super) struct First<'a> {
    /// Ours, and behind it the server's.
    pub(super) nonce: &'a str,
    pub(super) salt: Vec<u8>,
    pub(super) rounds: NonZeroU32,
}

/// The server's last message.
pub(super) enum Last {
    /// The proof that it knows the password.
    Signature(Vec<u8>),
    Refused(Refusal),
}

/// A refusal in the mechanism's own words.
pub(super) struct Refusal {
    /// What the server says, for people.
    pub(super) words: String,
    /// Whether the mechanism is the reason, and not the password.
    pub(super) unfit: bool,
}

/// Reads the first message, which must answer our nonce.
pub(super) fn first<'a>(message: &'a str, ours: &str) -> Result<First<'a>, Fault> {
    let mut parts = message.split(',');
    let mut part = |name: &str, missing| {
        let found = parts.next().and_then(|part| part.strip_prefix(name));
        found.ok_or(Fault::Broken(missing))
    };
    // An `m=` in front would be an extension that must not be ignored (RFC 5802 §5.1), and so it is not.
    let nonce = part(
        "r=",
        "the server's first message does not begin with a nonce",
    )?;
    let salt = part("s=", "the server's first message has no salt")?;
    let rounds = part("i=", "the server's first message has no iteration count")?;
    if ours.is_empty() {
        return Err(Fault::Untrue("this machine has no random numbers"));
    }
    if nonce.len() <= ours.len() || !nonce.starts_with(ours) {
        return Err(Fault::Untrue("the server's nonce is not made from ours"));
    }
    let salt = STANDARD.decode(salt).unwrap_or_default();
    if salt.is_empty() {
        return Err(Fault::Broken("the server's salt is not base64"));
    }
    let rounds = rounds.parse().ok().and_then(NonZeroU32::new);
    let rounds = rounds.ok_or(Fault::Broken("the server's iteration count is no number"))?;
    if rounds.get() > MOST_ROUNDS {
        return Err(Fault::Broken(
            "the server asks for more rounds of key derivation than any password is worth",
        ));
    }
    Ok(First {
        nonce,
        salt,
        rounds,
    })
}

/// Reads the last message.
pub(super) fn last(message: &str) -> Result<Last, Fault> {
    let part = message.split(',').next().unwrap_or_default();
    match part.strip_prefix("v=") {
        Some(tag) => Ok(Last::Signature(STANDARD.decode(tag).unwrap_or_default())),
        None => refusal(part).map(Last::Refused),
    }
}

/// Reads a refusal, which may come in place of any message.
pub(super) fn refusal(message: &str) -> Result<Refusal, Fault> {
    let Some(error) = message.strip_prefix("e=") else {
        return Err(Fault::Broken("the server's last message is no SCRAM"));
    };
    let unfit = matches!(
        error,
        "unsupported-channel-binding-type" | "channel-binding-not-supported"
    );
    // Only words of the RFC are repeated: this is a message that is kept out of the transcript.
    let known = ERRORS.iter().find(|known| **known == error);
    let words = format!("the server says {}", known.unwrap_or(&"other-error"));
    Ok(Refusal { words, unfit })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "rOprNGfwEbeRWgbNEkqO";

    #[test]
    fn first_messages_that_make_no_sense_are_refused() {
        for message in [
            "",
            "x",
            "m=ext,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=!!,i=4096",
            "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
            "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1",
            "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000000000",
        ] {
            assert!(first(message, OURS).is_err(), "{message}");
        }
        let good = "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let read = first(good, OURS).expect("a first message");
        assert_eq!((read.rounds.get(), read.salt.len()), (4096, 16));
        assert!(first(good, "").is_err(), "no random numbers");
    }

    #[test]
    fn a_refusal_repeats_the_words_of_the_rfc_alone() {
        let words = |message| refusal(message).map(|refusal| refusal.words);
        assert_eq!(
            words("e=unknown-user"),
            Ok("the server says unknown-user".to_owned())
        );
        assert_eq!(
            words("e=pencil"),
            Ok("the server says other-error".to_owned())
        );
        assert!(words("v=pencil").is_err());
    }
}
