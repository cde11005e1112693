//! The real binary against a real Postfix: STARTTLS, AUTH, implicit TLS, attachments, and no secret anywhere.
//!
//! Skipped, and said so, where Postfix is missing; `TURBOMAIL_REAL_SERVERS=required` makes that a failure.

#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

mod postfix;

use postfix::Postfix;

/// A Postfix, or `None` where there is none and none is demanded.
fn postfix() -> Option<Postfix> {
    match Postfix::start() {
        Ok(postfix) => Some(postfix),
        Err(reason) if std::env::var_os("TURBOMAIL_REAL_SERVERS").is_some() => {
            panic!("a real Postfix is required and could not be started: {reason}")
        }
        Err(reason) => {
            eprintln!("skipped: {reason}");
            None
        }
    }
}

#[test]
fn starts() {
    let Some(p) = postfix() else { return };
    println!("{} {}", p.submission, p.log());
}
