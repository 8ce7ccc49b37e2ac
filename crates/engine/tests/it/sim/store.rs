//! A store in memory: batches go in whole, and what a restart reads is what a real driver would read.

use std::collections::BTreeMap;

use engine::api::{Batch, CERTIFICATES, ItemKey, KeptLine, Key, Space, TimelineItem, Write};
use engine::{Engine, HEADS_LOADED};
use protocol::ids::{RoomId, Seq};

/// The rows of one device.
#[derive(Clone, Default)]
pub(crate) struct Store {
    rows: BTreeMap<Key, Vec<u8>>,
    /// Every batch that ever was, as far as keys may be in it: whoever had the device has seen all of its states.
    past: Vec<Batch>,
}

impl Store {
    /// Applies a batch, all of it.
    pub(crate) fn apply(&mut self, batch: Batch) {
        self.remember(&batch);
        for (key, write) in batch.into_writes() {
            match write {
                Write::Put(value) => {
                    self.rows.insert(key, value);
                }
                Write::Delete => {
                    self.rows.remove(&key);
                }
            }
        }
    }

    /// All batches, the oldest first.
    pub(crate) fn past(&self) -> &[Batch] {
        &self.past
    }

    fn remember(&mut self, batch: &Batch) {
        let mut kept = Batch::default();
        let tells_keys = |space| !matches!(space, Space::Timeline(_) | Space::Heads(_));
        for (key, write) in batch.iter().filter(|(key, _)| tells_keys(key.space())) {
            match write {
                Write::Put(value) => kept.put(key.clone(), value.clone()),
                Write::Delete => kept.delete(key.clone()),
            }
        }
        if !kept.is_empty() {
            self.past.push(kept);
        }
    }

    /// What an engine is loaded from: everything but timelines, and of the log heads only the last.
    pub(crate) fn load(&self) -> Vec<(Key, Vec<u8>)> {
        let mut rows = Vec::new();
        let mut heads: BTreeMap<RoomId, usize> = BTreeMap::new();
        for (key, value) in self.rows.iter().rev() {
            match key.space() {
                Space::Timeline(_) | Space::LineKeys(_) => continue,
                Space::Heads(room) => {
                    let taken = heads.entry(room).or_default();
                    if *taken == HEADS_LOADED {
                        continue;
                    }
                    *taken += 1;
                }
                _ => {}
            }
            rows.push((key.clone(), value.clone()));
        }
        rows.reverse();
        rows
    }

    /// A room's MLS rows.
    pub(crate) fn group_rows(&self, room: RoomId) -> BTreeMap<Key, Vec<u8>> {
        let rows = self.rows.iter();
        rows.filter(|(key, _)| key.space() == Space::Group(room))
            .map(|(key, row)| (key.clone(), row.clone()))
            .collect()
    }

    /// One line of a timeline.
    pub(crate) fn item(&self, room: RoomId, key: ItemKey) -> Option<TimelineItem> {
        let ItemKey::Logged(seq) = key else {
            return None;
        };
        let row = self
            .rows
            .get(&Key::Numbered(Space::Timeline(room), seq.0))?;
        Some(Engine::item(row).expect("a timeline row that the engine wrote"))
    }

    /// What a driver reads for a report.
    pub(crate) fn kept(&self, room: RoomId, seq: Seq) -> KeptLine {
        let row = |space, number| self.rows.get(&Key::Numbered(space, number)).cloned();
        KeptLine {
            line: row(Space::Timeline(room), seq.0),
            key: row(Space::LineKeys(room), seq.0).map(Into::into),
            certificates: row(Space::LineKeys(room), CERTIFICATES),
            before: row(Space::Heads(room), seq.0.saturating_sub(1)),
            at: row(Space::Heads(room), seq.0),
        }
    }

    /// Takes the key of a line away, as of one that an earlier version of the program showed.
    pub(crate) fn forget_key(&mut self, room: RoomId, seq: Seq) {
        self.rows
            .remove(&Key::Numbered(Space::LineKeys(room), seq.0));
    }

    /// A room's timeline, in order.
    pub(crate) fn timeline(&self, room: RoomId) -> BTreeMap<ItemKey, TimelineItem> {
        let space = Space::Timeline(room);
        let numbers = Key::Numbered(space, 0)..=Key::Numbered(space, u64::MAX);
        self.rows
            .range(numbers)
            .map(|(_, row)| {
                let item = Engine::item(row).expect("a timeline row that the engine wrote");
                (item.key, item)
            })
            .collect()
    }
}
