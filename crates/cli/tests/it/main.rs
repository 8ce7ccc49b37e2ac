//! The shipped binary, real processes, real sockets, real homes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod authenticator;
mod authority;
mod bad_input;
mod bad_member;
mod bad_server;
mod bot;
mod browser;
mod crash;
mod echo;
mod foreign;
mod homes;
mod liar;
mod load;
mod patience;
mod security;
mod stories;
mod world;
