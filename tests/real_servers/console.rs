//! The console itself against a real Postfix: typed, attached, reviewed, sent, read back; and the password nowhere.

use std::fs;
use std::sync::Arc;

use mail_parser::{MessageParser, MimeHeaders};
use tempfile::TempDir;

use crate::postfix::{PASSWORD, Postfix, USER};
use crate::secrets::assert_no_secret;
use crate::terminal::{Terminal, files};

const CTRL_D: &str = "\x04";
const CTRL_T: &str = "\x14";

/// A home whose only account is the Postfix; its password comes from a command.
fn home(postfix: &Postfix) -> Arc<TempDir> {
    let home = TempDir::new().expect("a scratch home");
    let config = home.path().join(".config/turbomail");
    fs::create_dir_all(&config).expect("a folder for the configuration");
    fs::write(
        config.join("config.toml"),
        format!(
            "[account.work]\nfrom = \"Alice <{USER}>\"\n\
             [account.work.smtp]\nserver = \"localhost:{}\"\nsecurity = \"starttls\"\nuser = \"{USER}\"\n\
             password_command = \"printenv THE_PASSWORD\"\nca_file = \"{}\"\n",
            postfix.submission,
            postfix.ca().display()
        ),
    )
    .expect("a configuration");
    Arc::new(home)
}

#[test]
fn a_typed_message_with_an_attachment_reaches_a_real_maildir() {
    let Some(postfix) = crate::postfix() else {
        return;
    };
    let home = home(&postfix);
    let bytes: Vec<u8> = (0..=255).cycle().take(40_000).collect();
    fs::write(home.path().join("report.bin"), &bytes).expect("a file to attach");

    let mut console = Terminal::start_in(
        Arc::clone(&home),
        30,
        100,
        &[],
        &[("THE_PASSWORD", PASSWORD)],
    );
    console.wait_for("1 COMPOSE");
    console.wait_for(&format!("localhost:{}", postfix.submission));
    console.press("bob@example.test\tQuarterly report\tPlease find it attached.");
    console.press(CTRL_T);
    console.press("report.bin\r");
    console.wait_for("report.bin 39 KB");
    console.press(CTRL_D);
    console.wait_for("review");
    console.press("y");
    console.wait_for("2 QUEUE");
    let files_there = postfix.wait_for_mail(1);
    console.press("3");
    // The server's word may come after its file.
    console.wait_for("3 DONE 1");
    console.press("t");
    console.wait_for("STARTTLS");
    console.wait_for("235 2.7.0");
    console.press("q");
    assert!(console.wait_for_end().success());

    let raw = fs::read(&files_there[0]).expect("the delivered file");
    let message = MessageParser::default().parse(&raw).expect("a message");
    assert_eq!(message.subject(), Some("Quarterly report"));
    let part = message.attachment(0).expect("the attachment");
    assert_eq!(part.attachment_name(), Some("report.bin"));
    assert!(part.contents() == bytes, "the attachment differs");

    assert_no_secret("the terminal", &console.bytes());
    assert_no_secret("Postfix's log", postfix.log().as_bytes());
    for file in files(home.path()) {
        let bytes = fs::read(&file).expect("a readable file");
        assert_no_secret(&file.display().to_string(), &bytes);
    }
}
