//! Fields in which one of a few words is chosen: by the arrow keys, by the space bar, or by a word's first letter.

use crate::mail::sasl::Sasl;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;

/// What can be chosen as protection.
pub(super) const SECURITY: [Security; 4] = [
    Security::Auto,
    Security::StartTls,
    Security::Tls,
    Security::None,
];

/// Where a walk can be told to stop; its own end where nothing is chosen.
pub(super) const STOPS: [Option<Stage>; 9] = [
    None,
    Some(Stage::Resolve),
    Some(Stage::Connect),
    Some(Stage::Greeting),
    Some(Stage::Hello),
    Some(Stage::StartTls),
    Some(Stage::Tls),
    Some(Stage::Auth),
    Some(Stage::Mail),
];

/// The login mechanisms, and the best of those offered.
pub(super) fn mechanisms() -> Vec<Option<Sasl>> {
    std::iter::once(None).chain(Sasl::ALL.map(Some)).collect()
}

/// The word for a stage at which to stop.
pub(super) const fn stop_name(stop: Option<Stage>) -> &'static str {
    match stop {
        None => "the end",
        Some(stage) => stage.name(),
    }
}

/// The word for a mechanism.
pub(super) fn auth_name(auth: Option<Sasl>) -> String {
    auth.map_or_else(|| "the best".to_owned(), |one| one.name().to_lowercase())
}

/// The next of these, or the one before, around the ends.
pub(super) fn turned<T: Copy + PartialEq>(all: &[T], now: T, forward: bool) -> T {
    let count = all.len().max(1);
    let here = all.iter().position(|one| *one == now).unwrap_or(0);
    let by = if forward { 1 } else { count - 1 };
    all.get((here + by) % count).copied().unwrap_or(now)
}

/// The next of these whose word begins with this letter.
pub(super) fn lettered<T: Copy + PartialEq>(
    all: &[T],
    now: T,
    letter: char,
    name: impl Fn(T) -> String,
) -> T {
    let mut next = now;
    for _ in all {
        next = turned(all, next, true);
        if name(next).starts_with(letter.to_ascii_lowercase()) {
            return next;
        }
    }
    now
}
