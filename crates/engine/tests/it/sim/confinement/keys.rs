//! What somebody knows, by room.

use std::collections::{BTreeMap, BTreeSet};

use e2ee::{
    closure::{Context, Epoch, Held, Key, KeyPair},
    rows::Row,
};
use protocol::ids::{RoomId, Seq};

/// The keys of one room.
#[derive(Default)]
pub(super) struct RoomKeys {
    /// Secrets of 32 bytes, whatever they are for.
    pub(super) keys: BTreeSet<Key>,
    /// Those of them that were not tried yet.
    pub(super) fresh: Vec<Key>,
    pub(super) epochs: BTreeMap<Context, Epoch>,
    /// What own commits lead to, of whatever context.
    pub(super) staged: Vec<Epoch>,
    pub(super) pairs: BTreeSet<KeyPair>,
    /// Content keys, by the hashes of their messages.
    pub(super) content: BTreeSet<(Key, Key)>,
    /// Seeds of requests for history keys.
    pub(super) seeds: BTreeSet<Key>,
    /// Places of files that are open.
    pub(super) open_files: BTreeSet<usize>,
    pub(super) open_messages: BTreeSet<Seq>,
}

/// All keys.
#[derive(Default)]
pub(super) struct Keys {
    /// What opens vaults.
    pub(super) account: BTreeSet<Key>,
    pub(super) init_pairs: Vec<KeyPair>,
    /// Key pairs of the leaves in KeyPackages.
    pub(super) leaf_pairs: Vec<KeyPair>,
    /// The private rows of KeyPackages.
    pub(super) key_packages: Vec<Vec<Row>>,
    pub(super) rooms: BTreeMap<RoomId, RoomKeys>,
}

impl Keys {
    pub(super) fn room(&mut self, room: RoomId) -> &mut RoomKeys {
        self.rooms.entry(room).or_default()
    }
}

impl RoomKeys {
    pub(super) fn add(&mut self, key: Key) {
        if self.keys.insert(key) {
            self.fresh.push(key);
        }
    }

    pub(super) fn hold(&mut self, held: Held) {
        held.keys.into_iter().for_each(|key| self.add(key));
        self.pairs.extend(held.pairs);
        self.content.extend(held.content_keys);
        self.seeds.extend(held.seeds);
        self.staged.extend(held.staged);
    }
}
