//! Facts that no phrase can express, each by a name that rules use, and each with the words of what was seen.

mod certificate;
mod name;
mod network;
mod server;
mod setting;

pub(super) use name::Fact;
pub(super) use network::open_ports;
pub(super) use server::lost;
