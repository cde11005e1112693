//! The knowledge base: rules from the files that this program carries, and from a user's own.

use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;

use super::generic::Status;
use super::phrases::{Lists, Shared};
use super::rule::{Rule, When};

/// The files, in the order in which they decide between equals.
const FILES: &[(&str, &str)] = &[
    (
        "settings.toml",
        include_str!("../../../assets/diagnosis/settings.toml"),
    ),
    (
        "dns.toml",
        include_str!("../../../assets/diagnosis/dns.toml"),
    ),
    (
        "connect.toml",
        include_str!("../../../assets/diagnosis/connect.toml"),
    ),
    (
        "greeting.toml",
        include_str!("../../../assets/diagnosis/greeting.toml"),
    ),
    (
        "hello.toml",
        include_str!("../../../assets/diagnosis/hello.toml"),
    ),
    (
        "starttls.toml",
        include_str!("../../../assets/diagnosis/starttls.toml"),
    ),
    (
        "tls.toml",
        include_str!("../../../assets/diagnosis/tls.toml"),
    ),
    (
        "auth.toml",
        include_str!("../../../assets/diagnosis/auth.toml"),
    ),
    (
        "providers.toml",
        include_str!("../../../assets/diagnosis/providers.toml"),
    ),
    (
        "mail.toml",
        include_str!("../../../assets/diagnosis/mail.toml"),
    ),
    (
        "rcpt.toml",
        include_str!("../../../assets/diagnosis/rcpt.toml"),
    ),
    (
        "content.toml",
        include_str!("../../../assets/diagnosis/content.toml"),
    ),
    (
        "session.toml",
        include_str!("../../../assets/diagnosis/session.toml"),
    ),
    (
        "status.toml",
        include_str!("../../../assets/diagnosis/status.toml"),
    ),
];

/// What is wrong with a file of rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// A file of rules.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    status: Vec<Status>,
    /// Phrases for all rules of this file and of those behind it.
    #[serde(default)]
    lists: Lists,
}

/// Rules and meanings.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    /// The user's own rules come first.
    own: Vec<Rule>,
    rules: Vec<Rule>,
    statuses: Vec<Status>,
    shared: Shared,
}

impl Knowledge {
    /// What this program knows.
    #[must_use]
    pub fn standard() -> &'static Self {
        static STANDARD: LazyLock<Knowledge> = LazyLock::new(|| {
            let mut all = Knowledge::default();
            for (name, text) in FILES {
                // A test sees to it that there are no faults.
                if let Ok(read) = read(name, text, &mut all.shared) {
                    all.rules.extend(read.rule);
                    all.statuses.extend(read.status);
                }
            }
            all
        });
        &STANDARD
    }

    /// What this program knows, and these rules of a user beside it. A rule of a known name takes the place of the known one;
    /// otherwise the user's own come first.
    ///
    /// # Errors
    /// What is wrong with the text, with the name given for the file and the line.
    pub fn with(name: &str, text: &str) -> Result<Self, Fault> {
        Self::with_all([(name, text)])
    }

    /// The same with several files, each by its name and its text, in the order in which they decide between equals.
    ///
    /// # Errors
    /// What is wrong with the first that is at fault, or that there are two rules of one name.
    pub fn with_all<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Fault> {
        let standard = Self::standard();
        let (mut own, mut statuses): (Vec<Rule>, Vec<Status>) = (Vec::new(), Vec::new());
        let mut shared = standard.shared.clone();
        for (name, text) in files {
            let Rules { rule, status, .. } = read(name, text, &mut shared)?;
            let known = |one: &&Rule| own.iter().any(|own| own.id.get_ref() == one.id.get_ref());
            if let Some(twice) = rule.iter().find(known) {
                let id = twice.id.get_ref();
                return Err(Fault {
                    file: name.to_owned(),
                    line: line_at(text, twice.id.span().start),
                    message: format!("there is a rule {id} in another file already"),
                });
            }
            own.extend(rule);
            statuses.extend(status);
        }
        let replaced = |one: &&Rule| own.iter().any(|own| own.id.get_ref() == one.id.get_ref());
        let rules = standard.rules.iter().filter(|one| !replaced(one)).cloned();
        statuses.extend(standard.statuses.iter().cloned());
        Ok(Self {
            rules: rules.collect(),
            statuses,
            own,
            shared,
        })
    }

    /// The names of the rules, in the order in which they decide between equals.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules().map(|rule| rule.id.get_ref().as_str())
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.own.iter().chain(&self.rules)
    }

    /// Whether a rule is the user's own.
    pub(super) fn is_own(&self, rule: &Rule) -> bool {
        self.own.iter().any(|one| std::ptr::eq(one, rule))
    }

    pub(super) fn statuses(&self) -> &[Status] {
        &self.statuses
    }
}

