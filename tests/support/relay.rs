//! A scripted server on a loopback port, in the three ways that mail servers listen.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use turbomail::mail::smarthost::{Security, Server as Address, SmartHost, Timeouts};
use turbomail::smtp::script::{Journal, Script, Server};

use super::certificates::Authority;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Plain,
    StartTls,
    Tls,
}

/// A server that listens until it is dropped.
pub(crate) struct Relay {
    port: u16,
    mode: Mode,
    server: Server,
    /// The one that the client trusts.
    authority: Authority,
    task: JoinHandle<()>,
}

impl Relay {
    /// Listens with a certificate that the tests' clients trust.
    pub(crate) async fn start(script: Script, mode: Mode) -> Self {
        Self::with_certificate(script, mode, |authority| {
            authority.server(&["127.0.0.1"], 2000, 2100)
        })
        .await
    }

    /// Listens with a certificate of the caller's making, be it from the authority that the client trusts or not.
    pub(crate) async fn with_certificate(
        script: Script,
        mode: Mode,
        make: impl FnOnce(&Authority) -> TlsAcceptor,
    ) -> Self {
        Self::with_server(mode, |authority| match mode {
            Mode::Plain => Server::new(script),
            Mode::StartTls | Mode::Tls => Server::with_tls(script, make(authority)),
        })
        .await
    }

    /// Listens with a server of the caller's making.
    pub(crate) async fn with_server(mode: Mode, make: impl FnOnce(&Authority) -> Server) -> Self {
        let authority = Authority::new("Trusted Test CA");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let server = make(&authority);
        let serving = server.clone();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("an open stream");
                let server = serving.clone();
                connections.spawn(async move {
                    if mode == Mode::Tls {
                        server.serve_tls(stream).await;
                    } else {
                        server.serve(stream).await;
                    }
                });
            }
        });
        Self {
            port,
            mode,
            server,
            authority,
            task,
        }
    }

    /// How a client should talk to it. The limits are wide: only tests of limits set their own.
    pub(crate) fn host(&self) -> SmartHost {
        let address = Address {
            host: "127.0.0.1".to_owned(),
            port: Some(self.port),
        };
        let security = match self.mode {
            Mode::Plain => Security::None,
            Mode::StartTls => Security::StartTls,
            Mode::Tls => Security::Tls,
        };
        let mut host = SmartHost::new(address, security);
        host.hello = Some("client.example".to_owned());
        host.ca_files = vec![self.authority.file()];
        host.timeouts = Timeouts::all(Duration::from_secs(30));
        host
    }

    /// What it has seen.
    pub(crate) fn journal(&self) -> &Journal {
        self.server.journal()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}
