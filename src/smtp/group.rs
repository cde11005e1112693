//! A shell command with all that it starts, which end with it.

use std::process::Stdio;

use tokio::process::{Child, Command};

/// A command with all its descendants, which die with it.
pub(super) struct Group {
    child: Child,
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    /// Starts a command with this standard input; what it prints can be read.
    pub(super) fn spawn(command: &str, input: Stdio) -> std::io::Result<Self> {
        let (program, flag) = if cfg!(windows) {
            ("cmd", "/C")
        } else {
            ("sh", "-c")
        };
        let mut shell = Command::new(program);
        shell
            .arg(flag)
            .arg(command)
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own, so that what the shell starts can be killed with it.
        #[cfg(unix)]
        shell.process_group(0);
        // A password in our environment is for the server and for no command.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("TURBOMAIL_") && text.ends_with("PASSWORD") {
                shell.env_remove(&name);
            }
        }
        let child = shell.spawn()?;
        Ok(Self {
            #[cfg(unix)]
            leader: child
                .id()
                .and_then(|id| i32::try_from(id).ok())
                .and_then(rustix::process::Pid::from_raw),
            child,
        })
    }

    /// The shell itself.
    pub(super) const fn child(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Only while the leader was not waited for: its number may since be another's.
        #[cfg(unix)]
        if self.child.id().is_some()
            && let Some(leader) = self.leader
        {
            rustix::process::kill_process_group(leader, rustix::process::Signal::KILL).ok();
        }
    }
}
