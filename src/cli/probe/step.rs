//! `probe --step`: a session by hand, on a terminal or from a script; and `--confirm`, a question behind each stage.

use std::fmt::Write as _;
use std::io::{self, BufRead, IsTerminal, Read};
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use tokio::task::JoinHandle;

use crate::cli::exit::{Exit, Stop, of_end, of_walk};
use crate::cli::signals::Signals;
use crate::cli::{output, prompt};
use crate::mail::clean::Clean;
use crate::mail::clock::SystemClock;
use crate::mail::transcript::Transcript;
use crate::mailer::probe::export::Arrows;
use crate::mailer::probe::manual::{Answer, Manual, Wants};
use crate::mailer::probe::walk::{Gate, Plan};
use crate::mailer::probe::words::sentence;

/// The longest line that is taken.
const LONGEST: u64 = 64 * 1024;
/// Between two looks at what was said meanwhile.
const GLANCE: Duration = Duration::from_millis(50);

type Typed = io::Result<Option<Zeroizing<Vec<u8>>>>;

/// Prints what is new in a transcript.
struct Printer {
    transcript: Transcript,
    printed: usize,
    arrows: Arrows,
}

impl Printer {
    fn catch_up(&mut self) -> Result<bool, Stop> {
        let count = self.transcript.count();
        if count == self.printed {
            return Ok(false);
        }
        let lines = self.transcript.lines();
        // Of a long transcript the middle is gone; what came last is there.
        let fresh = lines.len().saturating_sub(count - self.printed);
        self.printed = count;
        let mut text = String::new();
        for line in lines.iter().skip(fresh) {
            let said = self.arrows.line(line);
            // Writing into a String cannot fail.
            let _ = write!(text, "{:>6}  {said}", line.at.as_millis());
        }
        output::print(text)?;
        Ok(true)
    }

    fn begin_again(&mut self) -> Result<(), Stop> {
        (self.printed, self.arrows) = (0, Arrows::default());
        self.catch_up().map(drop)
    }

    /// Waits for something, and prints what is said meanwhile.
    async fn during<T>(&mut self, future: impl Future<Output = T>) -> Result<T, Stop> {
        let mut future = std::pin::pin!(future);
        let mut glances = tokio::time::interval(GLANCE);
        loop {
            tokio::select! {
                biased;
                done = &mut future => {
                    self.catch_up()?;
                    return Ok(done);
                }
                _ = glances.tick() => drop(self.catch_up()?),
            }
        }
    }
}

/// Walks, stays, and says what comes. The status is that of what failed last: a step of the session's own, or the connection.
pub(super) async fn step(plan: &Plan) -> Result<Exit, Stop> {
    let cannot = |error: io::Error| Stop::new(Exit::Io, format!("cannot start: {error}"));
    let mut signals = Signals::new().map_err(cannot)?;
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    let mut printer = Printer {
        transcript: transcript.clone(),
        printed: 0,
        arrows: Arrows::default(),
    };
    let mut nobody = |_: &_| {};
    let begun = Manual::begin(plan, &transcript, &mut nobody);
    let (walk, manual) = tokio::select! {
        stop = signals.named() => return Err(stop),
        begun = printer.during(begun) => begun?,
    };
    if walk.failure.is_some() {
        output::print(format!("*** {}.\n", Clean::from(sentence(&walk))))?;
    }
    let Some(mut manual) = manual else {
        return Ok(of_walk(&walk));
    };
    let ended = by_hand(&mut manual, &mut printer, &mut signals).await;
    let farewell = tokio::select! {
        // Whoever asks twice does not wait for a polite server.
        stop = signals.named() => return Err(stop),
        farewell = printer.during(manual.end()) => farewell,
    };
    ended?;
    farewell?;
    Ok(manual.failure().map_or_else(|| of_walk(&walk), of_end))
}

async fn by_hand(
    manual: &mut Manual,
    printer: &mut Printer,
    signals: &mut Signals,
) -> Result<(), Stop> {
    let is_terminal = io::stdin().is_terminal();
    if is_terminal {
        output::aside("By hand from here on; .help tells what can be said.\n");
    }
    let mut input: Option<JoinHandle<Typed>> = None;
    while !manual.is_over() {
        let reading = match &mut input {
            Some(reading) => reading,
            None => input.insert(ask(manual.wants(), is_terminal)),
        };
        let typed = tokio::select! {
            biased;
            () = signals.next() => return Ok(()),
            typed = reading => typed,
            () = manual.listen() => {
                tokio::select! {
                    () = signals.next() => return Ok(()),
                    heard = printer.during(manual.hear()) => heard?,
                };
                if is_terminal && !manual.is_over() {
                    output::aside("> ");
                }
                continue;
            }
        };
        input = None;
        let typed = typed.unwrap_or_else(|error| Err(io::Error::other(error)));
        let typed = typed
            .map_err(|error| Stop::new(Exit::Io, format!("cannot read what to say: {error}")))?;
        let Some(line) = typed else {
            return Ok(());
        };
        let answer = tokio::select! {
            () = signals.next() => return Ok(()),
            answer = printer.during(manual.say(&line)) => answer?,
        };
        match answer {
            Answer::Said => {}
            Answer::Words(words) => output::print(words)?,
            Answer::Transcript => printer.begin_again()?,
        }
    }
    Ok(())
}

/// Reads the next line, apart from the conversation.
fn ask(wants: Wants, is_terminal: bool) -> JoinHandle<Typed> {
    tokio::task::spawn_blocking(move || {
        if !is_terminal {
            return line();
        }
        match wants {
            Wants::Command => output::aside("> "),
            Wants::Content => output::aside("content> "),
            Wants::Secret => {
                let answer = prompt::ask("answer (not shown, * cancels): ");
                output::aside("\n");
                let answer = answer?;
                return Ok(Some(Zeroizing::new(
                    answer.expose_secret().as_bytes().to_vec(),
                )));
            }
        }
        line()
    })
}

/// A line of standard input without its line end; `None` at the end.
fn line() -> Typed {
    let mut octets = Zeroizing::new(Vec::new());
    io::stdin()
        .lock()
        .take(LONGEST)
        .read_until(b'\n', &mut octets)?;
    if octets.is_empty() {
        return Ok(None);
    }
    if octets.last() != Some(&b'\n') && octets.len() as u64 == LONGEST {
        return Err(io::Error::other("a line is longer than 64 KiB"));
    }
    for end in [b'\n', b'\r'] {
        if octets.last() == Some(&end) {
            octets.pop();
        }
    }
    Ok(Some(octets))
}

/// Asks behind each stage.
pub(super) fn confirming() -> Gate {
    Gate::new(|stage| async move {
        let answer = tokio::task::spawn_blocking(move || {
            output::aside(&format!("behind {stage}: Enter goes on, s stops: "));
            line()
        });
        match answer.await {
            Ok(Ok(Some(answer))) => !answer.trim_ascii().eq_ignore_ascii_case(b"s"),
            _ => false,
        }
    })
}
