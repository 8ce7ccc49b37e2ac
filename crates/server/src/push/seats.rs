//! Who gets a room's entries, and from where on.

use std::{collections::HashMap, sync::Arc};

use protocol::{
    ids::{RoomId, Seq},
    time::Timestamp,
};

use super::{
    outbox::PUSHES,
    peer::{LineId, Peer},
    run::Run,
};

/// The sockets of all rooms.
#[derive(Default)]
pub(super) struct Seats(HashMap<RoomId, Vec<Seat>>);

struct Seat {
    peer: Arc<Peer>,
    gate: Gate,
}

/// From where on a socket gets entries.
enum Gate {
    /// It gets everything after this place, which its join was answered with.
    After(Seq),
    /// Its join is not answered yet: what is committed meanwhile waits, and the answer says where to begin.
    Waiting(Waiting),
}

/// What waits for one join to be answered; of more than a socket's buffer holds, it is told that it missed something.
#[derive(Default)]
struct Waiting {
    runs: Vec<Arc<Run>>,
    bytes: usize,
    missed: bool,
}

impl Waiting {
    fn add(&mut self, run: &Arc<Run>) {
        self.missed = self.missed || self.bytes + run.size() > PUSHES;
        if !self.missed {
            self.bytes += run.size();
            self.runs.push(Arc::clone(run));
        }
    }
}

impl Seats {
    /// Takes a seat; what is committed from now on waits for [`Self::open`]. An open seat stays open.
    pub(super) fn take(&mut self, room: RoomId, peer: &Arc<Peer>) {
        let seats = self.0.entry(room).or_default();
        if seats.iter().all(|seat| seat.peer.id() != peer.id()) {
            seats.push(Seat {
                peer: peer.clone(),
                gate: Gate::Waiting(Waiting::default()),
            });
        }
    }

    /// The join was answered with `last`: pushes what waited and comes after it.
    pub(super) fn open(&mut self, room: RoomId, id: LineId, last: Seq, now: Timestamp) {
        let seats = self.0.get_mut(&room).map_or(&mut [][..], Vec::as_mut_slice);
        let Some(seat) = seats.iter_mut().find(|seat| seat.peer.id() == id) else {
            return;
        };
        let Gate::Waiting(waited) = std::mem::replace(&mut seat.gate, Gate::After(last)) else {
            return;
        };
        for run in waited.runs {
            seat.peer.push_run(&run, last, now);
        }
        if waited.missed {
            seat.peer.tell_missed();
        }
    }

    /// Whether anybody is in the room.
    pub(super) fn is_taken(&self, room: RoomId) -> bool {
        self.0.contains_key(&room)
    }

    /// Pushes entries to everybody in their room.
    pub(super) fn push(&mut self, run: Run, now: Timestamp) {
        let Some(seats) = self.0.get_mut(&run.room) else {
            return;
        };
        let run = Arc::new(run);
        for seat in seats {
            match &mut seat.gate {
                Gate::After(last) => seat.peer.push_run(&run, *last, now),
                Gate::Waiting(waiting) => waiting.add(&run),
            }
        }
    }

    /// The sockets of a room.
    pub(super) fn peers(&self, room: RoomId) -> impl Iterator<Item = &Arc<Peer>> {
        self.0
            .get(&room)
            .into_iter()
            .flatten()
            .map(|seat| &seat.peer)
    }

    /// Gives a seat up; whether there was one.
    pub(super) fn leave(&mut self, room: RoomId, id: LineId) -> bool {
        let Some(seats) = self.0.get_mut(&room) else {
            return false;
        };
        let before = seats.len();
        seats.retain(|seat| seat.peer.id() != id);
        let had_one = seats.len() < before;
        if seats.is_empty() {
            self.0.remove(&room);
        }
        had_one
    }

    /// Gives all seats of a socket up.
    pub(super) fn leave_all(&mut self, id: LineId) {
        self.0.retain(|_, seats| {
            seats.retain(|seat| seat.peer.id() != id);
            !seats.is_empty()
        });
    }
}
