//! Phrases by which a rule knows a server's words: whole words, without case, with `*` for anything in between in the same sentence,
//! `**` for anything at all, `^` and `$` for the begin and the end of a sentence.

use std::sync::OnceLock;

use serde::Deserialize;

use super::chain::Chain;
use super::prose::Words;

/// The longest phrase in octets. It bounds the work for each character of a text.
const LONGEST: usize = 200;

/// A phrase. There are thousands, of which a failure asks for some: each is cut when it is asked for first.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Phrase {
    text: String,
    cut: OnceLock<Cut>,
}

/// A phrase in lower case and with single spaces, cut at its asterisks.
#[derive(Clone, Debug)]
struct Cut {
    /// Each may stand in another sentence than the one before.
    chains: Vec<Chain>,
    /// The phrase may stand in an address, a host's name or a web address.
    in_names: bool,
}

impl TryFrom<String> for Phrase {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("a phrase has at most {LONGEST} octets"));
        }
        let inner = text.trim().trim_start_matches('^').trim_end_matches('$');
        if inner.chars().all(|c| c == '*' || c.is_whitespace()) {
            return Err("a phrase needs words; leave the key out to take any".to_owned());
        }
        Ok(Self {
            text,
            cut: OnceLock::new(),
        })
    }
}

impl Cut {
    fn of(text: &str) -> Self {
        let whole = normal(text);
        let inner = whole.trim_start_matches('^').trim_end_matches('$');
        let mut chains: Vec<Chain> = inner.split("**").filter_map(Chain::of).collect();
        if let Some(chain) = chains.first_mut() {
            chain.begins(whole.starts_with('^'), inner.starts_with('*'));
        }
        if let Some(chain) = chains.last_mut() {
            chain.ends(whole.ends_with('$'), inner.ends_with('*'));
        }
        Self {
            chains,
            in_names: inner.contains(['.', '@', '/', '=']),
        }
    }
}

impl Phrase {
    fn cut(&self) -> &Cut {
        self.cut.get_or_init(|| Cut::of(&self.text))
    }

    /// How many characters of a text it decides about.
    pub(super) fn length(&self) -> usize {
        self.cut().chains.iter().map(Chain::length).sum()
    }

    /// Whether it stands in a server's words; in the names among them only if it has a mark that names have and prose has not.
    pub(super) fn is_said(&self, words: &Words) -> bool {
        self.is_in(if self.cut().in_names {
            &words.whole
        } else {
            &words.prose
        })
    }

    /// Whether it stands in a text, which must be [`normal`].
    pub(super) fn is_in(&self, text: &str) -> bool {
        let mut from = 0;
        let chains = &self.cut().chains;
        for chain in chains {
            match chain.find(text, from) {
                Some(end) => from = end,
                None => return false,
            }
        }
        !chains.is_empty()
    }
}

/// A text in the form that phrases are looked for in: lower case, letters without accents, and every run of white space one space.
pub(super) fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars().flat_map(char::to_lowercase) {
            plain(c, &mut out);
        }
    }
    out
}

/// Servers write the same word with and without its accents.
fn plain(c: char, out: &mut String) {
    let c = match c {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        '\u{2018}' | '\u{2019}' => '\'',
        'ß' => return out.push_str("ss"),
        'æ' => return out.push_str("ae"),
        'œ' => return out.push_str("oe"),
        // An accent as a character of its own, behind its letter.
        '\u{300}'..='\u{36f}' => return,
        other => other,
    };
    out.push(c);
}

/// The longest of these phrases that is said.
pub(super) fn longest_said<'a>(
    phrases: impl Iterator<Item = &'a Phrase>,
    words: &Words,
) -> Option<&'a Phrase> {
    phrases
        .filter(|phrase| phrase.is_said(words))
        .max_by_key(|phrase| phrase.length())
}

