//! Homes with a configuration, for programs that are started in them.

use std::sync::Arc;

use tempfile::TempDir;

/// A home whose account has a smart host at which nobody listens.
pub(crate) fn home_without_host() -> Arc<TempDir> {
    let home = Arc::new(TempDir::new().expect("a home"));
    let folder = home.path().join(".config/turbomail");
    std::fs::create_dir_all(&folder).expect("made");
    // A port that was free a moment ago refuses.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .expect("a port")
        .port();
    let config = format!(
        "[account.main]\nfrom = \"Me <me@example.org>\"\n[account.main.smtp]\nserver = \"127.0.0.1:{port}\"\nsecurity = \"none\"\n"
    );
    std::fs::write(folder.join("config.toml"), config).expect("written");
    home
}
