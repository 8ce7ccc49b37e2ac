//! The server over real sockets: a real OPAQUE client, a real (minimal) Socket.IO client, a clock turned by hand.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod people;
mod socket;
mod world;

mod story;
