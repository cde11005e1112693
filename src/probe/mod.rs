//! Why a smart host does not take mail: a walk through the conversation stage by stage, and what is found on the way.

pub mod each;
pub mod grid;
pub mod report;
pub mod walk;
pub mod words;
