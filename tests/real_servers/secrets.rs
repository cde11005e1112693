//! Looks for the password, and for everything that gives it away, in whatever the program has left behind.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::postfix::{PASSWORD, USER};

/// Fails where the password stands in these bytes: plain, in base64, or as PLAIN's or LOGIN's message.
pub(crate) fn assert_no_secret(what: &str, bytes: &[u8]) {
    let plain = STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
    // Where the message begins elsewhere, the base64 of the password itself has one of three forms.
    let shifted = (0..3).map(|shift| {
        let padded = STANDARD.encode([vec![b'x'; shift], PASSWORD.as_bytes().to_vec()].concat());
        padded[4..padded.len() - 4].to_owned()
    });
    let forms = [PASSWORD.to_owned(), plain, STANDARD.encode(PASSWORD)];
    for secret in forms.into_iter().chain(shifted) {
        let found = bytes
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "{what} holds the password as {secret:?}");
    }
}
