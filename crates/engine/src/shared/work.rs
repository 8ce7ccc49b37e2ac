//! What the rooms of basic encryption lack an answer to.

use protocol::{
    call::Call,
    events::{JoinRoom, RoomHistory},
    ids::{RoomId, Seq},
    limits::HISTORY_PAGE,
};

use super::{Leg, SharedRoom};
use crate::{engine::Engine, jobs::Job, turn::Turn};

impl Engine {
    pub(crate) fn shared_work(&mut self, turn: &mut Turn<'_>) {
        self.entering_work(turn);
        self.look_for_keys(turn);
        if !self.shared_is_checked() {
            return;
        }
        let inside = self
            .shared
            .rooms
            .values()
            .filter(|room| room.record.entry.inside);
        let ids: Vec<RoomId> = inside.map(|room| room.id).collect();
        for id in ids {
            let Some(room) = self.shared.rooms.get(&id) else {
                continue;
            };
            if let Some((leg, call)) = room.lacks() {
                self.ask_shared(id, leg, call, turn);
            }
            let Some(room) = self.shared.rooms.get(&id) else {
                continue;
            };
            // Also before the log is read: what waits may go out.
            let sends = room.live.subscribed.then(|| room.next_call()).flatten();
            if let Some((client_id, call)) = sends {
                self.ask_shared(id, Leg::Send(client_id), call, turn);
            }
        }
    }

    pub(super) fn ask_shared(&mut self, id: RoomId, leg: Leg, call: Call, turn: &mut Turn<'_>) {
        let job = Job::Shared(id, leg);
        if self.jobs.may_start(&job, turn.now) {
            if let (Job::Shared(_, Leg::History), Some(room)) =
                (&job, self.shared.rooms.get_mut(&id))
            {
                room.live.asked_from = room.record.cursor;
            }
            self.jobs.start(job, call, turn);
        }
    }
}

impl SharedRoom {
    /// A subscription first, so that nothing falls between a page and the first push; then who is there, for the names of
    /// those who speak.
    fn lacks(&self) -> Option<(Leg, Call)> {
        if self.live.shut {
            return None;
        }
        if !self.live.subscribed {
            return Some((Leg::Join, join(self.id)));
        }
        if self.live.members_wanted {
            return Some((Leg::Members, Call::Members(self.id)));
        }
        self.is_behind()
            .then(|| (Leg::History, history(self.id, Seq(self.record.cursor))))
    }
}

pub(super) const fn join(room_id: RoomId) -> Call {
    Call::JoinRoom(JoinRoom { room_id })
}

pub(super) const fn history(room_id: RoomId, since: Seq) -> Call {
    Call::RoomHistory(RoomHistory {
        room_id,
        since,
        limit: Some(HISTORY_PAGE),
    })
}
