//! Commits that were skipped because somebody stood where this device stands (PROTOCOL section 1). That word may have
//! been a lie, or of somebody who was shut out as well: what was skipped is kept until everybody has been seen here,
//! or this device has come back to those who went on.

use e2ee::ordered::Set;

use e2ee::{codec::Reader, log_head::LogHead};
use protocol::{
    ids::AccountId,
    log::{Entry, Key, Message},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

use super::{Room, Suspicion};
use crate::api::RoomStage;

/// Committers that are remembered.
const COMMITTERS_MAX: usize = 16;
/// Accounts that are remembered as seen. In a larger room the matter stays provisional.
const SEEN_MAX: usize = 64;
/// The first pause between two looks; twice as long each time.
const FIRST_PAUSE_MS: u64 = 60_000;
/// The longest pause.
pub(crate) const LONGEST_PAUSE_MS: u64 = 3_600_000;

/// What was skipped on the word of others.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Provisional {
    /// The first entry that was skipped so.
    pub(crate) seq: u64,
    /// The log head behind it.
    #[serde(with = "serde_bytes")]
    pub(crate) head: [u8; 32],
    /// The epoch in which this device stayed.
    pub(crate) epoch: u64,
    /// Who committed what was skipped.
    pub(crate) committers: Set<AccountId>,
    /// Who has acted since in an epoch of this device.
    pub(crate) seen: Set<AccountId>,
    /// How often the others were asked again.
    pub(crate) reopened: u32,
    /// They are not asked again before.
    pub(crate) not_before: Timestamp,
    /// Something looks as if somebody had gone on.
    pub(crate) hinted: bool,
}

/// Commits that a device did not follow on its way in, though they could have counted and came first.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PassedOver {
    /// The first epoch with one.
    pub(crate) epoch: u64,
    /// Who made them.
    pub(crate) makers: Set<AccountId>,
}

impl Provisional {
    /// When the others may be asked, if there is a reason to. A clock that jumped back holds nothing up for longer than
    /// the longest pause.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.hinted.then_some(self.not_before)
    }

    /// The others are asked once more, and not again for a while.
    pub(crate) fn reopen(&mut self, now: Timestamp) {
        let pause = FIRST_PAUSE_MS << self.reopened.min(6);
        self.reopened = self.reopened.saturating_add(1);
        self.not_before = now.plus(pause.min(LONGEST_PAUSE_MS));
        self.hinted = false;
    }
}

impl Room {
    /// What was skipped stays in doubt.
    pub(crate) fn keep_provisional(&mut self, suspicion: &Suspicion) {
        let epoch = self.group.as_ref().map_or(0, e2ee::group::Group::epoch);
        let provisional = self
            .change()
            .provisional
            .get_or_insert_with(|| Provisional {
                seq: suspicion.seq,
                head: suspicion.head,
                epoch,
                ..Provisional::default()
            });
        provisional.seen.clear();
        if provisional.committers.len() < COMMITTERS_MAX {
            provisional.committers.insert(suspicion.committer);
        }
    }

    /// The doubt of a device that came in by a way on which other commits came first: whoever merged one of those is
    /// elsewhere, and nobody there can go back. What a device that returns was in doubt of before stays so.
    pub(crate) fn doubt_of(
        &self,
        passed: PassedOver,
        (seq, head): (u64, ByteArray<32>),
    ) -> Provisional {
        let record = self.record();
        let before = record.provisional.as_ref();
        let mut committers: Set<AccountId> = before
            .map(|doubt| doubt.committers.clone())
            .unwrap_or_default();
        committers.extend(record.suspicion.iter().map(|doubt| doubt.committer));
        committers.extend(passed.makers);
        committers = committers.into_iter().take(COMMITTERS_MAX).collect();
        let skipped = record.suspicion.as_ref();
        let skipped = skipped.map(|doubt| (doubt.seq, doubt.head));
        let (seq, head) = before
            .map(|doubt| (doubt.seq, doubt.head))
            .or(skipped)
            .unwrap_or((seq, head.into_array()));
        Provisional {
            seq,
            head,
            epoch: before.map_or(passed.epoch, |doubt| doubt.epoch.min(passed.epoch)),
            committers,
            reopened: before.map_or(0, |doubt| doubt.reopened),
            ..Provisional::default()
        }
    }

