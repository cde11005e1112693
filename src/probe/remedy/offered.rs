//! Which remedies a walk offers: none that nothing speaks for, the most likely first.

use super::change::Change;
use crate::mail::clean::Clean;
use crate::mail::diagnosis::Finding;
use crate::mail::outcome::Cause;
use crate::mail::smarthost::Security;
use crate::mail::stage::Stage;
use crate::probe::grid::{self, Cell};
use crate::probe::walk::Walk;

/// Changes that go together, and what is said of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What it does, in a short sentence without a full stop, such as `use port 465 with TLS from the first byte`.
    pub words: Clean,
    /// The changes, to be applied in this order.
    pub changes: Vec<Change>,
    /// Whether it lowers a guard, so that a person must read before it is applied: a pin of a certificate that nobody
    /// vouches for, a connection in clear.
    pub lowers_guard: bool,
}

impl Remedy {
    fn new(words: impl Into<Clean>, changes: Vec<Change>) -> Self {
        Self {
            words: words.into(),
            changes,
            lowers_guard: false,
        }
    }
}

/// What may be tried after a walk that failed, the most likely first; nothing after one that went well. `cells` is what a
/// look around at the host's ports has shown, where there was one.
#[must_use]
pub fn remedies(walk: &Walk, _findings: &[Finding], cells: &[Cell]) -> Vec<Remedy> {
    let Some(failure) = &walk.failure else {
        return Vec::new();
    };
    let mut all = Vec::new();
    if walk.speaks_tls == Some(true) {
        all.push(Remedy::new(
            "use TLS from the first byte on this port",
            vec![Change::Security(Security::Tls)],
        ));
    }
    if let Some(cell) = grid::best(cells) {
        let words = format!("use port {} with security = {}", cell.port, cell.security);
        let changes = vec![Change::Port(cell.port), Change::Security(cell.security)];
        all.push(Remedy::new(words, changes));
    }
    if failure.stage == Stage::Auth && matches!(failure.cause, Cause::Refused(_)) {
        all.push(Remedy::new(
            "type the password anew",
            vec![Change::Password],
        ));
    }
    all
}
