//! What a room lacks an answer to.

use protocol::{
    call::Call,
    events::{JoinRoom, RoomHistory},
    ids::{RoomId, Seq},
    limits::HISTORY_PAGE,
};

use super::Room;
use crate::{api::RoomStage, engine::Engine, jobs::Job, turn::Turn};

impl Engine {
    pub(crate) fn rooms_work(&mut self, turn: &mut Turn<'_>) {
        if self.link.rooms_wanted && self.jobs.may_start(&Job::Rooms, turn.now) {
            self.jobs.start(Job::Rooms, Call::Rooms, turn);
        }
        let ids: Vec<RoomId> = self.rooms.keys().copied().collect();
        for id in ids {
            self.with_room(id, turn, |engine, room, turn| engine.room_work(room, turn));
        }
    }

    fn room_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        self.join_waiting(room, turn);
        if !room.record().posted {
            self.creation_work(room, turn);
            return;
        }
        self.log_work(room, turn);
        self.backfill_work(room, turn);
        self.evidence_work(room, turn);
        self.roster_work(room, turn);
        // Behind the roster, which finds out whether this device has to know the room state.
        self.side_work(room, turn);
        self.links_work(room, turn);
        self.repair_work(room, turn);
        self.gap_work(room, turn);
        self.requests_work(room, turn);
        self.outbox_work(room, turn);
    }

    fn log_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        // Where the log itself shows the removal, those who stayed are asked, not the server.
        let doubt = room.record().suspicion.as_ref();
        let doubted = doubt.is_some_and(|doubt| doubt.removal.is_some());
        let retry = room.stage() == RoomStage::RemovedUnconfirmed && !doubted;
        if !room.is_followed() && !retry {
            return;
        }
        let join = Job::Join(room.id);
        // An unconfirmed removal is asked about once in each connection: whether it still stands, and what the log
        // says.
        let tried = retry && self.jobs.failures(&join) > 0;
        let wanted = !room.live.subscribed && !room.record().closed && !tried;
        if wanted && self.jobs.may_start(&join, turn.now) {
            let call = Call::JoinRoom(JoinRoom { room_id: room.id });
            self.jobs.start(join, call, turn);
        }
        if room.is_paused() || (retry && !(tried && room.live.refetch)) {
            return;
        }
        if let Some(seq) = room.live.large
            && seq == Seq(room.record().cursor).next()
        {
            let job = Job::Entry(room.id);
            if self.jobs.may_start(&job, turn.now) {
                self.jobs.start(job, Call::Entry(room.id, seq), turn);
            }
            return;
        }
        // A moment that is further off than any wait was noted by a clock that has since jumped back.
        let wait = room.live.push_until.since(turn.now);
        let expects_push = (1..=super::PUSH_WAIT_MS).contains(&wait);
        let known = room.record().cursor < room.record().known && !expects_push;
        let behind = known || room.live.refetch;
        // A subscription first: between the page and the first push nothing may fall through.
        let may_ask = room.live.subscribed || room.record().closed || retry;
        let history = Job::History(room.id);
        if behind && may_ask && self.jobs.may_start(&history, turn.now) {
            let call = Call::RoomHistory(RoomHistory {
                room_id: room.id,
                since: Seq(room.record().cursor),
                limit: Some(HISTORY_PAGE),
            });
            room.live.asked_from = room.record().cursor;
            self.jobs.start(history, call, turn);
        }
    }
}
