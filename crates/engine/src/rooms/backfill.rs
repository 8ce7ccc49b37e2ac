//! Reading what was said before this device came, where the room's policy shares it (PROTOCOL section 4).
//!
//! It begins when the log is read to its end and the side files open: a rotation after the Welcome seals them under
//! keys that only the log gives.

use e2ee::{group::Group, ids::AccountId, log_head::LogHead, roster_log::Seats};
use protocol::{
    call::Call,
    events::{History, RoomHistory},
    ids::Seq,
    limits::HISTORY_PAGE,
    log::{Body, Entry},
};
use serde::{Deserialize, Serialize};

use super::{
    Room,
    former_epochs::{FormerEpochs, Place},
    heads,
};
use crate::{
    api::{HistoryChoice, RoomStage, TombstoneCause},
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

/// How often a past that does not lead to the present is read again.
const PASTS_MAX: u8 = 3;

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
    /// Entries up to here were shown in a former membership, or read before.
    shown: u64,
    /// Whether there is anything to be read shows when the roster log is open.
    #[serde(default)]
    unsure: bool,
    /// The epoch in which this device came in.
    #[serde(default)]
    came: u64,
    /// Messages that were shown as missed opened after all.
    #[serde(default)]
    opened: bool,
    /// In which epoch the room stood there.
    #[serde(default)]
    epochs: FormerEpochs,
}

/// A place to read again from, with what is known of it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Anchor {
    seq: u64,
    #[serde(with = "serde_bytes")]
    head: [u8; 32],
    epochs: FormerEpochs,
}

/// What judges former messages, for one page of them.
pub(super) struct Former {
    /// Entries up to here were taken in before.
    pub(super) shown: u64,
    /// When the account had leaves.
    pub(super) seats: Seats,
    /// Where the log stood before the entry.
    pub(super) before: LogHead,
    /// What is known there of the epoch.
    epochs: FormerEpochs,
    /// Whether the entry is a message of the epoch in which it stands.
    pub(super) place: Place,
}

impl Room {
    /// After this device came in: what is to be read of the time before. In a room that shares its history that is
    /// all of it, in others what the account's other devices have left the keys of.
    pub(super) fn plan_backfill(&mut self, from: LogHead, shown: u64, missed: bool) {
        self.gap_over();
        let (readable, unsure) = match self.record().history {
            HistoryChoice::Shared => (true, false),
            HistoryChoice::SinceJoin => {
                let keys = missed || self.first_history_key().is_some();
                // Without keys there are places of messages all the same, if the account was in the room by then.
                (true, !keys)
            }
            HistoryChoice::None => (missed, false),
        };
        let record = self.record();
        if !readable || from.seq >= record.joined {
            self.change().backfill = None;
            return;
        }
        // A former membership may have ended before its own former entries were read.
        let former = record.backfill.clone();
        let (done, head, epochs) = former.map_or_else(
            || (from.seq, from.head, FormerEpochs::behind(from.seq)),
            |former| (former.done, former.head, former.epochs),
        );
        let until = record.joined;
        let came = self.group.as_ref().map_or(0, Group::epoch);
        self.change().anchor = None;
        self.change().backfill = Some(Backfill {
            done,
            head,
            until,
            shown,
            unsure,
            came,
            opened: false,
            epochs,
        });
    }

    /// The place by which this device came in is found: what stands before it is to be read back.
    pub(super) fn end_backfill_at(&mut self, joined: Seq) {
        let record = self.change();
        record.backfill = record.backfill.take().filter(|it| it.done < joined.0);
        if let Some(backfill) = &mut record.backfill {
            backfill.until = joined.0;
        }
    }

    /// Plans to read former entries again, behind this one, or from a place before it of which more is known.
    pub(crate) fn read_again(&mut self, from: LogHead) -> bool {
        let until = self.record().joined;
        if from.seq >= until {
            return false;
        }
        let anchor = self.change().anchor.take();
        let anchor = anchor.filter(|anchor| anchor.seq <= from.seq && from.seq > 0);
        let anchor = anchor.unwrap_or_else(|| Anchor {
            seq: from.seq,
            head: from.head,
            epochs: FormerEpochs::behind(from.seq),
        });
        self.change().backfill = Some(Backfill {
            done: anchor.seq,
            head: anchor.head,
            until,
            shown: until,
            unsure: false,
            came: 0,
            opened: false,
            epochs: anchor.epochs,
        });
        true
    }

    /// Something does not open here: the first such place is where the log is read again from.
    pub(super) fn keep_anchor(&mut self, former: &Former) {
        if self.record().anchor.is_none() {
            self.change().anchor = Some(Anchor {
                seq: former.before.seq,
                head: former.before.head,
                epochs: former.epochs.clone(),
            });
        }
    }

