//! The console's loop: keys, answers, the queue's changes and the time come in, one frame goes out for all that is there.

use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use futures_util::FutureExt;
use ratatui::crossterm::event::Event as Input;
use ratatui::layout::Size;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, timeout};

use crate::mail::clock::Clock;
use crate::mail::event::Event;

use super::answer::Answer;
use super::app::{App, Start};
use super::contract::{Core, Opening};
use super::editor;
use super::effect::{Effect, Level, Parting};
use super::memory::Memory;
use super::perform::Performer;
use super::reader::Reader;
use super::signals::{self, Asked, Signals};
use super::sources::{changed, happened, next_input, opened, until};
use super::terminal::{Window, give_back};

/// How often the screen follows a queue that changes all the time. Keys are answered at once all the same.
const FRAME: Duration = Duration::from_millis(33);

/// Keys that are taken before the next frame.
const BATCH: usize = 1024;

/// How long leaving waits for a disk or for a queue that is still being opened.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the console until it is left. `opening` is the queue on its way. Returns what to say on the way out.
///
/// # Errors
/// Where the terminal fails, or the console broke down; what waited was kept as well as could be.
pub async fn run(
    start: Start,
    clock: Arc<dyn Clock>,
    opening: Opening,
    memory: Memory,
    resolver: Option<SocketAddr>,
) -> anyhow::Result<String> {
    let window = Window::enter().context("the terminal cannot be used")?;
    let (performer, answers) = Performer::new();
    let performer = performer.remembering(memory).asking(resolver);
    let mut console = Console {
        app: App::new(start, clock.now()),
        window: Some(window),
        input: Some(Reader::new()),
        performer,
        answers,
        clock,
        opening: Some(opening),
        core: None,
        changed: None,
        news: None,
        signals: Signals::new().context("signals cannot be received")?,
        stale: false,
        resized: false,
        drawn: Instant::now(),
        leaving: None,
    };
    let ended = AssertUnwindSafe(console.turns()).catch_unwind().await;
    let parting = match &ended {
        Ok(Ok(parting)) => *parting,
        _ => Parting::Keep,
    };
    console.stop_reading().await;
    console.window = None;
    give_back();
    let kept = AssertUnwindSafe(console.finish(parting))
        .catch_unwind()
        .await;
    let words = kept.unwrap_or_else(|_| {
        Err(anyhow!(
            "leaving broke down; drafts and spool are as last kept"
        ))
    })?;
    match ended {
        Ok(Ok(_)) => Ok(words),
        Ok(Err(error)) => {
            Err(anyhow::Error::new(error).context(format!("the terminal is gone. {words}")))
        }
        Err(_) => Err(anyhow!(
            "the console broke down; please report the lines above. {words}"
        )),
    }
}

/// Something to attend to.
enum Turn {
    Input(Option<io::Result<Input>>),
    Answer(Option<Answer>),
    Opened(Result<Arc<dyn Core>, String>),
    Changed,
    News(Option<Event>),
    Signal(Asked),
    Time,
}

struct Console {
    app: App,
    window: Option<Window>,
    input: Option<Reader>,
    performer: Performer,
    answers: mpsc::UnboundedReceiver<Answer>,
    clock: Arc<dyn Clock>,
    opening: Option<Opening>,
    core: Option<Arc<dyn Core>>,
    changed: Option<watch::Receiver<u64>>,
    news: Option<broadcast::Receiver<Event>>,
    signals: Signals,
    /// The queue has changed since the last look.
    stale: bool,
    /// The terminal may have dropped what was drawn while it changed its size, even where it has the old size again.
    resized: bool,
    drawn: Instant,
    leaving: Option<Parting>,
}

impl Console {
    async fn turns(&mut self) -> io::Result<Parting> {
        self.draw()?;
        loop {
            let turn = self.next().await;
            let at_once = !matches!(turn, Turn::Changed | Turn::News(_));
            self.take(turn).await?;
            self.drain().await?;
            if let Some(parting) = self.leaving.take() {
                return Ok(parting);
            }
            if at_once || !self.stale || self.drawn.elapsed() >= FRAME {
                self.draw()?;
            }
        }
    }

