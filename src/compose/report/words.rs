//! The part for people: who was not reached, in the server's own words, and what happens now.

use std::fmt::Write;
use std::time::Duration;

use jiff::Timestamp;

use super::facts::Facts;
use crate::mail::clean::clean;
use crate::mail::clock::until;
use crate::mail::dsn::About;
use crate::mail::entry::Entry;
use crate::mail::period::Period;

/// The most characters of a server's words, of a subject or of an identity.
const MOST: usize = 1000;

/// The text, with LF as line end. Writing into a String cannot fail.
pub(super) fn words(entry: &Entry, about: About, list: &[Facts<'_>], now: Timestamp) -> String {
    let mut text = String::from("This is TurboMail, the program that sends your mail.\n\n");
    text.push_str(match (about, list.len()) {
        (About::Failed, 1) => "Your message could not be delivered to this address:\n",
        (About::Failed, _) => "Your message could not be delivered to these addresses:\n",
        (About::Delayed, 1) => "Your message has not yet been delivered to this address:\n",
        (About::Delayed, _) => "Your message has not yet been delivered to these addresses:\n",
    });
    for facts in list {
        recipient(&mut text, facts);
    }
    text.push('\n');
    let waited = rounded(until(now, entry.admitted.wall));
    match about {
        About::Failed if list.iter().any(Facts::has_expired) => {
            _ = writeln!(
                text,
                "What was only deferred has been tried for {waited} and is given up."
            );
        }
        About::Failed => {}
        About::Delayed => {
            let end = moment(entry.expires);
            _ = writeln!(
                text,
                "It has been tried for {waited}, and will be tried until {end}.\nYou need not send it again."
            );
        }
    }
    let delivered = entry.recipients.len() - list.len();
    if about == About::Failed && delivered > 0 {
        let (others, were) = match delivered {
            1 => ("The other recipient", "was"),
            _ => ("The other recipients", "were"),
        };
        _ = writeln!(text, "{others} {were} reached.");
    }
    if about == About::Failed {
        text.push_str("Nothing more is done about it: to try again, send it again.\n");
    }
    text.push_str("\nYour message was:\n\n");
    let message = &entry.message;
    for (name, value) in [
        ("Subject", bounded(&message.subject)),
        ("Message-ID", bounded(&message.message_id)),
        ("Queued", moment(entry.admitted.wall)),
    ] {
        if !value.is_empty() {
            _ = writeln!(text, "    {name}: {value}");
        }
    }
    text
}

fn recipient(text: &mut String, facts: &Facts<'_>) {
    let address = &facts.recipient.address;
    _ = write!(text, "\n  {}\n", clean(address.as_str()));
    match (facts.failure, facts.host) {
        (Some(failure), Some(host)) if failure.reply().is_some() => {
            _ = writeln!(
                text,
                "    {} said: {}",
                clean(host),
                bounded(&failure.to_string())
            );
        }
        (Some(failure), Some(host)) => {
            _ = writeln!(
                text,
                "    {}: {}",
                clean(host),
                bounded(&failure.to_string())
            );
        }
        (Some(failure), None) => {
            _ = writeln!(text, "    {}", bounded(&failure.to_string()));
        }
        (None, _) => text.push_str("    it was never tried\n"),
    }
    if let Some(tried) = facts.tried {
        let times = match facts.recipient.tries {
            // The host was in trouble before it could be asked about anybody.
            0 => "Last tried".to_owned(),
            1 => "Tried once".to_owned(),
            times => format!("Tried {times} times, last"),
        };
        _ = writeln!(text, "    {times} on {}.", moment(tried));
    }
    if facts.may_have_arrived {
        text.push_str(
            "    A connection was lost behind the end of the message:\n    it may have arrived all the same.\n",
        );
    }
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Whole minutes, where there are any.
fn rounded(time: Duration) -> Period {
    let grain = if time < Duration::from_mins(1) { 1 } else { 60 };
    let seconds = (time.as_secs() / grain * grain).max(1);
    Period(Duration::from_secs(seconds))
}

fn bounded(text: &str) -> String {
    let text: String = text.chars().take(MOST).collect();
    clean(&text).into_owned()
}
