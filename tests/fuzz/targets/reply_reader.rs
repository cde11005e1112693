//! The reply reader: any octets in place of the greeting.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| turbomail_fuzz::replies(data));
