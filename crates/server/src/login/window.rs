//! Counting per key and time window, in constant memory: keys fall into a fixed number of slots by a keyed hash, so
//! nobody can push a chosen key out, and two keys share a slot only by chance.

use std::{
    hash::{BuildHasher as _, Hash, RandomState},
    sync::{Mutex, PoisonError},
};

use protocol::time::Timestamp;

const SLOTS: usize = 1 << 14;

#[derive(Clone, Copy, Default)]
struct Slot {
    began: Timestamp,
    count: u32,
}

/// A limit of so many per window.
pub(crate) struct Window {
    slots: Mutex<Box<[Slot]>>,
    hasher: RandomState,
    limit: u32,
    millis: u64,
}

impl Window {
    /// At most `limit` per key in `millis`.
    pub(crate) fn new(limit: u32, millis: u64) -> Self {
        Self {
            slots: Mutex::new(vec![Slot::default(); SLOTS].into_boxed_slice()),
            hasher: RandomState::new(),
            limit,
            millis,
        }
    }

    /// Counts one more; over the limit, the milliseconds until the window ends.
    pub(crate) fn count(&self, key: impl Hash, now: Timestamp) -> Result<(), u64> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(self.hasher.hash_one(key) % SLOTS as u64).unwrap_or(0);
        let Some(slot) = slots.get_mut(index) else {
            return Ok(());
        };
        if now.since(slot.began) >= self.millis {
            *slot = Slot {
                began: now,
                count: 0,
            };
        }
        if slot.count >= self.limit {
            return Err(slot.began.plus(self.millis).since(now).max(1));
        }
        slot.count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_fills_and_empties() {
        let window = Window::new(2, 1_000);
        let at = Timestamp::from_millis;
        assert_eq!(window.count("alice", at(10_000)), Ok(()));
        assert_eq!(window.count("alice", at(10_100)), Ok(()));
        assert_eq!(window.count("alice", at(10_400)), Err(600));
        assert_eq!(window.count("bob", at(10_400)), Ok(()));
        assert_eq!(window.count("alice", at(11_000)), Ok(()));
    }
}
