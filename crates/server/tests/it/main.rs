//! The server over real sockets: a real OPAQUE client, a real (minimal) Socket.IO client, a clock turned by hand.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod people;
mod socket;
mod world;

mod accounts;
mod disk;
mod errors;
mod members;
mod relay;
mod slow_reader;
mod sockets;
mod story;
