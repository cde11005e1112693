//! The smart host: the relay or submission server that takes our mail, and how to talk to it.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::sasl::Sasl;
pub use super::server::Server;

use super::reach::{Place, Reach};

/// How the connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte on port 465; elsewhere STARTTLS, which only a loopback host without it may leave out.
    #[default]
    Auto,
    /// STARTTLS or nothing (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314 §3.3).
    Tls,
    /// In clear. No password is ever sent this way except to loopback.
    None,
}

impl Security {
    /// The name in the configuration and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::None => "none",
        }
    }

    /// The port where a server of this kind listens by convention (RFC 8314 §7, RFC 6409 §3.1).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Auto | Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

impl fmt::Display for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Security {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "starttls" => Ok(Self::StartTls),
            "tls" => Ok(Self::Tls),
            "none" => Ok(Self::None),
            _ => Err(format!(
                "unknown security {text:?}, expected auto, starttls, tls or none"
            )),
        }
    }
}

/// Where a password comes from. It is fetched when it is needed and never kept longer.
#[derive(Clone, Debug)]
pub enum Secret {
    /// The value itself; its `Debug` form hides it.
    Value(SecretString),
    /// The first line that this shell command prints.
    Command(String),
    /// The first line of this file, which nobody else may read.
    File(PathBuf),
    /// A bearer token: the first line that this shell command prints. It is kept until it expires or is refused.
    Token(String),
    /// There is none: the client certificate says who we are.
    Certificate,
}

/// The certificate by which this side shows who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The PEM file of the certificate and its intermediates.
    pub certificate: PathBuf,
    /// The PEM file of the private key, which nobody else may read.
    pub key: PathBuf,
}

/// User and password for AUTH (RFC 4954).
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password's source.
    pub secret: Secret,
}

/// How long each stage may take. Defaults are those of RFC 5321 §4.5.3.2; the RFC has none for connect, TLS and AUTH.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name resolution and the TCP connection, for each address. 30 s.
    pub connect: Duration,
    /// The first reply. 5 min.
    pub greeting: Duration,
    /// EHLO, HELO, LHLO. 5 min.
    pub hello: Duration,
    /// The reply to STARTTLS. 2 min.
    pub starttls: Duration,
    /// The TLS handshake. 60 s.
    pub tls: Duration,
    /// Each round of AUTH. 2 min.
    pub auth: Duration,
    /// MAIL and RSET. 5 min.
    pub mail: Duration,
    /// Each RCPT. 5 min.
    pub rcpt: Duration,
    /// The 354 to DATA. 2 min.
    pub data: Duration,
    /// Each block of content that the network must take. 3 min.
    pub block: Duration,
    /// The reply to the final dot. 10 min.
    pub dot: Duration,
    /// QUIT, which never delays a result. 5 s.
    pub quit: Duration,
}

impl Timeouts {
    /// The names of the stages, as the configuration and `--timeout STAGE=DURATION` write them.
    pub const NAMES: [&'static str; 12] = [
        "connect", "greeting", "hello", "starttls", "tls", "auth", "mail", "rcpt", "data", "block",
        "dot", "quit",
    ];

    /// The same limit for every stage.
    #[must_use]
    pub const fn all(limit: Duration) -> Self {
        Self {
            connect: limit,
            greeting: limit,
            hello: limit,
            starttls: limit,
            tls: limit,
            auth: limit,
            mail: limit,
            rcpt: limit,
            data: limit,
            block: limit,
            dot: limit,
            quit: limit,
        }
    }

    /// The limit of the stage with this name, to be read or set.
    pub fn named(&mut self, name: &str) -> Option<&mut Duration> {
        Some(match name {
            "connect" => &mut self.connect,
            "greeting" => &mut self.greeting,
            "hello" => &mut self.hello,
            "starttls" => &mut self.starttls,
            "tls" => &mut self.tls,
            "auth" => &mut self.auth,
            "mail" => &mut self.mail,
            "rcpt" => &mut self.rcpt,
            "data" => &mut self.data,
            "block" => &mut self.block,
            "dot" => &mut self.dot,
            "quit" => &mut self.quit,
            _ => return None,
        })
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(30),
            greeting: seconds(300),
            hello: seconds(300),
            starttls: seconds(120),
            tls: seconds(60),
            auth: seconds(120),
            mail: seconds(300),
            rcpt: seconds(300),
            data: seconds(120),
            block: seconds(180),
            dot: seconds(600),
            quit: seconds(5),
        }
    }
}

