//! Rooms: one durable record each, its MLS group, and what is known of its log.

mod anew;
mod backfill;
mod commit;
mod create;
mod departure;
mod former_epochs;
mod heads;
mod join;
mod leaves;
mod message;
mod provisional;
mod push;
mod record;
mod repair;
mod side;
mod take;
mod unread;
mod work;

use e2ee::ordered::{Map, Set};

use e2ee::{counters::Counters, group::Group};
use protocol::{
    error::ErrorCode,
    ids::{DeviceId, MailId, RoomId, Seq, Ticket},
    time::Timestamp,
};

pub(crate) use create::{Posting, ROW as CREATION_ROW};
pub(crate) use heads::entry_hash;
pub(crate) use join::{Seat, Welcome, history_out};
#[cfg(any(feature = "fuzzing-for-tests", feature = "hostile-members-for-tests"))]
pub(crate) use message::Fields;
pub(crate) use message::line_key;
pub(crate) use provisional::{PassedOver, Provisional};
pub(crate) use record::{FormerLeaf, Record, Successor, Suspicion};

use crate::{
    api::{CERTIFICATES, Event, Key, RoomStage, Space},
    engine::Engine,
    history::Requests,
    jobs::{Job, Jobs},
    links::{LinksSeen, OwnLinks},
    outbox::Outbox,
    records, report,
    roster::Roster,
    turn::Turn,
};

/// Names by device.
pub(crate) type Names = Map<protocol::ids::DeviceId, String>;

/// The names of rows in a room's history space.
pub(crate) const COUNTERS_PREFIX: &[u8] = b"counters/";
/// The prefix of rows with Welcomes that wait, in a room's outbox space.
pub(crate) const WELCOME_PREFIX: &[u8] = b"welcome/";

/// How long a push may take after the receipt of what it carries.
const PUSH_WAIT_MS: u64 = 1_000;

/// A room on this device.
pub(crate) struct Room {
    pub(crate) id: RoomId,
    record: Record,
    dirty: bool,
    /// None where this device has no leaf, or after a fault until the store is read again.
    pub(crate) group: Option<Group>,
    /// Names of the group's stored rows, to delete them all.
    pub(crate) group_rows: Set<Vec<u8>>,
    pub(crate) heads: Map<u64, [u8; 32]>,
    pub(crate) counters: Counters,
    pub(crate) outbox: Outbox,
    pub(crate) roster: Roster,
    /// Links that this account made here.
    pub(crate) links: OwnLinks,
    /// Requests for history keys that wait for an answer.
    pub(crate) requests: Requests,
    /// Welcomes that wait until the log has come to them.
    pub(crate) welcomes: Map<MailId, Welcome>,
    pub(crate) live: Live,
}

/// What is known of the room in this connection; gone with a restart.
#[derive(Default)]
pub(crate) struct Live {
    /// The server pushes this room's entries.
    pub(crate) subscribed: bool,
    /// History is to be fetched even if nothing newer is known.
    pub(crate) refetch: bool,
    /// The right to commit next.
    pub(crate) ticket: Option<Ticket>,
    /// Until then an entry that a receipt has named may come as a push, and is not asked for.
    pub(crate) push_until: Timestamp,
    /// Where the log was read to when its next page was asked for. What has come since may have been pushed after the server
    /// looked, and overtaken its answer, which then says nothing about it.
    pub(crate) asked_from: u64,
    /// The server has announced entries up to here, and says now that there are none.
    pub(crate) unfounded: Option<u64>,
    /// It names another last commit or proposal than the log that this device has read: this one.
    pub(crate) denied: Option<u64>,
    /// An entry too large to push or to page.
    pub(crate) large: Option<Seq>,
    /// When this device may do housekeeping again.
    pub(crate) housekeeping_after: Timestamp,
    /// How often in a row this account's leaves could not be brought up to date.
    pub(crate) renewals_failed: u32,
    /// The epoch, and the generation of the account, in which they were seen to be.
    pub(crate) renewed_at: Option<(u64, u32)>,
    /// What was looked at for the account's links.
    pub(crate) links: LinksSeen,
    /// The handshake after which the last stale message was sealed.
    pub(crate) stale_at: Option<u64>,
    /// This device has yet to answer its invitation and makes commits all the same: only such devices are left to take in
    /// who leaves, or its account has revoked one.
    pub(crate) keeps_house: bool,
    /// The keys of older entries were asked for.
    pub(crate) history_keys: bool,
    /// The log was read from its start for the entry that gave this device its leaf.
    pub(crate) searched: bool,
    /// How often the past was read again, because it did not lead to the present.
    pub(crate) pasts_read: u8,
    /// How often the side files were fetched again for what could not be read.
    pub(crate) side_fetched: u8,
    /// This device came back: it may know more of the roster log than the server has.
    pub(super) came_back: bool,
    /// A former message is of somebody whom the roster log does not list.
    pub(super) strangers: bool,
    /// Others were asked to look at the roster log because of that.
    pub(super) strangers_told: bool,
    /// The nonce of the status request that is out.
    pub(crate) asked: Option<e2ee::status::Nonce>,
    /// Somebody acts in another state than this device's, which has no doubt of its own: who has may not know of it.
    pub(crate) elsewhere: bool,
    /// Requests of others that wait for an answer.
    pub(crate) answers: Vec<Vec<u8>>,
    /// Side files that somebody misses.
    pub(crate) repair: repair::Repair,
    /// When this device looks who asks for readmission.
    pub(crate) readmit_at: Option<Timestamp>,
    /// Who is being asked for history keys.
    pub(crate) asking: Option<DeviceId>,
    /// Who is being answered about them.
    pub(crate) answering: Option<DeviceId>,
}

