//! What a screen reads.

use e2ee::{contacts::Trust, group::Group, log_head::LogHead, safety_number::room_code};
use protocol::{
    ids::{AccountId, LoginId, RoomId, Seq},
    role::Role,
};

use crate::{
    api::{AccountView, MemberView, RoomStage, RoomView, TimelineItem},
    convert,
    engine::Engine,
    rooms::Room,
};

impl Engine {
    /// The token of the session, for calls and for the socket.
    pub fn session_token(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.token.as_str())
    }

    /// A login that failed for want of a code, where a passkey would do as well: what to ask for one with.
    pub const fn waiting_login(&self) -> Option<LoginId> {
        self.waiting_login
    }

    /// What a call shows: the token of the session; while somebody logs in again, that of the one which ended.
    pub fn call_token(&self) -> Option<&str> {
        let former = self.former_token.as_deref();
        let former = former.filter(|_| self.sign_in.is_some());
        self.session_token().or(former)
    }

    /// The own account, once there is one.
    pub fn account(&self) -> Option<AccountView> {
        let home = self.home.as_ref().filter(|home| home.is_registered())?;
        Some(AccountView {
            account: home.account,
            user: home.user.as_str().to_owned(),
            device: convert::device_out(home.device.id()),
            signed_in: self.session.is_some() && self.sign_in.is_none(),
            reduced: home.reduced,
            deleted: home.deleted,
        })
    }

    /// All rooms, by id.
    pub fn rooms(&self) -> Vec<RoomView> {
        self.rooms
            .values()
            .filter(|room| room.record().posted)
            .map(|room| self.view(room))
            .chain(self.shared_views())
            .collect()
    }

    /// One room.
    pub fn room(&self, id: RoomId) -> Option<RoomView> {
        let sealed = self.rooms.get(&id).map(|room| self.view(room));
        sealed.or_else(|| self.shared_view(id))
    }

    fn view(&self, room: &Room) -> RoomView {
        let record = room.record();
        let shown = room.stage() != RoomStage::Invited;
        let group = room.group.as_ref();
        RoomView {
            room: room.id,
            name: record.name.clone().filter(|_| shown),
            topic: record.topic.clone().filter(|_| shown),
            stage: room.stage(),
            history: record.history,
            role: self.own_role(room),
            inviter: record.inviter,
            accounts: group.map_or(record.last.accounts, |group| group.members().len()),
            last_seq: Seq(record.cursor),
            known_seq: Seq(record.known),
            epoch: group.map_or(record.last.epoch, Group::epoch),
            authenticator: group.map_or_else(
                || record.last.authenticator.clone(),
                |group| group.authenticator().to_vec(),
            ),
            head: record.head,
            tombstones: record.tombstones,
            unread: record.unread,
            muted: record.muted,
            unconfirmed: !record.vouchers.is_empty(),
            waiting: self.waits_for_readmission(room.id),
            shared_key: None,
        }
    }

    fn own_role(&self, room: &Room) -> Role {
        match (&room.group, &self.home) {
            (Some(group), Some(home)) => convert::role_out(group.role(home.device.account())),
            _ => Role::Member,
        }
    }

    /// The members of a room, by account id; none where this device is not in. In a room of basic encryption they are by the
    /// server's word.
    pub fn members(&self, id: RoomId) -> Vec<MemberView> {
        if let Some(members) = self.shared_members_of(id) {
            return members;
        }
        let Some((room, group)) = self
            .rooms
            .get(&id)
            .and_then(|room| Some((room, room.group.as_ref()?)))
        else {
            return Vec::new();
        };
        group
            .members()
            .into_iter()
            .map(|member| self.member_view(room, &member))
            .collect()
    }

    fn member_view(&self, room: &Room, member: &e2ee::group::Member) -> MemberView {
        let account = convert::account_out(member.account);
        let own = self
            .home
            .as_ref()
            .is_some_and(|home| home.account == account);
        let pin = self.contacts.pin(member.account);
        let first = member.devices.first();
        let answered =
            room.record().accepted.contains(&account) || (own && room.stage() == RoomStage::Joined);
        MemberView {
            account,
            user: first.map_or_else(String::new, |leaf| {
                leaf.certificate.name().as_str().to_owned()
            }),
            role: convert::role_out(member.role),
            invited: member.invited && !answered,
            verified: self.contacts.trust(member.account) == Trust::Verified,
            name_twin: pin.is_some_and(|pin| !pin.twins().is_empty()),
            devices: member
                .devices
                .iter()
                .map(|leaf| convert::device_out(leaf.device()))
                .collect(),
            own,
        }
    }

    /// Messages of a room that are not in its log yet, in order.
    pub fn drafts(&self, id: RoomId) -> Vec<TimelineItem> {
        if let Some(drafts) = self.shared_drafts(id) {
            return drafts;
        }
        let items = self.rooms.get(&id).map(|room| room.outbox.items.values());
        items
            .into_iter()
            .flatten()
            .map(|item| item.line(self.home.as_ref()))
            .collect()
    }

    /// What the members of a room compare to see that they are in the same one: epoch and log.
    pub fn room_code(&self, id: RoomId) -> Option<String> {
        let room = self.rooms.get(&id)?;
        let group = room.group.as_ref()?;
        let log = LogHead {
            seq: room.record().cursor,
            head: room.record().head,
        };
        Some(room_code(group.authenticator(), &log).to_string())
    }

    /// The name of an account by its certificates: in a room that this device is in, else as it was first seen.
    pub fn known_name(&self, account: AccountId) -> Option<String> {
        let id = convert::account(account);
        let groups = self.rooms.values().filter_map(|room| room.group.as_ref());
        let mut leaves = groups.flat_map(Group::leaves);
        if let Some(leaf) = leaves.find(|leaf| leaf.account() == id) {
            return Some(leaf.certificate.name().as_str().to_owned());
        }
        let own = self.home.as_ref().filter(|home| home.account == account);
        let pinned = || Some(self.contacts.pin(id)?.name().as_str().to_owned());
        own.map(|home| home.user.as_str().to_owned())
            .or_else(pinned)
    }

    /// Whether two accounts were compared in person or by another channel.
    pub fn is_verified(&self, account: AccountId) -> bool {
        self.contacts.trust(convert::account(account)) == Trust::Verified
    }
}
