//! A private Dovecot: submission with STARTTLS and login in front of a relay, and LMTP over TCP and a UNIX socket.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::daemon::{Daemon, give_away, is_installed, user};
use crate::postfix::{PASSWORD, certificates, free_port, wait_for};

/// A running Dovecot.
pub(crate) struct Dovecot {
    _daemon: Daemon,
    folder: TempDir,
    /// STARTTLS, then AUTH; mail goes on to the relay.
    pub(crate) submission: u16,
    /// LMTP for `alice`, `bob` and `full`, whose mailbox has no room.
    pub(crate) lmtp: u16,
}

impl Dovecot {
    /// Starts it with these login mechanisms in front of the relay on this port.
    pub(crate) fn start(mechanisms: &str, relay: u16) -> Result<Self, String> {
        is_installed("dovecot")?;
        for module in ["submission-login", "lmtp"] {
            if !Path::new("/usr/lib/dovecot").join(module).exists() {
                return Err(format!("Dovecot's {module} is not installed"));
            }
        }
        let wrong = |error: std::io::Error| error.to_string();
        let folder = tempfile::Builder::new()
            .prefix("dc")
            .tempdir()
            .map_err(wrong)?;
        for part in ["run", "state", "mail", "tls"] {
            fs::create_dir(folder.path().join(part)).map_err(wrong)?;
        }
        certificates(&folder.path().join("tls")).map_err(wrong)?;
        let (submission, lmtp) = (free_port(), free_port());
        let users = format!(
            "alice:{{PLAIN}}{PASSWORD}::::::\nbob:{{PLAIN}}{PASSWORD}::::::\n\
             full:{{PLAIN}}{PASSWORD}::::::userdb_quota_rule=*:storage=1k\n"
        );
        fs::write(folder.path().join("users"), users).map_err(wrong)?;
        let config = folder.path().join("dovecot.conf");
        let text = settings(folder.path(), mechanisms, [submission, lmtp, relay])?;
        fs::write(&config, text).map_err(wrong)?;
        give_away(folder.path())?;
        let daemon = Daemon::start(Command::new("dovecot").arg("-F").arg("-c").arg(&config))?;
        wait_for(submission)?;
        wait_for(lmtp)?;
        Ok(Self {
            _daemon: daemon,
            folder,
            submission,
            lmtp,
        })
    }

    /// The certificate authority's certificate, PEM.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("tls/ca.pem")
    }

    /// The UNIX socket of LMTP.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("run/lmtp")
    }

    /// What Dovecot has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("dovecot.log")).unwrap_or_default()
    }

    /// Waits until so many messages are in a user's mailbox; them.
    pub(crate) fn wait_for_mail(&self, user: &str, count: usize) -> Vec<Vec<u8>> {
        let inbox = self.folder.path().join("mail").join(user).join("new");
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let entries = fs::read_dir(&inbox).into_iter().flatten().flatten();
            let mails: Vec<_> = entries
                .filter_map(|entry| fs::read(entry.path()).ok())
                .collect();
            if mails.len() >= count || Instant::now() > deadline {
                return mails;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn settings(folder: &Path, mechanisms: &str, ports: [u16; 3]) -> Result<String, String> {
    let (user, group) = user()?;
    let [submission, lmtp, relay] = ports;
    let folder = folder.display();
    Ok(format!(
        "base_dir = {folder}/run\nstate_dir = {folder}/state\nlog_path = {folder}/dovecot.log\n\
         protocols = submission lmtp\nlisten = 127.0.0.1\nhostname = mx.test\n\
         default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
         ssl = required\nssl_cert = <{folder}/tls/chain.pem\nssl_key = <{folder}/tls/key.pem\n\
         auth_mechanisms = {mechanisms}\nauth_username_format = %Ln\nmail_location = maildir:{folder}/mail/%u\n\
         first_valid_uid = 1\nmail_plugins = quota\nplugin {{\n  quota = count:User quota\n  quota_vsizes = yes\n  quota_grace = 0\n}}\n\
         passdb {{\n  driver = passwd-file\n  args = scheme=PLAIN {folder}/users\n}}\n\
         userdb {{\n  driver = passwd-file\n  args = {folder}/users\n  \
         override_fields = uid={user} gid={group} home={folder}/mail/%n\n}}\n\
         service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n\
         service auth {{\n  user = {user}\n}}\nservice auth-worker {{\n  user = {user}\n}}\n\
         service submission-login {{\n  chroot =\n  inet_listener submission {{\n    port = {submission}\n  }}\n  \
         inet_listener submissions {{\n    port = 0\n  }}\n}}\n\
         service lmtp {{\n  user = {user}\n  inet_listener lmtp {{\n    port = {lmtp}\n  }}\n}}\n\
         submission_relay_host = 127.0.0.1\nsubmission_relay_port = {relay}\nsubmission_relay_ssl = no\n"
    ))
}