/// The line of an octet, from 1.
fn line_at(text: &str, at: usize) -> usize {
    let before = text.get(..text.floor_char_boundary(at)).unwrap_or_default();
    before.matches('\n').count() + 1
}

/// The rules of a file. Its lists are taken in among those that are shared.
fn read(name: &str, text: &str, shared: &mut Shared) -> Result<Rules, Fault> {
    let fault = |span: Option<Range<usize>>, message: String| Fault {
        file: name.to_owned(),
        line: line_at(text, span.map_or(0, |span| span.start)),
        message,
    };
    let mut rules: Rules =
        toml::from_str(text).map_err(|error| fault(error.span(), error.message().to_owned()))?;
    let lists = Shared::of(std::mem::take(&mut rules.lists)).map_err(|words| fault(None, words))?;
    shared.extend(lists);
    for rule in &mut rules.rule {
        if let Err(words) = rule.join_lists(shared) {
            let words = format!("{}: {words}", rule.id.get_ref());
            return Err(fault(Some(rule.id.span()), words));
        }
    }
    let mut seen: Vec<&String> = Vec::new();
    for rule in &rules.rule {
        if let Some((span, words)) = rule.complaint() {
            return Err(fault(Some(span), words));
        }
        if seen.contains(&rule.id.get_ref()) {
            let words = format!("there are two rules {}", rule.id.get_ref());
            return Err(fault(Some(rule.id.span()), words));
        }
        seen.push(rule.id.get_ref());
    }
    for status in &rules.status {
        if !(1..=4).contains(&status.advice.get_ref().len()) {
            return Err(fault(Some(status.advice.span()), ADVICE.to_owned()));
        }
    }
    Ok(rules)
}

const ADVICE: &str = "one to four pieces of advice are needed, one of them without a blank";

impl Rule {
    /// What is wrong with a rule that TOML cannot see, and where.
    fn complaint(&self) -> Option<(Range<usize>, String)> {
        let id = self.id.get_ref();
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if id.is_empty() || id.len() > 64 || !id.chars().all(good) {
            let words = "an id has up to 64 letters, digits, dots and underscores";
            return Some((self.id.span(), words.to_owned()));
        }
        let advice = self.advice.get_ref();
        if !(1..=4).contains(&advice.len())
            || !advice.iter().any(super::template::Template::is_plain)
        {
            return Some((self.advice.span(), ADVICE.to_owned()));
        }
        if self.when.is_empty() || self.when.iter().any(When::is_empty) {
            let words = format!("{id} would always speak: [[rule.when]] needs a condition");
            return Some((self.id.span(), words));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_this_program_have_no_fault() {
        let mut shared = Shared::default();
        for (name, text) in FILES {
            if let Err(fault) = read(name, text, &mut shared) {
                panic!("{fault}");
            }
        }
        let ids: Vec<&str> = Knowledge::standard().ids().collect();
        for rule in Knowledge::standard().rules() {
            for over in &rule.over {
                let id = rule.id.get_ref();
                assert!(
                    ids.contains(&over.as_str()) && over != id,
                    "{id} stands over {over}"
                );
            }
        }
        assert!(Knowledge::standard().statuses().len() >= 40);
    }
}
