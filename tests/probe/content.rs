//! The test message: sent only where it is asked for, and delivered only where the server says so behind the dot.

use std::sync::Arc;

use turbomail::mail::clock::SystemClock;
use turbomail::mail::reach::Protocol;
use turbomail::mail::smarthost::SmartHost;
use turbomail::mail::stage::Stage;
use turbomail::mail::transcript::Transcript;
use turbomail::probe::report::Report;
use turbomail::probe::walk::{Gate, Plan, Verdict, Walk, walk};

use crate::command::{probe_saying, relay};
use crate::course;
use crate::relay::{Mode, Relay};

fn plan(host: SmartHost, to: &[&str]) -> Plan {
    Plan {
        sender: Some("me@x.example".parse().expect("an address")),
        recipients: to
            .iter()
            .map(|to| to.parse().expect("an address"))
            .collect(),
        test_message: true,
        ..Plan::new(host)
    }
}

pub(crate) async fn sent(plan: &Plan) -> Walk {
    let transcript = Transcript::new(Arc::new(SystemClock::new()));
    walk(plan, &transcript, &mut |_| {}).await
}

#[tokio::test]
async fn a_small_honest_message_is_sent_over_every_kind_of_connection() {
    for mode in [Mode::Plain, Mode::StartTls, Mode::Tls] {
        let relay = Relay::start("".parse().expect("a script"), mode).await;
        let walk = sent(&plan(relay.host(), &["you@x.example", "her@x.example"])).await;
        assert_eq!(walk.verdict(), Verdict::Ok, "{:?}", walk.failure);
        assert!(
            course(&walk)
                .ends_with(&["rcpt ok", "data ok", "content ok", "quit ok"].map(str::to_owned))
        );
        let got = relay.journal().messages();
        let [got] = got.as_slice() else {
            panic!("{got:?}")
        };
        assert_eq!(got.recipients, ["you@x.example", "her@x.example"]);
        let text = String::from_utf8(got.content.to_vec()).expect("text");
        for word in [
            "Date: ",
            "\r\nFrom: me@x.example\r\n",
            "\r\nSubject: turbomail test\r\n",
            "@x.example>\r\n",
            "\r\nAuto-Submitted: auto-generated\r\n",
        ] {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert!(
            mail_parser::MessageParser::default()
                .parse(text.as_bytes())
                .is_some_and(|one| one.date().is_some())
        );
        let told = serde_json::to_value(Report::of(&walk)).expect("JSON");
        assert_eq!(told["content"].as_array().map(Vec::len), Some(2), "{told}");
        assert_eq!(told["content"][1]["taken"], true);
    }
}

#[tokio::test]
async fn only_a_reply_to_the_dot_says_that_it_was_delivered() {
    for (script, stage, status) in [
        (
            "[[rule]]\non = 'data'\nreply = '554 5.7.1 no'",
            Stage::Data,
            65,
        ),
        (
            "[[rule]]\non = 'content'\nreply = '554 5.6.0 spam'",
            Stage::Content,
            65,
        ),
        (
            "[[rule]]\non = 'content'\nreply = '451 4.3.0 later'",
            Stage::Content,
            75,
        ),
        (
            "[[rule]]\non = 'content'\nreply = { silent = true, then = 'close' }",
            Stage::Content,
            75,
        ),
        (
            "[[rule]]\non = 'content'\nreply = '354 more'",
            Stage::Content,
            76,
        ),
    ] {
        let (relay, server, _ca) = relay(script, Mode::Plain).await;
        let walk = sent(&plan(relay.host(), &["you@x.example"])).await;
        let failure = walk
            .failure
            .as_ref()
            .unwrap_or_else(|| panic!("{script}: {:?}", course(&walk)));
        assert_eq!(failure.stage, stage, "{script}");
        assert_eq!(walk.verdict(), Verdict::Failed);
        let may_be = walk
            .transcript
            .lines()
            .iter()
            .any(|line| line.text.contains("may have been delivered"));
        assert_eq!(may_be, failure.reply().is_none(), "{script}");
        let arguments = [
            &server,
            "--security",
            "none",
            "--from",
            "me@x.example",
            "--to",
            "you@x.example",
            "--test-message",
        ];
        let (code, out, _) = probe_saying(&arguments, "").await;
        assert_eq!(code, status, "{script}: {out}");
    }
}

#[tokio::test]
async fn lmtp_says_it_for_each_recipient() {
    let script =
        "lmtp = true\n[[rule]]\non = 'content'\nmatch = 'full@*'\nreply = '552 5.2.2 full'";
    let relay = Relay::start(script.parse().expect("a script"), Mode::Plain).await;
    let mut host = relay.host();
    host.reach.protocol = Protocol::Lmtp;
    let walk = sent(&plan(host, &["you@x.example", "full@x.example"])).await;
    assert_eq!(walk.verdict(), Verdict::Warning, "{:?}", course(&walk));
    let said: Vec<bool> = walk.content.iter().map(|one| one.said.is_ok()).collect();
    assert_eq!(said, [true, false]);
    assert!(course(&walk).ends_with(&["quit ok".to_owned()]));
}

#[tokio::test]
async fn behind_data_the_connection_can_only_be_cut() {
    let relay = Relay::start("".parse().expect("a script"), Mode::Plain).await;
    let plan = Plan {
        stop_after: Some(Stage::Data),
        ..plan(relay.host(), &["you@x.example"])
    };
    let walk = sent(&plan).await;
    assert!(
        course(&walk).ends_with(&["data ok", "content skipped", "quit skipped"].map(str::to_owned)),
        "{:?}",
        course(&walk)
    );
    assert!(relay.journal().messages().is_empty());
    let said = relay.journal().commands();
    assert!(
        said.last().is_some_and(|(_, line)| line == "DATA"),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_gate_stops_the_walk_where_it_stays_shut() {
    let relay = Relay::start("".parse().expect("a script"), Mode::Plain).await;
    let plan = Plan {
        gate: Gate::new(|stage| async move { stage != Stage::Rcpt }),
        ..plan(relay.host(), &["you@x.example"])
    };
    let walk = sent(&plan).await;
    assert!(
        walk.check(Stage::Data)
            .is_some_and(|one| one.detail.contains("by hand")),
        "{:?}",
        walk.checks
    );
    assert!(
        course(&walk).ends_with(&["data skipped", "content skipped", "quit ok"].map(str::to_owned))
    );

    let (_relay, server, _) = self::relay("", Mode::Plain).await;
    let (code, out, err) =
        probe_saying(&[&server, "--security", "none", "--confirm"], "\n\ns\n").await;
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.contains("– hello") && out.contains("stopped by hand"),
        "{out}"
    );
}

#[tokio::test]
async fn what_does_not_go_together_is_refused() {
    for (arguments, word) in [
        (&["x.example", "--test-message"][..], "--to"),
        (
            &[
                "x.example",
                "--to",
                "a@x.example",
                "--from",
                "<>",
                "--test-message",
            ],
            "--from",
        ),
        (
            &["x.example", "--to", "a@x.example", "--drop-after", "data"],
            "--test-message",
        ),
        (
            &[
                "x.example",
                "--watch",
                "5s",
                "--to",
                "a@x.example",
                "--test-message",
            ],
            "--watch",
        ),
        (&["x.example", "--step", "--json"], "--json"),
        (
            &["x.example", "--step", "--stop-after", "connect"],
            "greeting",
        ),
        (
            &["x.example", "--grid", "--pipe", "false"],
            "through a command",
        ),
        (&["x.example", "--xclient", "COLOUR=red"], "COLOUR"),
        (&["x.example", "--proxy-header", "1.2.3.4"], "SOURCE:PORT"),
        (
            &["x.example", "--pipe", "x", "--connect-to", "y"],
            "--connect-to",
        ),
    ] {
        let (code, _, err) = probe_saying(arguments, "").await;
        assert_eq!(code, 64, "{arguments:?}: {err}");
        assert!(err.contains(word), "{arguments:?}: {err}");
    }
}
