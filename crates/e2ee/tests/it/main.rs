//! Stories about groups, told through the public interface only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod world;

mod asking;
mod enter;
mod follow;

mod history;
mod links;
mod membership;
mod races;
mod random;
mod readers;
mod readmission;
mod state;
mod wiped;
