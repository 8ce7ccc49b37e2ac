//! The hands of Secure Chat: one loop that drives the engine, and adapters for network and store.
//!
//! The engine decides everything and does nothing; this crate does everything and decides nothing. [`driver`]
//! gives each input to the engine, makes the resulting batch durable in a [`store`], and only then sends the
//! calls over a [`transport`] and shows the events. The same loop runs natively (on a `LocalSet`) and in the
//! browser.
//!
//! [`Client`] is the handle that programs hold. `native::open` makes one over SQLite and the local network
//! stack.

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
