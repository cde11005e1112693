//! File formats and safe writing: it names nobody and knows nothing of mail.

pub mod shelf;
