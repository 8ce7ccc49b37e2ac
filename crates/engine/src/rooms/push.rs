//! What the server says about rooms unasked, and its answers about logs.

use protocol::{
    error::ErrorCode,
    events::{History, JoinedRoom},
    ids::{RoomId, Seq},
    log::Entry,
    rest::{Encryption, Rooms},
};

use e2ee::log_head::LogHead;

use super::{Record, Room};
use crate::{
    api::{Event, HistoryChoice, RoomStage},
    arrival::Arrival,
    convert,
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

impl Engine {
    pub(crate) fn entry_pushed(&mut self, entry: &Entry, turn: &mut Turn<'_>) {
        if entry.body.is_handshake() {
            self.look_soon(entry.room_id);
        }
        self.with_room(entry.room_id, turn, |engine, room, turn| {
            engine.take_entries(room, std::slice::from_ref(entry), turn);
        });
    }

    pub(crate) fn room_closed(&mut self, id: RoomId, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |engine, room, turn| {
            engine.server_closed(room, turn)
        });
    }

    /// The account is in a room, which another device may have made or entered.
    pub(crate) fn room_opened(&mut self, id: RoomId) {
        let here = self.rooms.get(&id).is_some_and(Room::is_followed);
        let comes = self.arrivals.get(&id).is_some_and(Arrival::is_posted);
        if !here && !comes {
            self.want_rooms();
        }
    }

    /// The list of rooms has changed.
    pub(crate) fn want_rooms(&mut self) {
        if self.jobs.is_in_flight(&Job::Rooms) {
            self.link.rooms_again = true;
        } else {
            self.link.rooms_wanted = true;
        }
    }

    /// The server's list: rooms that this device does not know, and how far the known ones have gone.
    pub(crate) fn rooms_listed(&mut self, rooms: &Rooms, turn: &mut Turn<'_>) {
        self.link.rooms_wanted = std::mem::take(&mut self.link.rooms_again);
        self.shared_listed(rooms, turn);
        let listed = rooms.rooms.iter().map(|room| room.room_id);
        let shared: Vec<RoomId> = listed.filter(|id| self.shared.knows(*id)).collect();
        for listed in rooms
            .rooms
            .iter()
            // No room changes its kind.
            .filter(|room| room.encryption == Encryption::Mls && !shared.contains(&room.room_id))
        {
            let known = self.with_room(listed.room_id, turn, |engine, room, turn| {
                if room.is_back_since_removal(listed.handshake_seq) {
                    room.change().suspicion = None;
                    engine.jobs.clear(&Job::AskStatus(room.id));
                    engine.come_in_anew(room, turn);
                }
                if room.is_followed() {
                    room.note_known(listed.last_seq);
                }
                if matches!(room.stage(), RoomStage::Left | RoomStage::Removed) {
                    // Another device has come back in, or the list is older than the departure: the door tells.
                    room.set_stage(RoomStage::NotOnThisDevice, turn);
                }
            });
            if known.is_none() {
                let record = Record::new(
                    RoomStage::NotOnThisDevice,
                    listed.group_id.map(convert::group),
                    HistoryChoice::None,
                );
                self.rooms
                    .insert(listed.room_id, Room::new(listed.room_id, record));
                turn.touched.insert(listed.room_id);
                turn.event(Event::RoomsChanged);
            }
        }
        let absent: Vec<RoomId> = self
            .rooms
            .values()
            .filter(|room| room.record().posted)
            .map(|room| room.id)
            .filter(|id| rooms.rooms.iter().all(|listed| listed.room_id != *id))
            .collect();
        for id in absent {
            // The list may be older than the invitation: subscribing again tells.
            self.with_room(id, turn, |_, room, turn| {
                if room.stage() == RoomStage::NotOnThisDevice {
                    room.set_stage(RoomStage::Left, turn);
                }
                room.live.subscribed = false;
            });
        }
    }

    pub(crate) fn room_joined(&mut self, joined: &JoinedRoom, turn: &mut Turn<'_>) {
        self.with_room(joined.room_id, turn, |_, room, turn| {
            room.live.subscribed = true;
            room.live.readmit_at = joined.readmissions.then_some(turn.now);
            if room.record().closed {
                room.change().closed = false;
            }
            if room.stage() == RoomStage::RemovedUnconfirmed {
                // It was the server's word, and so is this.
                let stage = room.stage_behind_removal();
                room.set_stage(stage, turn);
            }
            room.note_known(joined.last_seq);
        });
    }

    pub(crate) fn history_came(&mut self, history: &History, turn: &mut Turn<'_>) {
        self.with_room(history.room_id, turn, |engine, room, turn| {
            room.note_known(history.last_seq);
            if room.group.is_none() && !room.is_followed() {
                // Asked for while this device was still in.
                room.live.refetch = false;
                return;
            }
            let (before, followed) = (room.record().cursor, room.is_followed());
            engine.take_entries(room, &history.entries, turn);
            if room.take_end(history, turn) {
                // What was made for another place is made anew.
                engine.lose_race(room, turn);
            }
            let ended = followed && !room.is_followed();
            let cursor = room.record().cursor;
            // An answer that pushes have overtaken brings nothing new, and leaves nothing out.
            let overtaken = history
                .entries
                .last()
                .is_some_and(|entry| entry.seq.0 <= cursor);
            let stuck = cursor == before && cursor < history.last_seq.0 && !overtaken;
            room.live.refetch = false;
            if stuck && !ended && !room.is_paused() && room.live.large.is_none() {
                // An answer that leaves out what it says exists.
                engine.log_stuck(room, turn);
                return;
            }
            if history.last_seq.0 < room.live.asked_from {
                room.log_broken(history.last_seq, turn);
            }
            room.look_for_place(turn);
            if room.record().closed && room.record().cursor >= history.last_seq.0 {
                engine.unconfirmed(room, turn);
            }
        });
    }

    fn log_stuck(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        if room.group.is_some() || !room.is_followed() {
            room.log_broken(Seq(room.record().cursor).next(), turn);
        }
        self.jobs
            .back_off(Job::History(room.id), turn.now, turn.rng);
    }

    pub(crate) fn large_entry_came(&mut self, entry: &Entry, turn: &mut Turn<'_>) {
        self.with_room(entry.room_id, turn, |engine, room, turn| {
            room.live.large = None;
            let before = room.record().cursor;
            engine.take_entries(room, std::slice::from_ref(entry), turn);
            if room.record().cursor == before {
                // Not the entry that was asked for, or not whole again.
                engine
                    .jobs
                    .back_off(Job::Entry(room.id), turn.now, turn.rng);
            } else {
                engine.jobs.clear(&Job::Entry(room.id));
            }
        });
    }

    /// The server refuses something in a room because this account is not in it, or for another reason that asking
    /// again does not change at once.
    pub(crate) fn room_refused(&mut self, id: RoomId, code: ErrorCode, turn: &mut Turn<'_>) {
        if is_out(code) {
            self.with_room(id, turn, |engine, room, turn| {
                engine.server_closed(room, turn)
            });
        }
    }

    /// Who was removed may still read the log up to there. If not even that, there is no evidence.
    pub(crate) fn history_refused(&mut self, id: RoomId, code: ErrorCode, turn: &mut Turn<'_>) {
        if is_out(code) {
            self.with_room(id, turn, |engine, room, turn| {
                room.live.refetch = false;
                engine.unconfirmed(room, turn);
            });
        }
    }

    /// The server says that this account is out. The log up to the removal tells whether that is so.
    fn server_closed(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        room.live.subscribed = false;
        if room.is_paused() && room.is_followed() {
            // Nothing of the log is taken here, so it cannot tell.
            self.unconfirmed(room, turn);
        } else if room.is_followed() && room.record().posted && !room.record().closed {
            room.change().closed = true;
            room.live.refetch = true;
            // A page that is on its way may be from before the removal.
            self.jobs.ask_anew(&Job::History(room.id));
            turn.event(Event::RoomsChanged);
        }
    }

    /// The server claims a removal that the log does not show, or that cannot be looked for. The keys and the links are
    /// kept; what was wished or written cannot be done.
    pub(super) fn unconfirmed(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        if !room.is_followed() {
            return;
        }
        let stage = room.stage();
        let record = room.change();
        record.closed = false;
        // A suspect comes back to its doubt, which is kept.
        if stage != RoomStage::Suspect {
            record.paused_from = Some(stage);
        }
        self.fail_wishes(room, turn);
        room.set_stage(RoomStage::RemovedUnconfirmed, turn);
    }
}

