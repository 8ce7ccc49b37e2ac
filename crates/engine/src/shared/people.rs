//! Who is in a room of basic encryption, by the server's word.

use protocol::{ids::RoomId, rest::Members};

use super::SharedRoom;
use crate::{
    api::{Event, MemberView},
    engine::Engine,
    turn::Turn,
};

impl Engine {
    pub(super) fn shared_members_came(
        &mut self,
        id: RoomId,
        members: Members,
        turn: &mut Turn<'_>,
    ) {
        self.with_shared(id, turn, |_, room, turn| {
            room.live.members_wanted = false;
            if members != room.members {
                room.members = members;
                room.save_members(turn);
                turn.event(Event::MembersChanged(id));
            }
        });
    }

    pub(super) fn shared_members(&self, room: &SharedRoom) -> Vec<MemberView> {
        let own = self.home.as_ref().map(|home| home.account);
        let members = room.members.members.iter();
        members
            .map(|member| MemberView {
                account: member.account_id,
                user: member.username.as_str().to_owned(),
                role: member.role,
                invited: false,
                verified: false,
                name_twin: false,
                devices: Vec::new(),
                own: own == Some(member.account_id),
            })
            .collect()
    }
}
