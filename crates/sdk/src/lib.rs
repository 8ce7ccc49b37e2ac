//! The client for JavaScript, in Node and in browsers: what the npm package `secure-chat` is made of (docs/SDK.md).
//!
//! What goes in and comes out are the lines of `docs/BOT.md`, so that there is one vocabulary; `npm/chat.js` makes methods
//! of them. Everything here compiles for the browser's machine only.

#[cfg(target_family = "wasm")]
mod account;
#[cfg(target_family = "wasm")]
mod chat;
#[cfg(target_family = "wasm")]
mod events;
#[cfg(target_family = "wasm")]
mod log;
#[cfg(target_family = "wasm")]
mod open;

#[cfg(target_family = "wasm")]
pub use self::{
    chat::Chat,
    events::Events,
    log::StoreLog,
    open::{open_in_browser, open_in_memory, open_on_log},
};
