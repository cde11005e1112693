//! The nouns: plain data that every part may name. No I/O, no async, and they name nobody.

pub mod address;
pub mod certificate;
pub mod clean;
pub mod clock;
pub mod content;
pub mod draft;
pub mod dsn;
pub mod entry;
pub mod envelope;
pub mod event;
pub mod fingerprint;
pub mod mailbox;
pub mod message;
pub mod octets;
pub mod outcome;
pub mod parcel;
pub mod period;
pub mod reach;
pub mod reply;
pub mod sasl;
pub mod server;
pub mod smarthost;
pub mod snapshot;
pub mod stage;
pub mod told;
pub mod transcript;
