//! After a revocation: in each room one commit takes the revoked devices out and gives this one its leaf of the new
//! generation. It follows from the room as it is, so that lost races, restarts and rooms that this device comes into
//! later need nothing of their own.

use e2ee::group::Intent;
use protocol::error::ErrorCode;

use crate::{api::RoomStage, convert, engine::Engine, rooms::Room, turn::Turn};

/// So often a room may refuse before it keeps nobody waiting.
const PATIENCE: u32 = 3;

/// Where the own account stands in a room.
enum Standing {
    Settled,
    /// Leaves to be taken out, or the own one renewed.
    Behind(Box<Intent>),
    /// Another device has gone ahead, and this one has yet to get the keys: it reads, and makes no commits.
    Waiting,
}

impl Engine {
    /// `true` if nothing else is to be staged now.
    pub(super) fn renewal_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) -> bool {
        let intent = match self.standing(room) {
            Standing::Settled => {
                room.live.renewals_failed = 0;
                room.live.renewed_at = self.renewal_mark(room);
                return false;
            }
            Standing::Waiting => {
                self.end_in_vain(room, turn);
                return true;
            }
            Standing::Behind(intent) => intent,
        };
        if room.live.renewals_failed > 0 && room.live.housekeeping_after > turn.now {
            room.roster.housekeeping_at = Some(room.live.housekeeping_after);
            return true;
        }
        if !self.stage(room, None, &intent, turn) {
            room.live.renewals_failed = room.live.renewals_failed.saturating_add(1);
            room.roster.housekeeping_at = Some(room.live.housekeeping_after);
        }
        true
    }

    /// Whether a room still has a revoked device, or an old leaf of this one, and can be helped now.
    pub(crate) fn renewal_pending(&self, room: &Room) -> bool {
        room.live.renewals_failed < PATIENCE && matches!(self.standing(room), Standing::Behind(_))
    }

    /// What the own leaves' standing depends on: whom to revoke changes with the generation alone. None where it is
    /// of no interest: a device that wants to leave renews nothing.
    fn renewal_mark(&self, room: &Room) -> Option<(u64, u32)> {
        let acting = matches!(room.stage(), RoomStage::Joined | RoomStage::Invited);
        let (home, group) = (self.home.as_ref()?, room.group.as_ref()?);
        (acting && !room.roster.wants_to_leave()).then(|| (group.epoch(), home.generation()))
    }

    /// The mailbox is read and the keys were not in it. They may come yet, but nobody is to wait for that: what this
    /// device was to change is refused, and may be asked for again.
    fn end_in_vain(&self, room: &mut Room, turn: &mut Turn<'_>) {
        if self.mailbox.is_behind() {
            return;
        }
        let wishes: Vec<u64> = room.roster.wishes.keys().copied().collect();
        for number in wishes {
            room.end_wish(number, Err(ErrorCode::DeviceOutdated), turn);
        }
    }

    fn standing(&self, room: &Room) -> Standing {
        // This is asked with each input, and a room may have a thousand leaves.
        let mark = self.renewal_mark(room);
        let (Some(home), Some(group), Some(_)) = (&self.home, &room.group, mark) else {
            return Standing::Settled;
        };
        if room.live.renewed_at == mark {
            return Standing::Settled;
        }
        let mut intent = Intent::default();
        let mut outdated = false;
        let own_leaves = group
            .leaves()
            .filter(|leaf| leaf.account() == home.device.account());
        for leaf in own_leaves {
            let generation = leaf.certificate.generation();
            if generation > home.generation() {
                return Standing::Waiting;
            }
            if leaf.device() == home.device.id() {
                outdated = generation < home.generation();
            } else if home.revoked.contains(&convert::device_out(leaf.device())) {
                intent.revoke.push(leaf.device());
            }
        }
        if outdated || !intent.revoke.is_empty() {
            Standing::Behind(Box::new(intent))
        } else {
            Standing::Settled
        }
    }
}
