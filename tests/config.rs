//! The configuration: layers and their origins, the file's faults, and the promise that the printed defaults are true.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use turbomail::config::{ConfigError, DEFAULTS, EXAMPLE, Loaded, Override, Request, Scope, load};
use turbomail::mail::dsn::Return;
use turbomail::mail::smarthost::{Secret, Security};
use turbomail::mailer::LogFormat;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join("config.toml");
        std::fs::write(&path, text).expect("written");
        mode(&path, 0o600);
        path
    }
}

#[cfg(unix)]
fn mode(path: &Path, bits: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).expect("changed");
}

fn read(
    path: PathBuf,
    environment: &[(&str, &str)],
    flags: &[Override],
) -> Result<Loaded, ConfigError> {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    load(&Request {
        file: Some(path),
        environment: environment.iter().map(pair).collect(),
        flags: flags.to_vec(),
        ..Request::default()
    })
}

fn shown(loaded: &Loaded) -> Vec<(String, serde_json::Value)> {
    loaded
        .show()
        .into_iter()
        .map(|one| (one.key, one.value))
        .collect()
}

/// The commented settings of a printed file, switched on.
fn switched_on(text: &str) -> String {
    let is_setting = |line: &str| {
        line.split_once(" = ").is_some_and(|(key, _)| {
            !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        })
    };
    text.lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if is_setting(setting) || setting.starts_with('[') => setting,
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_printed_defaults_are_the_true_ones_and_every_key_is_printed() {
    let folder = Folder::new();
    let bare = load(&Request::default()).expect("no file is no fault");
    let printed = read(folder.file(DEFAULTS), &[], &[]).expect("valid");
    assert_eq!(shown(&bare), shown(&printed));

    let twins = [
        "password_command",
        "password_file",
        "token_command",
        "connect_command",
    ];
    let mut all = switched_on(DEFAULTS);
    for twin in twins {
        all = all.replace(&format!("\n{twin} = "), &format!("\n# {twin} = "));
    }
    let all = all.replace("default_account = \"work\"", "default_account = \"debug\"");
    let all = read(folder.file(all), &[], &[]).expect("valid");
    for one in all.show() {
        let hidden_by_its_twin = twins.iter().any(|twin| one.key.ends_with(twin));
        assert!(
            one.source.contains("config.toml:") || hidden_by_its_twin,
            "{} is not printed",
            one.key
        );
        assert!(!one.value.is_null() || hidden_by_its_twin, "{}", one.key);
    }
}

#[test]
fn the_example_is_valid_with_everything_switched_on() {
    let folder = Folder::new();
    for text in [EXAMPLE.to_owned(), switched_on(EXAMPLE)] {
        let loaded = read(folder.file(text), &[], &[]).expect("valid");
        assert_eq!(loaded.account, "work");
        let host = loaded
            .selected()
            .and_then(|a| a.smart_host().expect("valid"))
            .expect("there");
        assert_eq!(
            (host.name().as_str(), host.security),
            ("relay.example.com:587", Security::StartTls)
        );
    }
}

#[test]
fn without_a_file_nothing_leaves_the_machine() {
    let loaded = load(&Request::default()).expect("valid");
    let account = loaded.selected().expect("there");
    assert_eq!(
        (loaded.account.as_str(), account.transport.as_str()),
        ("debug", "debug")
    );
    assert!(account.smart_host().expect("valid").is_none());
}

const WORK: &str = "[account.work]\nfrom = \"Me <me@x.org>\"\n[account.work.smtp]\nserver = \"relay:25\"\nuser = \"me\"\npassword = \"filesecret\"\n[account.home.smtp]\nserver = \"home\"\n";

#[test]
fn flags_cover_the_environment_which_covers_the_file() {
    let folder = Folder::new();
    let environment = [
        ("TURBOMAIL_SERVER", "env:465"),
        ("TURBOMAIL_PASSWORD", "envsecret"),
        ("TURBOMAIL_TIMEOUT", "2s,dot=1m"),
        ("TURBOMAIL_ACCOUNT__HOME__SMTP__COUNT", "3"),
        ("TURBOMAIL_SEVRER", "typo"),
        ("PATH", "/bin"),
    ];
    let flags = [Override::flag(
        "--security",
        Scope::Account,
        &["smtp", "security"],
        "tls",
    )];
    let loaded = read(folder.file(WORK), &environment, &flags).expect("valid");
    let host = loaded
        .selected()
        .and_then(|a| a.smart_host().expect("valid"))
        .expect("there");
    assert_eq!(
        (host.name().as_str(), host.security),
        ("env:465", Security::Tls)
    );
    assert_eq!(
        (host.timeouts.mail.as_secs(), host.timeouts.dot.as_secs()),
        (2, 60)
    );
    let origin = |key: &str| {
        loaded
            .origin(&key.split('.').collect::<Vec<_>>())
            .to_string()
    };
    assert_eq!(
        origin("account.work.smtp.server"),
        "environment TURBOMAIL_SERVER"
    );
    assert_eq!(origin("account.work.smtp.security"), "flag --security");
    assert!(origin("account.work.smtp.user").ends_with("config.toml:5"));
    assert_eq!(origin("account.work.smtp.hello"), "default");
    assert_eq!(loaded.settings.account["home"].smtp.count.0, 3);
    assert_eq!(loaded.remarks.len(), 1);
    assert!(
        loaded.remarks[0].contains("TURBOMAIL_SERVER"),
        "{:?}",
        loaded.remarks
    );
    match host.credentials.expect("a login").secret {
        Secret::Value(value) => {
            use secrecy::ExposeSecret;
            assert_eq!(value.expose_secret(), "envsecret");
        }
        _ => unreachable!("a value was given"),
    }
    let dump = format!(
        "{loaded:?} {:?} {}",
        loaded.settings,
        serde_json::to_string(&loaded.show()).expect("JSON")
    );
    assert!(!dump.contains("envsecret"), "{dump}");
    assert!(!dump.contains("filesecret"), "{dump}");
}

#[test]
fn a_command_on_the_command_line_covers_a_password_of_the_file() {
    let folder = Folder::new();
    let key = ["smtp", "password_command"];
    let flags = [Override::flag(
        "--password-command",
        Scope::Account,
        &key,
        "echo cmdsecret",
    )];
    let loaded = read(folder.file(WORK), &[], &flags).expect("valid");
    let smtp = &loaded.selected().expect("there").smtp;
    assert!(smtp.password.is_none());
    assert_eq!(smtp.password_command.as_deref(), Some("echo cmdsecret"));
    let list = serde_json::to_string(&loaded.show()).expect("JSON");
    assert!(!list.contains("cmdsecret"), "{list}");
}

#[test]
fn a_login_of_the_file_goes_to_no_other_host() {
    let folder = Folder::new();
    let login = |server: &str, environment: &[(&str, &str)]| {
        let flags = [Override::flag(
            "--server",
            Scope::Account,
            &["smtp", "server"],
            server,
        )];
        let loaded = read(folder.file(WORK), environment, &flags).expect("valid");
        let host = loaded
            .selected()
            .and_then(|a| a.smart_host().expect("valid"))
            .expect("there");
        (host.credentials.is_some(), loaded.remarks.len())
    };
    assert_eq!(
        login("RELAY:587", &[]),
        (true, 0),
        "the same host by another port"
    );
    assert_eq!(login("other", &[]), (false, 1));
    assert_eq!(
        login("other", &[("TURBOMAIL_PASSWORD", "for the other")]),
        (true, 0)
    );
}

#[test]
fn the_account_is_asked_for_or_set_or_the_first_of_the_file() {
    let folder = Folder::new();
    let name = |text: &str, account: Option<&str>, environment: &[(&str, &str)]| {
        let request = Request {
            file: Some(folder.file(text)),
            account: account.map(str::to_owned),
            environment: environment
                .iter()
                .map(|(n, v)| ((*n).into(), (*v).into()))
                .collect(),
            ..Request::default()
        };
        load(&request)
            .map(|loaded| loaded.account)
            .map_err(|error| error.to_string())
    };
    assert_eq!(name(WORK, None, &[]).as_deref(), Ok("work"));
    assert_eq!(name(WORK, Some("home"), &[]).as_deref(), Ok("home"));
    let set = format!("default_account = \"home\"\n{WORK}");
    assert_eq!(name(&set, None, &[]).as_deref(), Ok("home"));
    assert_eq!(
        name(&set, None, &[("TURBOMAIL_ACCOUNT", "debug")]).as_deref(),
        Ok("debug")
    );
    let error = name(WORK, Some("wrok"), &[]).expect_err("refused");
    assert!(error.contains("did you mean `work`?"), "{error}");
    let server = Override::flag("--server", Scope::Account, &["smtp", "server"], "relay");
    let request = Request {
        flags: vec![server],
        ..Request::default()
    };
    let loaded = load(&request).expect("valid");
    assert_eq!(
        loaded.selected().map(|account| account.transport.as_str()),
        Some("smtp")
    );
    assert!(
        loaded
            .selected()
            .is_some_and(|account| account.retry.is_none()),
        "no watching schedule"
    );
}

/// A text, the line at fault, and what the message says.
const FAULTS: &[(&str, usize, &[&str])] = &[
    (
        "[account.a.smtp]\nserver = \"x\"\nporrt = 25\n",
        3,
        &["unknown key `account.a.smtp.porrt`", "porrt = 25", "^^^^^"],
    ),
    (
        "[account.a.smtp]\nsevrer = \"x\"\n",
        2,
        &["did you mean `server`?"],
    ),
    (
        "[acount.a]\n",
        1,
        &["unknown key `acount`", "did you mean `account`?"],
    ),
    (
        "[account.a.smtp]\nserver = \"x\"\n[account.a.smtp.timeout]\nbanner = \"1s\"\n",
        4,
        &["account.a.smtp.timeout.banner", "greeting"],
    ),
    (
        "[account.a.smtp]\nserver = \"x:70000\"\n",
        2,
        &["account.a.smtp.server", "1 to 65535"],
    ),
    ("[account.a.smtp]\nserver = \"x:0\"\n", 2, &["1 to 65535"]),
    (
        "[account.a.smtp]\nserver = 25\n",
        2,
        &["account.a.smtp.server", "string"],
    ),
    (
        "[account.a.smtp]\nserver = \"x\"\nsecurity = \"ssl\"\n",
        3,
        &["expected auto, starttls, tls or none"],
    ),
    (
        "[account.a.smtp]\nserver = \"x\"\ncount = \"ten\"\n",
        3,
        &["account.a.smtp.count", "whole number from 1 to 10000"],
    ),
    (
        "[account.a.smtp]\nserver = \"x\"\ncount = -1\n",
        3,
        &["1 to 10000"],
    ),
    (
        "[account.a.smtp]\nserver = \"x\"\n[account.a.smtp.timeout]\ndot = \"-5m\"\n",
        4,
        &["account.a.smtp.timeout.dot", "500ms, 30s"],
    ),
    (
        "[queue]\nexpire = \"0s\"\n",
        2,
        &["queue.expire", "above zero"],
    ),
    (
        "[queue]\nexpire = 5\n",
        2,
        &["queue.expire", "with its unit"],
    ),
    (
        "[queue]\nwarn = \"soon\"\n",
        2,
        &["queue.warn", "\"soon\" is no duration", "or never"],
    ),
    (
        "[queue]\nwarn = 4\n",
        2,
        &["queue.warn", "\"4h\", or \"never\""],
    ),
    (
        "[queue]\nreport = \"always\"\n",
        2,
        &["queue.report", "never", "headers", "full"],
    ),
    (
        "[log]\nformat = \"xml\"\n",
        2,
        &["log.format", "text", "json"],
    ),
    (
        "[queue]\nretry = [\"5m\", \"x\"]\n",
        2,
        &["queue.retry", "no retry schedule"],
    ),
    (
        "[account.a]\nfrom = \"me@\"\n",
        2,
        &["account.a.from", "domain after @ is missing"],
    ),
    (
        "[account.a.smtp]\nserver=\"x\"\n[account.a.smtp]\nuser=\"y\"\n",
        3,
        &["duplicate"],
    ),
    (
        "[queue]\nexpire = \"1d\"\nexpire = \"2d\"\n",
        3,
        &["duplicate"],
    ),
    ("[queue\n", 1, &["["]),
    ("[account.a.smtp]\nserver = \"x\n", 2, &["server = \"x"]),
    (
        "default_account = \"b\"\n[account.a.smtp]\nserver=\"x\"\n",
        1,
        &["no account \"b\"", "there are: a, debug"],
    ),
    (
        "[account.a]\ntransport = \"smtp\"\n",
        1,
        &["smart host is missing", "--server HOST:PORT"],
    ),
    (
        "[account.a.smtp]\nserver=\"x\"\nuser=\"y\"\n",
        3,
        &["no password", "password_command"],
    ),
    (
        "[account.a.smtp]\nserver=\"x\"\npassword=\"hunter2\"\n",
        3,
        &["no user", "(hidden)"],
    ),
    (
        "[account.a.smtp]\nserver=\"x\"\npin=\"12:34\"\n",
        3,
        &["4 digits", "64 hexadecimal"],
    ),
    (
        "[account.a.smtp]\nserver=\"x\"\nsecurity=\"none\"\npin=\"0000000000000000000000000000000000000000000000000000000000000000\"\n",
        4,
        &["no certificate to pin", "none"],
    ),
    (
        "[account.a.smtp]\nserver=\"x\"\nauth=\"digest-md5\"\n",
        3,
        &["unknown login mechanism", "scram-sha-256"],
    ),
    (
        "[account.a.smtp]\nserver=\"x\"\nclient_key=\"y\"\n",
        3,
        &["no certificate", "client_cert"],
    ),
    (
        "[account.a.smtp]\nserver=\"x\"\nauth=\"external\"\n",
        3,
        &["external", "client_cert"],
    ),
    (
        "[account.a.smtp]\nserver=\"x\"\nuser=\"y\"\npassword_file=\"z\"\ntoken_command=\"t\"\n",
        4,
        &["password_file", "token_command", "keep one"],
    ),
    (
        "[account.a.smtp]\nserver=\"x\"\nuser=\"y\"\npassword=\"hunter2\"\npassword_command=\"z\"\n",
        4,
        &["keep one", "(hidden)"],
    ),
    ("[account.a.smtp]\npassword = \"hunter2\n", 2, &["(hidden)"]),
    (
        "[account.a.smtp]\npassword = [\"hunter2\"]\n",
        2,
        &["account.a.smtp.password", "in quotes"],
    ),
    (
        "[console]\ncolor = \"blue\"\n",
        2,
        &["console.color", "always"],
    ),
];

#[test]
fn every_fault_of_the_file_names_line_key_and_remedy() {
    let folder = Folder::new();
    for (text, line, words) in FAULTS {
        let error = read(folder.file(text), &[], &[]).expect_err(text);
        let words_found = error.to_string();
        assert_eq!(error.line(), Some(*line), "{words_found}");
        assert!(words_found.contains("config.toml:"), "{words_found}");
        for word in *words {
            assert!(
                words_found.contains(word),
                "{word:?} is not in: {words_found}"
            );
        }
        assert!(!words_found.contains("hunter2"), "{words_found}");
        assert!(!error.is_usage());
    }
}

#[test]
fn files_that_are_none_are_told() {
    let folder = Folder::new();
    let told = |path: PathBuf, word: &str| {
        let error = read(path, &[], &[]).expect_err(word).to_string();
        assert!(error.contains(word), "{error}");
    };
    told(folder.0.path().join("missing.toml"), "no such file");
    told(folder.0.path().to_owned(), "folder");
    told("/dev/zero".into(), "no plain file");
    told(folder.file(vec![b'#'; 1024 * 1024 + 1]), "1 MiB");
    told(folder.file(b"# a\n# \xff\n"), "line 2 is not UTF-8");
    assert!(
        read(folder.file(""), &[], &[]).is_ok(),
        "an empty file sets nothing"
    );
    let standard = Request {
        standard: Some(folder.0.path().join("missing.toml")),
        ..Request::default()
    };
    assert!(load(&standard).is_ok(), "the standard file may be missing");
}

#[cfg(unix)]
#[test]
fn a_password_that_others_may_read_is_refused() {
    let folder = Folder::new();
    for (bits, good) in [
        (0o600, true),
        (0o400, true),
        (0o640, false),
        (0o604, false),
        (0o644, false),
    ] {
        let path = folder.file(WORK);
        mode(&path, bits);
        let outcome = read(path, &[], &[]);
        assert_eq!(outcome.is_ok(), good, "{bits:o}");
        if let Err(error) = outcome {
            assert_eq!(error.line(), Some(6));
            let text = error.to_string();
            assert!(
                text.contains("chmod 600") && !text.contains("filesecret"),
                "{text}"
            );
        }
    }
}

#[test]
fn faults_of_variables_and_flags_carry_their_names() {
    let flag = |name: &str, key: &[&str], value: &str| {
        let flags = vec![Override::flag(name, Scope::Account, key, value)];
        load(&Request {
            flags,
            ..Request::default()
        })
        .expect_err(name)
    };
    let error = flag("--server", &["smtp", "server"], "a:b:c");
    assert!(
        error.is_usage() && error.to_string().starts_with("--server: "),
        "{error}"
    );
    let error = flag("--retry", &["retry"], "soon");
    assert!(error.to_string().contains("no retry schedule"), "{error}");
    let environment = vec![("TURBOMAIL_COUNT".to_owned(), "many".to_owned())];
    let error = load(&Request {
        environment,
        ..Request::default()
    })
    .expect_err("refused");
    assert!(
        !error.is_usage() && error.to_string().starts_with("TURBOMAIL_COUNT: "),
        "{error}"
    );
}

#[test]
fn a_file_with_very_many_accounts_is_read_in_no_time() {
    let one = |n: usize| format!("[account.a{n}.smtp]\nserver = \"x:{}\"\n", n + 1);
    let text = (0..12_000).map(one).collect::<Vec<_>>().concat();
    let loaded = read(Folder::new().file(text), &[], &[]).expect("valid");
    assert_eq!(loaded.settings.account.len(), 12_001);
    assert_eq!(loaded.account, "a0");
    assert!(
        loaded
            .origin(&["account", "a11999", "smtp", "server"])
            .to_string()
            .ends_with(":24000")
    );
}

#[test]
fn a_later_judge_can_name_the_line() {
    let folder = Folder::new();
    let text = format!("{WORK}[account.work.manager]\nkind = \"on-demnd\"\n");
    let loaded = read(folder.file(text), &[], &[]).expect("valid so far");
    let error = loaded.fault(&["account", "work", "manager", "kind"], "unknown manager");
    assert_eq!(error.line(), Some(10));
}

#[test]
fn warnings_reports_and_the_log_are_the_accounts_own_or_the_queues() {
    let folder = Folder::new();
    let text = "[queue]\nwarn = \"never\"\nreport = \"full\"\n[log]\nfile = \"/x/y.log\"\nformat = \"json\"\n\
                [account.a]\ntransport = \"debug\"\n\
                [account.b]\ntransport = \"debug\"\nwarn = \"1h\"\nreport = \"never\"\n";
    let file = folder.file(text);
    let loaded = read(file.clone(), &[], &[]).expect("loaded");
    let (a, b) = (loaded.mailer_account("a"), loaded.mailer_account("b"));
    let (a, b) = (a.expect("an account"), b.expect("an account"));
    assert_eq!((a.rules.warn, a.report), (None, Some(Return::Full)));
    assert_eq!(
        (b.rules.warn, b.report),
        (Some(Duration::from_hours(1)), None)
    );
    let log = loaded.delivery_log().expect("a log");
    assert_eq!(
        (log.path.as_path(), log.format),
        (Path::new("/x/y.log"), LogFormat::Json)
    );

    let environment = [("TURBOMAIL_LOG_FILE", ""), ("TURBOMAIL_WARN", "0")];
    let report = Override::flag("--report", Scope::Account, &["report"], "headers");
    let loaded = read(file, &environment, &[report]).expect("loaded");
    let a = loaded.mailer_account("a").expect("an account");
    assert_eq!((a.rules.warn, a.report), (None, Some(Return::Headers)));
    assert_eq!(loaded.delivery_log(), None, "an empty name is none");

    let plain = read(folder.file(""), &[], &[]).expect("loaded");
    let debug = plain.mailer_account("debug").expect("an account");
    assert_eq!(
        (debug.rules.warn, debug.report),
        (Some(Duration::from_hours(4)), None)
    );
    assert_eq!(plain.delivery_log(), None);
}
