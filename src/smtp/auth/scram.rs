//! SCRAM (RFC 5802, RFC 7677): the password proves itself without being shown, and the server has to prove that it knows it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::zeroize::Zeroizing;

use super::counterpart::{self, First, Last, Refusal};
use super::hash::Hash;
use super::mechanism::{Answer, Fault, Login, Mechanism, Secret};
use crate::mail::sasl::Sasl;

/// Which SCRAM it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flavour {
    pub(super) hash: Hash,
    /// Whether it is bound to the TLS channel.
    pub(super) plus: bool,
}

impl Flavour {
    pub(super) const fn of(sasl: Sasl) -> Option<Self> {
        let (hash, plus) = match sasl {
            Sasl::ScramSha1 => (Hash::Sha1, false),
            Sasl::ScramSha1Plus => (Hash::Sha1, true),
            Sasl::ScramSha256 => (Hash::Sha256, false),
            Sasl::ScramSha256Plus => (Hash::Sha256, true),
            Sasl::ScramSha512 => (Hash::Sha512, false),
            Sasl::ScramSha512Plus => (Hash::Sha512, true),
            _ => return None,
        };
        Some(Self { hash, plus })
    }
}

/// How far an exchange has come.
enum State {
    /// Nothing was said.
    Begin,
    /// The client's first message is out.
    First,
    /// The proof is out; this signature must come back.
    Proven {
        server_key: Secret,
        message: Vec<u8>,
    },
    /// The server has proven itself.
    Verified,
    /// The server has refused in words of its own.
    Refused,
}

/// A run of SCRAM.
pub(super) struct Scram {
    sasl: Sasl,
    hash: Hash,
    /// The GS2 header, and behind it the channel binding's data.
    header: String,
    bound: Vec<u8>,
    first_bare: String,
    nonce: String,
    password: Zeroizing<String>,
    state: State,
    complaint: Option<String>,
    unfit: bool,
}