impl Room {
    pub(crate) fn new(id: RoomId, record: Record) -> Self {
        Self {
            id,
            record,
            dirty: true,
            group: None,
            group_rows: Set::new(),
            heads: Map::new(),
            counters: Counters::default(),
            outbox: Outbox::default(),
            roster: Roster::default(),
            links: OwnLinks::default(),
            requests: Requests::default(),
            welcomes: Map::new(),
            live: Live::default(),
        }
    }

    pub(crate) fn loaded(id: RoomId, record: Record) -> Self {
        Self {
            dirty: false,
            ..Self::new(id, record)
        }
    }

    pub(crate) const fn record(&self) -> &Record {
        &self.record
    }

    /// The record, to be changed: it is written at the end of the turn.
    pub(crate) const fn change(&mut self) -> &mut Record {
        self.dirty = true;
        &mut self.record
    }

    pub(crate) const fn stage(&self) -> RoomStage {
        self.record.stage
    }

    pub(crate) fn set_stage(&mut self, stage: RoomStage, turn: &mut Turn<'_>) {
        if self.record.stage != stage {
            self.change().stage = stage;
            turn.event(Event::RoomsChanged);
        }
    }

    /// Whether this device follows the room's log.
    pub(crate) const fn is_followed(&self) -> bool {
        matches!(
            self.record.stage,
            RoomStage::Invited
                | RoomStage::Joined
                | RoomStage::Leaving
                | RoomStage::Suspect
                | RoomStage::TooNew
        )
    }

    /// Whether entries are taken in: a paused room takes none.
    pub(crate) const fn is_paused(&self) -> bool {
        matches!(
            self.record.stage,
            RoomStage::Suspect | RoomStage::TooNew | RoomStage::NotOnThisDevice
        ) || self.record.suspicion.is_some()
    }

    /// Whether others have shown that they went on past a commit that this device could not follow.
    pub(crate) fn is_left_behind(&self) -> bool {
        let suspicion = self.record.suspicion.as_ref();
        self.record.stage == RoomStage::Suspect
            && self.group.is_some()
            && suspicion.is_some_and(|doubt| !doubt.different.is_empty())
    }

    /// Whether all entries that are known to exist are taken in.
    pub(crate) const fn is_caught_up(&self) -> bool {
        self.record.cursor >= self.record.known && !self.live.refetch
    }

    /// Whether the person is in and may speak now.
    pub(crate) fn is_open(&self) -> bool {
        self.record.stage == RoomStage::Joined && self.record.posted && self.group.is_some()
    }

    /// A new connection: the room is to be subscribed to and looked at again.
    pub(crate) const fn reconnected(&mut self) {
        self.live.subscribed = false;
        self.live.refetch = true;
        self.live.ticket = None;
    }

    /// A receipt names an entry: its push is on its way, if pushes come.
    pub(crate) fn expect(&mut self, seq: Seq, now: Timestamp) {
        if self.live.subscribed && self.is_caught_up() {
            self.live.push_until = now.plus(PUSH_WAIT_MS);
        }
        self.note_known(seq);
    }

    /// Notes that entries up to `seq` exist.
    pub(crate) const fn note_known(&mut self, seq: Seq) {
        if seq.0 > self.record.known {
            self.change().known = seq.0;
        }
    }

    pub(crate) fn messages_pending(&self) -> usize {
        if self.is_open() {
            self.outbox.pending()
        } else {
            0
        }
    }

    pub(crate) fn changes_pending(&self) -> usize {
        let links = if self.is_open() {
            self.links.pending()
        } else {
            0
        };
        usize::from(!self.record.posted) + self.roster.pending() + links
    }

