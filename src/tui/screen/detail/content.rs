//! The lower part of a message's screen: its text, headers or source, all its recipients, or its log, as lines.

use crate::mail::clean::Clean;
use crate::mail::entry::Entry;
use crate::tui::screen::contract::View;
use crate::tui::widget::text::wrap;
use crate::tui::widget::time::{size, when};

/// Octets of content that are shown at most; a screen is no place to read an attachment.
const LIMIT: usize = 64 * 1024;

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The text as it was written.
    Text,
    /// The header section.
    Headers,
    /// Header and body as they go over the wire.
    Source,
    /// Every recipient with all words about it.
    Recipients,
    /// What was done to the message.
    Log,
}

impl Part {
    /// All of them, in the order in which they are cycled through.
    pub const ALL: [Self; 5] = [
        Self::Text,
        Self::Headers,
        Self::Source,
        Self::Recipients,
        Self::Log,
    ];

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Headers => "headers",
            Self::Source => "source",
            Self::Recipients => "recipients",
            Self::Log => "log",
        }
    }

    /// The one behind it.
    #[must_use]
    pub fn next(self) -> Self {
        let all = Self::ALL.iter();
        let mut behind = all.skip_while(|part| **part != self).skip(1);
        behind.next().copied().unwrap_or(Self::Text)
    }
}

/// The lines of a part, wrapped to `columns`. Lazily: what is not looked at costs nothing.
pub fn lines<'a>(
    part: Part,
    entry: &'a Entry,
    columns: usize,
    view: View<'a>,
) -> Box<dyn Iterator<Item = String> + 'a> {
    let whole = view.world.whole(entry);
    let message = match (part, whole) {
        (Part::Text | Part::Headers | Part::Source, Err(words)) => {
            return Box::new(wrap(&format!("({words})"), columns).into_iter());
        }
        (_, Ok(message)) => message,
        (_, Err(_)) => &entry.message,
    };
    match part {
        Part::Text => {
            let header = message.header().len();
            let body = message.octets().get(header + 2..).unwrap_or_default();
            let draft = message.draft.as_ref();
            let text = draft.map_or(body, |draft| draft.body.as_bytes());
            Box::new(written(text, columns))
        }
        Part::Headers => Box::new(written(message.header(), columns)),
        Part::Source => Box::new(written(message.octets(), columns)),
        Part::Recipients => Box::new(entry.recipients.iter().flat_map(move |one| {
            let (glyph, _) = view.theme.status(&one.status);
            let since = one.when.map_or_else(String::new, |at| {
                when(at, view.world.now.wall, &view.world.zone)
            });
            let words = one.status.words();
            let status = one.status.name();
            let line = format!("{glyph} {} {status} {since} {words}", one.address);
            wrap(line.trim_end(), columns)
        })),
        Part::Log => Box::new(entry.notes.iter().rev().flat_map(move |note| {
            let at = when(note.at, view.world.now.wall, &view.world.zone);
            wrap(&format!("{at}  {}", note.text), columns)
        })),
    }
}

fn written(octets: &[u8], columns: usize) -> impl Iterator<Item = String> {
    let kept = octets.get(..LIMIT).unwrap_or(octets);
    let rest = octets.len() - kept.len();
    let note = (rest > 0).then(|| format!("[ {} more are not shown here ]", size(rest as u64)));
    kept.split(|octet| *octet == b'\n')
        .flat_map(move |line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            wrap(&Clean::from_bytes(line), columns)
        })
        .chain(note)
}
