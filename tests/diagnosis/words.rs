//! What the rules say: bounded, clean, with good advice, and with blanks filled from what was seen.

use turbomail::mail::circumstances::Circumstances;
use turbomail::mail::diagnosis::{Finding, Retry};
use turbomail::mail::outcome::Failure;
use turbomail::mail::reply::Reply;
use turbomail::mail::stage::Stage;
use turbomail::probe::{Knowledge, diagnose};

use crate::{Unseen, Wordings, samples};

fn every_finding() -> Vec<Finding> {
    let samples = samples();
    let scenes = samples
        .speaks
        .into_values()
        .chain(samples.quiet.into_values());
    let wordings: Wordings = toml::from_str(include_str!("unseen.toml")).expect("wordings");
    let unseen = wordings.unseen.into_iter().map(|Unseen { see, .. }| see);
    scenes
        .flatten()
        .chain(unseen)
        .flat_map(|scene| diagnose(&scene.circumstances()))
        .collect()
}

fn is_good(text: &str, most: usize) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= most
        && !text.chars().any(char::is_control)
        && !text.contains(['{', '}'])
}

#[test]
fn texts_are_bounded_and_clean() {
    let findings = every_finding();
    assert!(findings.len() > 300, "{}", findings.len());
    for finding in findings {
        let told = format!("{finding:?}");
        assert!(is_good(&finding.title, 70), "{told}");
        assert!(is_good(&finding.explanation, 700), "{told}");
        assert!((1..=4).contains(&finding.advice.len()), "{told}");
        assert!(finding.advice.iter().all(|one| is_good(one, 600)), "{told}");
        assert!(
            !finding.evidence.is_empty() && finding.evidence.chars().count() <= 301,
            "{told}"
        );
        assert!(!finding.evidence.chars().any(char::is_control), "{told}");
        assert!(
            !finding.title.ends_with('.') && finding.explanation.ends_with('.'),
            "{told}"
        );
    }
}

#[test]
fn a_finding_is_json_as_the_interface_has_it() {
    let all = Circumstances {
        failure: Some(Failure::refused(
            Stage::Rcpt,
            Reply::new(450, ["4.2.0 Greylisted"]),
        )),
        ..Circumstances::default()
    };
    let findings = diagnose(&all);
    let json = serde_json::to_value(&findings).expect("JSON");
    assert_eq!(json[0]["id"], "rcpt.greylist");
    assert_eq!(json[0]["severity"], "warning");
    assert_eq!(json[0]["retry"], "yes");
    assert_eq!(json[0]["owner"], "relay");
    assert_eq!(json[0]["evidence"], "450 4.2.0 Greylisted");
    assert!(json[0]["advice"].is_array() && json[0]["title"].is_string());
}

#[test]
fn what_is_known_is_filled_in_and_what_is_not_is_left_out() {
    let failure = Failure::new(
        Stage::Resolve,
        turbomail::mail::outcome::Cause::Dns("Name or service not known".into()),
    );
    let mut all = Circumstances {
        failure: Some(failure),
        host: Some("smtp.gmial.com".into()),
        ..Circumstances::default()
    };
    assert_eq!(
        diagnose(&all)[0].advice[0].as_str(),
        "Did you mean smtp.gmail.com?"
    );
    all.host = None;
    let bare = diagnose(&all);
    assert!(
        bare[0]
            .advice
            .iter()
            .all(|one| !one.contains("Did you mean"))
    );
    assert!(bare[0].explanation.contains("the server"));
}

#[test]
fn the_first_digit_says_whether_to_try_again_where_nobody_knows_the_words() {
    let of = |code, text: &str| {
        let failure = Failure::refused(Stage::Content, Reply::new(code, [text]));
        let all = Circumstances {
            failure: Some(failure),
            ..Circumstances::default()
        };
        diagnose(&all).remove(0)
    };
    let no = of(554, "Because");
    assert_eq!((no.id.as_str(), no.retry), ("generic.permanent", Retry::No));
    assert!(no.title.contains("reason of its own") && no.evidence.contains("Because"));
    let status = of(554, "5.7.1 Because");
    assert_eq!(
        (status.id.as_str(), status.retry),
        ("generic.status", Retry::No)
    );
    assert_eq!(of(471, "Because").retry, Retry::Yes);
    let full = of(552, "5.2.2 Mailbox full");
    assert_eq!(
        (full.id.as_str(), full.retry),
        ("rcpt.mailbox_full", Retry::Ask)
    );
    assert_eq!(of(452, "4.2.2 Mailbox full").retry, Retry::Yes);
}

#[test]
fn a_user_s_rules_come_first_and_take_the_place_of_known_ones() {
    let own = r#"
[[rule]]
id = "our.gateway"
severity = "error"
title = "The gateway is closed at night"
explanation = "It opens at six."
advice = ["Wait until six."]
retry = "yes"
owner = "relay"
[[rule.when]]
words = ["night rest"]

[[rule]]
id = "rcpt.greylist"
severity = "info"
title = "Ours"
explanation = "Ours."
advice = ["Wait."]
retry = "yes"
owner = "relay"
[[rule.when]]
words = ["greylisted"]
"#;
    let knowledge = Knowledge::with("own.toml", own).expect("good rules");
    assert_eq!(knowledge.ids().count(), 124);
    let first = |text: &str| {
        let failure = Failure::refused(Stage::Rcpt, Reply::new(450, [text]));
        let all = Circumstances {
            failure: Some(failure),
            ..Circumstances::default()
        };
        knowledge.diagnose(&all).remove(0)
    };
    assert_eq!(first("night rest, relay access denied").id, "our.gateway");
    assert_eq!(first("greylisted").title.as_str(), "Ours");
}

