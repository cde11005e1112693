//! Which remedies a walk offers: none that nothing speaks for, the most likely first.

use super::offers::{Offers, Remedy};
use super::seen::Seen;
use super::{envelope, login, network, tls};
use crate::mail::diagnosis::Finding;
use crate::mail::stage::Stage;
use crate::probe::grid::Cell;
use crate::probe::walk::{Status, Walk};

/// What may be tried after a walk that failed, or that met an address of no use on its way; the most likely first, five at the
/// most. Nothing after one that went well. `cells` is what a look around at the host's ports has shown, where there was one.
#[must_use]
pub fn remedies(walk: &Walk, findings: &[Finding], cells: &[Cell]) -> Vec<Remedy> {
    let seen = Seen {
        walk,
        findings,
        cells,
    };
    let mut offers = Offers::default();
    if walk.failure.is_some() {
        network::offer(seen, &mut offers);
        tls::offer(seen, &mut offers);
        login::offer(seen, &mut offers);
        envelope::offer(seen, &mut offers);
    } else if walk
        .check(Stage::Connect)
        .is_some_and(|one| one.status == Status::Warning)
    {
        network::families(seen, &mut offers);
    }
    offers.best(walk)
}
