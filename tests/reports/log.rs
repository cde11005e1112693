//! The delivery log: a line for each attempt and each outcome, whatever becomes of the file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use turbomail::mail::draft::Draft;
use turbomail::mail::event::Kind;
use turbomail::mailer::{Leaving, Log, LogFormat, Mailer, Terms};

use crate::entries::message;
use crate::office::{Office, until};

const AT_ONCE: Leaving = Leaving {
    drain: false,
    deadline: Duration::ZERO,
};

fn mailer(path: &Path, format: LogFormat) -> Mailer {
    let log = Log {
        path: path.to_owned(),
        format,
    };
    let builder = Office::default().builder("on-demand", None).log(log);
    builder.build().expect("built")
}

async fn send(mailer: &Mailer, to: &str) {
    let draft = Draft::new("me@example.com", to, "x", "y");
    let receipt = mailer.send(draft).await.expect("queued");
    receipt.settled().await.expect("settled");
}

fn lines(path: &PathBuf) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The word of each line.
fn words(path: &PathBuf) -> Vec<String> {
    let word = |line: String| line.split_whitespace().nth(1).map(str::to_owned);
    lines(path).into_iter().filter_map(word).collect()
}

#[tokio::test(start_paused = true)]
async fn every_step_of_a_message_is_a_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("new/deep/delivery.log");
    let mailer = mailer(&path, LogFormat::Text);
    let held = Terms {
        held: true,
        ..Terms::default()
    };
    let one = message("me@example.com", "fine@example.org", "x");
    let receipt = mailer
        .send_message("work", one, held)
        .await
        .expect("queued");
    mailer.release(receipt.id).expect("released");
    receipt.settled().await.expect("settled");
    send(&mailer, "fail@example.org").await;
    let one = message("me@example.com", "defer@example.org", "x");
    let receipt = mailer
        .send_message("work", one, Terms::default())
        .await
        .expect("queued");
    receipt.attempted().await.expect("tried");
    mailer.drop_entry(receipt.id).expect("dropped");
    mailer.restore(receipt.id).expect("restored");
    until(|| {
        mailer
            .entry(receipt.id)
            .is_some_and(|entry| entry.end.is_some())
    })
    .await;
    mailer.close(AT_ONCE).await;
    assert_eq!(mailer.log_trouble(), None);
    let (words, lines) = (words(&path), lines(&path));
    let (beginning, rest) = words.split_at(12);
    let expected =
        "QUEUED HELD RELEASED DELIVER SENT QUEUED DELIVER REFUSED QUEUED DELIVER DEFERRED DROPPED";
    assert_eq!(beginning.join(" "), expected);
    assert_eq!(rest.first().map(String::as_str), Some("RESTORED"));
    assert_eq!(rest.last().map(String::as_str), Some("EXPIRED"));
    assert_eq!(rest.iter().filter(|word| *word == "DELAYED").count(), 1);
    assert!(
        lines[0].ends_with(" account=work from=me@example.com"),
        "{}",
        lines[0]
    );
    let refused = &lines[7];
    assert!(refused.starts_with("1970-01-01T00:00:0"), "{refused}");
    for part in [
        "Z REFUSED   id=",
        " message-id=<",
        " account=work attempt=1 to=fail@example.org host=relay.example.net:587 stage=rcpt code=550 status=5.1.1",
        r#" text="no \\x1b[31m such \"user\"""#,
    ] {
        assert!(refused.contains(part), "{part}\n{refused}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&dir.path().join("new")), 0o700);
    }
}

#[tokio::test(start_paused = true)]
async fn programs_get_an_object_a_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("delivery.log");
    let mailer = mailer(&path, LogFormat::Json);
    send(&mailer, "fail@example.org, fine@example.org").await;
    mailer.close(AT_ONCE).await;
    let lines: Vec<serde_json::Value> = lines(&path)
        .iter()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    let events: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["event"].as_str())
        .collect();
    assert_eq!(events, ["QUEUED", "DELIVER", "REFUSED", "SENT"]);
    assert_eq!(lines[2]["recipient"], "fail@example.org");
    assert_eq!(
        (&lines[2]["code"], &lines[2]["enhanced"]),
        (&550.into(), &"5.1.1".into())
    );
    assert_eq!(lines[2]["text"], "no \\x1b[31m such \"user\"");
    assert_eq!(
        (&lines[3]["server"], &lines[3]["text"]),
        (&"relay.example.net:587".into(), &"taken".into())
    );
    assert!(lines.iter().all(|line| line["id"] == lines[0]["id"]));
}

