//! Housekeeping: taking in others' wishes to leave, and renewing the own leaf. Members rank themselves, so that one
//! of them does it and the others need not (PROTOCOL section 5).

use e2ee::group::{Intent, LeafInfo};
use protocol::time::Timestamp;
use sha2::{Digest, Sha256};

use crate::{api::RoomStage, engine::Engine, rooms::Room, turn::Turn};

/// What each rank waits longer than the one before.
pub(crate) const RANK_MS: u64 = 2_000;
/// Members that renew their leaves to show where the room is.
const RENEWERS: usize = 3;
/// At most one housekeeping commit in this time.
const PAUSE_MS: u64 = 10_000;

impl Engine {
    /// Does what is due, or notes when it will be.
    pub(super) fn housekeeping_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let due = room.departure_due();
        room.roster.housekeeping_at = due;
        let update = room.record().update_due;
        let departure = due.is_some_and(|due| is_due(due, turn.now));
        let renewal = update.is_some_and(|due| due <= turn.now);
        if !departure && !renewal {
            return;
        }
        if !is_due(room.live.housekeeping_after, turn.now) {
            room.roster.housekeeping_at = Some(room.live.housekeeping_after);
            return;
        }
        room.housekeeping_done(turn);
        let intent = Intent {
            revoke: self.unused_devices(room),
            ..Intent::housekeeping()
        };
        self.stage(room, None, &intent, turn);
    }
}

/// Whether a moment has come. One that is further ahead than any wait was noted by a clock that has since jumped
/// back, and counts as come.
pub(super) fn is_due(due: Timestamp, now: Timestamp) -> bool {
    due <= now || due.since(now) > 4 * 3_600_000
}

impl Room {
    /// When this device is to take in the wishes to leave that are pending, if there are any.
    fn departure_due(&mut self) -> Option<Timestamp> {
        let since = self.record().leaver_seen?;
        let leaving = self.group.as_mut()?.leaving().ok()?;
        if leaving.iter().all(|one| !one.committable) {
            return None;
        }
        let group = self.group.as_ref()?;
        let stays = |leaf: &LeafInfo| {
            let mut leaving = leaving.iter();
            leaving.all(|one| one.who.account != leaf.account())
        };
        let answered = |leaf: &&LeafInfo| stays(leaf) && !leaf.invited;
        let anybody = group.leaves().any(|leaf| answered(&leaf));
        let before = self.rank_among(|leaf| answered(&leaf) || (!anybody && stays(leaf)))?;
        let rank = u64::try_from(before).unwrap_or(u64::MAX);
        Some(since.plus(rank.saturating_mul(RANK_MS)))
    }

    /// How many of these leaves come before this device's own, in the order of this epoch.
    pub(crate) fn rank_among(&self, counts: impl Fn(&LeafInfo) -> bool) -> Option<usize> {
        let group = self.group.as_ref()?;
        let key = |index: u32| -> [u8; 32] {
            Sha256::new()
                .chain_update(group.authenticator())
                .chain_update(index.to_be_bytes())
                .finalize()
                .into()
        };
        let own = key(group.own_leaf_index());
        let leaves = group.leaves().filter(|leaf| counts(leaf));
        Some(leaves.filter(|leaf| key(leaf.index) < own).count())
    }

    /// Whether somebody wants to leave and all who stay have yet to answer their invitations.
    pub(super) fn only_invited_stay(&mut self) -> bool {
        if self.record().leaver_seen.is_none() {
            return false;
        }
        let Some(group) = self.group.as_mut() else {
            return false;
        };
        let Ok(leaving) = group.leaving() else {
            return false;
        };
        let leaves = |account| leaving.iter().any(|one| one.who.account == account);
        group
            .leaves()
            .all(|leaf| leaf.invited || leaves(leaf.account()))
    }

    /// Whether the log holds a wish of this account to leave: until somebody takes it in, or another commit voids it, no
    /// device of the account changes the room.
    pub(super) fn is_let_go(&mut self) -> bool {
        // Asked in each turn, and wishes are rare: they are read and verified only where the log had one.
        let wished = self.record().leaver_seen.is_some() || self.stage() == RoomStage::Leaving;
        let group = self.group.as_mut().filter(|_| wished);
        group.is_some_and(|group| group.is_leaving().unwrap_or(false))
    }

    /// The first few in rank renew their leaves, one after the other, unless one of them was faster.
    pub(crate) fn renew_soon(&mut self, turn: &Turn<'_>) {
        let rank = self.rank_among(|_| true).filter(|rank| *rank < RENEWERS);
        let Some(rank) = rank.and_then(|rank| u64::try_from(rank).ok()) else {
            return;
        };
        let soon = turn.now.plus((rank + 1) * RANK_MS);
        let due = self.record().update_due;
        if due.is_none_or(|due| due > soon) {
            self.change().update_due = Some(soon);
        }
    }

    /// Housekeeping was done or tried: not again for a while.
    pub(super) fn housekeeping_done(&mut self, turn: &Turn<'_>) {
        self.live.housekeeping_after = turn.now.plus(PAUSE_MS);
        self.roster.housekeeping_at = None;
        if let Some(due) = self.record().update_due
            && due <= turn.now
        {
            let next = turn.now.plus(3_600_000);
            self.change().update_due = Some(next);
        }
    }
}
