//! A transaction that is under way on the scripted server.

/// A transaction that is under way.
#[derive(Default)]
pub(super) struct Transaction {
    pub(super) path: String,
    pub(super) parameters: String,
    pub(super) recipients: Vec<String>,
    pub(super) recipient_parameters: Vec<String>,
    /// Content that came in chunks so far.
    pub(super) chunks: Vec<u8>,
    /// A chunk was refused: nothing but RSET is understood (RFC 3030 §2).
    pub(super) failed: bool,
}
