//! The certificate card, and what the server promises, in words.

use ratatui::style::Style;

use crate::mail::certificate::left_in_words;
use crate::mail::clean::Clean;
use crate::mailer::probe::walk::Walk;
use crate::mailer::probe::words;
use crate::tui::screen::contract::View;
use crate::tui::theme::Theme;
use crate::tui::widget::text::pad;

use super::page::Page;

/// The server's certificate: whose it is, who vouches for it, and how long it lasts.
pub(super) fn certificate(page: &mut Page, walk: &Walk, view: View<'_>) {
    let Some(leaf) = walk.certificates.first() else {
        return;
    };
    let theme = view.theme;
    let trust = match &walk.tls {
        Some(facts) => format!("trusted, {}, {}", facts.version, facts.cipher),
        None => "not accepted".to_owned(),
    };
    page.section("certificate", &trust);
    let days = leaf.days_left(walk.started);
    let (from, until) = (leaf.not_before, leaf.not_after);
    let valid = format!("{} to {}, ", from.strftime("%F"), until.strftime("%F"));
    let label = |name: &str| (format!("  {name:<9}"), theme.quiet());
    let plain = |name: &str, text: String| vec![label(name), (text, Style::new())];
    page.line(plain("subject", leaf.title()));
    page.line(plain("issuer", leaf.issuer.to_string()));
    page.line(plain("names", leaf.names_in_words()));
    page.line(vec![
        label("valid"),
        (valid, Style::new()),
        left(days, theme),
    ]);
    page.line(plain("sha256", leaf.sha256.to_string()));
    for above in walk.certificates.iter().skip(1) {
        let until = above.not_after.strftime("%F");
        page.line(plain("above", format!("{}, until {until}", above.title())));
    }
}

/// The days that a certificate has left.
pub(super) fn left(days: i64, theme: &Theme) -> (String, Style) {
    let style = match days {
        ..0 => theme.bad(),
        0..14 => theme.warning(),
        _ => theme.good(),
    };
    (left_in_words(days), style)
}

/// What the server promises; what it promises on one side of TLS alone is marked.
pub(super) fn promises(page: &mut Page, walk: &Walk, view: View<'_>) {
    let Some(offered) = walk.capabilities().filter(|all| !all.lines().is_empty()) else {
        return;
    };
    let both = walk.after_tls.as_ref().zip(walk.before_tls.as_ref());
    let place = match (both, walk.after_tls.is_some()) {
        (Some(_), _) => "+ inside TLS only, - in clear only",
        (None, true) => "inside TLS",
        (None, false) => "in clear",
    };
    page.section("the server promises", place);
    let mut line = |mark: &str, promise: &Clean| {
        let words = words::promise(promise).unwrap_or_default();
        let name = pad(promise, 22, view.theme.glyphs.ellipsis, false);
        page.line(vec![
            (format!("{mark} {name}  "), Style::new()),
            (words, view.theme.quiet()),
        ]);
    };
    for promise in offered.lines() {
        let is_new = both.is_some_and(|(_, before)| !before.lines().contains(promise));
        line(if is_new { "+" } else { " " }, promise);
    }
    if let Some((after, before)) = both {
        for promise in before.lines() {
            if !after.lines().contains(promise) {
                line("-", promise);
            }
        }
    }
}
