//! Whether a text promises an attachment, in some of the languages in which people forget it.

/// Beginnings of words that do: English, German, French, Spanish, Dutch, Italian.
const BEGINNINGS: [&str; 18] = [
    "attach",
    "enclosed",
    "enclosure",
    "anhang",
    "anhäng",
    "angehängt",
    "angehangen",
    "anbei",
    "beigefügt",
    "beiliegend",
    "anlage",
    "ci-joint",
    "pièce jointe",
    "pièces jointes",
    "en annexe",
    "adjunt",
    "bijlage",
    "bijgevoegd",
];

/// Whole words that do; longer ones that begin like them do not, such as "allegation".
const WHOLE: [&str; 4] = ["allegato", "allegata", "allegati", "allegate"];

/// Whether the author's own lines speak of an attachment. Quoted lines speak of others' attachments, and a signature of any.
pub(super) fn promises_a_file(text: &str) -> bool {
    text.lines()
        .filter(|line| !line.starts_with('>'))
        .take_while(|line| *line != "-- ")
        .any(|line| {
            let line = line.to_lowercase();
            BEGINNINGS.iter().any(|word| speaks(&line, word, false))
                || WHOLE.iter().any(|word| speaks(&line, word, true))
        })
}

fn speaks(line: &str, word: &str, whole: bool) -> bool {
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    line.match_indices(word).any(|(at, found)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let behind = line
            .get(at + found.len()..)
            .and_then(|behind| behind.chars().next());
        !(inside(before) || whole && inside(behind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_noticed_in_every_language() {
        for text in [
            "See attached.",
            "Hello\n\nthe ATTACHMENT",
            "im Anhang",
            "DIE ANHÄNGE",
            "Anbei die Datei",
            "Ci-joint le devis",
            "adjunto la factura",
            "zie bijlage",
            "in allegato",
            "gli allegati.",
        ] {
            assert!(promises_a_file(text), "{text}");
        }
    }

    #[test]
    fn others_words_and_other_words_are_no_promise() {
        for text in [
            "",
            "> see attached\nno",
            "Die Platzanlage",
            "these allegations",
            "Hi\n-- \nno attachments please",
        ] {
            assert!(!promises_a_file(text), "{text}");
        }
    }
}
