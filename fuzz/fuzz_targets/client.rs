#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::give(client::fuzzing::TARGETS, bytes));
