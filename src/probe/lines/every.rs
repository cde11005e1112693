//! A plan as the lines of all the other programs, fit for a page that goes to others.

use super::call::Call;
use super::curl::curl;
use super::openssl::openssl;
use super::swaks::swaks;
use super::written::Written;
use crate::probe::walk::Plan;

/// Lines for swaks, openssl and curl, without what may hold a secret.
#[must_use]
pub fn every(plan: &Plan) -> [Written; 3] {
    let plan = Call::shown(plan);
    [swaks(&plan), openssl(&plan), curl(&plan)]
}
