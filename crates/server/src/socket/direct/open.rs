//! The sockets that are open, so that they can be closed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::push::{Outbox, frame};

/// Closes the transport (Engine.IO).
pub(super) const CLOSE: &str = "1";

#[derive(Default)]
pub(super) struct Open(Mutex<Table>);

#[derive(Default)]
struct Table {
    stopped: bool,
    next: u64,
    outboxes: HashMap<u64, Arc<Outbox>>,
}

/// Takes its socket off the table when it is dropped, and closes its queue.
pub(super) struct Entry {
    open: Arc<Open>,
    key: u64,
    outbox: Arc<Outbox>,
}

impl Open {
    /// Puts a socket on the table; after the stop it is ended at once.
    pub(super) fn enter(self: &Arc<Self>, outbox: &Arc<Outbox>) -> Entry {
        let mut table = self.lock();
        let key = table.next;
        table.next += 1;
        table.outboxes.insert(key, Arc::clone(outbox));
        if table.stopped {
            end(outbox);
        }
        Entry {
            open: Arc::clone(self),
            key,
            outbox: Arc::clone(outbox),
        }
    }

    pub(super) fn stop(&self) {
        let mut table = self.lock();
        table.stopped = true;
        table.outboxes.values().for_each(end);
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end(outbox: &Arc<Outbox>) {
    outbox.end([frame::packet(CLOSE)]);
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.open.lock().outboxes.remove(&self.key);
        self.outbox.close();
    }
}
