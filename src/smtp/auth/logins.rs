//! One login at a time for each user at each host, none soon after a refused one, and tokens that are kept while they are good.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use crate::mail::outcome::Failure;

/// How long a refused login is not tried again: servers lock accounts that try too often.
const QUIET: Duration = Duration::from_mins(15);
/// A token that is good for less than this is not worth a connection.
const LEAST: i64 = 30;

/// What the connections of a transport know of each other's logins. Clones share it.
///
/// After a refusal nothing is sent to the same host for the same user for a quarter of an hour, whichever connection tries;
/// [`Logins::forgive`] ends that at once. Logins take turns, so that a password that has just been changed is refused once
/// and not once for each connection.
#[derive(Clone, Default)]
pub struct Logins(Arc<Mutex<HashMap<Key, Arc<Record>>>>);

/// Host with port, and user.
type Key = (String, String);

#[derive(Default)]
struct Record {
    turn: Arc<tokio::sync::Mutex<()>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    refused: Option<(Instant, Failure)>,
    /// A token that the server has taken before.
    token: Option<SecretString>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Logins {
    /// Nothing is known of any login.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets every refusal, for a person who has put something right and wants the next attempt at once.
    pub fn forgive(&self) {
        for record in locked(&self.0).values() {
            locked(&record.state).refused = None;
        }
    }

    /// Waits until no other login of this user is under way.
    pub(crate) async fn turn(&self, host: String, user: String) -> Turn {
        let record = locked(&self.0).entry((host, user)).or_default().clone();
        let turn = record.turn.clone().lock_owned().await;
        Turn {
            record,
            _turn: turn,
        }
    }
}

impl fmt::Debug for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logins").finish_non_exhaustive()
    }
}

/// The right to log in, until it is dropped.
pub(crate) struct Turn {
    record: Arc<Record>,
    _turn: OwnedMutexGuard<()>,
}

impl Turn {
    /// The refusal that is not long enough ago, and how long ago it was.
    pub(crate) fn refusal(&self) -> Option<(Duration, Failure)> {
        let mut state = locked(&self.record.state);
        let (at, failure) = state.refused.as_ref()?;
        let ago = at.elapsed();
        if ago < QUIET {
            return Some((ago, failure.clone()));
        }
        state.refused = None;
        None
    }

    /// Remembers a refusal. A token that was kept is no good any more.
    pub(crate) fn refused(&self, failure: &Failure) {
        let mut state = locked(&self.record.state);
        state.refused = Some((Instant::now(), failure.clone()));
        state.token = None;
    }

    /// Remembers that the server took a login, and the token it was made with.
    pub(crate) fn taken(&self, token: Option<&SecretString>) {
        let mut state = locked(&self.record.state);
        state.refused = None;
        state.token = token.cloned();
    }

    /// A token that the server has taken before, where it has not expired by its own account at `now` (seconds since 1970).
    pub(crate) fn token(&self, now: i64) -> Option<SecretString> {
        let mut state = locked(&self.record.state);
        let token = state.token.as_ref()?;
        if expiry(token.expose_secret()).is_some_and(|end| end < now.saturating_add(LEAST)) {
            state.token = None;
        }
        state.token.clone()
    }
}

/// When a token expires (seconds since 1970), where it is one that says so (RFC 7519 §4.1.4).
fn expiry(token: &str) -> Option<i64> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    let end = claims.get("exp")?;
    end.as_i64().or_else(|| {
        let seconds = end.as_f64().filter(|seconds| seconds.is_finite())?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast of a float stays within the bounds of the integer"
        )]
        Some(seconds as i64)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::reply::Reply;
    use crate::mail::stage::Stage;

    fn refusal() -> Failure {
        Failure::refused(Stage::Auth, Reply::new(535, ["5.7.8 No"]))
    }

    async fn turn(logins: &Logins, user: &str) -> Turn {
        logins.turn("mx:587".to_owned(), user.to_owned()).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_holds_for_a_quarter_of_an_hour_for_that_user_alone() {
        let logins = Logins::new();
        turn(&logins, "tim").await.refused(&refusal());
        assert!(turn(&logins, "tom").await.refusal().is_none());
        tokio::time::advance(Duration::from_secs(15 * 60 - 1)).await;
        let (ago, failure) = turn(&logins, "tim").await.refusal().expect("still");
        assert_eq!((ago.as_secs(), failure), (15 * 60 - 1, refusal()));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(turn(&logins, "tim").await.refusal().is_none());
    }

    #[tokio::test]
    async fn it_can_be_forgiven_and_a_success_ends_it() {
        let logins = Logins::new();
        turn(&logins, "tim").await.refused(&refusal());
        logins.clone().forgive();
        assert!(turn(&logins, "tim").await.refusal().is_none());
        turn(&logins, "tim").await.refused(&refusal());
        turn(&logins, "tim").await.taken(None);
        assert!(turn(&logins, "tim").await.refusal().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn logins_take_turns() {
        let logins = Logins::new();
        let first = turn(&logins, "tim").await;
        let second = tokio::time::timeout(Duration::from_secs(1), turn(&logins, "tim")).await;
        assert!(second.is_err(), "two at a time");
        drop(first);
        turn(&logins, "tim").await;
    }

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[tokio::test]
    async fn a_token_is_kept_until_it_expires_or_is_refused() {
        let logins = Logins::new();
        let turn = turn(&logins, "tim").await;
        assert!(turn.token(0).is_none());
        turn.taken(Some(&jwt(r#"{"exp":1000}"#).into()));
        assert!(turn.token(970).is_some());
        assert!(turn.token(971).is_none(), "about to expire");
        turn.taken(Some(&"opaque".into()));
        assert!(turn.token(i64::MAX).is_some(), "nobody knows");
        turn.refused(&refusal());
        assert!(turn.token(0).is_none());
    }

    #[test]
    fn only_what_says_so_expires() {
        assert_eq!(expiry(&jwt(r#"{"exp":1000.5}"#)), Some(1000));
        assert_eq!(expiry(&jwt(r#"{"exp":1e300}"#)), Some(i64::MAX));
        for none in ["", "a.b.c", "...", &jwt("{}"), &jwt(r#"{"exp":"x"}"#)] {
            assert_eq!(expiry(none), None, "{none}");
        }
    }
}
