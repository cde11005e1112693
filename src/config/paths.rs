//! Where the platform keeps a program's files.

use std::path::PathBuf;

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
        let state = dirs
            .state_dir()
            .unwrap_or_else(|| dirs.data_local_dir())
            .to_owned();
        Some(Self {
            config: dirs.config_dir().join("config.toml"),
            drafts: state.join("drafts"),
            spool: state.join("spool"),
            probes: state.join("probes"),
            state,
        })
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
