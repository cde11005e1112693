//! Asks for a password on the terminal, and shows nothing of it.

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::exit::{Exit, Stop};
use super::output;
use crate::config::Loaded;
use crate::mail::clean::clean;

/// Octets that are taken; a password has fewer.
const ROOM: usize = 4096;

/// The settings, with the password that they lack where it can be asked for.
pub(super) fn completed(loaded: &Loaded) -> Result<Loaded, Stop> {
    let mut loaded = loaded.clone();
    let Some((user, server)) = loaded.lacks_password() else {
        return Ok(loaded);
    };
    let password = ask(&format!(
        "Password of {} at {}: ",
        clean(user),
        clean(server)
    ));
    output::aside("\n");
    let password = password.map_err(|error| {
        let words = format!(
            "no password: {error}; set password_command, or TURBOMAIL_PASSWORD in the environment"
        );
        Stop::new(Exit::Config, words)
    })?;
    loaded.set_password(password);
    Ok(loaded)
}

/// Puts the terminal back, whatever happens.
struct Raw;

impl Raw {
    fn begin() -> std::io::Result<Self> {
        terminal::enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // There is nobody left to tell.
        terminal::disable_raw_mode().ok();
    }
}

/// Asks, and reads keys up to Enter. In raw mode, so that Ctrl-C leaves by this door and the terminal is put back; from
/// before the question on, so that nothing is echoed of what answers it.
pub(super) fn ask(question: &str) -> std::io::Result<SecretString> {
    let _raw = Raw::begin()?;
    output::aside(question);
    // The room is reserved at once: growing would leave copies behind.
    let mut typed = Zeroizing::new(String::with_capacity(ROOM));
    loop {
        let Event::Key(key) = event::read()? else {
            continue;
        };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match step(&mut typed, key) {
            Step::More => {}
            Step::Done => return Ok(SecretString::from(typed.as_str())),
            Step::Stop => return Err(std::io::Error::other("interrupted")),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    More,
    Done,
    Stop,
}

fn step(typed: &mut String, key: KeyEvent) -> Step {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Enter => return Step::Done,
        KeyCode::Char('j' | 'm') if control => return Step::Done,
        KeyCode::Char('c' | 'd') if control => return Step::Stop,
        KeyCode::Esc => return Step::Stop,
        KeyCode::Char('u') if control => typed.clear(),
        KeyCode::Char('h') if control => drop(typed.pop()),
        KeyCode::Backspace => drop(typed.pop()),
        KeyCode::Char(c) if !control && typed.len() + c.len_utf8() <= ROOM => typed.push(c),
        _ => {}
    }
    Step::More
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_typed_taken_back_and_ended() {
        let mut typed = String::new();
        let mut press = |code, modifiers| step(&mut typed, KeyEvent::new(code, modifiers));
        let (none, control) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
        for c in "xäöb".chars() {
            assert_eq!(press(KeyCode::Char(c), none), Step::More);
        }
        press(KeyCode::Char('u'), control);
        press(KeyCode::Char('p'), none);
        press(KeyCode::Char('Q'), KeyModifiers::SHIFT);
        press(KeyCode::Char('ü'), none);
        press(KeyCode::Backspace, none);
        press(KeyCode::Char('w'), control);
        assert_eq!(press(KeyCode::Enter, none), Step::Done);
        assert_eq!(press(KeyCode::Char('c'), control), Step::Stop);
        assert_eq!(press(KeyCode::Esc, none), Step::Stop);
        assert_eq!(typed, "pQ");
    }
}
