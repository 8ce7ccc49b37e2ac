//! The states that devices were in, from the batches that they wrote.

use std::collections::{BTreeMap, BTreeSet};

use e2ee::{
    closure::{Context, Epoch, Seen},
    ids::DeviceId,
};
use engine::api::{Key, Space, Write};
use protocol::ids::{LinkId, RoomId};

use super::holdings::LINK;
use crate::sim::{store::Store, world::World};

/// One state of a room's group, as some member knew it.
pub(super) struct State {
    seen: Seen,
}

impl State {
    pub(super) fn context(&self) -> &Context {
        &self.seen.context
    }

    pub(super) fn epoch(&self) -> &Epoch {
        &self.seen.epoch
    }

    pub(super) fn seats(&self, device: DeviceId) -> bool {
        self.seen.seats(device)
    }

    pub(super) fn has_node(&self, public: &[u8]) -> bool {
        self.seen.has_node(public)
    }
}

/// What all members of a room together know of it.
#[derive(Default)]
pub(super) struct Chronicle {
    /// The states, by epoch. One for each, unless the room fell apart.
    pub(super) states: BTreeMap<u64, Vec<State>>,
    /// Epochs with which a door key began, by what members keep.
    pub(super) rotations: BTreeSet<u64>,
    /// The epoch that a link's maker was in when it made it, which may be a former one by the time that the server has it.
    pub(super) links: BTreeMap<LinkId, u64>,
}

impl Chronicle {
    pub(super) fn at(&self, epoch: u64) -> &[State] {
        self.states.get(&epoch).map_or(&[], Vec::as_slice)
    }

    /// Whether a room never fell apart.
    pub(super) fn is_whole(&self) -> bool {
        self.states.values().all(|states| states.len() == 1)
    }

    /// Whether there was an epoch that no device has written down: whoever passed through it did so between two batches, and
    /// its secrets are nowhere to be found.
    pub(super) fn has_gap(&self) -> bool {
        let epochs = self.states.keys();
        epochs
            .clone()
            .zip(epochs.skip(1))
            .any(|(one, next)| one + 1 != *next)
    }

    fn note(&mut self, context: &Context, rows: &BTreeMap<Vec<u8>, Vec<u8>>) {
        let known = self.at(context.epoch).iter();
        if known.map(State::context).any(|one| one == context) {
            return;
        }
        let rows = rows.iter();
        let rows = rows.map(|(name, value)| (name.clone(), value.clone().into()));
        if let Some(seen) = Seen::load(rows.collect()) {
            let states = self.states.entry(context.epoch).or_default();
            states.push(State { seen });
        }
    }
}

/// The chronicles of all rooms, by what everybody's devices ever held.
pub(super) fn chronicles(world: &World) -> BTreeMap<RoomId, Chronicle> {
    let mut chronicles: BTreeMap<RoomId, Chronicle> = BTreeMap::new();
    for person in &world.people {
        each_state(&person.store, |room, context, _, rows| {
            chronicles.entry(room).or_default().note(context, rows);
        });
        for (room, link, epoch) in links(&person.store) {
            let known = chronicles.entry(room).or_default().links.entry(link);
            known
                .and_modify(|first| *first = epoch.min(*first))
                .or_insert(epoch);
        }
        for (key, _) in person.store.past().iter().flat_map(|batch| batch.iter()) {
            if let Key::Named(Space::Group(room), name) = key
                && let Some(rotation) = Seen::rotation(name)
            {
                let chronicle = chronicles.entry(*room).or_default();
                chronicle.rotations.insert(rotation);
            }
        }
    }
    chronicles
}

/// The links that a device has kept, and the epoch that it was in when it did so first.
fn links(store: &Store) -> Vec<(RoomId, LinkId, u64)> {
    let mut epochs = BTreeMap::new();
    let mut links = Vec::new();
    for batch in store.past() {
        for (key, write) in batch.iter() {
            let (Key::Named(space, name), Write::Put(value)) = (key, write) else {
                continue;
            };
            match space {
                Space::Group(room) => {
                    let context = Seen::context(name, value);
                    epochs.extend(context.map(|context| (*room, context.epoch)));
                }
                Space::Outbox(room) => {
                    let id = name.strip_prefix(LINK).and_then(|id| id.try_into().ok());
                    let epoch = epochs.get(room).copied().unwrap_or_default();
                    links.extend(id.map(|id| (*room, LinkId::from_bytes(id), epoch)));
                }
                _ => {}
            }
        }
    }
    links
}

/// Goes through the states of a device's groups, each as it was when it began.
pub(super) fn each_state(
    store: &Store,
    mut each: impl FnMut(RoomId, &Context, &Epoch, &BTreeMap<Vec<u8>, Vec<u8>>),
) {
    let mut groups: BTreeMap<RoomId, BTreeMap<Vec<u8>, Vec<u8>>> = BTreeMap::new();
    for batch in store.past() {
        let mut began: BTreeMap<RoomId, (Option<Context>, Option<Epoch>)> = BTreeMap::new();
        for (key, write) in batch.iter() {
            let Key::Named(Space::Group(room), name) = key else {
                continue;
            };
            let rows = groups.entry(*room).or_default();
            match write {
                Write::Put(value) => {
                    let begins = began.entry(*room).or_default();
                    begins.0 = Seen::context(name, value).or(begins.0.take());
                    begins.1 = Seen::epoch(name, value).or(begins.1.take());
                    rows.insert(name.clone(), value.clone());
                }
                Write::Delete => {
                    rows.remove(name);
                }
            }
        }
        for (room, begins) in began {
            if let (Some(context), Some(epoch)) = begins {
                each(room, &context, &epoch, &groups[&room]);
            }
        }
    }
}
