//! One case per condition of PROTOCOL section 7, and what sealing promises.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod conditions;
mod forge;
mod sealing;

const CONTENT: &[u8] = b"see you at the harbour";
