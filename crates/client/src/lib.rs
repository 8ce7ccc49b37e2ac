//! The SDK of Secure Chat: one loop that drives the engine, and adapters for network and store.
//!
//! The engine decides everything and does nothing; this crate does everything and decides nothing. [`driver`]
//! gives each input to the engine, makes the resulting batch durable in a [`store`], and only then sends the
//! calls over a [`transport`] and shows the events. The same loop runs natively (on a `LocalSet`) and in the
//! browser.
//!
//! [`Client`] is the handle that programs hold. `native::open` makes one over SQLite and the local network
//! stack. It takes commands and is read, and tells events:
//!
#![cfg_attr(not(target_family = "wasm"), doc = "```no_run")]
#![cfg_attr(target_family = "wasm", doc = "```ignore")]
//! use client::{
//!     engine::{Engine, api::{Command, Content}},
//!     native::{self, Home, Unlock},
//!     transport::ServerUrl,
//! };
//!
//! # async fn hello(passphrase: String) -> Result<(), Box<dyn std::error::Error>> {
//! // A directory for one device; a lock keeps other processes out.
//! let home = Home::take("echo-home".as_ref())?;
//! let server = ServerUrl::parse("http://localhost:5000")?;
//! let mut unlock = Unlock {
//!     insecure: false,
//!     passphrase: Some(passphrase.into()),
//!     keyring: false,
//!     ask: &mut |_| None,
//! };
//! // On a `tokio::task::LocalSet`, where the loop runs.
//! let client = native::open(&home, &server, &mut unlock).await?;
//! client.command(Command::Sync).await?;
//! for room in client.read(Engine::rooms).await? {
//!     let (room, content) = (room.room, Content::Text("Hello".to_owned()));
//!     let ticket = None;
//!     client.command(Command::Send { room, content, ticket }).await?;
//! }
//! // What was said is durable here; this waits until it is on the server, too.
//! client.idle().await;
//! client.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! `examples/echo_bot.rs` is a whole program, `docs/SDK.md` the way in, and [`bot`] the same client by JSON lines.

pub mod admin;
pub mod bot;
pub mod clock;
pub mod deletion;
pub mod driver;
pub mod export;
pub mod files;
#[cfg(feature = "fuzzing-for-tests")]
pub mod fuzzing;
mod labels;
pub mod store;
pub mod transport;
pub mod words;

#[cfg(target_family = "wasm")]
pub mod browser;
#[cfg(target_family = "wasm")]
use browser as platform;
#[cfg(not(target_family = "wasm"))]
pub mod native;
#[cfg(not(target_family = "wasm"))]
use native as platform;

pub use driver::{Client, Link};
pub use engine;
pub use protocol;

/// A passphrase as its key is made of it (Unicode NFKC): whoever types the same has the same key, in every client.
pub fn nfkc(text: &str) -> String {
    platform::nfkc(text)
}
