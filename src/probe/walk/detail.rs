//! The details of checks, in few words.

use crate::mail::clean::Clean;
use crate::mail::reply::Reply;
use crate::smtp::Capabilities;

/// The longest list of names in a detail, in characters.
const LIST: usize = 120;

/// The first line of a reply with its code.
pub(super) fn in_short(reply: &Reply) -> Clean {
    let first = Reply {
        lines: reply.lines.iter().take(1).cloned().collect(),
        ..reply.clone()
    };
    Clean::from(first.to_string())
}

/// The keywords of what was promised.
pub(super) fn keywords(offered: &Capabilities) -> Vec<String> {
    let first = |line: &Clean| line.split_ascii_whitespace().next().map(str::to_owned);
    offered.lines().iter().filter_map(first).collect()
}

/// A list with commas, cut where it becomes long.
pub(super) fn shortened(list: &[String]) -> String {
    let mut text = String::new();
    for (at, one) in list.iter().enumerate() {
        if at > 0 && text.len() + one.len() > LIST {
            return format!("{text} and {} more", list.len() - at);
        }
        if at > 0 {
            text.push_str(", ");
        }
        text.push_str(one);
    }
    text
}
