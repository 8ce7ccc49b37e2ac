//! Holds `docs/WIRE.md` and the types to each other, and the types to hostile input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod canonical;
mod documents;
mod evolve;
mod examples;
mod hostile;
#[cfg(feature = "opaque")]
mod opaque;
mod page;
mod readers;
mod refusals;
mod scalars;
mod times;
mod types;
