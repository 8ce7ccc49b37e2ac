//! Way (d) of PROTOCOL section 4, from inside: devices of members that no door lets in are added by whoever is there.
//!
//! Who hears of a request looks when its rank in housekeeping comes, who comes online looks at once. The server's word
//! makes this device look and no more: whom it adds is what a signature says, of an account that has a leaf.

use e2ee::{
    group::{Change, DeviceRef, Intent},
    key_package::PeerKeyPackage,
};
use protocol::{call::Call, ids::RoomId, rest::Readmissions};

use super::housekeeping::{RANK_MS, is_due};
use crate::{api::RoomStage, engine::Engine, jobs::Job, rooms::Room, turn::Turn};

/// Devices that one commit lets in.
const ADMITTED_MAX: usize = 16;
/// At most one look in this time.
const PAUSE_MS: u64 = 10_000;

impl Engine {
    /// Somebody asks, by the server's word.
    pub(crate) fn readmission_asked(&mut self, id: RoomId, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |_, room, turn| {
            let Some(rank) = room.rank_among(|leaf| !leaf.invited) else {
                return;
            };
            let rank = u64::try_from(rank).unwrap_or(u64::MAX);
            let at = turn.now.plus(rank.saturating_mul(RANK_MS));
            let at = at.max(room.live.housekeeping_after);
            room.live.readmit_at.get_or_insert(at);
        });
    }

    /// Looks who asks, when it is time to.
    pub(super) fn readmission_work(&mut self, room: &Room, turn: &mut Turn<'_>) {
        let job = Job::Readmissions(room.id);
        let due = room.live.readmit_at.is_some_and(|at| is_due(at, turn.now));
        // Who came and went is told by the roster log: without it an old request could be taken for a new one.
        if due && !room.record().roster_wanted && self.jobs.may_start(&job, turn.now) {
            self.jobs.start(job, Call::Readmissions(room.id), turn);
        }
    }

    pub(crate) fn readmissions_came(
        &mut self,
        id: RoomId,
        waiting: &Readmissions,
        turn: &mut Turn<'_>,
    ) {
        self.with_room(id, turn, |engine, room, turn| {
            let admitted = engine.admissible(room, waiting);
            if admitted.is_empty() {
                room.live.readmit_at = None;
                return;
            }
            // Looked at once more when this is done: another commit may be faster, or not all have a place in one.
            room.live.readmit_at = Some(turn.now.plus(PAUSE_MS));
            let ready = matches!(room.stage(), RoomStage::Joined | RoomStage::Leaving)
                && room.is_caught_up()
                && !room.record().roster_wanted
                && !room.roster.is_posting();
            if ready && is_due(room.live.housekeeping_after, turn.now) {
                room.housekeeping_done(turn);
                engine.stage(room, None, &Intent::readmit(admitted), turn);
            }
        });
    }

    /// The devices that this room lets in. What does not hold is passed over.
    fn admissible(&self, room: &Room, waiting: &Readmissions) -> Vec<PeerKeyPackage> {
        let mut admitted: Vec<PeerKeyPackage> = Vec::new();
        let Some(group) = &room.group else {
            return admitted;
        };
        for asked in &waiting.requests {
            let Ok(peer) = group.readmits(asked.request.as_slice()) else {
                continue;
            };
            let (account, device) = (peer.certificate().account(), peer.certificate().device());
            let generation = peer.certificate().generation();
            let pin = self.contacts.pin(account);
            let revoked = pin.is_some_and(|pin| generation < pin.generation());
            let known = |other: &&PeerKeyPackage| other.certificate().account() == account;
            let coming = admitted.iter().filter(known).count();
            let twice = |other: &PeerKeyPackage| other.certificate().device() == device;
            let seated = group.leaf(peer.certificate().device()).is_some();
            let full = !seated && coming >= group.free_seats(account);
            if revoked || admitted.iter().any(twice) || full {
                continue;
            }
            admitted.push(peer);
            if admitted.len() == ADMITTED_MAX {
                break;
            }
        }
        admitted
    }
}

impl Room {
    /// Somebody else has let a device in, and looks whether there are more.
    pub(crate) fn readmitted(&mut self, change: &Change) {
        let by_another = |added: &DeviceRef| added.device != change.committer.device;
        let further = change.accounts_in.is_empty() && change.added.iter().any(by_another);
        if further && !change.own {
            self.live.readmit_at = None;
        }
    }
}
