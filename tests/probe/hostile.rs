//! One hostile server in every form of the output: what it says is shown, and acts on nothing.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rcgen::{DistinguishedName, DnType};
use tokio::process::Command;
use tokio_rustls::TlsAcceptor;
use turbomail::smtp::script::Script;

use crate::certificates::{Authority, acceptor, params};
use crate::relay::{Mode, Relay};

/// Escapes of terminals, a clipboard's, C1 controls as one octet and as a character, text that runs backwards, NUL, and what is
/// markup in HTML, Markdown and tables.
const HOSTILE: &str = r#"\x1b[31m \x1b]52;c;aGk=\x07 \x9b31m \xc2\x9b31m \xe2\x80\xae \x00 \x7f \xff </pre></script><script>x()</script> "'><img src=x onerror=x()> & &lt; ``` ~~~ | a | b | [x](javascript:x) ![x](http://t.example/p.png) <!-- --> {{x}} $(x) %0a"#;

/// The same as a certificate can say it.
const SUBJECT: &str =
    "evil\r\n# heading\n| \u{1b}[2J \u{202e} </script><script>x()</script> \"'><img src=x> ```";

/// A server whose certificate says this of itself.
fn talkative(authority: &Authority) -> TlsAcceptor {
    let mut params = params(&["127.0.0.1"], 2000, 2100);
    params.distinguished_name = DistinguishedName::new();
    for part in [DnType::CommonName, DnType::OrganizationName] {
        params.distinguished_name.push(part, SUBJECT);
    }
    let (certificate, key) = authority.certify(&params);
    acceptor(vec![certificate], &key)
}

async fn hostile(mode: Mode) -> Relay {
    let rule = |on: &str, code: &str| {
        let lines = format!("{code}-{HOSTILE}\\r\\n{code} {HOSTILE}\\r\\n");
        format!("[[rule]]\non = '{on}'\nreply = {{ raw = '''{lines}''' }}\n")
    };
    let mut script = "auth_in_clear = true\n".to_owned();
    for (on, code) in [
        ("connect", "220"),
        ("mail", "250"),
        ("rcpt", "550"),
        ("quit", "221"),
    ] {
        script.push_str(&rule(on, code));
    }
    let starttls = if mode == Mode::StartTls {
        "250-STARTTLS\\r\\n"
    } else {
        ""
    };
    for (secure, more) in [(false, starttls), (true, "")] {
        let lines = format!(
            "250-mx {HOSTILE}\\r\\n{more}250-SIZE {HOSTILE}\\r\\n250-LIMITS {HOSTILE}\\r\\n250 {HOSTILE}\\r\\n"
        );
        let rule = format!(
            "[[rule]]\non = 'ehlo'\nsecure = {secure}\nreply = {{ raw = '''{lines}''' }}\n"
        );
        script.push_str(&rule);
    }
    let script = script.parse::<Script>().expect("a script");
    Relay::with_certificate(script, mode, talkative).await
}

/// Runs the program; what it has written to each of its outputs.
async fn run(home: &Path, arguments: &[&str]) -> [String; 2] {
    let child = Command::new(env!("CARGO_BIN_EXE_turbomail"))
        .arg("probe")
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("it runs");
    let output = tokio::time::timeout(Duration::from_mins(1), child.wait_with_output()).await;
    let output = output.expect("in time").expect("it ran");
    [output.stdout, output.stderr].map(|octets| {
        let text = String::from_utf8(octets).expect("UTF-8");
        assert!(
            !text
                .replace('\n', "")
                .contains(turbomail::mail::clean::acts),
            "{arguments:?}: {text:?}"
        );
        text
    })
}

