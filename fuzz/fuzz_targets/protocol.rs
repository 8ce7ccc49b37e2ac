#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::give(protocol::fuzzing::TARGETS, bytes));
