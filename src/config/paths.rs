//! Where the platform keeps a program's files.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::load::Loaded;
use super::problem::ConfigError;
use super::settings::Spool;

/// The program's places. On Linux they follow `XDG_CONFIG_HOME`, `XDG_STATE_HOME` and `HOME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The configuration file that is read where it is there.
    pub config: PathBuf,
    /// What is kept between runs.
    pub state: PathBuf,
    /// Drafts.
    pub drafts: PathBuf,
    /// What is queued.
    pub spool: PathBuf,
    /// The probe's runs.
    pub probes: PathBuf,
}

impl Paths {
    /// The platform's places; `None` where there is no home.
    #[must_use]
    pub fn find() -> Option<Self> {
        let dirs = ProjectDirs::from("", "", "turbomail")?;
        let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
        Some(Self::below(dirs.config_dir(), state))
    }

    /// The places of somebody who has changed none of the platform's, with `~` for the home.
    #[must_use]
    pub fn usual() -> Self {
        let (config, state) = if cfg!(target_os = "macos") {
            let support = "~/Library/Application Support/turbomail";
            (support, support)
        } else {
            ("~/.config/turbomail", "~/.local/state/turbomail")
        };
        Self::below(Path::new(config), Path::new(state))
    }

    fn below(config: &Path, state: &Path) -> Self {
        Self {
            config: config.join("config.toml"),
            drafts: state.join("drafts"),
            spool: state.join("spool"),
            probes: state.join("probes"),
            state: state.to_owned(),
        }
    }
}

impl Loaded {
    /// The folder of the spool, where there is to be one: as it was set, else the usual one where `unless_set` says so.
    ///
    /// # Errors
    /// Where the platform's folder is wanted and there is no home.
    pub fn spool(&self, unless_set: bool) -> Result<Option<PathBuf>, ConfigError> {
        let usual = || {
            let paths = Paths::find().map(|paths| Some(paths.spool));
            paths.ok_or_else(|| {
                self.fault(&["queue", "spool"], "there is no home to keep the spool in")
                    .remedy("set HOME, or name a folder: --spool DIR")
            })
        };
        match &self.settings.queue.spool {
            Some(Spool::Folder(path)) => Ok(Some(path.clone())),
            Some(Spool::Usual) => usual(),
            None if unless_set => usual(),
            Some(Spool::Never) | None => Ok(None),
        }
    }
}