/// A user name in which nothing can end it (RFC 5802 §5.1).
pub(super) fn escaped(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

impl Scram {
    pub(super) fn new(sasl: Sasl, login: &Login, offered: &[String]) -> Self {
        let mut octets = [0; 18];
        // Without random numbers there is no login: an empty nonce is refused below.
        let nonce = match SystemRandom::new().fill(&mut octets) {
            Ok(()) => STANDARD.encode(octets),
            Err(_) => String::new(),
        };
        Self::with_nonce(sasl, login, offered, nonce)
    }

    fn with_nonce(sasl: Sasl, login: &Login, offered: &[String], nonce: String) -> Self {
        let flavour = Flavour::of(sasl).unwrap_or(Flavour {
            hash: Hash::Sha256,
            plus: false,
        });
        // A server that offers no binding is told that we could: had somebody in the middle taken the offer out, the server
        // would notice (RFC 5802 §6).
        let unseen = !offered.iter().any(|word| word.ends_with("-PLUS"));
        let (header, bound) = match &login.binding {
            Some(binding) if flavour.plus => {
                (format!("p={},,", binding.kind), binding.data.clone())
            }
            Some(_) if unseen => ("y,,".to_owned(), Vec::new()),
            _ => ("n,,".to_owned(), Vec::new()),
        };
        let (user, password) = login.prepared();
        Self {
            sasl,
            hash: flavour.hash,
            header,
            bound,
            first_bare: format!("n={},r={nonce}", escaped(&user)),
            nonce,
            password,
            state: State::Begin,
            complaint: None,
            unfit: false,
        }
    }

    /// The proof, for the server's first message.
    fn prove(&mut self, challenge: &[u8]) -> Result<Answer, Fault> {
        let first = std::str::from_utf8(challenge)
            .map_err(|_| Fault::Broken("the server's first message is not UTF-8"))?;
        let First {
            nonce,
            salt,
            rounds,
        } = counterpart::first(first, &self.nonce)?;
        let mut bound = self.header.clone().into_bytes();
        bound.extend_from_slice(&self.bound);
        let without_proof = format!("c={},r={nonce}", STANDARD.encode(bound));
        let message = format!("{},{first},{without_proof}", self.first_bare).into_bytes();
        let salted = self.hash.salted(&self.password, &salt, rounds);
        let proof = self.hash.proof(&salted, &message);
        let server_key = self.hash.hmac(&salted, b"Server Key");
        let proof = Zeroizing::new(STANDARD.encode(&*proof));
        self.state = State::Proven {
            server_key,
            message,
        };
        Ok(Answer {
            octets: Zeroizing::new([without_proof.as_bytes(), b",p=", proof.as_bytes()].concat()),
            secrets: vec![Zeroizing::new(proof.as_bytes().to_vec())],
        })
    }

    fn verify(&mut self, last: &[u8]) -> Result<Answer, Fault> {
        let State::Proven {
            server_key,
            message,
        } = &self.state
        else {
            return Err(Fault::Broken("the server asks out of turn"));
        };
        match counterpart::last(&String::from_utf8_lossy(last))? {
            Last::Signature(tag) if self.hash.is_hmac(server_key, message, &tag) => {
                self.state = State::Verified;
                Ok(Answer::default())
            }
            Last::Signature(_) => Err(Fault::Untrue(
                "the server has not proven that it knows the password: its signature is wrong",
            )),
            Last::Refused(refusal) => Ok(self.refused(refusal)),
        }
    }

    fn refused(&mut self, refusal: Refusal) -> Answer {
        self.complaint = Some(refusal.words);
        self.unfit = refusal.unfit;
        self.state = State::Refused;
        Answer::default()
    }
}

impl Mechanism for Scram {
    fn sasl(&self) -> Sasl {
        self.sasl
    }

    fn initial(&mut self) -> Option<Answer> {
        self.state = State::First;
        Some(
            format!("{}{}", self.header, self.first_bare)
                .into_bytes()
                .into(),
        )
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Answer, Fault> {
        match self.state {
            State::Begin => self.initial().ok_or(Fault::Broken("out of turn")),
            // Some servers overlook the initial response.
            State::First if challenge.is_empty() => {
                self.initial().ok_or(Fault::Broken("out of turn"))
            }
            State::First if challenge.starts_with(b"e=") => {
                let refusal = counterpart::refusal(&String::from_utf8_lossy(challenge))?;
                Ok(self.refused(refusal))
            }
            State::First => self.prove(challenge),
            State::Proven { .. } => self.verify(challenge),
            State::Verified | State::Refused => {
                Err(Fault::Broken("the server asks on though all is said"))
            }
        }
    }

    /// The server's signature can be worked out from the password and what else is said, so whoever has it can try passwords.
    fn next_is_secret(&self) -> bool {
        matches!(self.state, State::Proven { .. })
    }

    fn done(&self) -> Result<(), Fault> {
        match self.state {
            State::Verified => Ok(()),
            _ => Err(Fault::Untrue(
                "the server says welcome, but has not proven that it knows the password",
            )),
        }
    }

    fn complaint(&self) -> Option<&str> {
        self.complaint.as_deref()
    }

    fn is_unfit(&self) -> bool {
        self.unfit
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::smtp::tls::Binding;

    fn login(binding: Option<Binding>) -> Login {
        Login {
            user: "user".into(),
            password: SecretString::from("pencil"),
            host: "mx.example".into(),
            port: 587,
            binding,
        }
    }

    fn run(sasl: Sasl, nonce: &str) -> Scram {
        Scram::with_nonce(sasl, &login(None), &[], nonce.to_owned())
    }

    fn text(answer: Result<Answer, Fault>) -> String {
        let answer = answer.expect("an answer");
        String::from_utf8(answer.octets.to_vec()).expect("ASCII")
    }

    /// The example of RFC 5802 §5.
    #[test]
    fn sha_1_as_in_its_rfc() {
        let mut scram = run(Sasl::ScramSha1, "fyko+d2lbbFgONRv9qkxdawL");
        let first = scram.initial().expect("speaks first").octets;
        assert_eq!(first[..], *b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
        let challenge = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
        assert_eq!(
            text(scram.answer(challenge)),
            "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
        );
        assert!(scram.done().is_err(), "the server has proven nothing yet");
        assert_eq!(text(scram.answer(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=")), "");
        assert_eq!(scram.done(), Ok(()));
    }

    const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
    const FIRST: &[u8] =
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    /// The example of RFC 7677 §3.
    #[test]
    fn sha_256_as_in_its_rfc() {
        let mut scram = run(Sasl::ScramSha256, NONCE);
        let first = scram.initial().expect("speaks first").octets;
        assert_eq!(first[..], *b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        assert_eq!(
            text(scram.answer(FIRST)),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        let last = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
        assert_eq!(text(scram.answer(last)), "");
        assert_eq!(scram.done(), Ok(()));
    }

    #[test]
    fn a_server_that_does_not_know_the_password_is_found_out() {
        let mut scram = run(Sasl::ScramSha256, NONCE);
        scram.initial();
        scram.answer(FIRST).expect("an answer");
        let wrong = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=";
        for last in [&wrong[..], b"v=", b"v=AAAA"] {
            assert!(matches!(scram.answer(last), Err(Fault::Untrue(_))));
        }
        assert!(matches!(scram.done(), Err(Fault::Untrue(_))));
    }

    #[test]
    fn a_first_message_that_makes_no_sense_ends_it() {
        let mut scram = run(Sasl::ScramSha256, NONCE);
        scram.initial();
        assert!(
            scram
                .answer(b"r=another,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
                .is_err()
        );
        assert!(scram.done().is_err());
    }

    #[test]
    fn the_header_tells_what_was_offered_and_what_binds() {
        let binding = Binding {
            kind: "tls-exporter",
            data: b"data".to_vec(),
        };
        let first = |sasl, binding: Option<&Binding>, offered: &[&str]| {
            let offered: Vec<String> = offered.iter().map(ToString::to_string).collect();
            let mut scram = Scram::new(sasl, &login(binding.cloned()), &offered);
            text(Ok(scram.initial().expect("speaks first")))
        };
        let plus = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"];
        let bound = first(Sasl::ScramSha256Plus, Some(&binding), &plus);
        assert!(bound.starts_with("p=tls-exporter,,n=user,r="), "{bound}");
        assert!(first(Sasl::ScramSha256, Some(&binding), &plus).starts_with("n,,"));
        assert!(first(Sasl::ScramSha256, Some(&binding), &plus[..1]).starts_with("y,,"));
        assert!(first(Sasl::ScramSha256, None, &plus[..1]).starts_with("n,,"));
        assert_ne!(bound, first(Sasl::ScramSha256Plus, Some(&binding), &plus));
        assert_eq!(escaped("a=b,c"), "a=3Db=2Cc");
    }

    #[test]
    fn a_refusal_of_the_mechanism_is_told_from_one_of_the_password() {
        for (error, unfit) in [
            ("e=unsupported-channel-binding-type", true),
            ("e=invalid-proof", false),
            ("e=channel-bindings-dont-match", false),
        ] {
            let mut scram = run(Sasl::ScramSha256, NONCE);
            scram.initial();
            scram.answer(FIRST).expect("an answer");
            assert_eq!(text(scram.answer(error.as_bytes())), "");
            assert_eq!(scram.is_unfit(), unfit, "{error}");
            assert!(
                scram
                    .complaint()
                    .is_some_and(|words| words.contains(&error[2..]))
            );
        }
    }
}
