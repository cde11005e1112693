//! Writes a text into a new file in the current folder; a file that is there is never touched.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::answer::Answer;
use super::effect::Level;
use super::files::whole;

/// Names that are tried.
const TRIES: usize = 100;

/// Writes it into `NAME.md`, or into `NAME-2.md` and so on where that is there; says where.
pub(super) fn write(name: &str, text: &str) -> Answer {
    for number in 1..=TRIES {
        let file = match number {
            1 => format!("{name}.md"),
            _ => format!("{name}-{number}.md"),
        };
        let path = whole(Path::new(&file));
        let opened = OpenOptions::new().write(true).create_new(true).open(&path);
        let done = match opened {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            Err(error) => Err(error),
            Ok(mut file) => file
                .write_all(text.as_bytes())
                .and_then(|()| file.sync_all()),
        };
        let path = path.display();
        return match done {
            Ok(()) => Answer::Said(Level::Info, format!("the page is in {path}")),
            Err(error) => Answer::Said(Level::Error, format!("no page in {path}: {error}")),
        };
    }
    let words = format!("no page: {name}.md and {TRIES} names like it are there already");
    Answer::Said(Level::Error, words)
}
