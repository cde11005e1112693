//! The completion scripts in a real shell, and the manual's pages as files and before their formatter.
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_turbomail");

/// Whether a program is on this machine; where the real ones are required a missing one is a failure.
fn is_here(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let here = found.is_ok_and(|status| status.success());
    let required = std::env::var("REAL_SERVERS").is_ok_and(|value| value == "required");
    assert!(
        here || program != "bash" || !required,
        "{program} is missing"
    );
    here
}

/// What bash offers for the last of these words, sorted.
fn offered(words: &[&str]) -> Vec<String> {
    // As bash itself calls it: the command, the word under the cursor and the one before it.
    let script = r#"
        source <("$PROGRAM_UNDER_TEST" completions bash) || exit 1
        complete -p turbomail >/dev/null || exit 2
        function=$(complete -p turbomail | sed 's/.*-F \([^ ]*\).*/\1/')
        compopt() { :; }
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        "$function" turbomail "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", script, "bash"])
        .args(words)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("PROGRAM_UNDER_TEST", PROGRAM)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("bash runs");
    let words = String::from_utf8(output.stdout).expect("UTF-8");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "{complaints}"
    );
    let mut list: Vec<String> = words.lines().map(str::to_owned).collect();
    list.retain(|word| !word.is_empty());
    list.sort();
    list
}

#[test]
fn bash_completes_commands_flags_and_values() {
    if !is_here("bash") {
        return;
    }
    for (words, expected) in [
        (&["turbomail", "qu"][..], &["queue"][..]),
        (&["turbomail", "queue", "r"], &["release", "retry", "run"]),
        (&["turbomail", "queue", "list", "--ol"], &["--older"]),
        (
            &["turbomail", "queue", "list", "--state", "s"],
            &["scheduled", "sending"],
        ),
        (
            &["turbomail", "send", "--pass"],
            &["--password-command", "--password-file"],
        ),
        (
            &["turbomail", "--account", "work", "send", "--security", "s"],
            &["starttls"],
        ),
        (
            &["turbomail", "probe", "--auth", "scram-sha-512"],
            &["scram-sha-512", "scram-sha-512-plus"],
        ),
        (
            &["turbomail", "probe", "--provider", "fastm"],
            &["fastmail"],
        ),
        (&["turbomail", "probe", "--drop-after", "g"], &["greeting"]),
        (&["turbomail", "completions", "z"], &["zsh"]),
        // Files where a file is meant, and only there.
        (&["turbomail", "send", "--ca-file", "READ"], &["README.md"]),
        (&["turbomail", "send", "--subject", "READ"], &["READ"]),
        (&["turbomail", "send", "--server", "READ"], &["READ"]),
    ] {
        assert_eq!(offered(words), expected, "{words:?}");
    }
}

#[test]
fn each_shell_has_a_script_with_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = Command::new(PROGRAM)
            .args(["completions", shell])
            .env_clear()
            .output()
            .expect("the program runs");
        let script = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(output.status.success() && output.stderr.is_empty());
        for word in [
            "turbomail",
            "probe",
            "release",
            "password-command",
            "starttls",
        ] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

