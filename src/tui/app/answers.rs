//! What the console makes of the answers to its effects.

use std::path::Path;
use std::sync::Arc;

use crate::mail::clean::{Clean, clean};
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::mailer::compose::name_of;
use crate::tui::answer::{Answer, Refusal};
use crate::tui::effect::{Effect, Level, Place};
use crate::tui::frame::Root;
use crate::tui::screen::queue::acts::edit;

use super::state::App;

impl App {
    /// Takes an answer. Returns what is to be done next.
    pub fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Opened(Ok(())) => {}
            Answer::Read(id, message, to_edit) => return self.read(id, message, to_edit),
            Answer::Attempts(id, kept) => self.looked_back(id, kept),
            Answer::Drafts(list) => {
                let open = self.compose.key();
                let known = &self.world.drafts;
                let new: Vec<_> = list
                    .into_iter()
                    .filter(|kept| kept.key != open && known.iter().all(|old| old.key != kept.key))
                    .collect();
                self.world.drafts.extend(new);
                self.world
                    .drafts
                    .sort_by_key(|kept| std::cmp::Reverse(kept.modified));
            }
            Answer::Kept(key, result) => self.kept(&key, result),
            Answer::Sent(Ok(id)) => return self.sent(id),
            Answer::Sent(Err(refusal)) => return self.refused(&refusal),
            Answer::Attached(key, path, facts) => return self.attached(&key, &path, facts),
            Answer::PastedText(key, text) if key == self.compose.key() => {
                let effects = self.compose.insert(&text);
                return self.settle(effects);
            }
            Answer::PastedText(..) => {
                self.say(
                    Level::Warning,
                    "another message is open now; the paste was left out",
                );
            }
            Answer::Completed(asked, offers) => self.compose.completed(&asked, offers),
            Answer::Edited(Ok(text)) => self.compose.edited(&text),
            Answer::Opened(Err(words)) | Answer::Edited(Err(words)) => {
                self.say(Level::Error, &words);
            }
            Answer::Probe(number, news) => {
                let effects = self.rooms.probe.heard(number, &news, &self.world);
                return self.settle(effects);
            }
            Answer::Recalled(host, runs) => {
                let effects = self.rooms.probe.recalled(&host, runs, &self.world);
                return self.settle(effects);
            }
            Answer::RecalledAll(runs) => {
                let effects = self.rooms.probe.recalled_all(runs);
                return self.settle(effects);
            }
            Answer::Accounts(accounts) => self.use_accounts(accounts),
            Answer::AccountSaved(account, Ok(words)) => {
                self.rooms.probe.saved(&account);
                self.say(Level::Info, &words);
            }
            Answer::AccountSaved(_, Err(words)) => {
                self.say(Level::Error, &format!("not saved: {words}"));
            }
            Answer::Said(level, words) => self.say(level, &words),
        }
        Vec::new()
    }

    /// A message was read from the spool, or was not.
    fn read(
        &mut self,
        id: EntryId,
        message: Result<Arc<Message>, Clean>,
        to_edit: bool,
    ) -> Vec<Effect> {
        if let (Err(words), true) = (&message, to_edit) {
            self.say(Level::Error, words);
            return Vec::new();
        }
        self.world.read = Some((id, message));
        let entry = self.world.snapshot.entry(id).cloned();
        match entry.filter(|_| to_edit) {
            Some(entry) => {
                let effects = edit(&entry, &self.world);
                self.settle(effects)
            }
            None => Vec::new(),
        }
    }

    fn kept(&mut self, key: &str, result: Result<jiff::Timestamp, Clean>) {
        let open = key == self.compose.key();
        match result {
            Ok(at) if open => self.world.kept = Some(at),
            Ok(at) => {
                if let Some(kept) = self.world.drafts.iter_mut().find(|kept| kept.key == key) {
                    kept.modified = at;
                }
            }
            Err(words) => {
                if open {
                    // It counts as not kept, so that the next change or leaving tries again.
                    self.keeping.kept = u64::MAX;
                }
                self.say(Level::Error, &format!("the draft is not on disk: {words}"));
            }
        }
    }

    /// The queue owns the message: its draft may go. What was written since stays, under a name of its own.
    fn sent(&mut self, id: EntryId) -> Vec<Effect> {
        let Some((key, outgoing)) = self.sending.take() else {
            return Vec::new();
        };
        self.world.drafts.retain(|kept| kept.key != key);
        let mut effects = Vec::new();
        let mut written_since = false;
        if self.compose.key() == key {
            if self.compose.draft() == outgoing.draft {
                let next = self.blank();
                effects.extend(self.compose.open(None, &next, &self.world));
                self.keeping.kept = self.compose.revision();
                self.keeping.seen = self.keeping.kept;
                self.keeping.touched = None;
            } else {
                written_since = true;
                self.compose.rename();
            }
            self.world.kept = None;
            self.keeping.on_disk = false;
        }
        effects.push(Effect::DropKept(key));
        let in_review =
            matches!(self.over.last(), Some(over) if matches!(over.place, Place::Review(_)));
        if in_review || (self.over.is_empty() && self.root == Root::Compose && !written_since) {
            self.go_root(Root::Queue);
        }
        self.rooms.queue.select(id);
        let subject = outgoing.draft.subject.trim();
        let subject = if subject.is_empty() {
            id.short()
        } else {
            clean(subject).into_owned()
        };
        self.say(Level::Info, &format!("{subject} is queued"));
        effects
    }

    /// The queue did not take the message: the text is still in Compose, and on disk.
    fn refused(&mut self, refusal: &Refusal) -> Vec<Effect> {
        let same = self
            .sending
            .take()
            .is_some_and(|(key, _)| key == self.compose.key());
        if matches!(self.over.last(), Some(over) if matches!(over.place, Place::Review(_))) {
            self.over.pop();
        }
        if let (Some(field), true) = (refusal.field, same && self.over.is_empty()) {
            self.go_root(Root::Compose);
            self.compose.stand_in(field);
        }
        self.say(Level::Error, &format!("not queued: {}", refusal.words));
        self.keep_open()
    }

    fn attached(&mut self, key: &str, path: &Path, facts: Result<u64, Clean>) -> Vec<Effect> {
        if key != self.compose.key() {
            let words = format!(
                "{} was not attached: another message is open now",
                name_of(path)
            );
            self.say(Level::Warning, &words);
            return Vec::new();
        }
        let effects = self.compose.attached(path, facts);
        self.settle(effects)
    }
}
