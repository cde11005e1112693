//! The screens: one contract, a row of equals.

pub mod contract;
pub mod done;
pub mod queue;
