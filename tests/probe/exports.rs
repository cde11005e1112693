//! Pages and texts for others: the same facts in each, nothing of a secret, and nothing that a server could make act.

use crate::command::{probe_saying, relay};
use crate::relay::Mode;

const HOSTILE: &str = "capabilities = ['SIZE 1000', '<script>alert(1)</script>']\n\
    [[rule]]\non = 'connect'\nreply = '220 mx \"><img src=http://t.example/x.png onerror=alert(1)> & more'\n\
    [[rule]]\non = 'rcpt'\nreply = '550 5.1.1 <b>no</b> such user'";

#[tokio::test]
async fn a_page_is_whole_and_inert() {
    for mode in [Mode::Plain, Mode::StartTls, Mode::Tls] {
        let (_relay, server, ca) = relay(HOSTILE, mode).await;
        let security = match mode {
            Mode::Plain => "none",
            Mode::StartTls => "starttls",
            Mode::Tls => "tls",
        };
        let base = [
            &server,
            "--security",
            security,
            "--ca-file",
            &ca,
            "--user",
            "tim",
            "--from",
            "me@x.example",
            "--to",
            "you@x.example",
        ];
        let export = async |form: &str| {
            let arguments = [&base[..], &["--export", form]].concat();
            let (code, out, err) = probe_saying(&arguments, "").await;
            assert_eq!((code, err.as_str()), (69, ""), "{out}");
            out
        };
        let page = export("html").await;
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
        for bad in [
            "<script", "<img", "<b>", "<link", "src=\"", "href=", "url(", "@import",
        ] {
            assert!(!page.contains(bad), "{bad}: {page}");
        }
        // Every tag is one of ours, and what is opened is closed.
        for tag in [
            "html", "head", "body", "title", "style", "table", "h1", "pre", "ul", "ol", "li", "tr",
            "td", "p", "code",
        ] {
            let opened = page.matches(&format!("<{tag}>")).count()
                + page.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
        }
        assert!(
            page.contains("&lt;b&gt;no&lt;/b&gt; such user")
                && page.contains("prefers-color-scheme")
        );
        let markdown = export("markdown").await;
        for fact in [
            "550 5.1.1",
            "swaks --server 127.0.0.1",
            "SIZE 1000",
            "messages of up to",
        ] {
            assert!(
                page.contains(fact) && markdown.contains(fact),
                "{fact}: {page} {markdown}"
            );
        }
        let text = export("text").await;
        let inside = mode != Mode::Plain;
        assert!(
            text.contains(if inside {
                " ~> RCPT TO:"
            } else {
                " -> RCPT TO:"
            }),
            "{text}"
        );
        assert!(
            text.contains(if inside { "<~* 550" } else { "<** 550" }),
            "{text}"
        );
        assert_eq!(
            text.contains("<-  220") || text.contains("<-  250") || text.contains("<- 220"),
            mode != Mode::Tls,
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_command_s_words_stay_out_of_pages() {
    let command = "echo 220 hi; sleep 0.05 # hunter2";
    for form in ["html", "markdown", "text"] {
        let (_, out, err) = probe_saying(
            &[
                "relay.example",
                "--security",
                "none",
                "--pipe",
                command,
                "--stop-after",
                "greeting",
                "--export",
                form,
            ],
            "",
        )
        .await;
        assert!(
            !out.contains("hunter2") && !err.contains("hunter2"),
            "{out}"
        );
        assert!(out.contains("echo"), "{out}");
    }
    // Whoever asks for the line gets it.
    let (code, out, _) = probe_saying(
        &[
            "relay.example",
            "--security",
            "none",
            "--pipe",
            command,
            "--as",
            "swaks",
        ],
        "",
    )
    .await;
    assert_eq!(code, 0);
    assert!(
        out.contains("--pipe 'echo 220 hi; sleep 0.05 # hunter2'"),
        "{out}"
    );
}

#[tokio::test]
async fn report_asks_for_a_page_as_export_does() {
    let (_relay, server, _) = relay("", Mode::Plain).await;
    let base = [
        &server,
        "--security",
        "none",
        "--no-history",
        "--user",
        "tim",
    ];
    for (form, start) in [
        ("html", "<!DOCTYPE html>"),
        ("markdown", "# Probe of"),
        ("json", "{"),
    ] {
        let arguments = [&base[..], &["--report", form]].concat();
        let (code, out, err) = probe_saying(&arguments, "").await;
        assert_eq!((code, err.as_str()), (0, ""), "{out}");
        assert!(out.starts_with(start), "{out}");
    }
    for (more, word) in [
        (&["--watch", "5s"][..], "--watch"),
        (&["--transcript"], "--transcript"),
    ] {
        let arguments = [&base[..], &["--report", "html"], more].concat();
        let (code, out, err) = probe_saying(&arguments, "").await;
        assert_eq!((code, out.as_str()), (64, ""));
        assert!(err.contains(word), "{err}");
    }
}
