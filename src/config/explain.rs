//! What the settings mean, from the comments of their defaults, and the variables of the environment that set them.

use super::DEFAULTS;
use super::layers::{SHORT, Scope};

/// A variable of the environment that sets something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The key in the file; `NAME` in it is the account's.
    pub key: String,
    /// What it means.
    pub about: String,
}

/// The variables of the environment that set something, in the order in which the settings are explained.
pub fn variables() -> impl Iterator<Item = Variable> {
    SHORT.iter().map(|(short, scope, key)| {
        let key = key.join(".");
        let (shown, explained) = match scope {
            Scope::Root => (key.clone(), key),
            Scope::Account => (
                format!("account.NAME.{key}"),
                format!("account.debug.{key}"),
            ),
        };
        Variable {
            name: format!("TURBOMAIL_{short}"),
            key: shown,
            about: explanation(&explained).unwrap_or_default(),
        }
    })
}

/// The comment in front of a key or a table of the defaults, in one line. Keys that follow each other share one.
fn explanation(wanted: &str) -> Option<String> {
    let (mut table, mut words, mut ended) = (String::new(), Vec::new(), false);
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end_matches(']').clone_into(&mut table);
            if table == wanted {
                return Some(words.join(" "));
            }
            words.clear();
        } else if let Some(key) = key(line) {
            let path = if table.is_empty() {
                key.to_owned()
            } else {
                format!("{table}.{key}")
            };
            if path == wanted {
                return Some(words.join(" "));
            }
            ended = true;
        } else {
            if ended || line.is_empty() {
                words.clear();
                ended = false;
            }
            words.extend(line.strip_prefix("# "));
        }
    }
    None
}

/// The key that a line sets, also where it stands behind a hash.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.strip_prefix("# ").unwrap_or(line).split_once(" = ")?;
    let is_key = key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    is_key.then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variable_is_explained() {
        for one in variables() {
            assert!(one.about.ends_with('.'), "{one:?}");
            assert!(one.about.len() > 20, "{one:?}");
        }
    }

    #[test]
    fn the_comment_in_front_is_the_explanation() {
        let of = |key| explanation(key).unwrap_or_default();
        assert_eq!(
            of("account.debug.smtp.hello"),
            "The name for EHLO; without it this machine's own, or its address."
        );
        assert!(of("account.debug.smtp.timeout").starts_with("How long each stage may take"));
        assert_eq!(
            of("account.debug.smtp.client_key"),
            of("account.debug.smtp.client_cert")
        );
        assert!(
            of("account.debug.manager.kind").starts_with("immediate: in the caller's own task")
        );
        assert!(
            of("queue.spool")
                .contains("the queue's commands use the usual folder, and `send` keeps nothing.")
        );
        assert!(of("default_account").starts_with("The account for mail that names none"));
        assert_eq!(explanation("account.debug.smtp.porrt"), None);
    }
}
