//! Tests of the engine as a whole: many engines and one model server in one thread.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests stop at the first surprise and say where"
)]

mod readers;
mod sim;
mod unit;