/// One word that fits much else is a guess: an honest answer goes before it, and a rule that is sure is not silenced by it.
#[test]
fn a_doubtful_rule_is_a_guess_behind_an_answer_that_is_sure() {
    let own = r#"
[[rule]]
id = "our.moon"
severity = "error"
title = "The moon is full"
explanation = "It may be."
advice = ["Wait."]
retry = "yes"
owner = "relay"
over = ["rcpt.greylist"]
[[rule.when]]
words = ["moon"]
doubt = true
[[rule.when]]
words = ["full moon"]
"#;
    let knowledge = Knowledge::with("own.toml", own).expect("good rules");
    let found = |text: &str| {
        let failure = Failure::refused(Stage::Rcpt, Reply::new(450, [text]));
        let all = Circumstances {
            failure: Some(failure),
            ..Circumstances::default()
        };
        let findings = knowledge.diagnose(&all);
        let told = |one: &Finding| format!("{} {}", one.id, one.title);
        findings.iter().map(told).collect::<Vec<String>>()
    };
    let guess = "our.moon Perhaps: The moon is full";
    let alone = found("not by this moon");
    assert!(alone[0].starts_with("rcpt.temp "), "{alone:?}");
    assert_eq!(alone[1], guess);
    let beside = found("greylisted until the moon is up");
    assert!(beside[0].starts_with("rcpt.greylist "), "{beside:?}");
    assert_eq!(beside[1], guess);
    assert_eq!(found("full moon"), ["our.moon The moon is full"]);
}

#[test]
fn a_fault_names_the_file_and_the_line() {
    let rule = |advice: &str, when: &str| {
        format!(
            "[[rule]]\nid = \"a\"\nseverity = \"error\"\ntitle = \"T\"\nexplanation = \"E.\"\nadvice = {advice}\nretry = \"no\"\n\
             owner = \"you\"\n[[rule.when]]\n{when}\n"
        )
    };
    let good = rule("[\"Do.\"]", "words = [\"x\"]");
    assert!(Knowledge::with("own.toml", &good).is_ok());
    for (text, line, words) in [
        (rule("[]", "words = [\"x\"]"), 6, "one to four"),
        (
            rule("[\"At {url}.\"]", "words = [\"x\"]"),
            6,
            "without a blank",
        ),
        (
            rule("[\"At {nowhere}.\"]", "words = [\"x\"]"),
            6,
            "no blank {nowhere}",
        ),
        (rule("[\"Do.\"]", "codes = [\"5\"]"), 10, "no reply code"),
        (rule("[\"Do.\"]", "words = [\"*\"]"), 10, "needs words"),
        (
            rule("[\"Do.\"]", "facts = [\"moon\"]"),
            10,
            "no fact \"moon\"",
        ),
        (rule("[\"Do.\"]", "colour = 1"), 10, "colour"),
        (rule("[\"Do.\"]", "stage = [\"mail\"]"), 2, "always speak"),
        (format!("{good}{good}"), 12, "two rules"),
        ("rule = 1".to_owned(), 1, "invalid type"),
    ] {
        let fault = Knowledge::with("own.toml", &text).expect_err(&text);
        assert_eq!(
            (fault.file.as_str(), fault.line),
            ("own.toml", line),
            "{fault}"
        );
        assert!(fault.message.contains(words), "{fault}");
        assert!(fault.to_string().starts_with(&format!("own.toml:{line}: ")));
    }
}

/// A rule about "late" letters, with what leaves doubt about it.
const LATE: &str = r#"
[lists]
excuses = ["dog ate*", "slept in*"]
[[rule]]
id = "own.late"
severity = "error"
title = "The letter came too late"
explanation = "The office was closed."
advice = ["Be earlier."]
retry = "no"
owner = "you"
unsure = ["@excuses"]
[[rule.when]]
failed = ["refused"]
words = ["late"]
with = ["letter*"]
"#;

fn first(knowledge: &Knowledge, reply: &str) -> (String, Vec<String>) {
    let failure = Failure::refused(Stage::Rcpt, Reply::new(550, [reply]));
    let findings = knowledge.diagnose(&Circumstances {
        failure: Some(failure),
        ..Circumstances::default()
    });
    let ids = findings.iter().map(|one| one.id.clone()).collect();
    (findings[0].id.clone(), ids)
}

#[test]
fn what_leaves_doubt_makes_a_rule_a_guess_and_no_more() {
    let knowledge = Knowledge::with("late.toml", LATE).expect("rules");
    let sure = "Your letter is late";
    assert_eq!(first(&knowledge, sure).0, "own.late");
    for doubtful in [
        // A word of doubt, from a list that the file shares.
        "Your letter is late: the dog ate it",
        // What has to stand by the words is in another sentence.
        "It is late. We had a letter",
        // It is said of a condition only.
        "Not today. If your letter is late, burn it",
    ] {
        let (best, all) = first(&knowledge, doubtful);
        assert!(best.starts_with("generic."), "{doubtful}: {best}");
        assert!(all.contains(&"own.late".to_owned()), "{doubtful}: {all:?}");
    }
    let fault = Knowledge::with("late.toml", &LATE.replace("@excuses", "@lies"));
    let fault = fault.expect_err("a list that is not there");
    assert!(
        fault
            .to_string()
            .contains("late.toml:5: own.late: there is no list @lies"),
        "{fault}"
    );
}
