//! The web client: a page that shows, and a worker that holds the engine with its keys, store and connection.
//!
//! Both are this one crate, compiled once: the page hands the compiled code to its worker. They speak by the messages of
//! [`wire`] and share nothing else, so that no key is ever computed where the screen is drawn, and the page never waits.
//!
//! However many tabs there are, the worker of one owns the store. The others pass on what their pages want and what the
//! owner tells ([`channel`]), wait for its end, and then one of them is the owner ([`tab`]).

pub mod channel;
pub mod people;
pub mod tab;
pub mod wire;
pub mod words;

#[cfg(target_family = "wasm")]
mod page;
#[cfg(target_family = "wasm")]
mod posted;
#[cfg(target_family = "wasm")]
mod worker;

#[cfg(target_family = "wasm")]
pub use page::page;
#[cfg(target_family = "wasm")]
pub use worker::worker;
