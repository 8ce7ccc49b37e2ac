//! What a screen reads of rooms of basic encryption.

use e2ee::ordered::Map;
use protocol::{
    ids::{RoomId, Seq},
    role::Role,
};

use super::SharedRoom;
use crate::{
    api::{HistoryChoice, MemberView, RoomStage, RoomView, TimelineItem},
    engine::Engine,
};

impl Engine {
    pub(crate) fn shared_views(&self) -> impl Iterator<Item = RoomView> {
        self.shared
            .rooms
            .values()
            .map(|room| self.shared_room(room))
    }

    pub(crate) fn shared_view(&self, id: RoomId) -> Option<RoomView> {
        let room = self.shared.rooms.get(&id)?;
        Some(self.shared_room(room))
    }

    pub(crate) fn shared_members_of(&self, id: RoomId) -> Option<Vec<MemberView>> {
        let room = self.shared.rooms.get(&id)?;
        Some(self.shared_members(room))
    }

    pub(crate) fn shared_drafts(&self, id: RoomId) -> Option<Vec<TimelineItem>> {
        let room = self.shared.rooms.get(&id)?;
        Some(room.drafts(self.home.as_ref()))
    }

    pub(crate) fn shared_typed(&self) -> impl Iterator<Item = (RoomId, &String)> {
        let rooms: &Map<RoomId, SharedRoom> = &self.shared.rooms;
        rooms.values().map(|room| (room.id, &room.outbox.typed))
    }

    fn shared_room(&self, room: &SharedRoom) -> RoomView {
        let own = self.home.as_ref().map(|home| home.account);
        let own = own.and_then(|own| room.member(own));
        let record = &room.record;
        RoomView {
            room: room.id,
            name: Some(record.entry.name.clone()),
            topic: None,
            stage: if record.entry.inside {
                RoomStage::Joined
            } else {
                RoomStage::Left
            },
            history: HistoryChoice::Shared,
            role: own.map_or(Role::Member, |member| member.role),
            inviter: None,
            accounts: room.members.members.len().max(1),
            last_seq: Seq(record.cursor),
            known_seq: Seq(record.known),
            epoch: 0,
            authenticator: Vec::new(),
            head: [0; 32],
            tombstones: record.tombstones,
            unread: record.unread,
            muted: record.muted,
            unconfirmed: false,
            waiting: false,
            shared_key: Some(record.link(room.id)),
        }
    }
}