/// Everything needed to open a session with a smart host.
#[derive(Clone, Debug)]
pub struct SmartHost {
    /// A name or an IP address; the certificate must be for it.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The name for EHLO; without one the machine's own, or an address literal where that is no domain.
    pub hello: Option<String>,
    /// User and password, where the server wants them.
    pub credentials: Option<Credentials>,
    /// PEM files of certificate authorities trusted beside the platform's.
    pub ca_files: Vec<PathBuf>,
    /// Pinned certificates or public keys. Where there are any, the server's own certificate must be one of them, and then
    /// neither its issuer nor its names nor its days are looked at.
    pub pins: Vec<Fingerprint>,
    /// The certificate of this side, where the server wants one.
    pub client_certificate: Option<ClientCertificate>,
    /// The name that the certificate must be for and that is asked for by SNI, where it is not `host`.
    pub tls_name: Option<String>,
    /// The login mechanism, where it is not the best of those offered.
    pub auth: Option<Sasl>,
    /// The limits of the stages.
    pub timeouts: Timeouts,
    /// Messages for each connection, after which it is closed and another opened. 10.
    pub count: usize,
    /// Messages under way at a time on a connection, where the server offers CHUNKING and PIPELINING. With more than one, a
    /// connection that is lost leaves as many uncertain. 1.
    pub bulk_window: usize,
    /// What is spoken there, and by which way it is reached.
    pub reach: Reach,
}

impl SmartHost {
    /// A smart host without login; the port is the convention's where none was written.
    #[must_use]
    pub fn new(server: Server, security: Security) -> Self {
        let socket = server.socket();
        Self {
            port: server.port.unwrap_or(security.default_port()),
            // A socket has no name of its own; it is always on this machine.
            host: match &socket {
                Some(_) => "localhost".to_owned(),
                None => server.host,
            },
            reach: Reach {
                socket,
                ..Reach::default()
            },
            security,
            hello: None,
            credentials: None,
            ca_files: Vec::new(),
            pins: Vec::new(),
            client_certificate: None,
            tls_name: None,
            auth: None,
            timeouts: Timeouts::default(),
            count: 10,
            bulk_window: 1,
        }
    }

    /// Whether TLS starts with the first byte.
    #[must_use]
    pub fn is_implicit_tls(&self) -> bool {
        self.security == Security::Tls || (self.security == Security::Auto && self.port == 465)
    }

    /// Whether it is on this machine by its name, where nobody can listen on the way.
    #[must_use]
    pub fn is_here(&self) -> bool {
        let ip = self.host.parse::<IpAddr>();
        self.reach.socket.is_some()
            || self.host.eq_ignore_ascii_case("localhost")
            || ip.is_ok_and(|ip| ip.to_canonical().is_loopback())
    }

    /// Where to call: its own name and port, unless there is a detour.
    #[must_use]
    pub fn place(&self) -> Place {
        match (&self.reach.detour, &self.reach.socket) {
            (Some(detour), _) => detour.clone(),
            (None, Some(path)) => Place::Socket(path.clone()),
            (None, None) => Place::Host(self.host.clone(), self.port),
        }
    }

    /// `host:port`, with brackets around an IPv6 address; of a UNIX socket `unix:` and its path.
    #[must_use]
    pub fn name(&self) -> String {
        if let Some(path) = &self.reach.socket {
            format!("unix:{}", path.display())
        } else if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smart_host_is_called_where_it_is_unless_there_is_a_detour() {
        let server = |text: &str| text.parse::<Server>().expect("a server");
        let socket = SmartHost::new(server("unix:/run/lmtp"), Security::Auto);
        assert_eq!(
            (socket.host.as_str(), socket.name().as_str()),
            ("localhost", "unix:/run/lmtp")
        );
        assert_eq!(socket.place().to_string(), "unix:/run/lmtp");
        let mut host = SmartHost::new(server("2001:db8::1"), Security::Tls);
        assert_eq!(
            (host.name(), host.place().to_string()),
            ("[2001:db8::1]:465".into(), host.name())
        );
        host.reach.detour = Some(server("127.0.0.1:2525").place(host.port));
        assert_eq!(
            (host.name().as_str(), host.place().to_string().as_str()),
            ("[2001:db8::1]:465", "127.0.0.1:2525")
        );
    }
}