    pub(crate) fn is_behind(&self, jobs: &Jobs) -> bool {
        let log = self.record.cursor < self.record.known || self.live.refetch;
        let side = (self.record.state_wanted || self.record.roster_wanted)
            && self.stage() == RoomStage::Joined
            && jobs.failures(&Job::Side(self.id)) < 3;
        let reachable = jobs.failures(&Job::History(self.id)) < 3;
        (self.is_followed() && !self.is_paused() && self.record.posted && log && reachable)
            || (self.record.closed && self.is_followed())
            || side
            || (self
                .record
                .suspicion
                .as_ref()
                .is_some_and(Suspicion::is_open)
                && jobs.failures(&Job::AskStatus(self.id)) < 4)
            || (self.wants_backfill()
                && jobs.failures(&Job::Side(self.id)) < 3
                && jobs.failures(&Job::Backfill(self.id)) < 3)
    }

    /// When this room wants to be looked at, if nothing happens before.
    pub(crate) fn timer(&self) -> Option<Timestamp> {
        let waits = self.record.cursor < self.record.known && self.is_followed();
        let push = waits.then_some(self.live.push_until);
        let joined = self.stage() == RoomStage::Joined || self.live.keeps_house;
        let due = |at: Option<Timestamp>| at.filter(|_| joined);
        [
            push,
            due(self.roster.housekeeping_at),
            due(self.record.update_due),
            due(self.live.repair.due()),
            due(self.live.readmit_at),
            due(self.live.links.due()),
            due(self.record.provisional.as_ref().and_then(Provisional::due)),
            self.record
                .suspicion
                .as_ref()
                .and_then(|suspicion| suspicion.until),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// A room that was too new is looked at again by each start: this program may know its rules.
    pub(crate) fn resume_if_known(&mut self) {
        if self.record.stage == RoomStage::TooNew {
            let stage = self.record.paused_from.unwrap_or(RoomStage::Joined);
            self.change().stage = stage;
        }
    }

    /// The group failed in a way that leaves its memory unlike its rows: nothing of it is written, and the room
    /// rests until the store is read again.
    pub(crate) fn poison(&mut self) {
        self.group = None;
    }

    /// This device's leaf is gone: so are the keys of the group, here too. Who wrote what is still here can be reported:
    /// the certificates stay.
    pub(crate) fn drop_group(&mut self, turn: &mut Turn<'_>) {
        if let Some(group) = self.group.take() {
            report::keep_certificates(self.id, &group, turn);
        }
        for name in std::mem::take(&mut self.group_rows) {
            turn.delete(Space::Group(self.id), &name);
        }
    }

    pub(crate) fn save(&mut self, turn: &mut Turn<'_>) {
        if let Some(group) = &self.group {
            let changes = group.take_changes();
            for (name, value) in changes.puts {
                turn.put(Space::Group(self.id), &name, value.to_vec());
                self.group_rows.insert(name);
            }
            for name in changes.deletes {
                turn.delete(Space::Group(self.id), &name);
                self.group_rows.remove(&name);
            }
        }
        if std::mem::take(&mut self.dirty) {
            let key = Key::Numbered(Space::Rooms, self.id.get());
            turn.batch.put(key, records::encode(&self.record));
        }
    }
}

impl Engine {
    /// Takes a room out for the time of a change, so that the rest of the engine can be used beside it.
    pub(crate) fn with_room<T>(
        &mut self,
        id: RoomId,
        turn: &mut Turn<'_>,
        change: impl FnOnce(&mut Self, &mut Room, &mut Turn<'_>) -> T,
    ) -> Option<T> {
        let mut room = self.rooms.remove(&id)?;
        turn.touched.insert(id);
        let result = change(self, &mut room, turn);
        self.rooms.insert(id, room);
        Some(result)
    }

    /// Writes what changed in the rooms of this turn.
    pub(crate) fn save_rooms(&mut self, turn: &mut Turn<'_>) {
        for id in std::mem::take(&mut turn.touched) {
            if let Some(room) = self.rooms.get_mut(&id) {
                room.save(turn);
            }
        }
    }

    /// Forgets a room and all its rows but its timeline, for one that never came to be.
    pub(crate) fn erase_room(&mut self, mut room: Room, code: ErrorCode, turn: &mut Turn<'_>) {
        room.drop_group(turn);
        turn.batch
            .delete(Key::Numbered(Space::LineKeys(room.id), CERTIFICATES));
        for seq in room.heads.keys() {
            turn.batch
                .delete(Key::Numbered(Space::Heads(room.id), *seq));
        }
        room.forget_messages(turn);
        let wishes: Vec<u64> = room.roster.wishes.keys().copied().collect();
        for number in wishes {
            room.end_wish(number, Err(code), turn);
        }
        turn.batch
            .delete(Key::Numbered(Space::Rooms, room.id.get()));
        turn.event(Event::RoomsChanged);
    }
}
