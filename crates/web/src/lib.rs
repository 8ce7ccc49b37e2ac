//! The web client: a page that shows, and a worker that holds the engine with its keys, store and connection.
//!
//! Both are this one crate, compiled once: the page hands the compiled code to its worker. They speak by the messages of
//! [`wire`] and share nothing else, so that no key is ever computed where the screen is drawn, and the page never waits.

pub mod people;
pub mod wire;
pub mod words;

#[cfg(target_family = "wasm")]
mod page;
#[cfg(target_family = "wasm")]
mod worker;

#[cfg(target_family = "wasm")]
pub use page::page;
#[cfg(target_family = "wasm")]
pub use worker::worker;