/// The longest of these phrases that stands in a text.
pub(super) fn longest_in<'a>(phrases: &'a [Phrase], text: &str) -> Option<&'a Phrase> {
    phrases
        .iter()
        .filter(|phrase| phrase.is_in(text))
        .max_by_key(|phrase| phrase.length())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(phrase: &str, text: &str) -> bool {
        let phrase = Phrase::try_from(phrase.to_owned()).expect("a phrase");
        phrase.is_in(&normal(text))
    }

    #[test]
    fn words_are_whole_unless_a_star_says_otherwise() {
        assert!(is_in("spam", "looks like SPAM."));
        assert!(!is_in("spam", "zen.spamhaus.org"));
        assert!(is_in("spam*", "zen.spamhaus.org"));
        assert!(is_in("*haus", "zen.spamhaus.org"));
        assert!(!is_in("art", "start art1 xart"));
        assert!(is_in("art", "start art1 xart art"));
        assert!(is_in("too  many * logins", "Too many\tfailed logins"));
        assert!(!is_in("b * a", "a b"));
        assert!(is_in("link * listed", "this link is listed"));
        assert!(!is_in("link * listed", "this link is blacklisted"));
        assert!(!is_in("link * listed", "linked and listed"));
        assert!(is_in("link*listed", "linked and blacklisted"));
        assert!(is_in("(mechanism)", "x(mechanism)y"), "brackets end words");
        assert!(is_in("é", "É"));
    }

    #[test]
    fn accents_make_no_difference() {
        assert!(is_in("boîte pleine", "Boite pleine"));
        assert!(is_in("nao existe", "Na\u{303}o existe"));
        assert!(is_in("doesn't exist", "doesn\u{2019}t exist"));
        assert!(is_in("zu groß", "ZU GROSS"));
    }

    #[test]
    fn a_sentence_can_have_to_begin_and_to_end() {
        let end = "not accepted$";
        for good in [
            "not accepted",
            "not accepted. Learn more at https://a.example",
            "\"Not accepted\"; sorry",
            "not accepted…",
            "not accepted - gsmtp",
            "not accepted here, not accepted!",
        ] {
            assert!(is_in(end, good), "{good}");
        }
        for bad in [
            "not accepted by us",
            "not accepted, so",
            "not accepted.example.org",
            "not acceptedly.",
        ] {
            assert!(!is_in(end, bad), "{bad}");
        }
        let begin = "^not logged in";
        assert!(is_in(begin, "Not logged in."));
        assert!(is_in(begin, "<a>: Sender rejected: not logged in"));
        assert!(!is_in(begin, "he is not logged in"));
        assert!(is_in("^too * late$", "Sorry. Too very late. Bye"));
        assert!(!is_in("^too * late$", "Sorry. Too very late for it"));
    }

    #[test]
    fn a_star_stays_in_its_sentence_and_two_do_not() {
        for good in [
            "mailbox of this user is full",
            "mailbox <a@b.example>... is full",
            "Mailbox at Acme Inc. is full",
            "mailbox 5.2.2 is full",
            "mailbox (of a@b.example) is full. Sorry",
            "We know this mailbox. The mailbox there is full!",
        ] {
            assert!(is_in("mailbox * full", good), "{good}");
            assert!(is_in("mailbox ** full", good), "{good}");
        }
        for bad in [
            "mailbox closed. Our support is full of answers",
            "No mailbox; see the full list",
            "Which mailbox? Write the full address",
            "No such mailbox.\nThe directory is full",
            "not in mailbox@b.example. full",
        ] {
            assert!(!is_in("mailbox * full", bad), "{bad}");
            assert!(!is_in("mailbox*full", bad), "{bad}");
            assert!(is_in("mailbox**full", bad), "{bad}");
        }
        assert!(is_in("a. b * c", "a. d a. b d c"));
        assert!(is_in("a * b. c * d", "x a b. a x b. c x d"));
        assert!(!is_in("a * b * c", "a b. b c"));
        assert!(is_in("a * b ** c * d", "a. a b. c d"));
        assert!(!is_in("a * b ** c * d", "c d. a b. c. d"));
    }

    #[test]
    fn names_are_looked_into_only_by_phrases_with_the_marks_of_names() {
        let is_said = |phrase: &str, text: &str| {
            let phrase = Phrase::try_from(phrase.to_owned()).expect("a phrase");
            phrase.is_said(&Words::from(normal(text)))
        };
        assert!(!is_said("spam", "<spam@example.org>: no"));
        assert!(!is_said("spam*", "see http://a.example/spam"));
        assert!(is_said(
            "*list.example*",
            "see http://zen.list.example/spam"
        ));
        assert!(is_said("p=bad", "see http://a.example/?p=Bad"));
        assert!(is_said("host * denied", "host a.example denied"));
    }

    #[test]
    fn overlapping_places_are_all_tried() {
        assert!(is_in("aa b", "aaa b aa b"));
        assert!(!is_in("aa", "aaa"));
    }

    #[test]
    fn a_phrase_needs_words_and_has_a_limit() {
        for bad in ["", " ", "*", " * * ", "^", "^*$"] {
            assert!(Phrase::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        assert!(Phrase::try_from("x".repeat(201)).is_err());
    }
}
