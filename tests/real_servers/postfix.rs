//! A private Postfix on loopback: an MX port, a submission port with STARTTLS and AUTH, and a port with implicit TLS.
//!
//! Everything lives in one scratch folder; the machine's own Postfix is not touched. `master` switches users, so it needs root.

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// A running Postfix, stopped when dropped.
pub(crate) struct Postfix {
    folder: TempDir,
    /// STARTTLS, then AUTH.
    pub(crate) submission: u16,
    /// TLS from the first byte, then AUTH.
    pub(crate) smtps: u16,
    /// Takes mail for `example.test` from anybody.
    pub(crate) mx: u16,
}

/// The user that may log in.
pub(crate) const USER: &str = "alice@mx.test";
/// The password: not a word that could stand anywhere by chance.
pub(crate) const PASSWORD: &str = "kanarien-Vogel+7 ü";

impl Postfix {
    /// Starts a Postfix, or says what is missing for it.
    pub(crate) fn start() -> Result<Self, String> {
        Self::start_with("")
    }

    /// Starts a Postfix with these lines at the end of its main.cf.
    pub(crate) fn start_with(more: &str) -> Result<Self, String> {
        for program in ["postfix", "saslpasswd2"] {
            if !["/usr/sbin", "/usr/bin", "/sbin"]
                .iter()
                .any(|folder| Path::new(folder).join(program).exists())
            {
                return Err(format!("{program} is not installed"));
            }
        }
        if run(Command::new("id").arg("-u"))?.trim() != "0" {
            return Err("Postfix's master must be started by root".into());
        }
        let folder = tempfile::Builder::new()
            .prefix("pf")
            .tempdir()
            .map_err(|error| error.to_string())?;
        let postfix = Self {
            folder,
            submission: free_port(),
            smtps: free_port(),
            mx: free_port(),
        };
        postfix
            .lay_out(more)
            .map_err(|error| format!("cannot lay out Postfix's folder: {error}"))?;
        postfix.add_user()?;
        run(Command::new("postfix")
            .arg("-c")
            .arg(postfix.at("etc"))
            .arg("start"))
        .map_err(|error| format!("{error}\n{}", postfix.log()))?;
        for port in [postfix.submission, postfix.smtps, postfix.mx] {
            wait_for(port)?;
        }
        Ok(postfix)
    }

    /// The certificate authority's certificate, PEM.
    pub(crate) fn ca(&self) -> PathBuf {
        self.at("tls/ca.pem")
    }

    /// The files in the Maildir of all mail for `example.test`.
    pub(crate) fn delivered(&self) -> Vec<PathBuf> {
        let inbox = self.at("mail/inbox/new");
        let Ok(entries) = fs::read_dir(inbox) else {
            return Vec::new();
        };
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        files
    }

    /// Waits until so many messages are in the Maildir.
    pub(crate) fn wait_for_mail(&self, count: usize) -> Vec<PathBuf> {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let files = self.delivered();
            if files.len() >= count || Instant::now() > deadline {
                return files;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What Postfix has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.at("postfix.log")).unwrap_or_default()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn lay_out(&self, more: &str) -> std::io::Result<()> {
        fs::set_permissions(self.folder.path(), Permissions::from_mode(0o755))?;
        for folder in ["etc/sasl", "queue", "data", "tls", "sasl", "mail"] {
            fs::create_dir_all(self.at(folder))?;
        }
        certificates(&self.at("tls"))?;
        for file in ["postfix-files", "dynamicmaps.cf"] {
            let from = Path::new("/etc/postfix").join(file);
            if from.exists() {
                fs::copy(from, self.at("etc").join(file))?;
            }
        }
        for folder in ["data", "mail"] {
            owned_by_postfix(&self.at(folder))?;
        }
        fs::write(self.at("etc/main.cf"), self.main_cf() + more)?;
        fs::write(self.at("etc/master.cf"), self.master_cf())?;
        // Debian's smtpd looks for the SASL settings below its own configuration directory and nowhere else.
        let sasl = format!(
            "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {}\nmech_list: PLAIN LOGIN CRAM-MD5\n",
            self.at("sasl/sasldb2").display()
        );
        fs::write(self.at("etc/sasl/smtpd.conf"), sasl)
    }

    fn add_user(&self) -> Result<(), String> {
        let (user, realm) = USER
            .split_once('@')
            .ok_or("a user with a realm is expected")?;
        let database = self.at("sasl/sasldb2");
        let mut child = Command::new("saslpasswd2")
            .args(["-p", "-c", "-u", realm, "-f"])
            .arg(&database)
            .arg(user)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        if let Some(mut input) = child.stdin.take() {
            std::io::Write::write_all(&mut input, PASSWORD.as_bytes())
                .map_err(|error| error.to_string())?;
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        owned_by_postfix(&database).map_err(|error| error.to_string())?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("saslpasswd2: {status}"))
        }
    }