#[tokio::test(start_paused = true)]
async fn a_panic_and_an_uncertain_end_are_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("delivery.log");
    let mailer = mailer(&path, LogFormat::Text);
    for (to, word) in [
        ("lost@example.org", "UNCERTAIN"),
        ("panic@example.org", "PANIC"),
    ] {
        let draft = Draft::new("me@example.com", to, "x", "y");
        mailer.send(draft).await.expect("queued");
        until(|| words(&path).iter().any(|one| one == word)).await;
    }
    let told = lines(&path)
        .into_iter()
        .find(|line| line.contains(" PANIC "));
    let told = told.expect("told");
    assert!(
        told.contains("account=work") && told.contains("the office is on fire"),
        "{told}"
    );
    mailer.close(AT_ONCE).await;
}

#[tokio::test(start_paused = true)]
async fn a_renamed_log_goes_on_under_its_own_name() {
    let dir = tempfile::tempdir().expect("a folder");
    let (path, old) = (
        dir.path().join("delivery.log"),
        dir.path().join("delivery.log.1"),
    );
    let mailer = mailer(&path, LogFormat::Text);
    send(&mailer, "fine@example.org").await;
    until(|| words(&path).len() == 3).await;
    std::fs::rename(&path, &old).expect("renamed");
    send(&mailer, "fine@example.org").await;
    mailer.close(AT_ONCE).await;
    let three = ["QUEUED", "DELIVER", "SENT"];
    assert_eq!(
        (words(&old), words(&path)),
        (
            three.map(str::to_owned).into(),
            three.map(str::to_owned).into()
        )
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_is_told_once_and_written_later() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("place");
    // A folder stands where the file should be.
    std::fs::create_dir(&path).expect("made");
    let mailer = mailer(&path, LogFormat::Text);
    let mut events = mailer.subscribe();
    send(&mailer, "fine@example.org").await;
    until(|| mailer.log_trouble().is_some()).await;
    send(&mailer, "fine@example.org").await;
    let words_of = mailer.log_trouble().expect("in trouble");
    assert!(
        words_of.contains("place: ") && words_of.contains("directory"),
        "{words_of}"
    );
    std::fs::remove_dir(&path).expect("removed");
    mailer.close(AT_ONCE).await;
    assert_eq!(mailer.log_trouble(), None);
    assert_eq!(words(&path).len(), 6, "nothing was lost");
    let mut told = 0;
    while let Ok(event) = events.try_recv() {
        told += usize::from(matches!(event.kind, Kind::LogFailed(_)));
    }
    assert_eq!(told, 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_out_where_more_ends_at_once_than_is_kept() {
    const MANY: usize = 1500;
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("delivery.log");
    let mailer = mailer(&path, LogFormat::Text);
    mailer.pause();
    let one = message("me@example.com", "fine@example.org", "x");
    let terms = Terms {
        expire: Some(Duration::from_secs(10)),
        ..Terms::default()
    };
    for _ in 0..MANY {
        let sent = mailer
            .send_message("work", one.clone(), terms.clone())
            .await;
        sent.expect("queued");
    }
    until(|| mailer.snapshot().live.is_empty()).await;
    mailer.close(AT_ONCE).await;
    assert!(mailer.snapshot().done.len() < MANY);
    let lines = lines(&path);
    let expired = lines.iter().filter(|line| line.contains(" EXPIRED "));
    let whole = expired.filter(|line| line.contains(" message-id=<") && line.contains(" to=fine@"));
    assert_eq!((lines.len(), whole.count()), (2 * MANY, MANY));
}
