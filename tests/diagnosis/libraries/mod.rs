//! Everything that the libraries of this program and the operating systems can say has its cause, or an honest answer.

mod asking;
mod certificate;
mod handshake;
mod system;
