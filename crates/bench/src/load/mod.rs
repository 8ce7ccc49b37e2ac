//! Load over real sockets on loopback: the shipped server, and a bare WebSocket broadcast for comparison.

mod account;
pub(crate) mod bare;
pub(crate) mod child;
mod fanout;
mod login;
mod memory;
mod peers;
mod room;
pub(crate) mod socket;
pub(crate) mod wire;

use anyhow::{Context, Result};

pub(crate) use self::{
    run_fanout as fanout, run_login as login, run_memory as memory, run_peers as peers,
};

/// Deliveries to 10 and 100 members.
///
/// # Errors
/// A server does not start, refuses, or loses a message.
pub(crate) fn run_fanout() -> Result<()> {
    runtime()?.block_on(fanout::run())
}

/// Our server and the stack of the requirement, side by side over TLS.
///
/// # Errors
/// As [`run_fanout`]; the peer is not installed.
pub(crate) fn run_peers() -> Result<()> {
    runtime()?.block_on(peers::run())
}

/// Memory of the idle server, without and with idle sockets.
///
/// # Errors
/// As [`run_fanout`].
pub(crate) fn run_memory() -> Result<()> {
    runtime()?.block_on(memory::run())
}

/// The time of answers to logins, of names that exist and of others.
///
/// # Errors
/// A server does not start, or answers otherwise than it should.
pub(crate) fn run_login() -> Result<()> {
    runtime()?.block_on(login::run())
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no runtime")
}