    fn main_cf(&self) -> String {
        let id = |flag: &str| {
            run(Command::new("id").args([flag, "postfix"]))
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        format!(
            "compatibility_level = 3.6\n\
             queue_directory = {dir}/queue\n\
             data_directory = {dir}/data\n\
             command_directory = /usr/sbin\n\
             daemon_directory = /usr/lib/postfix/sbin\n\
             mail_owner = postfix\n\
             setgid_group = postdrop\n\
             myhostname = mx.test\n\
             mydestination =\n\
             mynetworks =\n\
             inet_interfaces = 127.0.0.1\n\
             inet_protocols = ipv4\n\
             maillog_file = {dir}/postfix.log\n\
             maillog_file_prefixes = {dir}\n\
             default_transport = discard:\n\
             virtual_mailbox_domains = example.test\n\
             virtual_mailbox_base = {dir}/mail\n\
             virtual_mailbox_maps = static:inbox/\n\
             virtual_minimum_uid = 1\n\
             virtual_uid_maps = static:{uid}\n\
             virtual_gid_maps = static:{gid}\n\
             smtpd_tls_cert_file = {dir}/tls/chain.pem\n\
             smtpd_tls_key_file = {dir}/tls/key.pem\n\
             smtpd_tls_security_level = may\n\
             smtpd_tls_auth_only = yes\n\
             smtpd_sasl_auth_enable = yes\n\
             smtpd_sasl_path = smtpd\n\
             smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination\n\
             message_size_limit = 4194304\n",
            dir = self.folder.path().display(),
            uid = id("-u"),
            gid = id("-g"),
        )
    }

    fn master_cf(&self) -> String {
        let login = "-o smtpd_relay_restrictions=permit_sasl_authenticated,reject";
        let mut services = format!(
            "127.0.0.1:{} inet n - n - - smtpd\n\
             127.0.0.1:{} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {login}\n\
             127.0.0.1:{} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {login}\n",
            self.mx, self.submission, self.smtps
        );
        // name, private, unprivileged, chroot, wake-up, processes, command
        for line in [
            "pickup unix n - n 60 1 pickup",
            "cleanup unix n - n - 0 cleanup",
            "qmgr unix n - n 300 1 qmgr",
            "tlsmgr unix - - n 1000? 1 tlsmgr",
            "rewrite unix - - n - - trivial-rewrite",
            "bounce unix - - n - 0 bounce",
            "defer unix - - n - 0 bounce",
            "trace unix - - n - 0 bounce",
            "verify unix - - n - 1 verify",
            "flush unix n - n 1000? 0 flush",
            "proxymap unix - - n - - proxymap",
            "showq unix n - n - - showq",
            "error unix - - n - - error",
            "retry unix - - n - - error",
            "discard unix - - n - - discard",
            "virtual unix - n n - - virtual",
            "anvil unix - - n - 1 anvil",
            "postlog unix-dgram n - n - 1 postlogd",
        ] {
            services.push_str(line);
            services.push('\n');
        }
        services
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = run(Command::new("postfix")
            .arg("-c")
            .arg(self.at("etc"))
            .arg("stop"));
    }
}

/// A certificate authority and a certificate of it for `mx.test`, `localhost` and `127.0.0.1`.
pub(crate) fn certificates(folder: &Path) -> std::io::Result<()> {
    let bad = |error: rcgen::Error| std::io::Error::other(error);
    let mut authority = CertificateParams::new([]).map_err(bad)?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "turbomail test authority");
    let authority_key = KeyPair::generate().map_err(bad)?;
    let authority_cert = authority.self_signed(&authority_key).map_err(bad)?;
    let issuer = Issuer::new(authority, authority_key);

    let names = ["mx.test", "localhost", "127.0.0.1"].map(str::to_owned);
    let mut leaf = CertificateParams::new(names).map_err(bad)?;
    leaf.distinguished_name.push(DnType::CommonName, "mx.test");
    let key = KeyPair::generate().map_err(bad)?;
    let cert = leaf.signed_by(&key, &issuer).map_err(bad)?;

    fs::write(folder.join("ca.pem"), authority_cert.pem())?;
    fs::write(folder.join("chain.pem"), cert.pem() + &authority_cert.pem())?;
    fs::write(folder.join("key.pem"), key.serialize_pem())
}

fn owned_by_postfix(path: &Path) -> std::io::Result<()> {
    run(Command::new("chown")
        .arg("-R")
        .arg("postfix:postfix")
        .arg(path))
    .map(drop)
    .map_err(std::io::Error::other)
}

pub(crate) fn free_port() -> u16 {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
    socket.local_addr().expect("its address").port()
}

pub(crate) fn wait_for(port: u16) -> Result<(), String> {
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if Instant::now() > deadline {
            return Err(format!("nothing listens on port {port}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

pub(crate) fn run(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!(
            "{command:?}: {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}