    /// The doubt of a device that returned by a way that began behind what it is in doubt of: it does not show whether it
    /// leads through that.
    pub(crate) fn doubt_hidden_by(&self, begun_at: u64) -> Option<Provisional> {
        let doubt = self.record().provisional.as_ref();
        let doubt = doubt.filter(|doubt| doubt.seq <= begun_at)?;
        Some(Provisional {
            seen: Set::new(),
            hinted: false,
            ..doubt.clone()
        })
    }

    /// Whose word counts: accounts that made nothing of what is in doubt, unless nobody else has a leaf.
    pub(crate) fn witnesses(&self, own: Option<AccountId>) -> Set<AccountId> {
        let record = self.record();
        let provisional = record.provisional.iter();
        let committers = provisional.flat_map(|doubt| doubt.committers.iter().copied());
        let suspicion = record.suspicion.iter().map(|doubt| doubt.committer);
        let mut without: Vec<Option<AccountId>> =
            committers.chain(suspicion).map(Some).chain([own]).collect();
        let others = self.accounts_beside(&without);
        if others.is_empty() {
            without = vec![own];
            return self.accounts_beside(&without);
        }
        others
    }

    /// Somebody acted in this device's epoch. When everybody has, nobody went on without it.
    pub(super) fn acted_here(&mut self, account: AccountId, own: Option<AccountId>) {
        if self.record().provisional.is_none() || Some(account) == own {
            return;
        }
        let others = self.witnesses(own);
        let Some(provisional) = self.change().provisional.as_mut() else {
            return;
        };
        if provisional.seen.len() < SEEN_MAX {
            provisional.seen.insert(account);
        }
        if others.is_subset(&provisional.seen) {
            self.change().provisional = None;
        }
    }

    /// An entry that was made somewhere else than where this device is. Who made it is the server's word: a reason to
    /// ask, and no more.
    pub(super) fn hint_entry(&mut self, entry: &Entry, own: Option<AccountId>) {
        if !self.witnesses(own).contains(&entry.sender) {
            return;
        }
        if self.record().provisional.is_some() {
            self.hint();
        } else {
            self.live.elsewhere = true;
        }
    }

    /// A message that does not open: its authenticated data name the state in which it was made.
    pub(super) fn hint_message(
        &mut self,
        entry: &Entry,
        message: &Message,
        own: Option<AccountId>,
    ) {
        let here = self.group.as_ref().map(e2ee::group::Group::transcript16);
        let Key::Mls(mls) = &message.key else { return };
        let there = claimed_transcript(mls.as_slice());
        if there.is_some() && there != here {
            self.hint_entry(entry, own);
        }
    }

    /// There is a reason to ask the others again.
    pub(crate) fn hint(&mut self) {
        if let Some(provisional) = self.change().provisional.as_mut() {
            provisional.hinted = true;
        }
    }

    /// Whether the others may be asked again now.
    pub(crate) fn is_to_reopen(&self, now: Timestamp) -> bool {
        let rests = self.is_followed() && !self.is_paused() && self.stage() != RoomStage::TooNew;
        let due = self
            .record()
            .provisional
            .as_ref()
            .and_then(Provisional::due);
        let over = due.is_some_and(|at| !(1..=LONGEST_PAUSE_MS).contains(&at.since(now)));
        over && rests && self.live.subscribed && self.is_caught_up() && self.group.is_some()
    }

    /// Where this device was when it skipped: from there on it may have missed what the others said.
    pub(super) fn parted_at(&self) -> Option<LogHead> {
        let provisional = self.record().provisional.as_ref()?;
        let (seq, head) = (provisional.seq, provisional.head);
        Some(LogHead { seq, head })
    }
}

/// The longest authenticated data of a message that is looked at.
const SHOWN_MAX: usize = 1024;

/// What an MLS PrivateMessage says in the clear of its sender's state (RFC 9420 section 6): version, wire format, group
/// id, epoch, content type, authenticated data. What stands behind the transcript there is for others.
fn claimed_transcript(mls: &[u8]) -> Option<[u8; 16]> {
    let mut reader = Reader::new(mls);
    let _version = reader.u16().ok()?;
    let _format = reader.u16().ok()?;
    let _group = reader.vec(64).ok()?;
    let _epoch = reader.u64().ok()?;
    let _kind = reader.u8().ok()?;
    reader.vec(SHOWN_MAX).ok()?.first_chunk().copied()
}
