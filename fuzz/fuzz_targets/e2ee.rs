#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::give(e2ee::fuzzing::TARGETS, bytes));
