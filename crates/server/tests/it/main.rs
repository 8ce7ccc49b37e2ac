//! The server over real sockets: a real OPAQUE client, a real (minimal) Socket.IO client, a clock turned by hand.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tests"
)]

mod socket;
mod world;

mod accounts;
mod addresses;
mod admin;
mod attestations;
mod classic;
mod cors;
mod credentials;
mod deletion;
mod devices;
mod direct;
mod disk;
mod documents;
mod errors;
mod files;
mod guessing;
mod heartbeat;
mod links;
mod meetings;
mod members;
mod passkeys;
mod people;
mod polling;
mod readers;
mod relay;
mod resets;
mod retention;
mod rotation;
mod second_factor;
mod sessions;
mod site;
mod slow_reader;
mod sockets;
mod story;
mod tls;
mod tokens;
mod totp;
