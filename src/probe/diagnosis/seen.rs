//! The circumstances made ready for the rules: every text in the form that phrases are looked for in, every offer read once.

use crate::mail::circumstances::{Circumstances, TlsState};
use crate::mail::clean::Clean;
use crate::mail::outcome::{Cause, Failure};
use crate::mail::reply::{EnhancedStatus, Reply};
use crate::mail::stage::Stage;
use crate::smtp::Capabilities;

use super::phrase::normal;
use super::prose::{Words, parted};

/// The longest text that is looked at, in octets of the original. A reply's reason stands in its first lines.
const LONGEST: usize = 16 * 1024;

/// What the rules look at.
pub(super) struct Seen<'a> {
    pub(super) all: &'a Circumstances,
    pub(super) stage: Option<Stage>,
    pub(super) code: Option<u16>,
    pub(super) enhanced: Option<EnhancedStatus>,
    /// The words of the failure, the reply or whatever else was said.
    pub(super) words: Words,
    /// The same, each sentence by itself.
    pub(super) sentences: Vec<Words>,
    /// The same without what is said of conditions and beside the point.
    pub(super) matter: Words,
    pub(super) greeting: Words,
    /// Host, greeting and words: where a provider's name may stand.
    pub(super) provider: String,
    pub(super) login: String,
    /// The issuers of the certificates.
    pub(super) issuers: String,
    pub(super) before_tls: Option<Capabilities>,
    pub(super) after_tls: Option<Capabilities>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(all: &'a Circumstances) -> Self {
        let said = all.said();
        let words = normal(&parted(bounded(&words(all))));
        let greeting = text(all.greeting.as_ref());
        let host = text(all.host.as_ref());
        let mut issuers = String::new();
        for one in all.certificates.iter().take(10) {
            issuers.push_str(&normal(bounded(&one.issuer)));
            issuers.push('\n');
        }
        let provider = format!("{host}\n{greeting}\n{words}");
        let words = Words::from(words);
        let sentences = words.sentences();
        Self {
            all,
            stage: all.at(),
            code: said.map(|reply| reply.code),
            enhanced: said.and_then(|reply| reply.enhanced),
            provider,
            matter: words.of_the_matter(&sentences),
            sentences,
            words,
            greeting: Words::from(greeting),
            login: text(all.login.as_ref()),
            issuers,
            before_tls: all.before_tls.as_deref().map(read),
            after_tls: all.after_tls.as_deref().map(read),
        }
    }

    /// What counts on the connection as it is: the offer inside TLS where there is TLS.
    pub(super) fn offered(&self) -> Option<&Capabilities> {
        match self.all.tls {
            Some(TlsState::None) => self.before_tls.as_ref(),
            Some(_) => self.after_tls.as_ref(),
            None => self.after_tls.as_ref().or(self.before_tls.as_ref()),
        }
    }

    /// The failure's cause.
    pub(super) fn cause(&self) -> Option<&Cause> {
        self.all.failure.as_ref().map(|failure| &failure.cause)
    }

    /// What was said or what happened, for people.
    pub(super) fn evidence(&self) -> String {
        let all = self.all;
        match (&all.failure, &all.reply, &all.words) {
            (Some(failure), _, _) => failure.to_string(),
            (None, Some(reply), _) => reply.to_string(),
            (None, None, Some(words)) => words.to_string(),
            (None, None, None) => String::new(),
        }
    }
}

/// Whether a login is offered.
pub(super) fn offers_auth(offer: &Capabilities) -> bool {
    !offer.mechanisms().is_empty()
}

fn words(all: &Circumstances) -> String {
    match (&all.failure, &all.reply, &all.words) {
        (Some(failure), _, _) => failure.text(),
        (None, Some(reply), _) => reply.text(),
        (None, None, Some(words)) => words.to_string(),
        (None, None, None) => String::new(),
    }
}

fn text(one: Option<&Clean>) -> String {
    one.map(|text| normal(bounded(text))).unwrap_or_default()
}

/// The start of a text, cut where a character ends.
fn bounded(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST))
        .unwrap_or(text)
}

fn read(lines: &[Clean]) -> Capabilities {
    // The first line of the reply is a greeting and no extension.
    let all = std::iter::once("").chain(lines.iter().map(Clean::as_str));
    Capabilities::read(&Reply::new(250, all))
}

/// Whether a failure is one in which the server said no.
pub(super) fn is_refusal(failure: &Failure) -> bool {
    matches!(failure.cause, Cause::Refused(_))
}
