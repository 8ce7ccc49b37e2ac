//! What the account's devices tell each other of rooms of basic encryption: by the vault, which holds their keys.

use e2ee::vault::{ItemName, SharedKeyEntry, SharedKeys};
use protocol::{
    ids::RoomId,
    limits::PUBLIC_ROOM_NAME_MAX,
    rest::{Encryption, Rooms},
};
use zeroize::Zeroizing;

use super::{Leg, SharedRoom, SharedRooms};
use crate::{convert, engine::Engine, jobs::Job, turn::Turn};

/// So often the vault is looked at for the key of a room that another device came into: it is written after that.
const LOOKS: u32 = 5;

/// So many are remembered until the list of rooms comes, however often a server says that one was opened.
const OPENED_MAX: usize = 1_000;

impl Engine {
    /// What this device knows of all of them, with what others wrote.
    pub(crate) fn shared_keys_item(&self) -> Zeroizing<Vec<u8>> {
        let mut item = SharedKeys::default();
        for (id, room) in &self.shared.rooms {
            let entry = room.record.entry.duplicate();
            item.rooms.insert(convert::room(*id), entry);
        }
        item.merge(&self.shared.vault);
        item.encode()
    }

    pub(super) fn mark_shared_keys(&mut self, turn: &mut Turn<'_>) {
        self.vault.mark(&ItemName::shared_keys(), turn);
    }

    /// What another device wrote, or this one, in a former life.
    pub(crate) fn shared_keys_read(&mut self, plaintext: &[u8], turn: &mut Turn<'_>) -> bool {
        let Ok(theirs) = SharedKeys::decode(plaintext) else {
            return false;
        };
        self.shared.vault.merge(&theirs);
        for (id, entry) in &theirs.rooms {
            if let Ok(id) = RoomId::new(id.get()) {
                self.adopt_shared(id, entry, turn);
            }
        }
        true
    }

    fn adopt_shared(&mut self, id: RoomId, entry: &SharedKeyEntry, turn: &mut Turn<'_>) {
        let known = self.shared.rooms.get(&id);
        let later = known.is_none_or(|room| room.record.entry.revision < entry.revision);
        if !later || self.rooms.contains_key(&id) {
            return;
        }
        let was_inside = known.is_some_and(|room| room.record.entry.inside);
        if entry.inside {
            self.place_shared(id, entry.duplicate(), turn);
        } else if was_inside {
            self.with_shared(id, turn, |engine, room, turn| {
                room.record.entry.revision = entry.revision;
                engine.end_shared(room, turn);
            });
        }
    }

    /// Whether the vault is to be looked at now.
    pub(super) fn look_for_keys(&mut self, turn: &mut Turn<'_>) {
        let mut looks = Vec::new();
        for (id, tries) in &mut self.shared.awaited {
            let due = self.jobs.may_start(&Job::Shared(*id, Leg::Look), turn.now);
            if due && *tries < LOOKS {
                *tries += 1;
                looks.push(*id);
            }
        }
        for id in &looks {
            let job = Job::Shared(*id, Leg::Look);
            self.jobs.back_off(job, turn.now, turn.rng);
        }
        if !looks.is_empty() {
            self.look_at_vault();
        }
    }

    /// Whether what other devices did to these rooms was looked at in this connection: whoever left one on another device is
    /// not to come back in by this one.
    pub(super) fn shared_is_checked(&mut self) -> bool {
        let listed = self.vault.root().listed(&ItemName::shared_keys());
        let nothing = self.shared.rooms.is_empty() && !self.shared.may_be_more && listed.is_none();
        let checked = self.shared.checked || nothing || self.vault_is_out_of_reach();
        if !checked {
            self.look_at_vault();
        }
        checked
    }

    /// The server's list: public names, and whether the account is still in.
    pub(crate) fn shared_listed(&mut self, rooms: &Rooms, turn: &mut Turn<'_>) {
        let opened = std::mem::take(&mut self.shared.opened);
        for listed in &rooms.rooms {
            let (kind, name) = (listed.encryption, listed.name.clone());
            let Some(name) = name.filter(|_| kind == Encryption::SharedKey) else {
                continue;
            };
            // Any account may come in, so the list does not say that this one is.
            self.shared.may_be_more |= !self.shared.knows(listed.room_id);
            let here = self.shared.inside(listed.room_id).is_some();
            if opened.contains(&listed.room_id) && !here {
                self.shared.awaits(listed.room_id);
            }
            self.with_shared(listed.room_id, turn, |_, room, turn| {
                room.take_name(name, turn);
            });
        }
    }
}

impl SharedRooms {
    /// The vault was read, or written: what is known of the item is what has this hash.
    pub(crate) fn vault_read(&mut self, hash: Option<[u8; 32]>) {
        self.vault_seen = hash;
        self.checked = true;
    }

    /// Whether the vault lists a state of the item that was not read here yet.
    pub(crate) fn is_unread(&self, hash: Option<[u8; 32]>) -> bool {
        hash.is_some() && hash != self.vault_seen
    }

    /// The account has come into a room of either kind, by whichever device. The list of rooms, which is asked for, tells the kind.
    pub(crate) fn opened(&mut self, id: RoomId) {
        let news = !self.opened.contains(&id) && self.opened.len() < OPENED_MAX;
        if news && self.inside(id).is_none() && self.comes_into(id).is_none() {
            self.opened.push(id);
        }
    }

    /// The account is out of a room, by the server's word. Another device may have left it, and has said so in the vault.
    pub(crate) fn closed(&mut self, id: RoomId) {
        let room = self.rooms.get_mut(&id);
        if let Some(room) = room.filter(|room| room.record.entry.inside) {
            room.live.subscribed = false;
            room.live.shut = true;
            self.awaits(id);
        }
    }
}

impl SharedRoom {
    /// A longer name than any that a server takes would be a row that nothing reads again.
    fn take_name(&mut self, name: String, turn: &mut Turn<'_>) {
        if name.len() <= PUBLIC_ROOM_NAME_MAX && self.record.entry.name != name {
            self.record.entry.name = name;
            turn.event(crate::api::Event::RoomsChanged);
        }
    }
}
