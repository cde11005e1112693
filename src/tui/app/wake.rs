//! What time does to the console: drafts are kept at pauses, remarks grow old, and leaving waits for the queue.

use std::time::Duration;

use crate::mail::clock::Now;
use crate::tui::effect::{Effect, Level, Parting, Place};
use crate::tui::frame::{Root, trouble};
use crate::tui::status::Shown;

use super::state::App;

/// A pause in typing.
const PAUSE: Duration = Duration::from_millis(700);

/// Who never pauses is kept this often all the same.
const AT_LEAST: Duration = Duration::from_secs(5);

/// How long an error stays where no key is pressed, and how long a remark is news.
const NEWS: Duration = Duration::from_secs(10);

impl App {
    /// Takes the time. Returns what has become due.
    pub fn advance(&mut self, now: Now) -> Vec<Effect> {
        self.world.now = now;
        if !self.error_stays()
            && let Some(waiting) = self.waiting.take()
        {
            self.world.remark = Some(waiting);
            self.passed = false;
        }
        let mut effects = self.part();
        effects.extend(self.behind.take().map(Effect::ReadAttempts));
        let revision = self.compose.revision();
        if revision != self.keeping.seen {
            self.keeping.seen = revision;
            let first = self.keeping.touched.map_or(now.tick, |(first, _)| first);
            self.keeping.touched = Some((first, now.tick));
        }
        if self.until_keeping() == Some(Duration::ZERO) {
            effects.extend(self.keep_open());
        }
        effects
    }

    /// Takes the time for a frame, and nothing else.
    pub fn advance_clock(&mut self, now: Now) {
        self.world.now = now;
    }

    /// Leaves where leaving was decided and nothing waits any more.
    pub(super) fn part(&mut self) -> Vec<Effect> {
        if self.parting && self.world.snapshot.live.is_empty() && self.sending.is_none() {
            self.parting = false;
            return vec![Effect::Quit(Parting::Keep)];
        }
        Vec::new()
    }

    /// The time until the open draft is to be kept; nothing while it has not changed.
    fn until_keeping(&self) -> Option<Duration> {
        let (first, last) = self.keeping.touched?;
        if self.sending.is_some() {
            return None;
        }
        let due = (last + PAUSE).min(first + AT_LEAST);
        Some(due.since(self.world.now.tick))
    }

    /// Whether an error on the status line has to stay.
    pub(super) fn error_stays(&self) -> bool {
        self.world.remark.as_ref().is_some_and(|remark| {
            remark.level == Level::Error
                && remark.at.tick >= self.pressed
                && self.world.now.tick.since(remark.at.tick) < NEWS
        })
    }

    /// Whether the latest remark is still news.
    fn is_news(&self) -> bool {
        self.world.remark.as_ref().is_some_and(|remark| {
            let fresh = self.world.now.tick.since(remark.at.tick) < NEWS;
            fresh && (!self.passed || remark.level == Level::Error)
        })
    }

    /// What of the latest remark is shown.
    pub(super) fn shown(&self) -> Shown {
        match (self.is_news(), self.passed) {
            (true, _) => Shown::News,
            (false, false) => Shown::Known,
            (false, true) => Shown::Nothing,
        }
    }

    /// The time until [`App::advance`] has something to do or a figure on the screen changes; nothing while all stands still.
    pub fn wake(&self) -> Option<Duration> {
        let now = self.world.now;
        let remark = self.world.remark.as_ref().filter(|_| self.is_news());
        let news = remark.map(|remark| (remark.at.tick + NEWS).since(now.tick));
        let second = self.counts().then(|| {
            // Countdowns change together, at the full second of the wall clock.
            let passed = u64::try_from(now.wall.subsec_nanosecond().max(0)).unwrap_or(0);
            Duration::from_nanos(1_000_000_000_u64.saturating_sub(passed))
        });
        let minute = (self.root == Root::Queue)
            .then(|| self.minute.next(now.tick))
            .flatten();
        let behind = self.behind.map(|_| Duration::ZERO);
        [self.until_keeping(), news, second, minute, behind]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether something that counts is to be seen.
    fn counts(&self) -> bool {
        if trouble(&self.world).is_some() {
            return true;
        }
        let probing = self.rooms.probe.is_waiting();
        match (self.over.last().map(|over| &over.place), self.root) {
            (Some(Place::Help | Place::Review(_) | Place::Drafts), _)
            | (None, Root::Compose | Root::Done) => false,
            (Some(Place::Conversation(..)), _) | (None, Root::Probe) => probing,
            _ => !self.world.snapshot.live.is_empty(),
        }
    }
}
