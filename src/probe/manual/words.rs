//! The words behind a dot, which drive the session's own steps.

use std::time::Duration;

use crate::mail::address::Address;
use crate::mail::period::Period;
use crate::mail::sasl::Sasl;

/// What can be typed.
pub const HELP: &str = "\
What you type goes to the server as it is. Behind a dot (or a colon) there are words of our own:
  .ehlo             EHLO with the name that is set
  .starttls         STARTTLS, the handshake and EHLO again
  .tls              the handshake alone
  .auth [MECHANISM] the login with the user that is set; nothing of the password is shown
  .from ADDRESS     MAIL, <> for the empty reverse path
  .to ADDRESS       RCPT
  .data             DATA with a small test message for whoever was taken by .to
  .wait 10s         listen to what the server says of itself
  .transcript       the conversation from its beginning
  .quit             QUIT
  .drop             end the connection without a word
Behind DATA every line is content, up to one with a dot alone. Inside a login every line is an answer and is not shown.
";

/// What SMTP and its extensions begin a command with.
const VERBS: [&str; 22] = [
    "ATRN", "AUTH", "BDAT", "DATA", "EHLO", "ETRN", "EXPN", "HELO", "HELP", "LHLO", "MAIL", "NOOP",
    "QUIT", "RCPT", "RSET", "SAML", "SEND", "SOML", "STARTTLS", "VRFY", "XCLIENT", "XFORWARD",
];

/// Whether a word in capitals begins a command.
pub(super) fn is_verb(word: &str) -> bool {
    VERBS.contains(&word)
}

/// A word of our own.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Word {
    Help,
    Hello,
    StartTls,
    Tls,
    Auth(Option<Sasl>),
    From(Option<Address>),
    To(Address),
    Data,
    Wait(Duration),
    Transcript,
    Quit,
    Drop,
}

/// Every word as it is written.
const NAMES: [&str; 12] = [
    "help",
    "ehlo",
    "starttls",
    "tls",
    "auth",
    "from",
    "to",
    "data",
    "wait",
    "transcript",
    "quit",
    "drop",
];

/// Reads what stands behind a dot; `None` where there is no dot.
///
/// # Errors
/// Words that name what is known.
pub(super) fn read(line: &str) -> Option<Result<Word, String>> {
    let line = line.trim();
    let rest = line.strip_prefix(['.', ':'])?;
    let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some(word(&name.to_lowercase(), value.trim()))
}

fn word(name: &str, value: &str) -> Result<Word, String> {
    let needs = |what: &str| Err(format!(".{name} needs {what}"));
    let word = match name {
        "help" | "?" => Word::Help,
        "ehlo" | "hello" | "lhlo" => Word::Hello,
        "starttls" => Word::StartTls,
        "tls" => Word::Tls,
        "auth" if value.is_empty() => Word::Auth(None),
        // What stands there may be a password by mistake; it is not repeated.
        "auth" => match value.parse::<Sasl>() {
            Ok(mechanism) => Word::Auth(Some(mechanism)),
            Err(_) => {
                return Err(
                    "what stands behind .auth is no mechanism that is known here, such as plain"
                        .to_owned(),
                );
            }
        },
        "from" if matches!(value, "" | "<>") => Word::From(None),
        "from" => Word::From(Some(address(value)?)),
        "to" if value.is_empty() => return needs("an address"),
        "to" => Word::To(address(value)?),
        "data" => Word::Data,
        "wait" => match value.parse::<Period>() {
            Ok(period) => Word::Wait(period.0),
            Err(_) => return needs("a time, such as 10s"),
        },
        "transcript" => Word::Transcript,
        "quit" => Word::Quit,
        "drop" => Word::Drop,
        _ => {
            let known: Vec<String> = NAMES.iter().map(|name| format!(".{name}")).collect();
            return Err(format!("that is none of {}", known.join(" ")));
        }
    };
    let takes_value = matches!(
        word,
        Word::Auth(_) | Word::From(_) | Word::To(_) | Word::Wait(_)
    );
    if !takes_value && !value.is_empty() {
        return Err(format!(".{name} stands alone"));
    }
    Ok(word)
}

fn address(text: &str) -> Result<Address, String> {
    let bare = text
        .strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'));
    bare.unwrap_or(text)
        .parse()
        .map_err(|error: crate::mail::address::AddressError| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_commands_are_left_alone() {
        assert_eq!(read("EHLO x"), None);
        assert_eq!(read(" .Help "), Some(Ok(Word::Help)));
        assert_eq!(read(":auth plain"), Some(Ok(Word::Auth(Some(Sasl::Plain)))));
        assert_eq!(read(".from <>"), Some(Ok(Word::From(None))));
        assert_eq!(
            read(".wait 2s"),
            Some(Ok(Word::Wait(Duration::from_secs(2))))
        );
        for name in NAMES {
            let line = match name {
                "to" => ".to you@x.example".to_owned(),
                "wait" => ".wait 1s".to_owned(),
                name => format!(".{name}"),
            };
            assert!(read(&line).is_some_and(|word| word.is_ok()), "{line}");
            assert!(
                HELP.contains(&format!("  .{name}")) || name == "help",
                "{name}"
            );
        }
    }

    #[test]
    fn faults_are_named_and_secrets_are_not() {
        for line in [".auth hunter2", ".hunter2", ".tls hunter2", ".wait hunter2"] {
            let words = read(line).expect("a word").expect_err("a fault");
            assert!(!words.contains("hunter2"), "{words}");
        }
        let to = read(".to nobody").expect("a word").expect_err("no address");
        assert!(to.contains("nobody"), "{to}");
    }
}
