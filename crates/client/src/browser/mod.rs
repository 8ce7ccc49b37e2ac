//! What the browser gives: its WebSocket, its fetch, its timers and its clock.
//!
//! The store on IndexedDB is not here yet: [`open_store`] says so.

mod clock;
mod http;
mod wire;

pub use clock::SystemClock;

pub(crate) use clock::{sleep, spawn};
pub(crate) use http::{body, http_client};
pub(crate) use wire::{WireReceiver, WireSender, open_wire};

use crate::store::{Memory, Plain, StoreError};

/// Opens the store of this origin.
///
/// # Errors
/// Always, for now: a browser has no durable store yet, and a client without one would lose its keys with the tab.
pub fn open_store() -> Result<Plain<Memory>, StoreError> {
    Err(StoreError::Failed(
        "the browser's store is not built yet".to_owned(),
    ))
}
