//! The running log head (PROTOCOL section 6): what this device saw, entry by entry, and whether others and the
//! server agree.

use e2ee::log_head::{LogHead, Seen};
use protocol::{
    ids::{AccountId, DeviceId, Seq},
    log::{Body, Entry},
};
use sha2::{Digest, Sha256};

use super::Room;
use crate::{
    api::{Alarm, Event, Key, Space},
    load::HEADS_LOADED,
    turn::Turn,
};

/// h_i of an entry; `None` for a push stub and for a deleted entry without a proper hash.
pub(crate) fn entry_hash(entry: &Entry) -> Option<[u8; 32]> {
    let body_hash: [u8; 32] = match &entry.body {
        Body::Deleted(deleted) => deleted.body_hash.as_slice().try_into().ok()?,
        body => Sha256::digest(body.canonical()?).into(),
    };
    Some(Sha256::digest(entry.head_input(&body_hash)?).into())
}

impl Room {
    /// Moves the cursor over an entry whose hash this is.
    pub(super) fn advance(&mut self, entry: &Entry, hash: &[u8; 32], turn: &mut Turn<'_>) {
        let LogHead { seq, head } = self.record().log_head().advance(hash);
        let is_handshake = entry.body.is_handshake();
        let record = self.change();
        record.cursor = seq;
        record.head = head;
        record.known = record.known.max(seq);
        if is_handshake {
            record.handshake = seq;
        }
        self.keep_head(seq, head, turn);
    }

    pub(super) fn keep_head(&mut self, seq: u64, head: [u8; 32], turn: &mut Turn<'_>) {
        self.heads.insert(seq, head);
        if self.heads.len() > HEADS_LOADED {
            self.heads.pop_first();
        }
        let key = Key::Numbered(Space::Heads(self.id), seq);
        turn.batch.put(key, head.to_vec());
    }

    /// An entry that was taken in before comes again: it must be what it was.
    pub(super) fn compare_repeated(&self, entry: &Entry, turn: &mut Turn<'_>) {
        let before = entry.seq.0.checked_sub(1).and_then(|s| self.heads.get(&s));
        let (Some(before), Some(after)) = (before, self.heads.get(&entry.seq.0)) else {
            return;
        };
        let Some(hash) = entry_hash(entry) else {
            return;
        };
        let head = LogHead {
            seq: entry.seq.0.saturating_sub(1),
            head: *before,
        };
        if head.advance(&hash).head != *after {
            self.log_broken(entry.seq, turn);
        }
    }

    pub(crate) fn log_broken(&self, seq: Seq, turn: &mut Turn<'_>) {
        let room = self.id;
        turn.event(Event::Alarm(Alarm::LogBroken { room, seq }));
    }

    /// Compares the log head of a status with what this device saw, where it saw that far.
    pub(crate) fn compare_seen_log(
        &self,
        log: &LogHead,
        account: AccountId,
        device: DeviceId,
        turn: &mut Turn<'_>,
    ) {
        let suspicion = self.record().suspicion.as_ref();
        let behind = suspicion.filter(|suspicion| suspicion.seq == log.seq);
        let seen = behind.map_or_else(|| self.heads.get(&log.seq), |behind| Some(&behind.head));
        if seen.is_some_and(|seen| *seen != log.head) {
            turn.event(Event::Alarm(Alarm::LogsDiffer {
                room: self.id,
                seq: Seq(log.seq),
                account,
                device,
            }));
        }
    }

    /// Somebody whom this device knows names a log head that covers the entry by which it came in: they see it there.
    pub(super) fn confirm_arrival(&mut self, seen: Seen, account: AccountId, turn: &mut Turn<'_>) {
        let covers = seen.seq >= self.record().joined && self.sees_alike(seen);
        if covers && self.record().vouchers.contains(&account) {
            self.change().vouchers.clear();
            turn.event(Event::RoomsChanged);
        }
    }

    /// Whether a log head is the one that this device has there.
    fn sees_alike(&self, seen: Seen) -> bool {
        self.heads.get(&seen.seq).is_some_and(|head| {
            let (seq, head) = (seen.seq, *head);
            LogHead { seq, head }.head16() == seen.head
        })
    }

    /// Compares what a signed payload in entry `at` says about the log with what this device saw.
    pub(super) fn compare_seen(
        &self,
        seen: Seen,
        at: Seq,
        account: AccountId,
        device: DeviceId,
        turn: &mut Turn<'_>,
    ) {
        let differs = if seen.seq >= at.0 {
            // Nobody has seen an entry that comes after what they say about it.
            true
        } else {
            self.heads.contains_key(&seen.seq) && !self.sees_alike(seen)
        };
        if differs {
            turn.event(Event::Alarm(Alarm::LogsDiffer {
                room: self.id,
                seq: at.min(Seq(seen.seq)),
                account,
                device,
            }));
        }
    }
}
