//! What all sockets together keep waiting, counted once however many of them share it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tungstenite::Bytes;

/// With more than this, each socket may keep less.
const PLENTY: usize = 256 * 1024 * 1024;

/// Counts the bytes of frames that are not yet written to their last socket.
#[derive(Default)]
pub(crate) struct Memory(AtomicUsize);

struct Held {
    bytes: Vec<u8>,
    memory: Arc<Memory>,
}

impl Memory {
    /// Bytes that count until their last copy is dropped.
    pub(super) fn hold(self: &Arc<Self>, bytes: Vec<u8>) -> Bytes {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        Bytes::from_owner(Held {
            bytes,
            memory: Arc::clone(self),
        })
    }

    pub(super) fn is_scarce(&self) -> bool {
        self.0.load(Ordering::Relaxed) > PLENTY
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.memory.0.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}
