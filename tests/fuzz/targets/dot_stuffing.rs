//! Dot-stuffing: any octets as content.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| turbomail_fuzz::content(data));
