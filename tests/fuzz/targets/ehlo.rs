//! The reader of EHLO: any lines in its reply.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| turbomail_fuzz::capabilities(data));
