//! Drafts kept on disk, one JSON file each, so that nothing typed is lost with the process.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::mail::draft::Draft;
use crate::store::shelf::{Shelf, ShelfError};

/// The identity of a kept draft; later ones sort behind earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftId(pub Uuid);

impl DraftId {
    /// A new identity.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    fn file(self) -> String {
        format!("{self}.json")
    }
}

impl Default for DraftId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for DraftId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for DraftId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// Why a draft could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum DraftsError {
    /// The folder or the disk would not have it.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// The draft cannot be written down, such as an attachment whose path is no Unicode.
    #[error("the draft cannot be written down: {0}; rename the file or detach it")]
    Form(serde_json::Error),
    /// A file holds no draft. It was set aside, nothing is deleted.
    #[error("{} holds no draft that can be read ({problem}); it was set aside as {}", .file, .aside.display())]
    Corrupt {
        /// The file's name.
        file: String,
        /// What is wrong with it.
        problem: String,
        /// Where it is now.
        aside: PathBuf,
    },
    /// A file was written by a later version. It stays where it is.
    #[error(
        "{file} was written by a later version of turbomail (form {version}); it is left alone"
    )]
    Later {
        /// The file's name.
        file: String,
        /// Its form.
        version: u32,
    },
}

/// A draft as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its identity.
    pub id: DraftId,
    /// The draft.
    pub draft: Draft,
    /// When it was last kept.
    pub modified: Timestamp,
}

#[derive(Serialize)]
struct FormOut<'a> {
    version: u32,
    draft: &'a Draft,
}

#[derive(Deserialize)]
struct FormIn {
    version: u32,
    draft: Draft,
}

const VERSION: u32 = 1;

/// The folder of kept drafts.
#[derive(Clone, Debug)]
pub struct Drafts {
    shelf: Shelf,
}

impl Drafts {
    /// Opens the folder of drafts and makes it where it is missing (mode 0700).
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, DraftsError> {
        Ok(Self {
            shelf: Shelf::open(dir)?,
        })
    }

    /// Keeps a draft, whole or not at all. It does blocking I/O and syncs the disk.
    ///
    /// # Errors
    /// When the disk is full or the system refuses; what was kept before is unharmed.
    pub fn save(&self, id: DraftId, draft: &Draft) -> Result<(), DraftsError> {
        let form = FormOut {
            version: VERSION,
            draft,
        };
        let json = serde_json::to_vec_pretty(&form).map_err(DraftsError::Form)?;
        Ok(self.shelf.put(&id.file(), &json)?)
    }

    /// Every kept draft, oldest first, and what was wrong with files that hold none.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn load_all(&self) -> Result<(Vec<Kept>, Vec<DraftsError>), DraftsError> {
        let (mut kept, mut problems) = (Vec::new(), Vec::new());
        for label in self.shelf.list()? {
            let Some(id) = label
                .name
                .strip_suffix(".json")
                .and_then(|id| id.parse().ok())
            else {
                continue;
            };
            match self.load(&label.name) {
                Ok(draft) => kept.push(Kept {
                    id,
                    draft,
                    modified: Timestamp::try_from(label.modified).unwrap_or_default(),
                }),
                Err(problem) => problems.push(problem),
            }
        }
        Ok((kept, problems))
    }

    fn load(&self, file: &str) -> Result<Draft, DraftsError> {
        let json = self.shelf.get(file)?;
        match serde_json::from_slice::<FormIn>(&json) {
            Ok(form) if form.version == VERSION => Ok(form.draft),
            Ok(form) if form.version > VERSION => Err(DraftsError::Later {
                file: file.to_owned(),
                version: form.version,
            }),
            other => Err(DraftsError::Corrupt {
                problem: other
                    .err()
                    .map_or_else(|| "unknown form".to_owned(), |error| error.to_string()),
                aside: self.shelf.set_aside(file)?,
                file: file.to_owned(),
            }),
        }
    }

    /// Forgets a draft; one that is not there is no error.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(&self, id: DraftId) -> Result<(), DraftsError> {
        Ok(self.shelf.remove(&id.file())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_come_back_in_order_and_broken_ones_are_set_aside() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let drafts = Drafts::open(dir.path().join("drafts")).expect("opens");
        let (one, two) = (DraftId::new(), DraftId::new());
        let mut draft = Draft::new("me@x", "you@x", "Grüße\u{7}", "a\r\nb\n\u{1b}");
        draft.attachments.push("/x/y".into());
        drafts.save(two, &Draft::default()).expect("kept");
        drafts.save(one, &draft).expect("kept");
        let broken = DraftId::new();
        std::fs::write(drafts.shelf.dir().join(broken.file()), b"{\"version\":1,").expect("made");
        std::fs::write(drafts.shelf.dir().join("note.txt"), b"hello").expect("made");
        let later = DraftId::new();
        std::fs::write(
            drafts.shelf.dir().join(later.file()),
            b"{\"version\":9,\"draft\":{}}",
        )
        .expect("made");

        let (kept, problems) = drafts.load_all().expect("read");
        assert_eq!(kept.iter().map(|k| k.id).collect::<Vec<_>>(), [one, two]);
        assert_eq!(kept[0].draft, draft);
        assert!(matches!(
            &problems[..],
            [
                DraftsError::Corrupt { .. },
                DraftsError::Later { version: 9, .. }
            ]
        ));
        assert!(
            drafts
                .shelf
                .dir()
                .join(format!("{broken}.json.bad"))
                .exists()
        );
        assert!(drafts.shelf.dir().join(later.file()).exists());

        drafts.remove(one).expect("forgotten");
        let (kept, problems) = drafts.load_all().expect("read");
        assert_eq!((kept.len(), problems.len()), (1, 1));
    }

    #[test]
    fn drafts_remember_their_account_and_those_of_earlier_versions_have_none() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let drafts = Drafts::open(dir.path()).expect("opens");
        let (old, new) = (DraftId::new(), DraftId::new());
        let form = br#"{"version":1,"draft":{"from":"","to":"a@x","cc":"","bcc":"","reply_to":"","subject":"s","body":"b","attachments":[]}}"#;
        std::fs::write(dir.path().join(old.file()), form).expect("made");
        let plain = Draft::new("", "a@x", "s", "b");
        let mut mine = plain.clone();
        mine.account = Some("work".into());
        drafts.save(new, &mine).expect("kept");
        let (kept, problems) = drafts.load_all().expect("read");
        assert!(problems.is_empty(), "{problems:?}");
        let kept: Vec<Draft> = kept.into_iter().map(|kept| kept.draft).collect();
        assert_eq!(kept, [plain, mine]);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_unicode_is_told_and_the_old_draft_stays() {
        use std::os::unix::ffi::OsStringExt;
        let dir = tempfile::tempdir().expect("a temporary folder");
        let drafts = Drafts::open(dir.path()).expect("opens");
        let id = DraftId::new();
        let good = Draft::new("", "a@x", "s", "b");
        drafts.save(id, &good).expect("kept");
        let mut bad = good.clone();
        bad.attachments
            .push(std::ffi::OsString::from_vec(vec![b'/', 0xff]).into());
        assert!(matches!(drafts.save(id, &bad), Err(DraftsError::Form(_))));
        assert_eq!(drafts.load_all().expect("read").0[0].draft, good);
    }
}
