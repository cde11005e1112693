//! The command's memory and its help: remedies that can be pasted, runs that are kept and compared, rules of one's own.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use turbomail::config::EXAMPLE;
use turbomail::smtp::script::Script;

use crate::relay::{Mode, Relay};
use crate::{CANARY, secrets};

/// A home that outlives a run.
struct Home(tempfile::TempDir);

/// What came of a run.
struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn config(&self, files: &[(&str, &str)]) {
        let folder = self.0.path().join(".config/turbomail");
        std::fs::create_dir_all(&folder).expect("made");
        for (name, text) in files {
            std::fs::write(folder.join(name), text).expect("written");
        }
    }

    fn probes(&self) -> std::path::PathBuf {
        self.0.path().join(".local/state/turbomail/probes")
    }

    async fn run(&self, mut command: tokio::process::Command) -> Ran {
        let output = command
            .env_clear()
            .env("HOME", self.0.path())
            .env("TURBOMAIL_PASSWORD", CANARY)
            .env("PATH", path())
            .stdin(Stdio::null())
            .output()
            .await
            .expect("it runs");
        let text = |octets| String::from_utf8(octets).expect("UTF-8");
        let (out, err) = (text(output.stdout), text(output.stderr));
        for secret in secrets() {
            assert!(
                !out.contains(&secret) && !err.contains(&secret),
                "{out}{err}"
            );
            for file in kept(&self.probes()) {
                assert!(!file.contains(&secret), "{file}");
            }
        }
        assert!(
            !out.replace('\n', "").contains(turbomail::mail::clean::acts),
            "{out:?}"
        );
        let status = output.status.code().expect("a status");
        Ran { status, out, err }
    }

    async fn turbomail(&self, arguments: &[&str]) -> Ran {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_turbomail"));
        command.args(arguments);
        self.run(command).await
    }

    /// As a person pastes it into a shell.
    async fn pasted(&self, line: &str) -> Ran {
        let mut command = tokio::process::Command::new("sh");
        command.args(["-c", line]);
        self.run(command).await
    }
}

/// Where the shell finds the program.
fn path() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_turbomail"));
    let folder = program.parent().expect("a folder");
    format!("{}:/usr/bin:/bin", folder.display())
}

/// Every kept file.
fn kept(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let read = |entry: std::fs::DirEntry| {
        String::from_utf8_lossy(&std::fs::read(entry.path()).expect("read")).into_owned()
    };
    entries
        .map(|entry| read(entry.expect("an entry")))
        .collect()
}

async fn relay(script: &str, mode: Mode) -> (Relay, String, String) {
    let script = format!("auth_in_clear = true\naccounts = {{ tim = '{CANARY}' }}\n{script}");
    let relay = Relay::start(script.parse::<Script>().expect("a script"), mode).await;
    let host = relay.host();
    let ca = host.ca_files.first().map(|path| path.display().to_string());
    (relay, host.name(), ca.expect("an authority"))
}

fn object(out: &str) -> Value {
    assert_eq!(out.lines().count(), 1, "one object a line: {out}");
    serde_json::from_str(out).expect("JSON")
}

#[tokio::test]
async fn a_remedy_is_a_command_that_works_when_it_is_pasted() {
    let (_relay, server, ca) = relay("", Mode::Tls).await;
    let home = Home::new();
    // A path that a shell would take apart.
    let odd = home.0.path().join("it's a $HOME of `mine`.pem");
    std::fs::copy(ca, &odd).expect("copied");
    let odd = odd.display().to_string();
    let given = [
        "probe",
        &server,
        "--security",
        "starttls",
        "--ca-file",
        &odd,
        "--user",
        "tim",
        "--to",
        "you@x.example",
        "--timeout",
        "greeting=1s",
        "--from",
        "<>",
    ];
    let ran = home.turbomail(&given).await;
    assert_ne!(ran.status, 0);
    let line = ran
        .out
        .lines()
        .find_map(|line| line.trim().strip_prefix("try  "));
    let line = line.unwrap_or_else(|| panic!("no command in {}", ran.out));
    let again = home.pasted(line).await;
    assert_eq!(again.status, 0, "{line}\n{}{}", again.out, again.err);
    assert!(!again.out.contains("Worth a try"), "{}", again.out);
    assert!(
        again.out.contains("✓ rcpt"),
        "what was asked for is asked again: {}",
        again.out
    );

    let ran = home.turbomail(&[&given[..], &["--json"]].concat()).await;
    let told = object(&ran.out);
    let first = &told["remedies"][0];
    assert_eq!(first["command"], line);
    assert_eq!(first["changes"][0], "security = tls");
    assert_eq!(first["lowers_guard"], false);
    assert!(first["words"].is_string());
    let page = home
        .turbomail(&[&given[..], &["--export", "markdown"]].concat())
        .await;
    assert!(page.out.contains("## Worth a try\n"), "{}", page.out);
    assert!(
        page.out.contains(&format!("      try  {line}\n")),
        "{}",
        page.out
    );
}

