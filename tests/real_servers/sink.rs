//! Postfix's smtp-sink and postgrey: a server that throws mail away and a policy that makes strangers wait.

use std::process::Command;

use tempfile::TempDir;

use crate::daemon::{Daemon, give_away, is_installed, user};
use crate::postfix::{free_port, wait_for};

/// A running smtp-sink.
pub(crate) struct Sink {
    pub(crate) port: u16,
    _daemon: Daemon,
}

impl Sink {
    /// Starts it with these options.
    pub(crate) fn start(options: &[&str]) -> Result<Self, String> {
        is_installed("smtp-sink")?;
        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        let daemon = Daemon::start(
            Command::new("smtp-sink")
                .args(options)
                .args([&address, "50"]),
        )?;
        // Not `wait_for`: with -q connect the first connection is closed, which is what is wanted.
        wait_for(port)?;
        Ok(Self {
            port,
            _daemon: daemon,
        })
    }
}

/// A running postgrey.
pub(crate) struct Postgrey {
    port: u16,
    _daemon: Daemon,
    _folder: TempDir,
}

impl Postgrey {
    /// Starts it; strangers wait for so many seconds.
    pub(crate) fn start(delay: u32) -> Result<Self, String> {
        is_installed("postgrey")?;
        let wrong = |error: std::io::Error| error.to_string();
        let folder = tempfile::Builder::new()
            .prefix("pg")
            .tempdir()
            .map_err(wrong)?;
        std::fs::write(folder.path().join("empty"), "").map_err(wrong)?;
        std::fs::create_dir(folder.path().join("db")).map_err(wrong)?;
        give_away(folder.path())?;
        let (port, (user, group)) = (free_port(), user()?);
        let at = |name: &str| folder.path().join(name).display().to_string();
        let daemon = Daemon::start(Command::new("postgrey").args([
            format!("--inet=127.0.0.1:{port}"),
            format!("--delay={delay}"),
            format!("--dbdir={}", at("db")),
            format!("--user={user}"),
            format!("--group={group}"),
            format!("--whitelist-clients={}", at("empty")),
            format!("--whitelist-recipients={}", at("empty")),
            "--auto-whitelist-clients=0".to_owned(),
        ]))?;
        wait_for(port)?;
        Ok(Self {
            port,
            _daemon: daemon,
            _folder: folder,
        })
    }

    /// The line of main.cf that asks it.
    pub(crate) fn restriction(&self) -> String {
        format!(
            "smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:{}\n",
            self.port
        )
    }
}
