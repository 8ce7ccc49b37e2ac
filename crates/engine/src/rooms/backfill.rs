//! Reading what was said before this device came, where the room's policy shares it (PROTOCOL section 4).
//!
//! It begins when the log is read to its end and the side files open: a rotation after the Welcome seals them under
//! keys that only the log gives.

use e2ee::log_head::LogHead;
use protocol::{
    call::Call,
    events::{History, RoomHistory},
    ids::Seq,
    limits::HISTORY_PAGE,
    log::{Body, Entry},
};
use serde::{Deserialize, Serialize};

use super::{Room, heads};
use crate::{
    api::{HistoryChoice, TombstoneCause},
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

/// How far the former entries are read.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Backfill {
    /// The last one read.
    done: u64,
    /// The log head there, computed anew from the start.
    #[serde(with = "serde_bytes")]
    head: [u8; 32],
    /// The last one to be read.
    until: u64,
    /// Entries up to here were shown in a former membership.
    shown: u64,
}

impl Room {
    /// After this device came in: what is to be read of the time before. In a room that shares its history that is
    /// all of it, in others what the account's other devices have left the keys of.
    pub(super) fn plan_backfill(&mut self, from: LogHead, shown: u64, missed: bool) {
        let readable = missed
            || match self.record().history {
                HistoryChoice::Shared => true,
                HistoryChoice::SinceJoin => self.first_history_key().is_some(),
                HistoryChoice::None => false,
            };
        let record = self.record();
        if !readable || from.seq >= record.joined {
            self.change().backfill = None;
            return;
        }
        // A former membership may have ended before its own former entries were read.
        let former = record.backfill.clone();
        let (done, head) =
            former.map_or((from.seq, from.head), |former| (former.done, former.head));
        let until = record.joined;
        self.change().backfill = Some(Backfill {
            done,
            head,
            until,
            shown,
        });
    }

    /// The first epoch before that of the own leaf whose history key is here.
    pub(super) fn first_history_key(&self) -> Option<u64> {
        let group = self.group.as_ref()?;
        let keys = group.room_keys().ok()?.history;
        let first = keys.iter().map(|(epoch, _)| *epoch).min()?;
        (first < group.epoch()).then_some(first)
    }

    /// Whether former entries wait for keys that only side files give.
    pub(super) fn history_keys_wanted(&self) -> bool {
        self.may_backfill() && !self.live.history_keys
    }

    fn may_backfill(&self) -> bool {
        let wanted = self.record().backfill.is_some() && self.group.is_some();
        wanted && self.is_followed() && !self.is_paused() && self.is_caught_up()
    }
}

impl Engine {
    pub(super) fn backfill_work(&mut self, room: &Room, turn: &mut Turn<'_>) {
        let job = Job::Backfill(room.id);
        if let Some(backfill) = &room.record().backfill
            && room.may_backfill()
            && room.live.history_keys
            && room.live.subscribed
            && self.jobs.may_start(&job, turn.now)
        {
            let call = Call::RoomHistory(RoomHistory {
                room_id: room.id,
                since: Seq(backfill.done),
                limit: Some(HISTORY_PAGE),
            });
            self.jobs.start(job, call, turn);
        }
    }

    pub(crate) fn former_entries_came(&mut self, history: &History, turn: &mut Turn<'_>) {
        self.with_room(history.room_id, turn, |engine, room, turn| {
            let Some(mut backfill) = room.record().backfill.clone() else {
                return;
            };
            let before = backfill.done;
            for entry in &history.entries {
                let next = entry.seq.0 == backfill.done + 1 && entry.seq.0 <= backfill.until;
                let Some(hash) = heads::entry_hash(entry).filter(|_| next) else {
                    continue;
                };
                let head = LogHead {
                    seq: backfill.done,
                    head: backfill.head,
                };
                let head = head.advance(&hash);
                (backfill.done, backfill.head) = (head.seq, head.head);
                engine.take_former(room, entry, backfill.shown, turn);
            }
            if backfill.done == before {
                engine
                    .jobs
                    .back_off(Job::Backfill(room.id), turn.now, turn.rng);
            }
            let (done, head, until) = (backfill.done, backfill.head, backfill.until);
            room.change().backfill = (done < until).then_some(backfill);
            if room.heads.get(&done).is_some_and(|seen| *seen != head) {
                room.log_broken(Seq(done), turn);
            }
        });
    }

    fn take_former(&mut self, room: &mut Room, entry: &Entry, shown: u64, turn: &mut Turn<'_>) {
        match &entry.body {
            Body::Message(message) => self.take_former_message(room, entry, message, shown, turn),
            Body::Deleted(deleted) if entry.seq.0 > shown && !deleted.was_handshake() => {
                room.show_tombstone(entry, TombstoneCause::Deleted, turn);
            }
            _ => {}
        }
    }
}
