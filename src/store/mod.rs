//! File formats and safe writing: it names nobody and knows nothing of mail.

pub mod folder;
pub mod lines;
pub mod lock;
pub mod maildir;
pub mod shelf;