impl Room {
    /// Where the log ends, and which handshake is its last one, by the server's word: that is what it holds this device to,
    /// so a former word of it, in a receipt or in an entry, counts no longer than until it says otherwise. Whether the last
    /// handshake became another one.
    fn take_end(&mut self, history: &History, turn: &mut Turn<'_>) -> bool {
        let (cursor, end) = (self.record().cursor, history.last_seq.0);
        let announced = cursor >= end && self.record().known > cursor && history.entries.is_empty();
        let before = self.live.unfounded.take().filter(|_| announced);
        // What was announced while the first answer was on its way is in the second one.
        if before.is_some_and(|known| end < known) {
            self.change().known = cursor;
            self.log_broken(Seq(cursor).next(), turn);
        } else if announced {
            self.live.unfounded = Some(self.record().known);
        }
        // Which entries were commits is what this device has read; the server holds it to what it says now, if it says so
        // twice.
        let last = history.handshake_seq.0;
        let denied = cursor == end && last != self.record().handshake;
        let again = denied && self.live.denied == Some(last);
        if again {
            self.log_broken(Seq(self.record().handshake), turn);
            self.change().handshake = last;
        }
        self.live.denied = denied.then_some(last);
        again
    }
}

const fn is_out(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::NotAMember | ErrorCode::RoomNotFound)
}

impl Room {
    /// Whether the account is in, after a change that was to take it out: another device has come back, so that nobody can
    /// say any more that the room is without it.
    fn is_back_since_removal(&self, handshake: Seq) -> bool {
        let doubt = self.record().suspicion.as_ref();
        let removal = doubt.filter(|doubt| doubt.removal.is_some());
        self.stage() == RoomStage::RemovedUnconfirmed
            && removal.is_some_and(|doubt| doubt.seq < handshake.0)
    }

    /// The log is read to its end, and the entry that gave this device its leaf was not there. Whoever let it in may have
    /// named a place behind that: the log is read once more from its start.
    fn look_for_place(&mut self, turn: &mut Turn<'_>) {
        let Some(group) = &self.group else { return };
        let (start, record) = (
            LogHead::start(group.room(), group.group_id()),
            self.record(),
        );
        if record.unplaced.is_none() || !self.is_caught_up() || self.live.searched {
            return;
        }
        self.live.searched = true;
        self.live.refetch = true;
        let record = self.change();
        (record.cursor, record.head) = (start.seq, start.head);
        self.log_broken(Seq::START.next(), turn);
    }

    /// Where a device is again when the server lets the account in.
    fn stage_behind_removal(&self) -> RoomStage {
        let doubt = self.record().suspicion.as_ref();
        if doubt.is_some_and(|doubt| doubt.removal.is_none()) {
            RoomStage::Suspect
        } else {
            self.stage_behind_pause()
        }
    }
}