    /// A message was refused that may have been in its place: from there the log is read once more.
    fn read_doubted(&mut self, found: &FormerEpochs) {
        let anchor = self.record().anchor.as_ref();
        let from = anchor.map(|anchor| LogHead {
            seq: anchor.seq,
            head: anchor.head,
        });
        let from = from.filter(|_| found.is_doubted());
        if from.is_some_and(|from| self.read_again(from))
            && let Some(backfill) = &mut self.change().backfill
        {
            backfill.epochs = backfill.epochs.again(found);
        }
    }

    /// The roster log is open: an account that came when this device did has nothing to read back.
    pub(super) fn settle_backfill(&mut self, own: Option<AccountId>) {
        let unsure = self.record().backfill.as_ref().filter(|it| it.unsure);
        let Some((account, came)) = own.zip(unsure.map(|it| it.came)) else {
            return;
        };
        let first = self.seats(Some(account)).first();
        if first.is_none_or(|first| first >= came) {
            self.change().backfill = None;
        }
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

    /// Whether there are former entries to read. Who has yet to accept does not look for keys that may not be there.
    pub(super) fn wants_backfill(&self) -> bool {
        let backfill = self.record().backfill.as_ref();
        let joined = self.stage() == RoomStage::Joined;
        self.is_followed() && backfill.is_some_and(|backfill| joined || !backfill.unsure)
    }

    fn may_backfill(&self) -> bool {
        let placed = self.group.is_some() && self.record().unplaced.is_none();
        placed && self.wants_backfill() && !self.is_paused() && self.is_caught_up()
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
            let (before, keys) = (backfill.done, room.key_epochs());
            let own = engine.home.as_ref().map(|home| home.device.account());
            let mut former = Former {
                shown: backfill.shown,
                seats: room.seats(own),
                before: LogHead {
                    seq: backfill.done,
                    head: backfill.head,
                },
                epochs: backfill.epochs.clone(),
                place: Place::Right,
            };
            let group = room.group.as_ref().map(Group::group_id);
            for entry in &history.entries {
                let next = entry.seq.0 == backfill.done + 1 && entry.seq.0 <= backfill.until;
                let next = next && entry.room_id == room.id;
                let Some(hash) = heads::entry_hash(entry).filter(|_| next) else {
                    continue;
                };
                let head = former.before.advance(&hash);
                (backfill.done, backfill.head) = (head.seq, head.head);
                former.epochs = backfill.epochs.clone();
                former.place = backfill.epochs.take(entry, group);
                backfill.opened |= engine.take_former(room, entry, &former, turn);
                former.before = head;
            }
            if backfill.done == before {
                engine
                    .jobs
                    .back_off(Job::Backfill(room.id), turn.now, turn.rng);
            }
            let (done, head, until) = (backfill.done, backfill.head, backfill.until);
            let (opened, epochs) = (backfill.opened, backfill.epochs.clone());
            let over = done >= until;
            room.change().backfill = Some(backfill).filter(|_| !over);
            // Keys that came and opened something are the account's from now on.
            let found = room.key_epochs().difference(&keys).copied().collect();
            engine.mark_room_pages(room, &found, turn);
            if over {
                room.gap_read(opened);
                room.read_doubted(&epochs);
            }
            if room.heads.get(&done).is_some_and(|seen| *seen != head) {
                room.log_broken(Seq(done), turn);
                engine.read_past_again(room, turn);
            }
        });
    }

    /// What was read of the past is not what leads to the log that this device has seen: it is asked for once more, a few
    /// times while the program runs.
    fn read_past_again(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let Some(group) = &room.group else { return };
        let start = LogHead::start(group.room(), group.group_id());
        if room.live.pasts_read < PASTS_MAX && room.read_again(start) {
            room.live.pasts_read += 1;
            self.jobs
                .back_off(Job::Backfill(room.id), turn.now, turn.rng);
        }
    }

    /// Returns whether something opened that was shown as missed.
    fn take_former(
        &mut self,
        room: &mut Room,
        entry: &Entry,
        former: &Former,
        turn: &mut Turn<'_>,
    ) -> bool {
        match &entry.body {
            Body::Message(message) => {
                return self.take_former_message(room, entry, message, former, turn);
            }
            Body::Deleted(deleted) if entry.seq.0 > former.shown && !deleted.was_handshake() => {
                room.show_tombstone(entry, TombstoneCause::Deleted, turn);
            }
            _ => {}
        }
        false
    }
}
