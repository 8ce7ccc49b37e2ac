//! Pushes: who listens to what, and the fan-out of what became durable.
//!
//! Order and completeness: one task publishes commits in their order, each entry is encoded once, and a socket whose
//! buffer is full is told that it missed something instead of waiting for it. A socket joins a room *before* the
//! room's last seq is read for the answer; what is committed in between waits until the answer is sent. So exactly the
//! entries after the answer are pushed.

mod ended;
pub(crate) mod frame;
mod groups;
mod hub;
mod listeners;
mod memory;
mod outbox;
mod peer;
mod run;
mod seats;

use std::sync::Arc;

use tokio::sync::mpsc;

pub(crate) use hub::Hub;
pub(crate) use listeners::HEARD_AFTER_REMOVAL_MILLIS;
pub(crate) use outbox::{Outbox, Waiting, Weight};
pub(crate) use peer::{Line, Place, Road};

use crate::store::Committed;

/// Publishes what the store commits until the store is closed.
pub(crate) async fn fan_out(hub: Arc<Hub>, mut events: mpsc::Receiver<Vec<Committed>>) {
    while let Some(batch) = events.recv().await {
        // Without a pause within the batch: what was committed together leaves each socket in few writes.
        hub.publish(&batch);
        // Before the next one the sockets' writers get their turn.
        tokio::task::yield_now().await;
    }
}
