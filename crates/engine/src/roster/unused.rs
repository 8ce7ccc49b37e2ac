//! Unused leaves (PROTOCOL section 5, good manners): a device that has not renewed its leaf for long is taken out by
//! another one of its account, with a renewal of that one's own leaf, and comes in anew when it is back.
//!
//! How long is measured between two commits in the log, by the log's time: no device's own clock counts.

use e2ee::{
    group::{Change, DeviceRef},
    ids::DeviceId,
};
use protocol::time::Timestamp;

use crate::{api::RoomStage, convert, engine::Engine, rooms::Room, turn::Turn};

/// A leaf is renewed every week where its device is there at all.
const UNUSED_MS: u64 = 90 * 86_400_000;

impl Engine {
    /// Notes which devices of the own account are about. One that was never seen to change the group counts from the
    /// first commit on that another one is seen to make.
    pub(crate) fn hear_devices(
        &self,
        room: &mut Room,
        change: &Change,
        at: Timestamp,
        turn: &mut Turn<'_>,
    ) {
        let Some(home) = &self.home else { return };
        let account = home.device.account();
        if change.committer.account != account {
            return;
        }
        let Some(group) = &room.group else { return };
        let own = |leaf: &&e2ee::group::LeafInfo| leaf.account() == account;
        let devices: Vec<DeviceId> = group
            .leaves()
            .filter(own)
            .map(|leaf| leaf.device())
            .collect();
        let heard = &mut room.change().heard;
        heard.retain(|device, _| devices.contains(&convert::device(*device)));
        for device in devices {
            let last = heard.entry(convert::device_out(device)).or_insert(at);
            if device == change.committer.device {
                *last = at;
            }
        }
        if change.own && !self.unused_devices(room).is_empty() {
            Self::plan_update(room, turn);
        }
    }

    /// Devices of the own account that are to be taken out.
    pub(crate) fn unused_devices(&self, room: &Room) -> Vec<DeviceId> {
        let Some(home) = &self.home else {
            return Vec::new();
        };
        let heard = &room.record().heard;
        let own = convert::device_out(home.device.id());
        let Some(now) = heard.get(&own) else {
            return Vec::new();
        };
        let unused = heard
            .iter()
            .filter(|(_, last)| now.since(**last) > UNUSED_MS);
        let devices = unused.map(|(device, _)| convert::device(*device));
        let has_leaf = |device: &DeviceId| {
            let group = room.group.as_ref();
            group.is_some_and(|group| group.leaf(*device).is_some())
        };
        devices.filter(has_leaf).collect()
    }

    /// Whether a removal of this device by another one of its account is that of an unused leaf.
    pub(crate) fn is_set_aside(&self, room: &Room, by: DeviceRef, at: Timestamp) -> bool {
        let Some(home) = &self.home else { return false };
        let own = convert::device_out(home.device.id());
        let last = room.record().heard.get(&own);
        room.stage() == RoomStage::Joined
            && by.account == home.device.account()
            && last.is_some_and(|last| at.since(*last) > UNUSED_MS)
    }
}
