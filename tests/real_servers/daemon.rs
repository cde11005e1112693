//! A server process of a test: started as a user without rights, stopped when dropped.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::postfix::run;

/// Nobody, who may do nothing.
const NOBODY: u32 = 65534;

/// A process that ends with its guard.
pub(crate) struct Daemon(Child);

impl Daemon {
    /// Starts it in the foreground; as nobody where this is root.
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        if is_root()? {
            command.uid(NOBODY).gid(NOBODY);
        }
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = quiet.stderr(Stdio::null()).spawn();
        child
            .map(Self)
            .map_err(|error| format!("{command:?}: {error}"))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Asked, not killed: it has children of its own to stop.
        let pid = self.0.id().to_string();
        if run(Command::new("kill").args(["-TERM", &pid])).is_err() {
            self.0.kill().ok();
        }
        self.0.wait().ok();
    }
}

/// Whether a program is where Debian puts daemons.
pub(crate) fn is_installed(program: &str) -> Result<(), String> {
    let folders = ["/usr/sbin", "/usr/bin", "/sbin"];
    let found = { folders.iter() }.any(|folder| Path::new(folder).join(program).exists());
    found
        .then_some(())
        .ok_or_else(|| format!("{program} is not installed"))
}

/// Gives a folder to the user that the daemons run as.
pub(crate) fn give_away(folder: &Path) -> Result<(), String> {
    if is_root()? {
        let owner = format!("{NOBODY}:{NOBODY}");
        run(Command::new("chown").args(["-R", &owner]).arg(folder))?;
    }
    Ok(())
}

/// The name and group of the user that the daemons run as.
pub(crate) fn user() -> Result<(String, String), String> {
    let id = |flag: &str| {
        let mut command = Command::new("id");
        command.arg(flag);
        if is_root()? {
            command.arg("nobody");
        }
        Ok::<_, String>(run(&mut command)?.trim().to_owned())
    };
    Ok((id("-un")?, id("-gn")?))
}

fn is_root() -> Result<bool, String> {
    Ok(run(Command::new("id").arg("-u"))?.trim() == "0")
}
