//! Rooms of basic encryption (PROTOCOL section 7, "Shared-key rooms"): one key for all, from a passphrase.
//!
//! They have nothing of the other rooms: no group, no proof of who says something, no forward secrecy. Kind, salt, rounds
//! and key are pinned in this device's store and in the account's vault; the server's word about the kind changes nothing.
//! What a message says of itself beyond its text (sender, time, place) is the server's word.

mod adopt;
mod answers;
mod commands;
mod enter;
mod log;
mod outbox;
mod people;
mod record;
mod said;
mod seen;
mod views;
mod work;

use e2ee::{
    ordered::{Map, Set},
    vault::SharedKeys,
};
use protocol::{
    ids::{AccountId, ClientId, RoomId, Seq},
    rest::{Member, Members},
};

pub(crate) use self::enter::{NewShared, creation};
pub(crate) use self::record::PREFIX;
#[cfg(feature = "fuzzing-for-tests")]
pub(crate) use self::said::{body as shared_body, read as read_shared};
use self::{enter::Entering, record::Record, seen::Seen};
use crate::{engine::Engine, outbox::Outbox, turn::Turn};

/// All of them, and what is under way.
#[derive(Default)]
pub(crate) struct SharedRooms {
    rooms: Map<RoomId, SharedRoom>,
    /// Those that somebody here is coming into.
    entering: Vec<Entering>,
    /// Rooms of whichever kind that the account has come into since the last list of rooms.
    opened: Vec<RoomId>,
    /// Those that another device of the account has come into, and how often the vault was looked at for their keys.
    awaited: Vec<(RoomId, u32)>,
    /// What the account's devices have left in the vault.
    vault: SharedKeys,
    /// The vault was looked at in this connection.
    checked: bool,
    /// The server lists such rooms that are not known here.
    may_be_more: bool,
    /// SHA-256 of the vault item that was read, or written, last.
    vault_seen: Option<[u8; 32]>,
}

/// What is asked of the server for such a room.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Leg {
    /// To be told of what is said.
    Join,
    /// Whether a passphrase opens what was said last.
    Probe,
    History,
    Members,
    Send(ClientId),
    /// Another device may have left the key in the vault: no call, but when to look again.
    Look,
    /// Out again, where the passphrase was wrong.
    Withdraw,
}

/// One room.
pub(crate) struct SharedRoom {
    id: RoomId,
    record: Record,
    /// By the server's word.
    members: Members,
    outbox: Outbox,
    seen: Seen,
    live: Live,
}

/// What is known in this connection.
#[derive(Default)]
struct Live {
    subscribed: bool,
    /// The log is to be asked for, whatever is known to be there.
    refetch: bool,
    /// Where the log was read to when its next page was asked for: a push may overtake the answer.
    asked_from: u64,
    members_wanted: bool,
    /// Whom the server did not name among the members when it was asked.
    strangers: Set<AccountId>,
    /// The server does not let this account in any more.
    shut: bool,
    /// It left something out, and somebody was told.
    broken: bool,
}

impl Live {
    /// In a new connection, or a new room.
    fn anew() -> Self {
        Self {
            refetch: true,
            members_wanted: true,
            ..Self::default()
        }
    }
}

impl SharedRoom {
    fn new(id: RoomId, record: Record) -> Self {
        Self {
            id,
            record,
            members: Members::default(),
            outbox: Outbox::default(),
            seen: Seen::default(),
            live: Live::default(),
        }
    }

    fn member(&self, account: AccountId) -> Option<&Member> {
        let mut members = self.members.members.iter();
        members.find(|member| member.account_id == account)
    }

    fn next(&self) -> Seq {
        Seq(self.record.cursor).next()
    }

    fn note_known(&mut self, seq: Seq) {
        self.record.known = self.record.known.max(seq.0);
    }

    fn is_behind(&self) -> bool {
        self.record.cursor < self.record.known || self.live.refetch
    }
}

impl SharedRooms {
    fn inside(&self, room: RoomId) -> Option<&SharedRoom> {
        self.rooms
            .get(&room)
            .filter(|room| room.record.entry.inside)
    }

    fn awaits(&mut self, room: RoomId) {
        self.no_longer_awaits(room);
        self.awaited.push((room, 0));
    }

    fn no_longer_awaits(&mut self, room: RoomId) {
        self.awaited.retain(|(awaited, _)| *awaited != room);
    }

    /// Whether this account is, or was, in such a room with this id.
    pub(crate) fn knows(&self, room: RoomId) -> bool {
        self.rooms.contains_key(&room)
    }

    pub(crate) fn connected(&mut self) {
        self.awaited.clear();
        self.checked = false;
        for room in self.rooms.values_mut() {
            room.live = Live::anew();
        }
    }

    pub(crate) fn disconnected(&mut self) {
        for room in self.rooms.values_mut() {
            room.live.subscribed = false;
        }
    }

    /// Pushes were dropped: all logs are asked for. The rooms.
    pub(crate) fn missed(&mut self) -> Vec<RoomId> {
        for room in self.rooms.values_mut() {
            room.live.refetch = true;
        }
        self.rooms.keys().copied().collect()
    }

    /// Messages that wait, rooms that one comes into, and rooms that are behind.
    pub(crate) fn pending(&self) -> (usize, usize, usize) {
        let inside = || self.rooms.values().filter(|room| room.record.entry.inside);
        let messages = inside().map(|room| room.outbox.pending()).sum();
        let behind = inside().filter(|room| room.is_behind() && !room.live.shut);
        (messages, self.entering.len(), behind.count())
    }
}

impl Engine {
    /// Takes a room out for the time of a change, so that the rest of the engine can be used beside it, and writes it.
    fn with_shared<T>(
        &mut self,
        id: RoomId,
        turn: &mut Turn<'_>,
        change: impl FnOnce(&mut Self, &mut SharedRoom, &mut Turn<'_>) -> T,
    ) -> Option<T> {
        let mut room = self.shared.rooms.remove(&id)?;
        let before = room.record.row();
        let result = change(self, &mut room, turn);
        if room.record.row() != before {
            room.save(turn);
        }
        self.shared.rooms.insert(id, room);
        Some(result)
    }
}
