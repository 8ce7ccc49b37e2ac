//! The list as a table of cases: one real bad commit per row, made by a member whose client leaves
//! the checks out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines
)]

mod bad_members;
mod cases_add;
mod cases_committer;
mod cases_door;
mod cases_external;
mod cases_framing;
mod cases_keys;
mod cases_policy;
mod cases_remove;
mod follow;
mod forge;
mod private;
mod room;
