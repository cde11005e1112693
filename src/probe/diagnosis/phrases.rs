//! Lists of phrases as a rule has them: phrases of their own, and lists that several of its conditions share by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::phrase::Phrase;

/// What a shared list's name begins with where it is used.
const MARK: char = '@';

/// Phrases, of which it takes one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<Said>")]
pub(super) struct Phrases {
    own: Vec<Phrase>,
    named: Vec<String>,
    shared: Vec<Arc<Self>>,
}

/// The lists of a rule, by their names.
pub(super) type Lists = BTreeMap<String, Phrases>;

#[derive(Deserialize)]
#[serde(try_from = "String")]
enum Said {
    Phrase(Phrase),
    Named(String),
}

impl TryFrom<String> for Said {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix(MARK) {
            Some(name) if is_name(name) => Ok(Self::Named(name.to_owned())),
            _ => Phrase::try_from(text).map(Self::Phrase),
        }
    }
}

impl From<Vec<Said>> for Phrases {
    fn from(all: Vec<Said>) -> Self {
        let mut phrases = Self::default();
        for one in all {
            match one {
                Said::Phrase(phrase) => phrases.own.push(phrase),
                Said::Named(name) => phrases.named.push(name),
            }
        }
        phrases
    }
}

/// A mail domain has a dot: `@example.org` is a phrase.
fn is_name(text: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(good)
}

impl Phrases {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Phrase> {
        let shared = self.shared.iter().flat_map(|list| &list.own);
        self.own.iter().chain(shared)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

/// Lists that are ready to be named, with what is wrong with them found out.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared(BTreeMap<String, Arc<Phrases>>);

impl Shared {
    /// These lists.
    ///
    /// # Errors
    /// What is wrong with one.
    pub(super) fn of(lists: Lists) -> Result<Self, String> {
        for (name, list) in &lists {
            if !is_name(name) {
                return Err(format!(
                    "the name of the list \"{name}\" is none: small letters, digits and - make one"
                ));
            }
            if let Some(inner) = list.named.first() {
                return Err(format!(
                    "the list {name} names the list @{inner}: lists hold phrases only"
                ));
            }
            if list.is_empty() {
                return Err(format!("the list {name} is empty"));
            }
        }
        let ready = lists.into_iter().map(|(name, list)| (name, Arc::new(list)));
        Ok(Self(ready.collect()))
    }

    /// Takes more lists in; of two of one name the later one counts.
    pub(super) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }
}

/// Puts lists in the place of their names, in all that a rule asks for: its own, and those that all rules share.
///
/// # Errors
/// What is wrong with the rule's own lists or with a name.
pub(super) fn join<'a>(
    own: Lists,
    shared: &Shared,
    users: impl Iterator<Item = &'a mut Phrases>,
) -> Result<(), String> {
    let own = Shared::of(own)?.0;
    let mut used: Vec<String> = Vec::new();
    for phrases in users {
        for name in std::mem::take(&mut phrases.named) {
            let Some(list) = own.get(&name).or_else(|| shared.0.get(&name)) else {
                return Err(format!(
                    "there is no list @{name}: [rule.lists] of this rule or [lists] of the file has to have it"
                ));
            };
            phrases.shared.push(Arc::clone(list));
            used.push(name);
        }
    }
    match own.keys().find(|name| !used.contains(name)) {
        Some(idle) => Err(format!("nothing uses the list @{idle}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Written {
        #[serde(default)]
        lists: Lists,
        words: Phrases,
        none: Phrases,
    }

    fn joined(text: &str) -> Result<Written, String> {
        let mut written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
        let common: Lists = toml::from_str("common = [\"c\", \"d\"]").expect("lists");
        join(
            std::mem::take(&mut written.lists),
            &Shared::of(common)?,
            [&mut written.words, &mut written.none].into_iter(),
        )?;
        Ok(written)
    }

    #[test]
    fn a_list_stands_for_its_phrases_wherever_it_is_named() {
        let text = "words = [\"full\", \"@more\"]\nnone = [\"@more\", \"@example.org\"]\nlists = { more = [\"a\", \"b\"] }";
        let written = joined(text).expect("lists");
        assert_eq!(written.words.iter().count(), 3);
        // What has a dot is a domain, and so a phrase.
        assert_eq!(written.none.iter().count(), 3);
        assert!(!written.none.is_empty());
        let text = "words = [\"@common\"]\nnone = []";
        assert_eq!(joined(text).expect("a list").words.iter().count(), 2);
    }

    #[test]
    fn a_list_that_is_wrong_is_named() {
        let cases = [
            ("words = [\"@more\"]\nnone = []", "there is no list @more"),
            (
                "words = [\"a\"]\nnone = []\nlists = { more = [\"a\"] }",
                "nothing uses the list @more",
            ),
            (
                "words = [\"@more\"]\nnone = []\nlists = { more = [\"@less\"], less = [\"a\"] }",
                "the list more names the list @less",
            ),
            (
                "words = [\"@more\"]\nnone = []\nlists = { more = [] }",
                "the list more is empty",
            ),
            (
                "words = [\"a\"]\nnone = []\nlists = { More = [\"a\"] }",
                "the name of the list \"More\"",
            ),
        ];
        for (text, complaint) in cases {
            let Err(error) = joined(text) else {
                panic!("{text} was taken");
            };
            assert!(error.starts_with(complaint), "{error}");
        }
    }
}
