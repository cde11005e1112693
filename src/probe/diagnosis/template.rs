//! Texts of rules: plain words with blanks that are filled in from what was seen.

use serde::Deserialize;

use super::blank::Blank;
use super::seen::Seen;
use crate::mail::clean::Clean;

/// The longest title in characters: it has to fit on one line of a screen.
const LONGEST_TITLE: usize = 70;
/// The longest of the other texts in characters.
const LONGEST: usize = 400;

/// A text without blanks for one line.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Title(pub(super) Clean);

impl TryFrom<String> for Title {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        checked(&text, LONGEST_TITLE)?;
        if text.contains(['{', '}']) {
            return Err("a title has no blanks".to_owned());
        }
        Ok(Self(Clean::from(text)))
    }
}

fn checked(text: &str, longest: usize) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("a text is needed here".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("a text is one line, without control characters".to_owned());
    }
    match text.chars().count() {
        count if count > longest => Err(format!(
            "the text has {count} characters, at most {longest} are allowed"
        )),
        _ => Ok(()),
    }
}

/// A text with blanks.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Template(Vec<(String, Option<Blank>)>);

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        checked(&text, LONGEST)?;
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind
                .split_once('}')
                .ok_or_else(|| "a } is missing".to_owned())?;
            let blank =
                Blank::named(name).ok_or_else(|| format!("there is no blank {{{name}}}"))?;
            parts.push((before.to_owned(), Some(blank)));
            rest = after;
        }
        if rest.contains('}') || parts.iter().any(|(before, _)| before.contains('}')) {
            return Err("a { is missing".to_owned());
        }
        parts.push((rest.to_owned(), None));
        Ok(Self(parts))
    }
}

impl Template {
    /// Whether it says the same whatever was seen.
    pub(super) fn is_plain(&self) -> bool {
        self.0.iter().all(|(_, blank)| blank.is_none())
    }

    /// The text with its blanks filled in; `None` where a value is not known.
    pub(super) fn filled(&self, seen: &Seen<'_>) -> Option<Clean> {
        let mut out = String::new();
        for (before, blank) in &self.0 {
            out.push_str(before);
            if let Some(blank) = blank {
                out.push_str(&blank.value(seen)?);
            }
        }
        Some(Clean::from(out))
    }

    /// The text with its blanks filled in, with other words where a value is not known.
    pub(super) fn told(&self, seen: &Seen<'_>) -> Clean {
        let mut out = String::new();
        for (before, blank) in &self.0 {
            out.push_str(before);
            if let Some(blank) = blank {
                let value = blank.value(seen);
                out.push_str(value.as_deref().unwrap_or(blank.otherwise()));
            }
        }
        Clean::from(out)
    }
}