#[tokio::test]
async fn what_lowers_a_guard_says_so_and_a_password_is_no_command() {
    let script: Script = "".parse().expect("a script");
    let relay = Relay::with_certificate(script, Mode::Tls, |_| {
        crate::certificates::self_signed(&["127.0.0.1"])
    })
    .await;
    let server = relay.host().name();
    let home = Home::new();
    let ran = home
        .turbomail(&["probe", &server, "--security", "tls"])
        .await;
    assert!(ran.out.contains("! this lowers a guard"), "{}", ran.out);
    let line = ran
        .out
        .lines()
        .find_map(|line| line.trim().strip_prefix("try  "));
    let again = home.pasted(line.expect("a command")).await;
    assert_eq!(again.status, 0, "{}", again.out);

    let (_relay, server, ca) =
        self::relay("[[rule]]\non = 'auth'\nreply = '535 5.7.8 No'", Mode::Tls).await;
    let given = [
        "probe",
        &server,
        "--security",
        "tls",
        "--ca-file",
        &ca,
        "--user",
        "tim",
        "--json",
    ];
    let told = object(&home.turbomail(&given).await.out);
    assert_eq!(told["remedies"][0]["changes"][0], "another password");
    assert_eq!(told["remedies"][0]["command"], Value::Null);
    // A command for the password may have a secret among its arguments, and reports go into tickets.
    let rest = [
        "probe",
        &server,
        "--security",
        "starttls",
        "--ca-file",
        &ca,
        "--user",
        "tim",
        "--timeout",
        "greeting=1s",
    ];
    let command = ["--password-command", "echo geheimes-Wort"];
    for form in [&[][..], &["--json"], &["--export", "markdown"]] {
        let ran = home.turbomail(&[&rest[..], &command, form].concat()).await;
        let said = ran.out.contains("--security tls") && !ran.out.contains("geheimes");
        assert!(said, "{}", ran.out);
    }
    // Without a login it goes well, with the same flags.
    let (_relay, server, ca) = self::relay("mechanisms = ['X-ODD']", Mode::Tls).await;
    let given = [
        "probe",
        &server,
        "--security",
        "tls",
        "--ca-file",
        &ca,
        "--user",
        "tim",
        "--no-login",
    ];
    let ran = home.turbomail(&given).await;
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
}

