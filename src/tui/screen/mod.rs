//! The screens: one contract, a row of equals.

pub mod contract;
pub mod detail;
pub mod done;
pub mod queue;
pub mod transcript;
