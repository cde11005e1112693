//! What is handed out: a parcel, and the number that its report has to name.

use crate::mail::parcel::Parcel;

/// The identity of one handing-out. A report is taken only for the claim that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimId(pub u64);

/// A parcel that was handed out.
#[derive(Clone, Debug)]
pub struct Handout {
    /// What its report has to name.
    pub claim: ClaimId,
    /// The parcel.
    pub parcel: Parcel,
}