#[tokio::test]
async fn a_walk_that_fails_is_held_against_the_last_one_that_did_not() {
    let rule = "[[rule]]\non = 'auth'\nturns = ['default', '535 5.7.8 No']";
    let (_relay, server, ca) = relay(rule, Mode::Tls).await;
    let home = Home::new();
    let given = [
        "probe",
        &server,
        "--security",
        "tls",
        "--ca-file",
        &ca,
        "--user",
        "tim",
    ];
    let good = home.turbomail(&given).await;
    assert_eq!(good.status, 0, "{}", good.out);
    assert!(!good.out.contains("Compared with"), "{}", good.out);
    let bad = home.turbomail(&given).await;
    assert_eq!(bad.status, 77, "{}", bad.out);
    assert!(
        bad.out.contains("Compared with the last good run of 20"),
        "{}",
        bad.out
    );
    assert!(
        bad.out
            .contains("! auth went well, and fails now: 535 5.7.8 No"),
        "{}",
        bad.out
    );
    let told = object(
        &home
            .turbomail(&[&given[..], &["--json"]].concat())
            .await
            .out,
    );
    assert_eq!(told["compared"]["differences"][0]["what"], "outcome");
    assert_eq!(told["compared"]["differences"][0]["worse"], true);

    let list = home.turbomail(&["probe", "--history", "127.0.0.1"]).await;
    assert_eq!(
        (list.status, list.out.lines().count()),
        (0, 3),
        "{}",
        list.out
    );
    assert!(
        list.out.lines().all(|line| line.contains(&server)),
        "{}",
        list.out
    );
    let list = home.turbomail(&["probe", "--history", "--json"]).await;
    let verdicts: Vec<Value> = { list.out.lines() }
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["verdict"].clone())
        .collect();
    assert_eq!(verdicts, ["ok", "failed", "failed"]);
    let none = home
        .turbomail(&["probe", "--history", "relay.example"])
        .await;
    assert_eq!((none.status, none.out.as_str()), (0, ""));
    // What cannot be read is told, and the rest is there.
    let file = kept_file(&home.probes());
    let text = format!("no run\n{}", std::fs::read_to_string(&file).expect("read"));
    std::fs::write(&file, text).expect("written");
    let list = home.turbomail(&["probe", "--history"]).await;
    assert_eq!(list.out.lines().count(), 3);
    assert!(list.err.contains(".jsonl:1: "), "{}", list.err);
}

fn kept_file(folder: &Path) -> std::path::PathBuf {
    let mut entries = std::fs::read_dir(folder)
        .expect("there")
        .flatten()
        .map(|one| one.path());
    let is_file = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "jsonl");
    entries.find(is_file).expect("a file")
}

