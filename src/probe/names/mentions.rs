//! Where in a conversation the client is named: by this side itself, and in the replies that may tell what the server sees.

use std::net::IpAddr;

use super::literals::literals;
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Line};

/// The lines since the last greeting: an earlier address of the server may have seen another one of this machine.
pub(super) fn of_last_connection(lines: &[Line]) -> &[Line] {
    let greets = |line: &Line| line.stage == Stage::Greeting && line.by == By::Server;
    let Some(last) = lines.iter().rposition(greets) else {
        return lines;
    };
    let ahead = lines.get(..last).unwrap_or_default();
    let start = ahead.iter().rposition(|line| !greets(line));
    lines
        .get(start.map_or(0, |at| at + 1)..)
        .unwrap_or_default()
}

/// The addresses that this side has named, each once.
pub(super) fn said(lines: &[Line]) -> Vec<IpAddr> {
    let mut all = Vec::new();
    for line in lines.iter().filter(|line| line.by == By::Client) {
        for one in literals(&line.text) {
            if !all.contains(&one.address) {
                all.push(one.address);
            }
        }
    }
    all
}

/// A reply that may name the client.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) is_greeting: bool,
    pub(super) text: String,
}

/// The replies that may name the client: those to EHLO, the last one first, and behind them the refusals, the last one first.
pub(super) fn replies(lines: &[Line]) -> Vec<Said> {
    let mut all: Vec<Said> = Vec::new();
    let mut goes_on = false;
    for line in lines.iter().filter(|line| line.by == By::Server) {
        let Some((code, rest)) = line.text.split_at_checked(3) else {
            continue;
        };
        let (is_refusal, words) = (code.starts_with(['4', '5']), rest.get(1..));
        let words = words.unwrap_or_default();
        match all.last_mut() {
            Some(last) if goes_on && !last.is_greeting && is_refusal => {
                last.text.push(' ');
                last.text.push_str(words);
            }
            // Only the first line greets (RFC 5321 §4.1.1.1), behind the server's own name.
            _ if !goes_on && line.stage == Stage::Hello && code == "250" => all.push(Said {
                is_greeting: true,
                text: words
                    .split_once(' ')
                    .map_or("", |(_, rest)| rest)
                    .to_owned(),
            }),
            _ if is_refusal => all.push(Said {
                is_greeting: false,
                text: words.to_owned(),
            }),
            _ => {}
        }
        goes_on = rest.starts_with('-');
    }
    // What another server has said to this one is said of this one.
    all.retain(|said| said.is_greeting || !said.text.contains(" said:"));
    all.reverse();
    all.sort_by_key(|said| !said.is_greeting);
    all
}
