//! The transport against real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests stop at the first surprise and say where"
)]

mod fake;
mod hostile_http;
mod hostile_socket;
mod readers;