#[tokio::test]
async fn a_watch_keeps_the_runs_that_change_the_verdict() {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let turns =
        "[[rule]]\non = 'connect'\nturns = ['220 mx', '220 mx', '554 No', '554 No', '220 mx']";
    let (_relay, server, _) = relay(turns, Mode::Plain).await;
    let home = Home::new();
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .args(["probe", &server, "--watch", "1s"])
        .env_clear()
        .env("HOME", home.0.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut verdicts = Vec::new();
    for _ in 0..6 {
        let line = tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await;
        let line = line.expect("in time").expect("read").expect("a line");
        verdicts.push(line.contains("  ok  "));
    }
    assert_eq!(verdicts, [true, true, false, false, true, true]);
    child.start_kill().expect("it runs");
    child.wait().await.expect("it ends");
    let listed = home.turbomail(&["probe", "--history"]).await.out;
    let kept: Vec<bool> = listed.lines().map(|line| line.contains("  ok  ")).collect();
    assert_eq!(kept, [true, false, true], "{listed}");
}

#[tokio::test]
async fn nothing_is_kept_where_nobody_wants_it() {
    let (_relay, server, _) = relay("", Mode::Plain).await;
    let home = Home::new();
    let ran = home.turbomail(&["probe", &server, "--no-history"]).await;
    assert!(ran.status == 0 && !home.probes().exists(), "{}", ran.out);
    home.config(&[("config.toml", "[probe]\nhistory = false\n")]);
    let ran = home.turbomail(&["probe", &server]).await;
    assert!(
        ran.status == 0 && !home.probes().exists(),
        "{}{}",
        ran.out,
        ran.err
    );
    home.config(&[("config.toml", "[probe]\nhistory = 2\n")]);
    for _ in 0..4 {
        assert_eq!(home.turbomail(&["probe", &server]).await.status, 0);
    }
    assert_eq!(
        home.turbomail(&["probe", "--history"])
            .await
            .out
            .lines()
            .count(),
        2
    );
    // A history that cannot be written is told, and the walk counts.
    std::fs::remove_dir_all(home.probes()).expect("removed");
    std::fs::write(home.probes(), "no folder").expect("written");
    let ran = home.turbomail(&["probe", &server]).await;
    assert_eq!(ran.status, 0);
    assert!(ran.err.contains("--no-history"), "{}", ran.err);
}

#[tokio::test]
async fn two_hosts_and_two_families_side_by_side() {
    let (_one, first, _) = relay("capabilities = ['PIPELINING', 'SIZE 1000']", Mode::Plain).await;
    let (_other, second, _) = relay("capabilities = ['PIPELINING', 'CHUNKING']", Mode::Plain).await;
    let home = Home::new();
    let given = ["probe", &first, "--compare", &second, "--user", "tim"];
    let ran = home.turbomail(&given).await;
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
    for words in [
        "SIZE 1000 is no longer offered in clear",
        "CHUNKING is new in clear",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    let told = object(
        &home
            .turbomail(&[&given[..], &["--json"]].concat())
            .await
            .out,
    );
    assert_eq!(told["compared"], serde_json::json!([first, second]));
    assert_eq!(told["reports"].as_array().map(Vec::len), Some(2));
    let ran = home
        .turbomail(&["probe", &first, "--compare-families"])
        .await;
    assert_ne!(ran.status, 0, "{}", ran.out);
    assert!(ran.err.contains("of one family alone"), "{}", ran.err);
    let named = first.replace("127.0.0.1", "localhost");
    let ran = home
        .turbomail(&["probe", &named, "--compare-families"])
        .await;
    assert_ne!(ran.status, 0, "nobody listens at IPv6: {}", ran.out);
    assert!(ran.out.contains("From IPv4 to IPv6"), "{}", ran.out);
    assert!(!home.probes().exists(), "a comparison is no run");
}

/// The rule that the example explains, without the marks that make it a remark.
fn worked_example() -> String {
    let from = EXAMPLE.find("#   [[rule]]").expect("an example");
    let lines = EXAMPLE[from..].lines();
    let rule: Vec<&str> = lines.map_while(|line| line.strip_prefix("#   ")).collect();
    rule.join("\n")
}

#[tokio::test]
async fn rules_of_one_s_own_explain_and_their_faults_are_placed() {
    let script = "[[rule]]\non = 'rcpt'\nreply = '451 4.3.2 Closed for maintenance, come back'";
    let (_relay, server, _) = relay(script, Mode::Plain).await;
    let home = Home::new();
    let rules = worked_example();
    home.config(&[
        ("config.toml", "[probe]\nrules = \"rules.toml\"\n"),
        ("rules.toml", &rules),
    ]);
    let given = ["probe", &server, "--to", "you@x.example", "--json"];
    let told = object(&home.turbomail(&given).await.out);
    assert_eq!(told["findings"][0]["id"], "own.maintenance", "{told:#}");
    assert_eq!(home.turbomail(&["config", "check"]).await.status, 0);
    // A folder of rules, the second of which is at fault.
    let folder = home.0.path().join(".config/turbomail/rules");
    std::fs::create_dir(&folder).expect("made");
    home.config(&[("config.toml", "[probe]\nrules = \"rules\"\n")]);
    std::fs::write(folder.join("a.toml"), &rules).expect("written");
    std::fs::write(folder.join("notes.txt"), "no rules").expect("written");
    assert_eq!(home.turbomail(&["config", "check"]).await.status, 0);
    for (wrong, line, words) in [
        (rules.replace("\"yes\"", "\"maybe\""), 7, "maybe"),
        (rules.clone(), 2, "already"),
        ("[[rule]]\nid = \"x\"\n".to_owned(), 1, "missing field"),
    ] {
        std::fs::write(folder.join("b.toml"), wrong).expect("written");
        for given in [&["config", "check"][..], &["probe", &server]] {
            let ran = home.turbomail(given).await;
            assert_eq!(ran.status, 78, "{}{}", ran.out, ran.err);
            assert!(ran.err.contains(&format!("b.toml:{line}:")), "{}", ran.err);
            assert!(ran.err.contains(words), "{words}: {}", ran.err);
        }
    }
    home.config(&[("config.toml", "[probe]\nrules = \"nowhere\"\n")]);
    let ran = home.turbomail(&["config", "check"]).await;
    assert!(
        ran.status == 78 && ran.err.contains("config.toml:2:"),
        "{}",
        ran.err
    );
}
