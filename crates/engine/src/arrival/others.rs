//! Where the others are, and whether a state can be that place: what leads a device back that was left behind
//! (PROTOCOL section 1).

use e2ee::ordered::Set;

use e2ee::{group::Group, tree::Followed};
use protocol::ids::RoomId;

use crate::{
    convert,
    engine::Engine,
    rooms::{Room, Successor},
};

impl Engine {
    /// Where those stood who went on past a commit that this device could not follow.
    pub(super) fn stood(&self, room: RoomId) -> Set<Successor> {
        let room = self.rooms.get(&room);
        let suspicion = room.and_then(|room| room.record().suspicion.as_ref());
        suspicion.map_or_else(Set::new, |doubt| doubt.stood.clone())
    }

    /// The epoch in which this device may have parted from the others without noticing.
    pub(super) fn parted(&self, room: RoomId) -> Option<u64> {
        let record = self.rooms.get(&room)?.record();
        record.provisional.as_ref().map(|doubt| doubt.epoch)
    }

    /// Whether a Welcome leads a device that asked for it back to those who went on without it: somebody made it whom
    /// this device knows as a member and who made nothing of what is in doubt, and it leads where others said they are,
    /// or where the maker has gone from there.
    pub(crate) fn leads_back(&self, room: &Room, group: &Group) -> bool {
        let Some(by) = group.welcomed_by() else {
            return false;
        };
        let own = self.home.as_ref().map(|home| home.account);
        let former = room.leaf_key(by.account, by.device);
        let leaf = group.leaf(by.device);
        let known = leaf.is_some_and(|leaf| former.as_ref() == Some(leaf.certificate.device_key()));
        let counts = room
            .witnesses(own)
            .contains(&convert::account_out(by.account));
        let here = Successor {
            epoch: group.epoch(),
            transcript: group.transcript16(),
        };
        let (account, device) = (
            convert::account_out(by.account),
            convert::device_out(by.device),
        );
        let record = room.record();
        let parted = record.provisional.is_some();
        let leads = record.suspicion.as_ref().is_some_and(|doubt| {
            doubt.different.contains(&(account, device)) || leads_to(here, &doubt.stood, parted)
        });
        known && counts && leads
    }
}

pub(super) fn state(tree: &Followed) -> Successor {
    Successor {
        epoch: tree.epoch(),
        transcript: tree.transcript16(),
    }
}

/// Whether a state can be where others were seen: in the same epoch it must be the very state that they named. Who may
/// have gone a way of its own for some epochs goes nowhere else, for later epochs may be of that way.
pub(super) fn leads_to(here: Successor, stood: &Set<Successor>, parted: bool) -> bool {
    let same_epoch = stood.iter().any(|other| other.epoch == here.epoch);
    let behind = stood.iter().all(|other| other.epoch > here.epoch);
    stood.is_empty() || stood.contains(&here) || !(parted || same_epoch || behind)
}
