//! The same ids in two crates: the wire's and the lock's.

use e2ee::ids as lock;
use protocol::{ids as wire, role::Role};

pub(crate) fn account(id: wire::AccountId) -> lock::AccountId {
    lock::AccountId::from(*id.as_bytes())
}

pub(crate) fn account_out(id: lock::AccountId) -> wire::AccountId {
    wire::AccountId::from_bytes(*id.as_bytes())
}

pub(crate) fn device(id: wire::DeviceId) -> lock::DeviceId {
    lock::DeviceId::from(*id.as_bytes())
}

pub(crate) fn device_out(id: lock::DeviceId) -> wire::DeviceId {
    wire::DeviceId::from_bytes(*id.as_bytes())
}

pub(crate) fn group_out(id: lock::GroupId) -> wire::GroupId {
    wire::GroupId::from_bytes(*id.as_bytes())
}

pub(crate) fn group(id: wire::GroupId) -> lock::GroupId {
    lock::GroupId::from(*id.as_bytes())
}

pub(crate) fn link(id: wire::LinkId) -> lock::LinkId {
    lock::LinkId::from(*id.as_bytes())
}

pub(crate) fn link_out(id: lock::LinkId) -> wire::LinkId {
    wire::LinkId::from_bytes(*id.as_bytes())
}

pub(crate) fn client(id: wire::ClientId) -> lock::ClientId {
    lock::ClientId::from(*id.as_bytes())
}

/// Both crates take numbers below 2^53; the wire also refuses 0, so there is always a match.
#[expect(
    clippy::expect_used,
    reason = "a room id of the wire is below 2^53, which is the other type's only rule"
)]
pub(crate) fn room(id: wire::RoomId) -> lock::RoomId {
    lock::RoomId::new(id.get()).expect("below 2^53")
}

pub(crate) fn role(role: Role) -> e2ee::roles::Role {
    match role {
        Role::Member => e2ee::roles::Role::Member,
        Role::Moderator => e2ee::roles::Role::Moderator,
        Role::Admin => e2ee::roles::Role::Admin,
        Role::Owner => e2ee::roles::Role::Owner,
    }
}

pub(crate) fn role_out(role: e2ee::roles::Role) -> Role {
    match role {
        e2ee::roles::Role::Member => Role::Member,
        e2ee::roles::Role::Moderator => Role::Moderator,
        e2ee::roles::Role::Admin => Role::Admin,
        e2ee::roles::Role::Owner => Role::Owner,
    }
}
