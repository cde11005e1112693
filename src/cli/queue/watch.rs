//! `queue watch`: the queue again and again; into a pipe, each change as a line.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};

use uuid::Uuid;

use super::place::Way;
use super::{list, table};
use crate::cli::args::WatchArgs;
use crate::cli::args::{Common, Host};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output;
use crate::mail::clock::{Now, Tick};
use crate::mail::told::Told;
use crate::mailer::control::{Filter, Which};

/// Watches until the program is ended or its reader has gone away.
pub(super) fn run(args: &WatchArgs, common: &Common, host: &Host) -> Result<Exit, Stop> {
    let way = Way::open(common, host)?;
    let filter = args.filter.filter(common.account.as_ref(), false);
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let redraws = !common.json && !dumb && io::stdout().is_terminal();
    let mut seen = Seen::default();
    loop {
        let text = if redraws {
            let color = output::colored(way.loaded.settings.console.color);
            screen(&way.list(filter.clone())?, &way, color)
        } else {
            // What leaves the queue is told as well.
            let all = Filter {
                which: match filter.which {
                    Which::Live => Which::All,
                    which => which,
                },
                states: Vec::new(),
                ..filter.clone()
            };
            let changed = seen.changed(way.list(all)?, &filter);
            if common.json {
                list::lines(&changed)
            } else {
                let now = jiff::Timestamp::now();
                changed
                    .iter()
                    .map(|told| table::change(told, now) + "\n")
                    .collect()
            }
        };
        if !write(&text)? {
            return Ok(Exit::Ok);
        }
        std::thread::sleep(args.interval);
    }
}

/// What was told of each message.
#[derive(Debug, Default)]
struct Seen {
    told: HashMap<Uuid, (String, u32, Option<String>)>,
    began: bool,
}

impl Seen {
    /// The messages that are not as they were last told. Those that were done before the watch began are left out.
    fn changed(&mut self, list: Vec<Told>, filter: &Filter) -> Vec<Told> {
        let now = Now {
            tick: Tick::default(),
            wall: jiff::Timestamp::now(),
        };
        let old = !self.began && filter.which == Which::Live;
        let mut changed = Vec::new();
        for told in list {
            let words = told.last_reply.as_ref().map(ToString::to_string);
            let state = (told.state.clone(), told.attempts, words);
            let before = self.told.get(&told.id);
            let is_meant = before.is_some() || filter.takes(&told, now);
            if before != Some(&state) {
                let id = told.id;
                if is_meant && !(old && told.ended.is_some()) {
                    changed.push(told);
                } else if before.is_none() && !old {
                    continue;
                }
                self.told.insert(id, state);
            }
        }
        self.began = true;
        changed
    }
}

/// The list, as much of it as the terminal has lines for.
fn screen(list: &[Told], way: &Way, color: bool) -> String {
    let lines = crossterm::terminal::size().map_or(24, |(_, lines)| usize::from(lines));
    let room = lines.saturating_sub(4).max(1);
    let now = jiff::Timestamp::now();
    let shown = list.get(..room).unwrap_or(list);
    let mut text = format!(
        "\x1b[H\x1b[2J{}  {}  {} messages\n",
        now.strftime("%FT%TZ"),
        way.remote_name(),
        list.len()
    );
    text.push_str(&table::list(shown, now, color));
    if list.len() > room {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "… and {} more", list.len() - room);
    }
    text
}

/// Writes to standard output; `false` where the reader has gone away.
fn write(text: &str) -> Result<bool, Stop> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Stop::new(
            Exit::Io,
            format!("cannot write to standard output: {error}"),
        )),
    }
}
