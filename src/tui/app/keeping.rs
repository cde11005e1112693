//! The open draft: kept on disk, put aside for another, and begun anew.

use crate::mail::draft::Draft;
use crate::tui::effect::Effect;
use crate::tui::frame::Root;
use crate::tui::world::KeptDraft;

use super::state::App;

impl App {
    /// What has to be done so that nothing that was typed is lost when the console ends now.
    pub fn keep_all(&mut self) -> Vec<Effect> {
        self.sending = None;
        self.keep_open()
    }

    /// Keeps the open draft on disk, where it has changed since.
    pub(super) fn keep_open(&mut self) -> Vec<Effect> {
        self.keeping.touched = None;
        let revision = self.compose.revision();
        if revision == self.keeping.kept || self.sending.is_some() {
            return Vec::new();
        }
        self.keeping.kept = revision;
        let key = self.compose.key().to_owned();
        if self.compose.is_blank() {
            // What was kept before has been erased on purpose.
            let kept = self.world.kept.take().is_some();
            return if std::mem::take(&mut self.keeping.on_disk) || kept {
                vec![Effect::DropKept(key)]
            } else {
                Vec::new()
            };
        }
        self.keeping.on_disk = true;
        vec![Effect::KeepDraft(key, self.compose.draft())]
    }

    /// Opens a draft in Compose. What is open there is kept first, and stays in the list of drafts.
    pub(super) fn open(&mut self, key: Option<String>, draft: &Draft) -> Vec<Effect> {
        let mut effects = self.put_aside();
        effects.extend(self.compose.open(key, draft, &self.world));
        let revision = self.compose.revision();
        (self.keeping.kept, self.keeping.seen, self.world.kept) = (revision, revision, None);
        self.keeping.on_disk = false;
        self.go_root(Root::Compose);
        effects
    }

    /// An empty message through the account in use: whoever writes several rarely means another one each time.
    pub(super) fn blank(&self) -> Draft {
        Draft {
            account: self.compose.route().map(ToString::to_string),
            ..Draft::default()
        }
    }

    /// Keeps the open draft and puts it into the list.
    fn put_aside(&mut self) -> Vec<Effect> {
        if self.compose.is_blank() {
            return self.keep_open();
        }
        let (key, draft) = self.open_draft();
        self.keeping.kept = self.compose.revision();
        self.keeping.touched = None;
        let aside = KeptDraft {
            key: key.clone(),
            draft: draft.clone(),
            modified: self.world.now.wall,
        };
        self.world.drafts.retain(|kept| kept.key != key);
        self.world.drafts.insert(0, aside);
        vec![Effect::KeepDraft(key, draft)]
    }
}
