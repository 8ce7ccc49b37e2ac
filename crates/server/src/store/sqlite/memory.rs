//! What the writer remembers between transactions. It is the only writer, so this is a cache that is never stale;
//! after any failure it is thrown away and read again.

use std::collections::HashMap;

use protocol::{
    ids::{AccountId, DeviceId, RoomId, Seq, Ticket},
    limits::TICKET_MILLIS,
    rest::Encryption,
    time::Timestamp,
};
use rand_chacha::ChaCha20Rng;
use rand_core::RngCore as _;

use crate::store::room::Standing;

/// Rooms kept in memory; beyond it all are forgotten and read again.
const ROOMS: usize = 4096;
/// Members of one room kept in memory.
const MEMBERS: usize = 8192;

/// The end of a room's log.
pub(super) struct RoomEnd {
    pub(super) kind: Encryption,
    pub(super) last_seq: Seq,
    pub(super) handshake_seq: Seq,
    standings: HashMap<AccountId, Standing>,
}

impl RoomEnd {
    pub(super) fn new(kind: Encryption, last_seq: Seq, handshake_seq: Seq) -> Self {
        Self {
            kind,
            last_seq,
            handshake_seq,
            standings: HashMap::new(),
        }
    }

    pub(super) fn standing(&self, account: AccountId) -> Option<Standing> {
        self.standings.get(&account).copied()
    }

    pub(super) fn remember(&mut self, account: AccountId, standing: Standing) {
        if self.standings.len() >= MEMBERS {
            self.standings.clear();
        }
        self.standings.insert(account, standing);
    }
}

/// The right of one device to be a room's next committer.
#[derive(Clone, Copy)]
struct Reservation {
    ticket: Ticket,
    holder: DeviceId,
    until: Timestamp,
}

/// The writer's memory.
pub(super) struct Memory {
    /// The next entry id, once it is known.
    pub(super) next_entry: Option<u64>,
    rooms: HashMap<RoomId, RoomEnd>,
    reservations: HashMap<RoomId, Reservation>,
    rng: ChaCha20Rng,
}

impl Memory {
    pub(super) fn new(rng: ChaCha20Rng) -> Self {
        Self {
            next_entry: None,
            rooms: HashMap::new(),
            reservations: HashMap::new(),
            rng,
        }
    }

    /// Forgets what a rolled back transaction may have made wrong. Tickets stay: they promise nothing but a turn.
    pub(super) fn forget(&mut self) {
        self.next_entry = None;
        self.rooms.clear();
    }

    pub(super) fn room(&mut self, room: RoomId) -> Option<&mut RoomEnd> {
        self.rooms.get_mut(&room)
    }

    pub(super) fn remember_room(&mut self, room: RoomId, end: RoomEnd) {
        if self.rooms.len() >= ROOMS {
            self.rooms.clear();
        }
        self.rooms.insert(room, end);
    }

    pub(super) fn forget_room(&mut self, room: RoomId) {
        self.rooms.remove(&room);
    }

    /// A ticket for a device that lost a race: a new one if nobody holds one, its own if it does.
    pub(super) fn ticket(
        &mut self,
        room: RoomId,
        device: DeviceId,
        now: Timestamp,
    ) -> Option<Ticket> {
        match self.reservation(room, now) {
            Some(held) => (held.holder == device).then_some(held.ticket),
            None => Some(self.reserve(room, device, now)),
        }
    }

    /// Milliseconds for which the room is reserved for somebody else than who shows `ticket` from `device`.
    pub(super) fn reserved_from(
        &mut self,
        room: RoomId,
        device: DeviceId,
        ticket: Option<Ticket>,
        now: Timestamp,
    ) -> Option<u64> {
        let held = self.reservation(room, now)?;
        let valid = held.holder == device && ticket == Some(held.ticket);
        (!valid).then(|| held.until.since(now))
    }

    /// The same for a proposal, which shows no ticket.
    pub(super) fn reserved_for_other(
        &mut self,
        room: RoomId,
        device: DeviceId,
        now: Timestamp,
    ) -> Option<u64> {
        let held = self.reservation(room, now)?;
        (held.holder != device).then(|| held.until.since(now))
    }

    /// The turn was used.
    pub(super) fn clear_ticket(&mut self, room: RoomId) {
        self.reservations.remove(&room);
    }

    fn reservation(&mut self, room: RoomId, now: Timestamp) -> Option<Reservation> {
        let held = self.reservations.get(&room).copied()?;
        if held.until <= now {
            self.reservations.remove(&room);
            return None;
        }
        Some(held)
    }

    fn reserve(&mut self, room: RoomId, holder: DeviceId, now: Timestamp) -> Ticket {
        if self.reservations.len() >= ROOMS {
            self.reservations.retain(|_, held| held.until > now);
        }
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        let ticket = Ticket::from_bytes(bytes);
        let until = now.plus(TICKET_MILLIS);
        self.reservations.insert(
            room,
            Reservation {
                ticket,
                holder,
                until,
            },
        );
        ticket
    }
}