    /// Takes what else is there already, so that a burst costs one frame.
    async fn drain(&mut self) -> io::Result<()> {
        for _ in 0..BATCH {
            if self.leaving.is_some() {
                return Ok(());
            }
            if let Ok(answer) = self.answers.try_recv() {
                self.take(Turn::Answer(Some(answer))).await?;
                continue;
            }
            let next = self.input.as_mut().and_then(Reader::waiting);
            match next {
                Some(input) => self.take(Turn::Input(Some(input))).await?,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Turn {
        let queue_frame = self.stale.then(|| self.drawn + FRAME);
        let wake = self.app.wake().map(|wait| Instant::now() + wait);
        let due = [queue_frame, wake].into_iter().flatten().min();
        let stale = self.stale;
        tokio::select! {
            biased;
            asked = self.signals.next() => Turn::Signal(asked),
            input = next_input(self.input.as_mut()) => Turn::Input(input),
            answer = self.answers.recv() => Turn::Answer(answer),
            core = opened(self.opening.as_mut()) => Turn::Opened(core),
            () = changed(self.changed.as_mut()), if !stale => Turn::Changed,
            event = happened(self.news.as_mut()) => Turn::News(event),
            () = until(due) => Turn::Time,
        }
    }

    async fn take(&mut self, turn: Turn) -> io::Result<()> {
        let mut effects = self.app.advance(self.clock.now());
        match turn {
            Turn::Input(Some(Ok(input))) => effects.extend(self.input(&input)),
            // The terminal is gone without a word: what a hang-up would have said.
            Turn::Input(Some(Err(_)) | None) | Turn::Signal(Asked::Leave) => {
                self.leaving = Some(Parting::Keep);
            }
            Turn::Signal(Asked::Continued) => self.come_back().await?,
            Turn::Answer(Some(answer)) => effects.extend(self.app.answer(answer)),
            Turn::Opened(core) => self.open(core),
            Turn::Changed => self.stale = true,
            Turn::News(Some(event)) => self.app.happened(&event),
            Turn::Answer(None) | Turn::News(None) | Turn::Time => {}
        }
        self.perform(effects).await
    }

    fn input(&mut self, input: &Input) -> Vec<Effect> {
        match input {
            Input::Key(key) => self.app.press(*key),
            Input::Paste(text) => self.app.paste(text),
            Input::Resize(width, height) => {
                self.app.resize(Size::new(*width, *height));
                self.resized = true;
                Vec::new()
            }
            Input::FocusGained | Input::FocusLost | Input::Mouse(_) => Vec::new(),
        }
    }

    fn open(&mut self, core: Result<Arc<dyn Core>, String>) {
        self.opening = None;
        if let Ok(core) = &core {
            self.app.use_accounts(core.accounts());
            self.changed = Some(core.changed());
            self.news = Some(core.events());
            self.core = Some(Arc::clone(core));
            self.stale = true;
        }
        self.performer.opened(core);
    }

    async fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Editor(text) => self.edit(&text).await?,
                Effect::Suspend => self.suspend().await?,
                Effect::Redraw => {
                    if let Some(window) = &mut self.window {
                        window.redraw()?;
                    }
                }
                Effect::Copy(text) => {
                    let Some(window) = &mut self.window else {
                        continue;
                    };
                    match window.copy(&text)? {
                        Ok(words) => self.app.say(Level::Info, &words),
                        Err(words) => self.app.say(Level::Warning, &words),
                    }
                }
                Effect::Quit(parting) => self.leaving = Some(parting),
                other => {
                    self.performer.perform(other, self.app.open_key());
                }
            }
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        self.app.advance_clock(self.clock.now());
        if self.stale && self.core.is_some() {
            self.stale = false;
            if let (Some(core), Some(changed)) = (&self.core, &mut self.changed) {
                // Seen before it is read: a change in between is drawn twice rather than never.
                changed.borrow_and_update();
                self.app.refresh(core.snapshot());
            }
        }
        self.drawn = Instant::now();
        let Some(window) = &mut self.window else {
            return Ok(());
        };
        if std::mem::take(&mut self.resized) {
            window.redraw()?;
        }
        window.draw(&mut self.app)
    }

    /// Hands the text to the person's editor. The event reader is gone meanwhile: it would take the editor's keys.
    async fn edit(&mut self, text: &str) -> io::Result<()> {
        self.stop_reading().await;
        Window::lend();
        let edited = editor::edit(text).await;
        self.signals.forget_interrupts()?;
        self.take_again()?;
        let effects = self.app.answer(Answer::Edited(edited.map_err(Into::into)));
        debug_assert!(effects.is_empty(), "an edited text asks for nothing");
        Ok(())
    }

    async fn suspend(&mut self) -> io::Result<()> {
        self.stop_reading().await;
        Window::lend();
        let stopped = signals::stop();
        self.take_again()?;
        if let Err(error) = stopped {
            self.app.say(
                Level::Error,
                &format!("the console cannot go to the background: {error}"),
            );
        }
        Ok(())
    }

    async fn stop_reading(&mut self) {
        if let Some(input) = self.input.take() {
            input.stop().await;
        }
    }

    fn take_again(&mut self) -> io::Result<()> {
        if let Some(window) = &mut self.window {
            window.take_again()?;
        }
        self.input = Some(Reader::new());
        Ok(())
    }

    /// Somebody else stopped the program and let it go on: the shell has changed the terminal's modes meanwhile.
    async fn come_back(&mut self) -> io::Result<()> {
        self.stop_reading().await;
        give_back();
        self.take_again()
    }

    /// Keeps what is to be kept, ends the queue's work, and says what became of what waited.
    async fn finish(&mut self, parting: Parting) -> anyhow::Result<String> {
        if let Some(opening) = self.opening.take()
            && let Ok(Ok(core)) = timeout(PATIENCE, opening).await
        {
            self.open(core);
        }
        // A message on its way into the queue is in neither place yet.
        while self.app.is_sending() {
            match timeout(PATIENCE, self.answers.recv()).await {
                Ok(Some(answer)) => {
                    let effects = self.app.answer(answer);
                    self.perform(effects).await?;
                }
                Ok(None) | Err(_) => break,
            }
        }
        let effects = self.app.keep_all();
        self.perform(effects).await?;
        let Some(core) = self.core.take() else {
            return Ok(self.last_resort());
        };
        // A disk that does not answer must not keep the queue from being closed.
        let drafts = timeout(PATIENCE, self.performer.finished()).await;
        let waiting = core.close(parting).await.map_err(|words| anyhow!(words))?;
        drafts.context("the disk does not answer; the last changes of the draft may be lost")?;
        let messages = if waiting == 1 {
            "1 message".to_owned()
        } else {
            format!("{waiting} messages")
        };
        Ok(match parting {
            _ if waiting == 0 => String::new(),
            Parting::Lose => format!("{messages} lost, as asked."),
            Parting::Keep | Parting::Wait => {
                format!("{messages} kept; the next start shows what waits.")
            }
        })
    }
}

impl Console {
    /// There is neither queue nor disk to keep the open draft: its words go where they can still be read and copied.
    fn last_resort(&self) -> String {
        let (_, draft) = self.app.open_draft();
        if draft.is_blank() {
            return String::new();
        }
        let line = |label: &str, text: &str| {
            if text.is_empty() {
                String::new()
            } else {
                format!("{label}: {text}\n")
            }
        };
        format!(
            "The open message could not be kept anywhere. This is it:\n\n{}{}{}{}\n{}\n",
            line("To", &draft.to),
            line("Cc", &draft.cc),
            line("Bcc", &draft.bcc),
            line("Subject", &draft.subject),
            draft.body
        )
    }
}
