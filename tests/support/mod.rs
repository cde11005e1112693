//! What the dialogue tests share: certificates, a relay that answers from a script, parcels and their reports.

pub(crate) mod certificates;
pub(crate) mod parcels;
pub(crate) mod relay;
