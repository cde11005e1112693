//! One message: its envelope, its life, its recipients, its attempts, and itself.

pub mod attempts;
pub mod content;
pub mod page;
pub mod sections;

pub use page::DetailScreen;
