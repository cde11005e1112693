//! What stands around every screen: the top line, remarks, the host's trouble, and the keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::mail::clean::clean;
use crate::mail::entry::Route;

use super::action::{Action, Context};
use super::keymap::{Hint, Keymap};
use super::screen::contract::{Head, View};
use super::status::{self, Shown};
use super::theme::ASCII;
use super::widget::keyline::keyline;
use super::widget::rule::rule;
use super::widget::text::{below, cut, put, put_all, put_right, right_of, row, width};
use super::widget::time::countdown;
use super::world::World;

/// The root screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// Writing.
    Compose,
    /// The live queue.
    Queue,
    /// What has left it.
    Done,
    /// Why a smart host does not take the mail.
    Probe,
}

impl Root {
    /// The root screens, from left to right.
    pub const ALL: [Self; 4] = [Self::Compose, Self::Queue, Self::Done, Self::Probe];

    /// What goes there.
    const fn action(self) -> Action {
        match self {
            Self::Compose => Action::GoCompose,
            Self::Queue => Action::GoQueue,
            Self::Done => Action::GoDone,
            Self::Probe => Action::GoProbe,
        }
    }
}

/// Where the parts of a window are. Lines that have no room are empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// The top line.
    pub head: Rect,
    /// The rule below it.
    pub head_rule: Rect,
    /// The screen.
    pub body: Rect,
    /// The host's trouble.
    pub trouble: Rect,
    /// The status line.
    pub status: Rect,
    /// The rule above the keys.
    pub key_rule: Rect,
    /// The keys.
    pub keys: Rect,
}

impl Places {
    /// Shares a window out. The smaller it is the less stands around the screen, which always keeps a line; only a tall one has
    /// more than one line for a remark that needs them.
    pub fn of(area: Rect, trouble: bool, remark: u16) -> Self {
        let tall = area.height;
        let head = u16::from(tall >= 4);
        let head_rule = u16::from(tall >= 14);
        let keys = u16::from(tall >= 3);
        let key_rule = u16::from(tall >= 14);
        let status = match tall {
            14.. => remark.max(1),
            2.. => 1,
            _ => 0,
        };
        let trouble = u16::from(trouble && tall >= 6);
        let around = head + head_rule + keys + key_rule + status + trouble;
        let body = tall.saturating_sub(around);
        let mut y = area.y;
        let mut next = |height: u16| {
            let place = Rect { y, height, ..area };
            y = y.saturating_add(height);
            place
        };
        Self {
            head: next(head),
            head_rule: next(head_rule),
            body: next(body),
            trouble: next(trouble),
            status: next(status),
            key_rule: next(key_rule),
            keys: next(keys),
        }
    }
}

/// What the frame shows at a moment.
#[derive(Debug)]
pub struct Frame<'a> {
    /// The keys.
    pub keymap: &'a Keymap,
    /// The parts of the key map in force.
    pub contexts: &'a [Context],
    /// The top line of the screen in front.
    pub head: Head,
    /// The root below it.
    pub root: Root,
    /// The account whose way stands in the top line.
    pub route: &'a Route,
    /// What the screen says while there is nothing new.
    pub status: Option<String>,
    /// What of the latest remark is still shown.
    pub shown: Shown,
    /// Actions that would do nothing now, which the key line leaves out.
    pub idle: Vec<Action>,
}

impl Frame<'_> {
    /// Draws everything around the screen.
    pub fn render(&self, places: &Places, buf: &mut Buffer, view: View<'_>) {
        match &self.head {
            Head::Tabs => self.tabs(places.head, buf, view),
            Head::Crumbs(crumbs, right) => draw_crumbs(places.head, buf, crumbs, right, view),
        }
        rule(buf, places.head_rule, "", "", view.theme);
        draw_trouble(places.trouble, buf, view);
        status::draw(places.status, buf, self.status.as_deref(), self.shown, view);
        rule(buf, places.key_rule, "", "", view.theme);
        let ascii = std::ptr::eq(view.theme.glyphs, &raw const ASCII);
        let mut hints = self.keymap.hints(self.contexts, ascii);
        hints.retain(|hint| !self.idle.contains(&hint.action));
        let more = self.keymap.key(self.contexts, Action::Help, ascii);
        let more = more.map(|key| Hint {
            action: Action::Help,
            key,
            words: Action::Help.hint(),
        });
        keyline(buf, places.keys, &hints, more.as_ref(), view.theme);
    }

    fn tabs(&self, area: Rect, buf: &mut Buffer, view: View<'_>) {
        let (world, theme) = (view.world, view.theme);
        let gap = if area.width >= 90 { "   " } else { "  " };
        let count = |count: usize| {
            if count == 0 {
                String::new()
            } else {
                format!(" {count}")
            }
        };
        let mut used = 1;
        for root in Root::ALL {
            let action = root.action();
            let (name, number) = match root {
                Root::Compose => ("Compose", String::new()),
                Root::Queue => ("Queue", count(world.snapshot.live.len())),
                Root::Done => ("Done", count(world.snapshot.done.len())),
                Root::Probe => ("Probe", String::new()),
            };
            let here = root == self.root;
            let style = if here { theme.strong() } else { Style::new() };
            let name = if here {
                name.to_uppercase()
            } else {
                name.to_owned()
            };
            let key = self.keymap.key(&[], action, true).unwrap_or_default();
            let words = format!("{key} {name}{number}");
            let rest = right_of(area, used);
            used = used.saturating_add(put_all(
                buf,
                rest,
                &[(words.as_str(), style), (gap, Style::new())],
                "",
            ));
        }
        let rest = right_of(area, used);
        let inner = Rect {
            width: rest.width.saturating_sub(1),
            ..rest
        };
        for (words, style) in self.way(view) {
            if put_right(buf, inner, &words, style) > 0 {
                break;
            }
        }
    }

    /// Where the account's mail goes and how that is going, the longest words first.
    fn way(&self, view: View<'_>) -> Vec<(String, Style)> {
        let (world, theme) = (view.world, view.theme);
        if self.root == Root::Probe {
            let words = ["a probe sends no message", "nothing is sent"];
            return words.map(|words| (words.to_owned(), theme.quiet())).into();
        }
        let Some(account) = world.account(self.route) else {
            return Vec::new();
        };
        if !account.leaves {
            let words = [
                "debug transport: nothing leaves this machine",
                "nothing leaves this machine",
                "debug",
            ];
            return words.map(|words| (words.to_owned(), theme.quiet())).into();
        }
        let way = clean(&account.way);
        let short = way.split(' ').next().unwrap_or_default().to_owned();
        let state = world.snapshot.routes.get(&account.name);
        let dot = theme.glyphs.dot;
        let (words, style) = match state {
            Some(state) if state.pause.is_some() => ("paused".to_owned(), theme.bad()),
            _ if world.snapshot.paused.is_some() => ("queue paused".to_owned(), theme.warning()),
            Some(state) if state.sending > 0 => {
                (format!("{} sending", state.sending), theme.active())
            }
            _ => ("idle".to_owned(), theme.quiet()),
        };
        vec![
            (format!("{way} {dot} {words}"), style),
            (format!("{short} {dot} {words}"), style),
            (words, style),
        ]
    }
}

