//! A whole conversation: any octets in place of all replies.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| turbomail_fuzz::conversation(data));