/// Markup of our own only: no element that could load or run anything, and no attribute that the server has begun.
fn is_inert_page(page: &str) {
    for (at, _) in page.match_indices('<') {
        let tag: String = page[at + 1..]
            .chars()
            .take_while(|c| !matches!(c, '>' | ' '))
            .collect();
        let name = tag.trim_start_matches(['/', '!']).to_ascii_lowercase();
        let ours = [
            "doctype",
            "html",
            "head",
            "meta",
            "body",
            "title",
            "style",
            "table",
            "thead",
            "tbody",
            "h1",
            "h2",
            "h3",
            "pre",
            "ul",
            "ol",
            "li",
            "tr",
            "td",
            "th",
            "p",
            "code",
            "span",
            "div",
            "main",
            "section",
            "header",
            "footer",
            "strong",
            "em",
            "blockquote",
            "dl",
            "dt",
            "dd",
            "br",
            "details",
            "summary",
            "small",
            "b",
        ];
        assert!(ours.contains(&name.as_str()), "<{tag}: {page}");
    }
    for bad in [
        "onerror=x()>",
        "src=x",
        "<script",
        "javascript:x\"",
        "url(",
        "@import",
    ] {
        let bare = page
            .replace("&lt;img src=x", "")
            .replace("src=x onerror=x()&gt;", "");
        assert!(!bare.contains(bad), "{bad}: {page}");
    }
}

/// Nothing that the server says stands where Markdown would take it for more than text.
fn is_inert_markdown(page: &str) {
    let mut columns = None;
    for line in page.lines() {
        // What four blanks begin is text as it is.
        if line.starts_with("    ") {
            continue;
        }
        let bare = line
            .replace("\\\\", "")
            .replace("\\|", "")
            .replace("\\`", "")
            .replace("\\~", "");
        let bare = bare
            .replace("\\[", "")
            .replace("\\]", "")
            .replace("\\!", "")
            .replace("\\#", "");
        for bad in ["```", "~~~", "<script", "<img", "</", "<!--", "](", "!["] {
            assert!(!bare.contains(bad), "{bad}: {line}");
        }
        if bare.starts_with('|') {
            let count = bare.matches('|').count();
            assert_eq!(*columns.get_or_insert(count), count, "{line}");
        }
    }
    assert!(columns.is_some(), "there is a table");
}

#[tokio::test]
async fn what_a_server_says_acts_in_no_form() {
    for (mode, security) in [
        (Mode::Plain, "none"),
        (Mode::StartTls, "starttls"),
        (Mode::Tls, "tls"),
    ] {
        let home = tempfile::tempdir().expect("a folder");
        let relay = hostile(mode).await;
        let host = relay.host();
        let (server, ca) = (host.name(), host.ca_files[0].display().to_string());
        let way = [&server, "--security", security, "--ca-file", &ca];
        let ends = ["--from", "me@x.example", "--to", "you@x.example"];
        let with =
            async |beside: &[&str]| run(home.path(), &[&way[..], &ends, beside].concat()).await;
        for beside in [
            &["--color", "never"][..],
            &["--transcript"],
            &["-v"],
            &["--all-addresses"],
            &["--compare", &server],
        ] {
            let [out, _] = with(beside).await;
            assert!(out.contains("script>"), "it is shown: {out}");
        }
        for beside in [
            &["--json"][..],
            &["--json", "--all-addresses"],
            &["--export", "json"],
            &["--json", "--compare", &server],
        ] {
            let [out, err] = with(beside).await;
            assert_eq!((out.lines().count(), err.as_str()), (1, ""), "{out}");
            let told: serde_json::Value = serde_json::from_str(&out).expect("JSON");
            assert!(told.is_object() && out.contains("script>"), "{out}");
        }
        let [page, _] = with(&["--export", "html"]).await;
        is_inert_page(&page);
        let [page, _] = with(&["--export", "markdown"]).await;
        is_inert_markdown(&page);
        let [text, _] = with(&["--export", "text"]).await;
        for line in text.lines() {
            let begins = [
                "===", "***", "<-", "<~", "<**", "->", "~>", " ->", " ~>", "<*", " **", "<",
            ];
            assert!(begins.iter().any(|one| line.starts_with(one)), "{line}");
        }
        let [grid, _] = run(home.path(), &[&way[..], &["--grid"]].concat()).await;
        assert!(!grid.is_empty());
        for arguments in [&[][..], &["--json"]] {
            let [out, _] = run(home.path(), &[&["--history"], arguments].concat()).await;
            assert!(out.lines().count() > 5, "the runs are listed: {out}");
            if !arguments.is_empty() {
                let is_object =
                    |line: &str| serde_json::from_str::<serde_json::Value>(line).is_ok();
                assert!(out.lines().all(is_object), "{out}");
            }
        }
    }
}
