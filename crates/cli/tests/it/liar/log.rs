//! One room's log, told otherwise, wherever its entries are told.

use std::sync::mpsc::{Receiver, channel};

use protocol::{
    events::{History, JoinedRoom, name},
    ids::{RoomId, Seq},
    log::Entry,
    rest::{Receipt, Rooms},
};

use super::Liar;

/// What this server tells of one room's log.
pub(crate) struct Log<'a> {
    server: &'a Liar,
    room: RoomId,
}

impl<'a> Log<'a> {
    pub(super) fn new(server: &'a Liar, room: u64) -> Self {
        let room = RoomId::new(room).unwrap();
        Self { server, room }
    }

    /// Any change of the entries of this room, one by one.
    pub(crate) fn tells(&self, mut change: impl FnMut(Entry) -> Vec<Entry> + Send + 'static) {
        let room = self.room;
        let change = move |entry: Entry| {
            if entry.room_id == room {
                change(entry)
            } else {
                vec![entry]
            }
        };
        self.server.rules(|rules| rules.change_log(change));
    }

    /// The entry at this place is another one.
    pub(crate) fn changes(&self, seq: u64, mut change: impl FnMut(&mut Entry) + Send + 'static) {
        self.tells(move |mut entry| {
            if entry.seq == Seq(seq) {
                change(&mut entry);
            }
            vec![entry]
        });
    }

    /// The entry at this place is not told; its place stays empty.
    pub(crate) fn drops(&self, seq: u64) {
        self.tells(move |entry| Vec::from_iter((entry.seq != Seq(seq)).then_some(entry)));
    }

    /// Every entry is told twice.
    pub(crate) fn doubles(&self) {
        self.tells(|entry| vec![entry.clone(), entry]);
    }

    /// Every second entry waits for the next one and is told behind it.
    pub(crate) fn shuffles(&self) {
        let mut kept = None;
        self.tells(move |entry| match kept.take() {
            Some(before) => vec![entry, before],
            None => {
                kept = Some(entry);
                Vec::new()
            }
        });
    }

    /// The log seems to end here.
    pub(crate) fn ends_at(&self, seq: u64) {
        let room = self.room;
        self.tells(move |entry| Vec::from_iter((entry.seq <= Seq(seq)).then_some(entry)));
        self.places(move |place| place.min(seq), room);
    }

    /// The entry at this place never was: what follows moves up, and no gap shows.
    pub(crate) fn closes_over(&self, seq: u64) {
        let room = self.room;
        self.tells(move |mut entry| {
            if entry.seq > Seq(seq) {
                entry.seq = Seq(entry.seq.0 - 1);
                return vec![entry];
            }
            Vec::from_iter((entry.seq != Seq(seq)).then_some(entry))
        });
        self.places(
            move |place| if place >= seq { place - 1 } else { place },
            room,
        );
    }

    /// No lie: the next page of it is overtaken by the next entry. What is returned says when it waits for that.
    pub(crate) fn holds_a_page(&self) -> Receiver<()> {
        let (waits, it_waits) = channel();
        self.server.rules(|rules| rules.hold_page(self.room, waits));
        it_waits
    }

    /// Where the log ends and where a message came to stand, told otherwise.
    fn places(&self, shift: impl Fn(u64) -> u64 + Copy + Send + 'static, room: RoomId) {
        let ack = |event: &str| format!("ack {event}");
        let moved = move |place: &mut Seq| *place = Seq(shift(place.0));
        self.server
            .lies(&ack(name::JOIN_ROOM), move |joined: &mut JoinedRoom| {
                if joined.room_id == room {
                    moved(&mut joined.last_seq);
                }
            });
        self.server
            .lies(&ack(name::ROOM_HISTORY), move |history: &mut History| {
                if history.room_id == room {
                    moved(&mut history.last_seq);
                }
            });
        self.server
            .lies(&ack(name::SEND_MESSAGE), move |receipt: &mut Receipt| {
                moved(&mut receipt.seq);
            });
        self.server
            .lies("GET /api/rooms ", move |rooms: &mut Rooms| {
                for listed in rooms.rooms.iter_mut().filter(|it| it.room_id == room) {
                    moved(&mut listed.last_seq);
                }
            });
    }
}
