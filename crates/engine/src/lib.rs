//! The client as a state machine: `handle(input, now, rng) -> Output`. No I/O, no clock, no randomness of its
//! own, so that one seed replays a whole run of many clients.
//!
//! The rule that everything rests on: one input makes one atomic [`Batch`](api::Batch). The driver makes it
//! durable, and only then sends [`Output::calls`](api::Output) and shows [`Output::events`](api::Output). After
//! any store error it throws the engine away and loads it anew.
//!
//! What is to be asked of the server is not remembered but derived: after each input every part of the engine
//! looks at its durable state and names the calls that it lacks an answer to ([`Engine::handle`]). A crash
//! between batch and send therefore loses nothing.

pub mod api;
#[cfg(feature = "fuzzing-for-tests")]
pub mod fuzzing;
#[cfg(feature = "hostile-members-for-tests")]
pub mod hostile;
pub mod json;
pub mod password;
pub mod records;
mod reopen;

mod account;
mod answers;
mod arrival;
mod commands;
mod contacts;
mod content;
mod convert;
mod engine;
mod evidence;
mod history;
mod jobs;
mod ledger;
mod links;
mod load;
mod mailbox;
mod opaque;
mod outbox;
mod pending;
mod report;
mod rooms;
mod roster;
mod shared;
mod timeline;
mod turn;
mod version;
mod views;

pub use e2ee::{cbor, ordered};
pub use engine::{Config, Engine};
pub use load::{HEADS_LOADED, LoadError};
