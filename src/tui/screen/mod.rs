//! The screens: one contract, a row of equals.

pub mod compose;
pub mod contract;
pub mod detail;
pub mod done;
pub mod drafts;
pub mod help;
pub mod leave;
pub mod meaning;
pub mod probe;
pub mod queue;
pub mod registry;
pub mod review;
pub mod transcript;
