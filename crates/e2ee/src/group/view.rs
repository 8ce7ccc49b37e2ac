//! What a screen and the engine read from a group.

use crate::ordered::Map;

use super::{Group, LeafInfo, Member};
use crate::{
    certificate::DeviceCertificate,
    ids::{AccountId, DeviceId, GroupId, RoomId},
    policy::Policy,
    roles::Role,
    roster_log,
    user_name::UserName,
};

impl Group {
    /// The room.
    #[must_use]
    pub fn room(&self) -> RoomId {
        self.scope.room
    }

    /// The MLS group.
    #[must_use]
    pub fn group_id(&self) -> GroupId {
        self.scope.group
    }

    /// The policy of the current epoch.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The current epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.mls.epoch().as_u64()
    }

    /// This device's leaf index: the tie-breaker of housekeeping ranks.
    #[must_use]
    pub fn own_leaf_index(&self) -> u32 {
        self.mls.own_leaf_index().u32()
    }

    /// The epoch authenticator: equal for all who share the epoch, unpredictable for others.
    #[must_use]
    pub fn authenticator(&self) -> &[u8] {
        self.mls.epoch_authenticator().as_slice()
    }

    /// The first 16 bytes of the confirmed transcript hash, for `status`. In epoch 0 the hash is
    /// empty and the result is zero.
    #[must_use]
    pub fn transcript16(&self) -> [u8; 16] {
        let hash = self
            .mls
            .public_group()
            .group_context()
            .confirmed_transcript_hash();
        hash.first_chunk().copied().unwrap_or_default()
    }

    /// All leaves, by index.
    pub fn leaves(&self) -> impl Iterator<Item = &LeafInfo> {
        self.leaves.iter()
    }

    /// The leaf of a device.
    #[must_use]
    pub fn leaf(&self, device: DeviceId) -> Option<&LeafInfo> {
        self.leaves.device(device)
    }

    /// The name in a device's certificate, also of one whose leaf is gone.
    #[must_use]
    pub fn name_of(&self, device: DeviceId) -> Option<UserName> {
        Some(self.certificate_of(device)?.name().clone())
    }

    /// The latest certificate of a device that is or was in the room.
    #[must_use]
    pub fn certificate_of(&self, device: DeviceId) -> Option<DeviceCertificate> {
        if let Some(leaf) = self.leaf(device) {
            return Some(leaf.certificate.clone());
        }
        // What cannot be read proves nothing, and the message that it is asked for has been judged by itself.
        roster_log::known(self.provider.rows(), device).ok()?
    }

    /// The latest certificate of each device that is or was in the room, for who keeps them when the group goes.
    #[must_use]
    pub fn certificates(&self) -> Vec<DeviceCertificate> {
        let gone = roster_log::devices(self.provider.rows()).into_iter();
        let gone = gone.filter(|device| self.leaf(*device).is_none());
        let gone = gone.filter_map(|device| self.certificate_of(device));
        let here = self.leaves.iter().map(|leaf| leaf.certificate.clone());
        here.chain(gone).collect()
    }

    /// All accounts with a leaf, sorted by account id.
    #[must_use]
    pub fn members(&self) -> Vec<Member> {
        let mut members: Map<AccountId, Member> = Map::new();
        for leaf in self.leaves.iter() {
            let account = leaf.account();
            let member = members.entry(account).or_insert_with(|| Member {
                account,
                role: self.policy.role(account),
                invited: true,
                devices: Vec::new(),
            });
            member.invited &= leaf.invited;
            member.devices.push(leaf.clone());
        }
        members.into_values().collect()
    }

    /// The role of an account: member unless the policy lists it.
    #[must_use]
    pub fn role(&self, account: AccountId) -> Role {
        self.policy.role(account)
    }
}
