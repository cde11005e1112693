//! How a message leaves: one contract, a row of equals, one registry.

pub mod contract;
