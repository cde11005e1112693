//! Words quoted for a POSIX shell, and lines cut into words as such a shell does it.

/// Why a line cannot be cut into words. What stands in it is not repeated: it may be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// A quote is opened and not closed.
    #[error("a quote is not closed")]
    OpenQuote,
    /// There is a backslash with nothing behind it.
    #[error("there is nothing behind the backslash at the end")]
    OpenEscape,
    /// Something stands there that a shell would replace.
    #[error(
        "there is a ${}that a shell would replace; write its value, or put it into single quotes",
        " or ` "
    )]
    Expansion,
    /// More than one command.
    #[error("there is more than one command; give the one line alone, and quote ; | & < > ( )")]
    SeveralCommands,
}

/// A word as a shell takes it, in single quotes where it needs any.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '_' | '@' | '%' | '+' | '=' | ':' | ',' | '.' | '/' | '-')
    };
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with('=') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The words of a line, as a POSIX shell cuts and unquotes them. Nothing is replaced.
///
/// # Errors
/// For a line that is not whole, or that a shell would make something else of.
pub fn split(line: &str) -> Result<Vec<String>, SplitError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut signs = line.trim().chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match signs.next().ok_or(SplitError::OpenQuote)? {
                        '\'' => break,
                        other => word.push(other),
                    }
                }
            }
            '"' => double_quoted(&mut signs, word.get_or_insert_default())?,
            '\\' => match signs.next().ok_or(SplitError::OpenEscape)? {
                // A line that goes on.
                '\n' => {}
                '\r' => {
                    let mut ahead = signs.clone();
                    if ahead.next() == Some('\n') {
                        signs = ahead;
                    }
                }
                other => word.get_or_insert_default().push(other),
            },
            '$' | '`' => return Err(SplitError::Expansion),
            ';' | '|' | '&' | '<' | '>' | '(' | ')' | '\n' => {
                return Err(SplitError::SeveralCommands);
            }
            blank if blank.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

fn double_quoted(signs: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), SplitError> {
    loop {
        match signs.next().ok_or(SplitError::OpenQuote)? {
            '"' => return Ok(()),
            '$' | '`' => return Err(SplitError::Expansion),
            '\\' => match signs.next().ok_or(SplitError::OpenQuote)? {
                escaped @ ('"' | '\\' | '$' | '`') => word.push(escaped),
                '\n' => {}
                other => word.extend(['\\', other]),
            },
            other => word.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_cut_as_a_shell_does() {
        let cut = |line| split(line).expect("whole");
        assert_eq!(
            cut("a  'b c' \"d\\\"e\"f \\ g ''"),
            ["a", "b c", "d\"ef", " g", ""]
        );
        assert_eq!(cut("swaks \\\n --to x"), ["swaks", "--to", "x"]);
        assert_eq!(cut("swaks \\\r\n --to x"), ["swaks", "--to", "x"]);
        assert_eq!(cut(r#""a\b" 'a\b'"#), [r"a\b", r"a\b"]);
        for (line, error) in [
            ("a 'b", SplitError::OpenQuote),
            ("a \"b", SplitError::OpenQuote),
            ("a \\", SplitError::OpenEscape),
            ("a $b", SplitError::Expansion),
            ("a \"`b`\"", SplitError::Expansion),
            ("a; b", SplitError::SeveralCommands),
            ("a\nb", SplitError::SeveralCommands),
        ] {
            assert_eq!(split(line), Err(error), "{line}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_again(words in proptest::collection::vec(any::<String>(), 0..6)) {
            let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            prop_assert_eq!(split(&line.join(" ")), Ok(words));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_the_same_words() {
        use proptest::test_runner::{Config, TestRunner};
        let mut runner = TestRunner::new(Config::with_cases(60));
        // A NUL is in no argument.
        let word = "[^\\x00]{0,12}|[ -~]{0,12}|['\"\\\\$`!*?~#;&|<>(){}\\[\\]\n\t =-]{0,8}";
        let words = proptest::collection::vec(word, 1..5);
        let same = runner.run(&words, |words| {
            let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            let command = format!("printf '%s\\0' {}", line.join(" "));
            let output = std::process::Command::new("sh")
                .arg("-c")
                .arg(command)
                .output();
            let output = String::from_utf8(output.expect("a shell").stdout).expect("UTF-8");
            let read: Vec<&str> = output.split_terminator('\0').collect();
            prop_assert_eq!(read, words);
            Ok(())
        });
        same.expect("the same words");
    }
}