fn draw_trouble(area: Rect, buf: &mut Buffer, view: View<'_>) {
    let (world, theme) = (view.world, view.theme);
    if let Some(words) = spool_trouble(world) {
        let words = format!(
            "{} {words}: what is sent now cannot be written down, and may be sent twice after a crash",
            theme.glyphs.failed
        );
        put(
            buf,
            right_of(area, 1),
            &words,
            theme.bad(),
            theme.glyphs.ellipsis,
        );
        buf.set_style(area.intersection(buf.area), theme.strong());
        return;
    }
    if let (None, Some(words)) = (trouble(world), elsewhere(world)) {
        put(
            buf,
            right_of(area, 1),
            words,
            theme.quiet(),
            theme.glyphs.ellipsis,
        );
        return;
    }
    let Some((route, pause)) = trouble(world) else {
        return;
    };
    let again = match pause.until.since(world.now.tick) {
        left if left.is_zero() => "now".to_owned(),
        left => format!("in {}", countdown(left)),
    };
    let right = format!("again {again} ");
    let name = world.account(route).map_or_else(
        || clean(route).into_owned(),
        |account| clean(&account.name).into_owned(),
    );
    let words = format!(
        "{} host of {name} paused: {}",
        theme.glyphs.failed, pause.failure
    );
    let used = put_right(buf, area, &right, theme.bad());
    let left = Rect {
        width: area.width.saturating_sub(used + 1),
        ..area
    };
    put(
        buf,
        right_of(left, 1),
        &words,
        theme.bad(),
        theme.glyphs.ellipsis,
    );
    buf.set_style(area.intersection(buf.area), theme.strong());
}

/// Why the disk does not take what is to be written down.
pub fn spool_trouble(world: &World) -> Option<&str> {
    world.snapshot.spool.as_ref()?.trouble.as_deref()
}

/// Who delivers from the spool, where that is not this console.
pub fn elsewhere(world: &World) -> Option<&str> {
    world.snapshot.spool.as_ref()?.elsewhere.as_deref()
}

/// The first host that is in trouble.
pub fn trouble(world: &World) -> Option<(&Route, &crate::mail::snapshot::Pause)> {
    world
        .snapshot
        .routes
        .iter()
        .find_map(|(route, state)| Some((route, state.pause.as_ref()?)))
}

/// The crumbs with what is between the first and the last cut, where that makes room for the last: it says where one is.
fn shortened(crumbs: &[String], columns: u16, ellipsis: &str) -> Vec<String> {
    const SHORTEST: usize = 8;
    let all: usize = crumbs.iter().map(|crumb| width(crumb) + 3).sum();
    let mut excess = all.saturating_sub(usize::from(columns));
    let last = crumbs.len().saturating_sub(1);
    let fit = |(n, crumb): (usize, &String)| {
        let wide = width(crumb);
        if n == 0 || n == last || excess == 0 || wide <= SHORTEST {
            return crumb.clone();
        }
        let kept = wide.saturating_sub(excess).max(SHORTEST);
        excess = excess.saturating_sub(wide - kept);
        cut(crumb, kept, ellipsis)
    };
    crumbs.iter().enumerate().map(fit).collect()
}

fn draw_crumbs(area: Rect, buf: &mut Buffer, crumbs: &[String], right: &str, view: View<'_>) {
    let theme = view.theme;
    let mut used = 1;
    let crumbs = shortened(crumbs, area.width, theme.glyphs.ellipsis);
    for (n, crumb) in crumbs.iter().enumerate() {
        let last = n + 1 == crumbs.len();
        let style = if last { theme.strong() } else { Style::new() };
        let arrow = if n == 0 {
            String::new()
        } else {
            format!(" {} ", theme.glyphs.crumb)
        };
        let rest = right_of(row(area, 0), used);
        let pieces = [(arrow.as_str(), theme.quiet()), (crumb.as_str(), style)];
        used = used.saturating_add(put_all(buf, rest, &pieces, theme.glyphs.ellipsis));
    }
    let rest = right_of(area, used.saturating_add(2));
    put_right(
        buf,
        Rect {
            width: rest.width.saturating_sub(1),
            ..below(rest, 0)
        },
        right,
        theme.quiet(),
    );
}
