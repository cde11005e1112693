//! Where the platform keeps a program's files.

use std::path::PathBuf;

use directories::ProjectDirs;

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
            state,
        })
    }
}
