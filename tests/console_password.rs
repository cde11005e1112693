//! The console where the account has a user and no password: it asks before it takes the screen, and shows nothing of it.
#![cfg(unix)]
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

#[expect(dead_code, reason = "the other tests use more of it")]
#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::sync::Arc;

use tempfile::TempDir;
use terminal::Terminal;
use tokio::net::TcpListener;
use turbomail::smtp::script::{Script, Server};

const PASSWORD: &str = "c4nary ü";

/// A home whose default account logs in at this port, with this line more, and with another account beside it that has a
/// password.
fn home(port: u16, more: &str) -> Arc<TempDir> {
    let home = TempDir::new().expect("a scratch home");
    let folder = home.path().join(".config/turbomail");
    fs::create_dir_all(&folder).expect("a folder");
    let text = format!(
        "default_account = \"main\"\n\
         [account.main]\nfrom = \"me@example.org\"\n\
         [account.main.smtp]\nserver = \"127.0.0.1:{port}\"\nsecurity = \"none\"\nuser = \"tim\"\n{more}\n\
         [account.other]\nfrom = \"me@example.org\"\n\
         [account.other.smtp]\nserver = \"127.0.0.1:9\"\nuser = \"tom\"\npassword_command = \"echo x\"\n"
    );
    fs::write(folder.join("config.toml"), text).expect("a configuration");
    Arc::new(home)
}

fn start(home: Arc<TempDir>, arguments: &[&str]) -> Terminal {
    Terminal::start_in(home, 30, 100, arguments, &[])
}

/// Whether the program has written this to the terminal, at any time.
fn has_written(terminal: &Terminal, text: &str) -> bool {
    { terminal.bytes() }
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn the_password_is_asked_for_once_and_the_message_goes_out_with_it() {
    let script = "auth_in_clear = true\nauth_required = true\naccounts = { tim = 'c4nary ü' }";
    let server = Server::new(script.parse::<Script>().expect("a script"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let serving = server.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serving.serve(stream).await;
        }
    });
    let at_the_keyboard = tokio::task::spawn_blocking(move || {
        let mut terminal = start(home(port, ""), &[]);
        terminal.wait_for("Password of tim at 127.0.0.1:");
        terminal.press(&format!("wrong\u{15}{PASSWORD}\r"));
        terminal.wait_for("1 COMPOSE");
        assert!(!has_written(&terminal, "Password of tom"));
        terminal.press("alice@example.com\tHello there\tA text.\x04");
        terminal.wait_for("Compose › review");
        terminal.press("y");
        terminal.wait_for("2 QUEUE");
        terminal.press("3");
        terminal.wait_for("1 kept · 1 delivered");
        terminal.press("q");
        assert!(terminal.wait_for_end().success());
        // Its last bytes may still be on their way.
        terminal.wait_until("the shell's screen", |_| terminal.is_restored());
        assert!(!has_written(&terminal, "c4nary") && !has_written(&terminal, "wrong"));
    });
    at_the_keyboard.await.expect("no panic");
    let messages = server.journal().messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].user.as_deref(), Some("tim"));
}

#[test]
fn who_gives_no_password_gets_no_console_and_the_terminal_back() {
    let mut terminal = start(home(9, ""), &[]);
    terminal.wait_for("Password of tim at 127.0.0.1:");
    terminal.press("\x03");
    assert_eq!(terminal.wait_for_end().code(), Some(78));
    terminal.wait_for("no password");
    terminal.wait_until("the shell's screen", |_| terminal.is_restored());
    assert!(!has_written(&terminal, "1 COMPOSE"));
}

#[test]
fn nobody_is_asked_where_the_account_in_use_needs_no_password() {
    let without_configuration = Arc::new(TempDir::new().expect("a scratch home"));
    let with_a_command = home(9, "password_command = \"echo x\"");
    for home in [without_configuration, with_a_command] {
        let mut terminal = start(home, &[]);
        terminal.wait_for("1 COMPOSE");
        assert!(!has_written(&terminal, "Password"));
        terminal.press("\x03");
        assert!(terminal.wait_for_end().success());
    }
}

#[tokio::test]
async fn an_answer_inside_a_login_by_hand_is_not_shown_on_the_terminal() {
    let script = "auth_in_clear = true\naccounts = { tim = 'c4nary ü' }";
    let server = Server::new(script.parse::<Script>().expect("a script"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let serving = server.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serving.serve(stream).await;
        }
    });
    let at_the_keyboard = tokio::task::spawn_blocking(move || {
        let name = format!("127.0.0.1:{port}");
        let home = Arc::new(TempDir::new().expect("a scratch home"));
        let arguments = ["probe", &name, "--security", "none", "--step"];
        let mut terminal = start(home, &arguments);
        terminal.wait_for("By hand from here on");
        terminal.press("AUTH LOGIN\r");
        terminal.wait_for("answer (not shown");
        // The user, and then the password.
        terminal.press("dGlt\r");
        terminal.wait_for("334 UGFzc3dvcmQ6");
        terminal.wait_until("asked again", |screen| {
            screen
                .trim_end()
                .ends_with("answer (not shown, * cancels):")
        });
        terminal.press("YzRuYXJ5IMO8\r");
        terminal.wait_for("235 2.7.0 Welcome");
        terminal.press(".quit\r");
        assert!(terminal.wait_for_end().success());
        for secret in ["YzRuYXJ5", "c4nary", "dGlt"] {
            assert!(!has_written(&terminal, secret), "{}", terminal.screen());
        }
    });
    at_the_keyboard.await.expect("no panic");
    let said = server.journal().commands();
    assert!(
        said.last().is_some_and(|(_, line)| line == "QUIT"),
        "{said:?}"
    );
}
