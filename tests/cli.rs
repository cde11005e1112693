//! The command line as scripts meet it: words, streams and exit statuses. Each `*.trycmd` under `tests/cli` is a case.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

#[test]
fn every_case_prints_and_ends_as_written() {
    // No configuration, home or colour of whoever runs the tests may shine through.
    trycmd::TestCases::new()
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent/config")
        .env("XDG_STATE_HOME", "/nonexistent/state")
        .env("NO_COLOR", "1")
        .env("TZ", "UTC")
        .case("tests/cli/*.trycmd");
}

fn turbomail(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_turbomail"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(mut command: Command, input: &[u8]) -> (i32, String, String) {
    let mut child = command.stdin(Stdio::piped()).spawn().expect("started");
    let mut pipe = child.stdin.take().expect("a pipe");
    // A program that does not read its input is right to close it.
    let _ = pipe.write_all(input);
    drop(pipe);
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().expect("it ends");
    let text = |octets| String::from_utf8(octets).expect("UTF-8");
    (status.code().expect("a status"), text(stdout), text(stderr))
}

const DRY: [&str; 6] = [
    "send",
    "--dry-run",
    "--quiet",
    "--from",
    "me@example.com",
    "a@example.com",
];

#[test]
fn the_text_comes_from_standard_input_where_no_flag_has_it() {
    let home = tempfile::tempdir().expect("a folder");
    for extra in [&[][..], &["--body-file", "-"]] {
        let arguments = [&DRY[..], extra].concat();
        let (status, out, err) = run(turbomail(home.path(), &arguments), b"one\n.\ntwo");
        assert_eq!((status, err.as_str()), (0, ""));
        assert!(out.ends_with("\r\n\r\none\r\n.\r\ntwo\r\n"), "{out}");
    }
    let (status, _, err) = run(turbomail(home.path(), &DRY), b"a\nb\0c");
    assert_eq!(status, 65);
    assert!(err.contains("line 2 holds a NUL"), "{err}");
}

#[test]
fn nothing_is_injected_through_a_flag() {
    let home = tempfile::tempdir().expect("a folder");
    for extra in [
        ["--subject", "a\nBcc: b@example.com"],
        ["--subject", "\u{1b}]0;title\u{7}"],
        ["--to", "\"x\r\nBcc: y\" <b@example.com>"],
        ["--reply-to", "b@example.com\r\nX: y"],
        ["--message-id", "<a@b>\r\nX: y"],
        ["--attach", "no\nsuch\u{1b}[31m"],
    ] {
        let arguments = [&DRY[..], &extra, &["--body", "x"]].concat();
        let (status, out, err) = run(turbomail(home.path(), &arguments), b"");
        assert!(matches!(status, 65 | 66), "{status} {extra:?} {err}");
        assert_eq!(out, "");
        let marked = err.replace('\n', "");
        assert!(!marked.contains(turbomail::mail::clean::acts), "{err:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = tempfile::tempdir().expect("a folder");
    let arguments = [&DRY[..], &["--body-file", "-"]].concat();
    let mut child = turbomail(home.path(), &arguments)
        .stdin(Stdio::piped())
        .spawn()
        .expect("started");
    drop(child.stdout.take());
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all("line\n".repeat(100_000).as_bytes())
        .expect("written");
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_configuration_is_written_once_and_then_read() {
    let home = tempfile::tempdir().expect("a folder");
    let (status, out, _) = run(turbomail(home.path(), &["config", "init"]), b"");
    assert_eq!(status, 0, "{out}");
    let path = home.path().join(".config/turbomail/config.toml");
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::PermissionsExt;
        let bits = std::fs::metadata(&path)
            .expect("written")
            .permissions()
            .mode();
        assert_eq!(bits & 0o777, 0o600);
    }
    let (status, out, _) = run(turbomail(home.path(), &["config", "check"]), b"");
    assert_eq!(status, 0);
    assert!(out.contains("work is used"), "{out}");
    let (status, _, err) = run(turbomail(home.path(), &["config", "init"]), b"");
    assert_eq!(status, 73);
    assert!(err.contains("left as it is"), "{err}");
}

#[test]
fn the_variable_names_a_file_and_the_flag_covers_it() {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::write(home.path().join("good.toml"), "").expect("written");
    let check = |variable: &str, arguments: &[&str]| {
        let mut command = turbomail(home.path(), arguments);
        command.env("TURBOMAIL_CONFIG", variable);
        run(command, b"").0
    };
    assert_eq!(check("missing.toml", &["config", "check"]), 78);
    assert_eq!(
        check(
            "missing.toml",
            &["config", "check", "--config", "good.toml"]
        ),
        0
    );
    assert_eq!(check("", &["config", "check"]), 0);
}

#[test]
fn no_output_tells_a_secret() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("config.toml");
    let text =
        "[account.work.smtp]\nserver = \"relay\"\nuser = \"me\"\npassword = \"canary-file\"\n";
    std::fs::write(&file, text).expect("written");
    for arguments in [
        &["config", "check", "--config", "config.toml"][..],
        &["config", "show", "--config", "config.toml"],
        &["config", "show", "--json", "--config", "config.toml"],
        &[
            "config",
            "show",
            "--server",
            "relay",
            "--user",
            "me",
            "--password-command",
            "echo canary-command",
        ],
        &["config", "show", "--server", "relay", "--user", "me"],
        &["config", "check", "--password=canary-flag"],
    ] {
        for bits in [0o600, 0o644] {
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let permissions = std::fs::Permissions::from_mode(bits);
                std::fs::set_permissions(&file, permissions).expect("changed");
            }
            let mut command = turbomail(home.path(), arguments);
            command.env("TURBOMAIL_PASSWORD", "canary-variable");
            let (_, out, err) = run(command, b"");
            assert!(
                !out.contains("canary") && !err.contains("canary"),
                "{arguments:?}: {out}{err}"
            );
        }
    }
}
