//! What waits for its next leg: in memory, for a while, bounded.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use protocol::{ids::AccountId, names::UserName, rest::RootBoxes, time::Timestamp};

use super::opaque::LoginState;

/// So many may wait at once; then the oldest gives way.
const WAITING: usize = 16_384;

/// What the second leg of a login needs.
pub(crate) struct PendingLogin {
    pub(crate) name: UserName,
    pub(crate) state: LoginState,
    /// The account, if the name is one's.
    pub(crate) account: Option<(AccountId, Vec<u8>, RootBoxes)>,
}

/// A table of what waits.
pub(crate) struct Pending<K, T> {
    table: Mutex<Table<K, T>>,
    /// How long, in milliseconds.
    millis: u64,
}

struct Table<K, T> {
    waiting: HashMap<K, (Timestamp, T)>,
    /// Oldest first; what was taken or replaced leaves its place here until it is old.
    order: VecDeque<(Timestamp, K)>,
}

impl<K: Copy + Eq + Hash, T> Pending<K, T> {
    /// An empty table, of what waits for so many milliseconds.
    pub(crate) fn new(millis: u64) -> Self {
        let table = Table {
            waiting: HashMap::new(),
            order: VecDeque::new(),
        };
        Self {
            table: Mutex::new(table),
            millis,
        }
    }

    /// Keeps something for its next leg, in place of what waits under that name.
    pub(crate) fn keep(&self, id: K, what: T, now: Timestamp) {
        self.with(now, |table| table.keep(id, what, now));
    }

    /// Keeps something if nothing waits under that name; whether it did.
    pub(crate) fn keep_first(&self, id: K, what: T, now: Timestamp) -> bool {
        self.with(now, |table| {
            let free = !table.waiting.contains_key(&id);
            if free {
                table.keep(id, what, now);
            }
            free
        })
    }

    /// Changes something that goes on waiting.
    pub(crate) fn change<R>(
        &self,
        id: K,
        now: Timestamp,
        work: impl FnOnce(&mut T) -> R,
    ) -> Option<R> {
        self.with(now, |table| {
            let (_, what) = table.waiting.get_mut(&id)?;
            Some(work(what))
        })
    }

    /// Takes something out.
    pub(crate) fn take(&self, id: K, now: Timestamp) -> Option<T> {
        self.with(now, |table| table.waiting.remove(&id))
            .map(|(_, what)| what)
    }

    /// Looks at something that goes on waiting.
    pub(crate) fn look(&self, id: K, now: Timestamp) -> Option<T>
    where
        T: Clone,
    {
        self.with(now, |table| {
            table.waiting.get(&id).map(|(_, what)| what.clone())
        })
    }

    fn with<R>(&self, now: Timestamp, work: impl FnOnce(&mut Table<K, T>) -> R) -> R {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        while table
            .order
            .front()
            .is_some_and(|(kept, _)| now.since(*kept) >= self.millis)
        {
            table.forget_oldest();
        }
        work(&mut table)
    }
}

impl<K: Copy + Eq + Hash, T> Table<K, T> {
    fn keep(&mut self, id: K, what: T, now: Timestamp) {
        if self.order.len() >= WAITING {
            self.forget_oldest();
        }
        self.order.push_back((now, id));
        self.waiting.insert(id, (now, what));
    }

    fn forget_oldest(&mut self) {
        let Some((kept, id)) = self.order.pop_front() else {
            return;
        };
        // What was kept under the same name later has a place of its own.
        if self.waiting.get(&id).is_some_and(|(at, _)| *at == kept) {
            self.waiting.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_forgotten_in_time_and_what_replaces_it_is_not() {
        let at = Timestamp::from_millis;
        let pending = Pending::new(1_000);
        pending.keep(1_u8, "first", at(0));
        assert_eq!(pending.look(1, at(999)), Some("first"));
        pending.keep(1, "second", at(600));
        assert_eq!(pending.look(1, at(1_000)), Some("second"));
        assert_eq!(pending.take(1, at(1_599)), Some("second"));
        assert_eq!(pending.take(1, at(1_599)), None);
        pending.keep(2, "third", at(2_000));
        assert_eq!(pending.look(2, at(3_000)), None);
    }
}
