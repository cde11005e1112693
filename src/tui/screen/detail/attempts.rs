//! One attempt in a few words: when, how long, with whom, how protected, and what each recipient got.

use ratatui::style::Style;

use crate::mail::address::Address;
use crate::mail::entry::{Attempt, AttemptEnd, Entry};
use crate::mail::outcome::Status;
use crate::mail::parcel::Connection;
use crate::tui::screen::contract::View;
use crate::tui::screen::queue::row::doing;
use crate::tui::widget::time::{elapsed, took, when};

/// Recipients named one by one, at most.
const NAMED: usize = 3;

/// The pieces of an attempt's line.
pub fn line(entry: &Entry, attempt: &Attempt, long: bool, view: View<'_>) -> Vec<(String, Style)> {
    let (world, theme) = (view.world, view.theme);
    let started = when(attempt.started.wall, world.now.wall, &world.zone);
    let head = format!("#{:<3} {started}  ", attempt.number);
    let Some(end) = &attempt.end else {
        let spent = world.now.tick.since(attempt.started.tick);
        let progress = attempt.transcript.progress();
        let here = world.now.tick.since(progress.since);
        let (words, style) = doing(progress, here, entry.message.size(), view);
        return vec![
            (head, theme.active()),
            (format!("{:>6}  ", elapsed(spent)), theme.active()),
            (format!("{words}, {} in this stage", elapsed(here)), style),
        ];
    };
    let mut facts = vec![format!("{:>6}", took(end.took))];
    facts.extend(Some(peer(&end.connection, long)).filter(|peer| !peer.is_empty()));
    if end.connection.peer.is_some() {
        let tls = end.connection.tls.as_ref();
        facts.push(tls.map_or("in clear", |tls| tls.version).to_owned());
    }
    let (words, style) = result(end, view);
    vec![
        (head, Style::new()),
        (facts.join("  ") + "  ", Style::new()),
        (words, style),
    ]
}

/// What came of an attempt that is over.
fn result(end: &AttemptEnd, view: View<'_>) -> (String, Style) {
    if let Some(trouble) = &end.trouble {
        return (trouble.to_string(), view.theme.warning());
    }
    let dot = view.theme.glyphs.dot;
    let mut words: Vec<String> = end.recipients.iter().take(NAMED).map(got).collect();
    let more = end.recipients.len().saturating_sub(NAMED);
    if more > 0 {
        words.push(format!("+{more}"));
    }
    (words.join(&format!(" {dot} ")), Style::new())
}

fn got((address, status): &(Address, Status)) -> String {
    let what = match status.reply() {
        Some(reply) => format!("{:03}", reply.code),
        None => status.name().to_owned(),
    };
    format!("{} {what}", address.local())
}

/// The other end of a connection: `relay.example.net [192.0.2.1]:587`, or in short `[192.0.2.1]:587`.
pub fn peer(connection: &Connection, long: bool) -> String {
    let Some(peer) = &connection.peer else {
        return connection.server.clone();
    };
    let host = connection
        .server
        .rsplit_once(':')
        .map_or(connection.server.as_str(), |(host, _)| host);
    let shown = match peer.rsplit_once(':') {
        Some((ip, port)) => format!("[{}]:{port}", ip.trim_matches(['[', ']'])),
        None => peer.clone(),
    };
    if long && !host.is_empty() {
        format!("{host} {shown}")
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_of_both_families() {
        let connection = |server: &str, peer: Option<&str>| Connection {
            server: server.into(),
            peer: peer.map(Into::into),
            tls: None,
        };
        let four = connection("relay.example:587", Some("192.0.2.1:587"));
        assert_eq!(peer(&four, true), "relay.example [192.0.2.1]:587");
        let six = connection("relay.example:587", Some("[2001:db8::1]:587"));
        assert_eq!(peer(&six, false), "[2001:db8::1]:587");
        assert_eq!(
            peer(&connection("relay.example:25", None), true),
            "relay.example:25"
        );
    }
}
