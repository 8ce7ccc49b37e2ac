//! Taking in entries of the log, one after the other, each exactly once.

use protocol::{
    ids::Seq,
    log::{Body, Entry, NoticeKind},
};

use super::{Room, heads};
use crate::{
    api::{RoomNotice, TombstoneCause},
    engine::Engine,
    turn::Turn,
};

/// Whether the log goes on behind an entry.
pub(super) enum Flow {
    /// The entry is taken in.
    Next,
    /// It is not, and the room waits: for evidence, for a newer program, for the store.
    Stop,
}

impl Engine {
    /// Takes in what follows the cursor. Entries that were taken in before are compared, those behind a gap are
    /// noted as known.
    pub(super) fn take_entries(&mut self, room: &mut Room, entries: &[Entry], turn: &mut Turn<'_>) {
        for entry in entries {
            self.take_entry(room, entry, turn);
        }
    }

    fn take_entry(&mut self, room: &mut Room, entry: &Entry, turn: &mut Turn<'_>) {
        if entry.room_id != room.id {
            return;
        }
        self.join_waiting(room, turn);
        let next = Seq(room.record().cursor).next();
        if entry.seq < next {
            room.compare_repeated(entry, turn);
            return;
        }
        room.note_known(entry.seq);
        if entry.seq > next || room.is_paused() {
            return;
        }
        let Some(hash) = heads::entry_hash(entry) else {
            // A stub of an entry too large to push; or one without a proper hash, which no honest server makes.
            room.live.large = Some(entry.seq);
            return;
        };
        if matches!(self.take_next(room, entry, turn), Flow::Next) {
            room.advance(entry, &hash, turn);
        }
    }

    /// The entry at the cursor, by kind. The server's word for kind, sender and device decides nothing here but
    /// which question the lock is asked.
    fn take_next(&mut self, room: &mut Room, entry: &Entry, turn: &mut Turn<'_>) -> Flow {
        if let Some(told) = room.record().unplaced
            && room.group.is_some()
        {
            if room.came_in_by(entry, told) {
                room.place(entry.seq);
                self.show_arrival(room, entry, turn);
            }
            // From before this device's time: it only counts for the log head here.
            return Flow::Next;
        }
        if room.record().unplaced.is_none() && entry.seq.0 <= room.record().joined {
            return Flow::Next;
        }
        if room.group.is_none() {
            // This device has no leaf: the entry says nothing to it. The cursor stays at the last one that did, for a
            // later Welcome may lead to a place not far behind.
            return Flow::Stop;
        }
        match &entry.body {
            Body::Message(message) => self.take_message(room, entry, message, turn),
            Body::Commit(commit) => self.take_commit(room, entry, commit, turn),
            Body::Proposal(proposal) => self.take_proposal(room, entry, proposal, turn),
            Body::Notice(notice) => {
                let shown = match notice.notice {
                    NoticeKind::MessageDeleted { of } => {
                        room.forget_key(of, turn);
                        let words = format!("The server says that message {of} was deleted.");
                        RoomNotice::Server(words)
                    }
                    NoticeKind::ResetAsked { account } => RoomNotice::ResetAsked(account),
                    NoticeKind::ResetCancelled { account } => RoomNotice::ResetCancelled(account),
                    NoticeKind::AccountDeleted { account } => RoomNotice::AccountDeleted(account),
                    NoticeKind::ResetDone { account } => RoomNotice::ResetDone(account),
                };
                room.show_notice(entry, None, shown, turn);
                Flow::Next
            }
            Body::Deleted(deleted) if deleted.was_handshake() => self.lose_place(room, entry, turn),
            Body::Deleted(_) => {
                room.show_tombstone(entry, TombstoneCause::Deleted, turn);
                Flow::Next
            }
            Body::Large(_) => Flow::Stop,
        }
    }
}

impl Room {
    /// Whether this entry gave this device its leaf: the commit says so itself. Of one that is too old to be kept, the
    /// server does.
    fn came_in_by(&self, entry: &Entry, told: u64) -> bool {
        match &entry.body {
            Body::Commit(commit) => {
                let group = self.group.as_ref();
                group.is_some_and(|group| group.is_born_of(commit.commit.as_slice()))
            }
            Body::Deleted(deleted) => deleted.was_handshake() && entry.seq.0 == told,
            _ => false,
        }
    }

    /// From here on this device was there.
    pub(super) fn place(&mut self, seq: Seq) {
        let record = self.change();
        (record.joined, record.unplaced) = (seq.0, None);
        self.end_backfill_at(seq);
    }
}
