//! A rule as it is written in TOML: what it says, and when it speaks.

use serde::Deserialize;
use toml::Spanned;

use super::observed::Fact;
use super::pattern::{CodePattern, EnhancedPattern};
use super::phrase::Phrase;
use super::phrases::{Lists, Phrases, Shared, join};
use super::seen::Seen;
use super::template::{Template, Title};
use crate::mail::circumstances::TlsState;
use crate::mail::clean::Clean;
use crate::mail::diagnosis::{Finding, Owner, Retry, Severity};
use crate::mail::sasl::Sasl;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;

/// The longest evidence in characters.
const LONGEST_EVIDENCE: usize = 300;
/// What a guess begins with.
const GUESS: &str = "Perhaps: ";

/// How a rule stands to others that speak at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// It explains what failed.
    #[default]
    Specific,
    /// It explains a whole class of failures, and is silent where a specific rule speaks.
    Broad,
    /// It remarks on something that may have nothing to do with what failed.
    Aside,
}

/// A rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) id: Spanned<String>,
    pub(super) severity: Severity,
    title: Title,
    explanation: Template,
    pub(super) advice: Spanned<Vec<Template>>,
    retry: Retry,
    owner: Owner,
    #[serde(default)]
    pub(super) kind: Kind,
    /// Rules that keep quiet when this one speaks.
    #[serde(default)]
    pub(super) over: Vec<String>,
    /// Phrases that leave doubt, whichever condition holds.
    #[serde(default)]
    unsure: Phrases,
    /// Reply codes that do.
    #[serde(default)]
    unsure_codes: Vec<CodePattern>,
    /// Enhanced status codes that do.
    #[serde(default)]
    unsure_enhanced: Vec<EnhancedPattern>,
    /// Phrases that several of the conditions share.
    #[serde(default)]
    lists: Lists,
    /// One of these has to hold.
    pub(super) when: Vec<When>,
}

/// Conditions, which all have to hold. In each list one has to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct When {
    pub(super) stage: Vec<Stage>,
    pub(super) failed: Vec<Class>,
    pub(super) codes: Vec<CodePattern>,
    pub(super) enhanced: Vec<EnhancedPattern>,
    pub(super) words: Phrases,
    pub(super) with: Phrases,
    pub(super) also: Vec<Phrase>,
    pub(super) none: Phrases,
    pub(super) provider: Vec<Phrase>,
    pub(super) greeting: Vec<Phrase>,
    pub(super) issuer: Vec<Phrase>,
    pub(super) login: Vec<Phrase>,
    pub(super) other_login: Vec<Phrase>,
    pub(super) mechanism: Vec<Sasl>,
    pub(super) port: Vec<u16>,
    pub(super) other_port: Vec<u16>,
    pub(super) security: Vec<Security>,
    pub(super) tls: Vec<TlsState>,
    pub(super) not_tls: Vec<TlsState>,
    pub(super) auth_before: Option<bool>,
    pub(super) auth_after: Option<bool>,
    pub(super) auth: Option<bool>,
    pub(super) starttls: Option<bool>,
    pub(super) authenticated: Option<bool>,
    pub(super) committed: Option<bool>,
    pub(super) facts: Vec<Fact>,
    pub(super) no_facts: Vec<Fact>,
    /// What is asked for fits other failures too: then the rule is told as a guess, behind the honest answer.
    pub(super) doubt: bool,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Class {
    /// The server said no.
    Refused,
    /// Nothing came in time.
    TimedOut,
    /// The connection ended.
    Closed,
    /// The name was not found.
    Dns,
    /// The operating system said no.
    Io,
    /// TLS failed.
    Tls,
    /// The server broke the protocol.
    OutOfStep,
    /// This side would not go on.
    Local,
    /// Nothing failed, or it is not known what.
    Nothing,
}

/// Says that a rule speaks, how closely it fits, and what was seen beside the server's words.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) weight: usize,
    /// It may well be something else.
    pub(super) doubt: bool,
    pub(super) observed: Option<String>,
}

impl Rule {
    /// Puts lists where they are named: its own, and those that all share.
    ///
    /// # Errors
    /// What is wrong with a list or with a name.
    pub(super) fn join_lists(&mut self, shared: &Shared) -> Result<(), String> {
        let conditions = self.when.iter_mut();
        let users = conditions.flat_map(|when| [&mut when.words, &mut when.with, &mut when.none]);
        let users = users.chain([&mut self.unsure]);
        join(std::mem::take(&mut self.lists), shared, users)
    }

    /// The closest fit of its conditions, a sure one before all that leave doubt.
    pub(super) fn fit(&self, seen: &Seen<'_>) -> Option<Fit> {
        let fits = self.when.iter().filter_map(|when| when.fit(seen));
        let mut best = fits.max_by_key(|fit| (!fit.doubt, fit.weight))?;
        let coded = |one: &CodePattern| seen.code.is_some_and(|code| one.has(code));
        let stated = |one: &EnhancedPattern| seen.enhanced.is_some_and(|status| one.has(status));
        best.doubt |= self.unsure.iter().any(|one| one.is_said(&seen.words))
            || self.unsure_codes.iter().any(coded)
            || self.unsure_enhanced.iter().any(stated);
        Some(best)
    }

    /// What it says.
    pub(super) fn finding(&self, fit: &Fit, seen: &Seen<'_>) -> Finding {
        let advice = self.advice.get_ref().iter();
        // What was refused for good is not tried again by itself, whatever the rule hopes (RFC 5321 §4.2.1).
        let for_good = seen.code.is_some_and(|code| code / 100 == 5);
        let retry = match self.retry {
            Retry::Yes if for_good => Retry::Ask,
            other => other,
        };
        let (severity, title) = if fit.doubt {
            let guess = format!("{GUESS}{}", self.title.0);
            (Severity::Info, Clean::from(guess))
        } else {
            (self.severity, self.title.0.clone())
        };
        Finding {
            id: self.id.get_ref().clone(),
            severity,
            title,
            explanation: self.explanation.told(seen),
            advice: advice.filter_map(|one| one.filled(seen)).collect(),
            evidence: evidence(fit.observed.clone().unwrap_or_else(|| seen.evidence())),
            retry,
            owner: self.owner,
            recipients: Vec::new(),
        }
    }
}

/// Evidence within bounds.
pub(super) fn evidence(text: String) -> Clean {
    match text.char_indices().nth(LONGEST_EVIDENCE) {
        Some((at, _)) => Clean::from(format!("{}…", text.get(..at).unwrap_or_default())),
        None => Clean::from(text),
    }
}

impl When {
    /// Whether it asks for nothing that could be missing.
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            failed,
            codes,
            enhanced,
            words,
            also,
            provider,
            greeting,
            issuer,
            facts,
            ..
        } = self;
        failed.is_empty()
            && codes.is_empty()
            && enhanced.is_empty()
            && words.is_empty()
            && also.is_empty()
            && provider.is_empty()
            && greeting.is_empty()
            && issuer.is_empty()
            && facts.is_empty()
    }
}
