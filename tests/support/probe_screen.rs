//! The console's Probe on a pseudo-terminal: servers to be probed, a way to its screen, and a look for the password on the way out.

use std::fs;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::net::TcpListener;
use turbomail::smtp::script::{Script, Server};

use super::terminal::{Terminal, files};

pub(crate) const PASSWORD: &str = "c4nary-Vogel+7";
/// What this password looks like in AUTH PLAIN, from an octet on where base64 begins anew whatever stands before it.
pub(crate) const ENCODED: &str = "NG5hcnkt";

/// Serves a script at this address until the runtime ends; TLS from the first byte where `is_implicit`.
pub(crate) async fn serve(address: &str, server: Server, is_implicit: bool) -> u16 {
    let listener = TcpListener::bind(address).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let server = server.clone();
            tokio::spawn(async move {
                if is_implicit {
                    server.serve_tls(stream).await;
                } else {
                    server.serve(stream).await;
                }
            });
        }
    });
    port
}

pub(crate) fn script(text: &str) -> Script {
    text.parse().expect("a script")
}

/// A home with this configuration; an empty one where there is none.
pub(crate) fn home(config: &str) -> Arc<TempDir> {
    let home = TempDir::new().expect("a scratch home");
    if !config.is_empty() {
        let folder = home.path().join(".config/turbomail");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("config.toml"), config).expect("a configuration");
    }
    Arc::new(home)
}

/// The console on its probe screen.
pub(crate) fn probe(home: Arc<TempDir>) -> Terminal {
    let terminal = Terminal::start_in(home, 30, 100, &[], &[]);
    terminal.wait_for("1 COMPOSE");
    terminal.press("\x1b");
    terminal.wait_for("y review");
    terminal.press("4");
    terminal.wait_for("4 PROBE");
    terminal
}

/// Leaves it: the shell's screen is back, and neither the terminal nor a file of the home has had the password.
pub(crate) fn leave(mut terminal: Terminal) {
    terminal.press("\x03");
    assert!(terminal.wait_for_end().success());
    terminal.wait_until("the shell's screen", |_| terminal.is_restored());
    let written = terminal.bytes();
    for secret in [PASSWORD, ENCODED] {
        let found = { written.windows(secret.len()) }.any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} was on the terminal");
    }
    for file in files(terminal.folder()) {
        let kept = fs::read(&file).unwrap_or_default();
        let kept = String::from_utf8_lossy(&kept);
        assert!(!kept.contains(PASSWORD), "{} has it", file.display());
    }
}

pub(crate) async fn at_the_keyboard(act: impl FnOnce() + Send + 'static) {
    tokio::task::spawn_blocking(act).await.expect("no panic");
}
