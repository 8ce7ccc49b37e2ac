//! The client as a state machine: `handle(input, now, rng) -> Output`. No I/O, no clock, no randomness of its
//! own, so that one seed replays a whole run of many clients.
//!
//! The rule that everything rests on: one input makes one atomic [`Batch`](api::Batch). The driver makes it
//! durable, and only then sends [`Output::calls`](api::Output) and shows [`Output::events`](api::Output). After
//! any store error it throws the engine away and loads it anew.

pub mod api;