/// Writes the manual into this folder.
fn written(folder: &Path) -> Vec<String> {
    let output = Command::new(PROGRAM)
        .args(["man", "--quiet", "--dir"])
        .arg(folder)
        .env_clear()
        .output()
        .expect("the program runs");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaints}");
    assert!(output.stdout.is_empty());
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn the_manual_is_a_page_for_each_command_and_its_references_lead_somewhere() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("share/man1");
    let names = written(&folder);
    assert!(names.len() > 15, "{names:?}");
    for name in ["turbomail.1", "turbomail-send.1", "turbomail-queue-list.1"] {
        assert!(names.iter().any(|one| one == name), "{names:?}");
    }
    for name in &names {
        let text = fs::read_to_string(folder.join(name)).expect("a page");
        let title = text.lines().find_map(|line| line.strip_prefix(".TH "));
        let expected = name.trim_end_matches(".1").to_uppercase();
        assert_eq!(
            title.and_then(|title| title.split(' ').next()),
            Some(expected.as_str())
        );
        let plain = text
            .replace("\\-", "-")
            .replace("\\fB", "")
            .replace("\\fR", "");
        for page in plain.split("turbomail-").skip(1) {
            if let Some((page, _)) = page.split_once("(1)")
                && page.chars().all(|c| c.is_ascii_lowercase() || c == '-')
            {
                let file = format!("turbomail-{page}.1");
                assert!(names.contains(&file), "{name} names {file}");
            }
        }
    }
    // A second run writes over the first, and the first page is the one on standard output.
    fs::write(folder.join("turbomail.1"), "old").expect("written");
    assert_eq!(written(&folder), names);
    let page = fs::read(folder.join("turbomail.1")).expect("a page");
    let output = Command::new(PROGRAM).arg("man").env_clear().output();
    assert_eq!(output.expect("the program runs").stdout, page);
}

/// What stands in a section, with the markup taken out.
fn section(page: &str, title: &str) -> String {
    let page = &page.replace(".SH \"", ".SH ").replace("\"\n", "\n");
    let start = format!("\n.SH {title}\n");
    let (_, rest) = page
        .split_once(&start)
        .unwrap_or_else(|| panic!("no {title}"));
    let text = rest.split("\n.SH ").next().unwrap_or_default();
    let text = text.replace("\\fB", "").replace("\\fR", "");
    text.replace("\\-", "-").replace("\\*(Aq", "'")
}

#[test]
fn the_page_tells_what_the_program_does() {
    let home = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let output = Command::new(PROGRAM)
            .args(arguments)
            .env_clear()
            .env("HOME", home.path())
            .output()
            .expect("the program runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let page = run(&["man"]);
    // The folders that the page names are those that the program takes.
    let files = section(&page, "FILES");
    let at_home = files.replace('~', &home.path().display().to_string());
    let paths: serde_json::Value =
        serde_json::from_str(&run(&["config", "path", "--json"])).expect("JSON");
    for place in ["config", "spool", "drafts"] {
        let path = paths[place].as_str().expect("a path");
        assert!(at_home.lines().any(|line| line == path), "{path}: {files}");
    }
    // Each variable that it names sets what it says.
    let environment = section(&page, "ENVIRONMENT");
    let known: Vec<&str> = { environment.lines() }
        .filter(|line| line.starts_with("TURBOMAIL_") && !line.contains(' '))
        .collect();
    assert!(known.len() > 30, "{known:?}");
    for name in known {
        let output = Command::new(PROGRAM)
            .args(["config", "show"])
            .env_clear()
            .env("HOME", home.path())
            .env(name, "")
            .output()
            .expect("the program runs");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(!complaints.contains("is not known"), "{name}: {complaints}");
    }
    let statuses = section(&page, "EXIT STATUS");
    for status in [0, 64, 65, 66, 68, 69, 73, 74, 75, 76, 77, 78] {
        assert!(
            statuses.lines().any(|line| line == status.to_string()),
            "{status}: {statuses}"
        );
    }
    assert!(!page.contains(&home.path().display().to_string()));
}

#[test]
fn the_formatter_has_nothing_to_complain_of() {
    if !is_here("groff") {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    for name in written(home.path()) {
        let output = Command::new("groff")
            .args(["-ww", "-man", "-Tutf8", "-P-cbou"])
            .arg(home.path().join(&name))
            .output()
            .expect("groff runs");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && complaints.is_empty(),
            "{name}: {complaints}"
        );
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(
            text.contains("SYNOPSIS") && text.contains("SEE ALSO"),
            "{name}"
        );
        assert!(!text.contains('\\'), "{name}: {text}");
    }
}
