//! Whether a rule's conditions hold, and how much they say: what only one cause has weighs most.

use super::phrase::{Phrase, longest_in, longest_said};
use super::prose::Words;
use super::rule::{Class, Fit, When};
use super::seen::{Seen, offers_auth};
use crate::mail::outcome::{Cause, Failure};

const FACT: usize = 30;
const PROVIDER: usize = 25;
const WORDS: usize = 20;
const ALSO: usize = 10;
const EXACT_STATUS: usize = 12;
const STATUS: usize = 6;
const STATE: usize = 5;
const EXACT_CODE: usize = 4;
const CODE: usize = 2;
const STAGE: usize = 3;
const CLASS: usize = 2;

/// What the conditions weigh that hold; `None` as soon as one does not.
struct Sum(Option<usize>);

impl Sum {
    fn add(&mut self, holds: bool, weight: usize) {
        self.0 = self.0.filter(|_| holds).map(|sum| sum + weight);
    }

    /// A list of which one has to hold; an empty one asks for nothing.
    fn one_of<T>(&mut self, list: &[T], holds: impl Fn(&T) -> bool, weight: usize) {
        if !list.is_empty() {
            self.add(list.iter().any(holds), weight);
        }
    }

    /// What is known has to be so; what is not known is not so.
    fn state(&mut self, wanted: Option<bool>, known: Option<bool>) {
        if wanted.is_some() {
            self.add(wanted == known, STATE);
        }
    }

    /// One of the phrases has to be said; a longer one says more.
    fn said<'a>(
        &mut self,
        phrases: impl Iterator<Item = &'a Phrase>,
        words: &Words,
        weight: usize,
    ) {
        let mut phrases = phrases.peekable();
        if phrases.peek().is_some() {
            self.found(longest_said(phrases, words), weight);
        }
    }

    /// One of the phrases has to be there; a longer one says more.
    fn phrases(&mut self, phrases: &[Phrase], text: &str, weight: usize) {
        if !phrases.is_empty() {
            self.found(longest_in(phrases, text), weight);
        }
    }

    fn found(&mut self, found: Option<&Phrase>, weight: usize) {
        let length = found.map_or(0, Phrase::length).min(40);
        self.add(found.is_some(), weight + length / 4);
    }
}

impl When {
    /// How closely the conditions fit, where they hold.
    pub(super) fn fit(&self, seen: &Seen<'_>) -> Option<Fit> {
        let mut sum = Sum(Some(0));
        sum.one_of(&self.stage, |one| Some(*one) == seen.stage, STAGE);
        let class = class(seen.all.failure.as_ref());
        sum.one_of(&self.failed, |one| *one == class, CLASS);
        self.reply(seen, &mut sum);
        self.state(seen, &mut sum);
        // What is dear comes last, and only where all the rest holds.
        sum.0?;
        let said = |one: &Phrase| one.is_said(&seen.words);
        sum.said(self.words.iter(), &seen.words, WORDS);
        // What only has to stand by says no more than the words themselves.
        sum.add(self.with.is_empty() || self.with.iter().any(said), 0);
        for phrase in &self.also {
            sum.add(said(phrase), ALSO);
        }
        sum.add(!self.none.iter().any(said), 0);
        sum.phrases(&self.provider, &seen.provider, PROVIDER);
        sum.said(self.greeting.iter(), &seen.greeting, WORDS);
        sum.phrases(&self.issuer, &seen.issuers, PROVIDER);
        sum.phrases(&self.login, &seen.login, PROVIDER);
        if !self.other_login.is_empty() {
            let known = !seen.login.is_empty();
            let other = longest_in(&self.other_login, &seen.login).is_none();
            sum.add(known && other, PROVIDER);
        }
        let mut observed = None;
        for fact in &self.facts {
            let what = fact.seen(seen);
            sum.add(what.is_some(), FACT);
            observed = observed.or(what);
        }
        let unwanted = self.no_facts.iter().any(|fact| fact.seen(seen).is_some());
        sum.add(!unwanted, 0);
        let weight = sum.0?;
        Some(Fit {
            weight,
            doubt: self.doubt || self.is_scattered(seen) || self.is_beside(seen),
            observed,
        })
    }

    /// Whether what has to stand by the words is said in other sentences only.
    fn is_scattered(&self, seen: &Seen<'_>) -> bool {
        let both = |sentence: &Words| {
            let said = |one: &Phrase| one.is_said(sentence);
            self.words.iter().any(said) && self.with.iter().any(said)
        };
        !self.words.is_empty() && !self.with.is_empty() && !seen.sentences.iter().any(both)
    }

    /// Whether the words are said only of a condition or beside the point.
    fn is_beside(&self, seen: &Seen<'_>) -> bool {
        !self.words.is_empty() && !self.words.iter().any(|one| one.is_said(&seen.matter))
    }

    fn reply(&self, seen: &Seen<'_>, sum: &mut Sum) {
        let code = |one: &super::pattern::CodePattern| seen.code.is_some_and(|code| one.has(code));
        let exact = self.codes.iter().any(|one| one.is_exact() && code(one));
        sum.one_of(&self.codes, code, if exact { EXACT_CODE } else { CODE });
        let status = |one: &super::pattern::EnhancedPattern| {
            seen.enhanced.is_some_and(|status| one.has(status))
        };
        let exact = self
            .enhanced
            .iter()
            .any(|one| one.is_exact() && status(one));
        sum.one_of(
            &self.enhanced,
            status,
            if exact { EXACT_STATUS } else { STATUS },
        );
    }

    fn state(&self, seen: &Seen<'_>, sum: &mut Sum) {
        let all = seen.all;
        sum.one_of(&self.port, |port| Some(*port) == all.port, STATE);
        if !self.other_port.is_empty() {
            let known = all
                .port
                .is_some_and(|port| !self.other_port.contains(&port));
            sum.add(known, STATE);
        }
        sum.one_of(&self.security, |one| Some(*one) == all.security, STATE);
        sum.one_of(&self.tls, |one| Some(*one) == all.tls, STATE);
        sum.add(!self.not_tls.iter().any(|one| Some(*one) == all.tls), 0);
        sum.one_of(&self.mechanism, |one| Some(*one) == all.mechanism, STATE);
        sum.state(self.auth_before, seen.before_tls.as_ref().map(offers_auth));
        sum.state(self.auth_after, seen.after_tls.as_ref().map(offers_auth));
        sum.state(self.auth, seen.offered().map(offers_auth));
        let starttls = seen
            .before_tls
            .as_ref()
            .map(|offer| offer.offers("STARTTLS"));
        sum.state(self.starttls, starttls);
        sum.state(self.authenticated, all.authenticated);
        sum.state(self.committed, all.committed);
    }
}

fn class(failure: Option<&Failure>) -> Class {
    match failure.map(|failure| &failure.cause) {
        None => Class::Nothing,
        // Where a server's yes is taken for a failure, its words tell of none.
        Some(Cause::Refused(reply)) if reply.code < 400 => Class::OutOfStep,
        Some(Cause::Refused(_)) => Class::Refused,
        Some(Cause::TimedOut(_)) => Class::TimedOut,
        Some(Cause::Closed) => Class::Closed,
        Some(Cause::Dns(_)) => Class::Dns,
        Some(Cause::Io(_)) => Class::Io,
        Some(Cause::Tls(_)) => Class::Tls,
        Some(Cause::OutOfStep(_)) => Class::OutOfStep,
        Some(Cause::Local(_)) => Class::Local,
    }
}
