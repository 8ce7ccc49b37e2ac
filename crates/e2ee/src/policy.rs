//! The policy: the part of the group context that says who may do what (PROTOCOL section 5).
//!
//! It is the GroupContext extension 0xF5C0, so every member hashes the same bytes and a joiner sees it before joining.
//! The encoding is canonical: one policy has one encoding, anything else is refused.

use thiserror::Error;

use crate::{
    codec::{CodecError, Reader, Writer},
    ids::{AccountId, RoomId},
    roles::{MAX_ROLES, Role, Roles},
    suite::Suite,
};

/// Extension type of the policy.
pub const EXTENSION_TYPE: u16 = 0xF5C0;
/// The version that this crate judges by. A client that meets another one pauses.
pub const VERSION: u16 = 1;
/// The longest encoding, in bytes: the policy is hashed into every message.
pub const MAX_LEN: usize = 4096;

/// What a room is, fixed at creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RoomKind {
    /// Any number of people.
    Group = 1,
}

/// Who may read what was said before they came, fixed at creation (PROTOCOL section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum History {
    /// No history key exists: each device reads what it received itself.
    None = 0,
    /// An account reads from its own join on, on all of its devices.
    SinceJoin = 1,
    /// Whoever is in the room reads everything.
    Shared = 2,
}

/// Whether people may come in without an Add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Access {
    /// Only by an Add, or as a further device of an account that is in.
    Invitation = 0,
    /// Also by an external commit of whoever holds a link.
    Link = 1,
}

/// The lowest role that may do a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// Add a new account.
    pub invite: Role,
    /// Change the room state: name, topic, link list.
    pub edit: Role,
}

impl Default for Permissions {
    fn default() -> Self {
        Self {
            invite: Role::Member,
            edit: Role::Moderator,
        }
    }
}

/// The policy of one room in one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The room that the group belongs to; immutable.
    pub room: RoomId,
    /// Immutable.
    pub kind: RoomKind,
    /// Immutable.
    pub suite: Suite,
    /// Immutable.
    pub history: History,
    /// Ways in other than an Add.
    pub access: Access,
    /// Raised to rotate the room's keys without a departure; only grows.
    pub join_generation: u32,
    /// Raised with each new room state; only grows.
    pub state_version: u32,
    /// Salted hash of the room state, see [`crate::room_state::RoomState::hash`].
    pub state_hash: [u8; 32],
    /// The lowest roles for what members do.
    pub permissions: Permissions,
    /// Accounts with a role above member.
    pub roles: Roles,
}

/// A policy could not be read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PolicyError {
    /// A newer client wrote it: pause, do not judge.
    #[error("policy version {0} is newer than this client")]
    UnknownVersion(u16),
    /// Longer than [`MAX_LEN`], or more than [`MAX_ROLES`] accounts above member.
    #[error("the policy is longer than {MAX_LEN} bytes")]
    TooLong,
    /// Not the canonical form of a policy.
    #[error("malformed policy: {0}")]
    Codec(#[from] CodecError),
}

impl Policy {
    /// The canonical encoding.
    ///
    /// # Errors
    /// [`PolicyError::TooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, PolicyError> {
        let mut writer = Writer::new();
        writer.u16(VERSION);
        writer.u64(self.room.get());
        writer.u8(self.kind as u8);
        writer.u16(self.suite.code());
        writer.u8(self.history as u8);
        writer.u8(self.access as u8);
        writer.u32(self.join_generation);
        writer.u32(self.state_version);
        writer.fixed(&self.state_hash);
        writer.u8(self.permissions.invite as u8);
        writer.u8(self.permissions.edit as u8);
        self.roles.write(&mut writer);
        let bytes = writer.finish();
        if bytes.len() > MAX_LEN || self.roles.len() > MAX_ROLES {
            return Err(PolicyError::TooLong);
        }
        Ok(bytes)
    }

    /// Reads an encoding. The version is read first, so that a newer policy of any form is told from a bad one.
    ///
    /// # Errors
    /// [`PolicyError`] says why it was refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, PolicyError> {
        if bytes.len() > MAX_LEN {
            return Err(PolicyError::TooLong);
        }
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        if version != VERSION {
            return Err(PolicyError::UnknownVersion(version));
        }
        let policy = Self {
            room: RoomId::new(reader.u64()?).map_err(|_| CodecError::BadValue)?,
            kind: read_kind(&mut reader)?,
            suite: Suite::from_code(reader.u16()?).ok_or(CodecError::BadValue)?,
            history: read_history(&mut reader)?,
            access: read_access(&mut reader)?,
            join_generation: reader.u32()?,
            state_version: reader.u32()?,
            state_hash: reader.array()?,
            permissions: Permissions {
                invite: Role::read(&mut reader)?,
                edit: Role::read(&mut reader)?,
            },
            roles: Roles::read(&mut reader)?,
        };
        reader.finish()?;
        Ok(policy)
    }

    /// The role of an account: member unless listed.
    #[must_use]
    pub fn role(&self, account: AccountId) -> Role {
        self.roles.get(account)
    }

    /// Whether the fields that never change are those of `other`.
    #[must_use]
    pub fn same_room(&self, other: &Self) -> bool {
        (self.room, self.kind, self.suite, self.history)
            == (other.room, other.kind, other.suite, other.history)
    }
}

fn read_kind(reader: &mut Reader<'_>) -> Result<RoomKind, CodecError> {
    match reader.u8()? {
        1 => Ok(RoomKind::Group),
        _ => Err(CodecError::BadValue),
    }
}

fn read_history(reader: &mut Reader<'_>) -> Result<History, CodecError> {
    match reader.u8()? {
        0 => Ok(History::None),
        1 => Ok(History::SinceJoin),
        2 => Ok(History::Shared),
        _ => Err(CodecError::BadValue),
    }
}

fn read_access(reader: &mut Reader<'_>) -> Result<Access, CodecError> {
    match reader.u8()? {
        0 => Ok(Access::Invitation),
        1 => Ok(Access::Link),
        _ => Err(CodecError::BadValue),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn policy(roles: &[(u8, Role)]) -> Policy {
        Policy {
            room: RoomId::new(7).unwrap(),
            kind: RoomKind::Group,
            suite: Suite::POST_QUANTUM,
            history: History::SinceJoin,
            access: Access::Invitation,
            join_generation: 1,
            state_version: 2,
            state_hash: [3; 32],
            permissions: Permissions::default(),
            roles: roles
                .iter()
                .map(|(n, role)| (AccountId::from([*n; 16]), *role))
                .collect(),
        }
    }

    #[test]
    fn a_policy_survives_its_encoding() {
        let policy = policy(&[(9, Role::Moderator), (1, Role::Owner)]);
        let bytes = policy.encode().unwrap();
        assert_eq!(Policy::decode(&bytes), Ok(policy));
    }

    #[test]
    fn another_version_pauses_whatever_follows() {
        assert_eq!(
            Policy::decode(&[0, 2, 0xff]),
            Err(PolicyError::UnknownVersion(2))
        );
    }

    #[test]
    fn bytes_behind_and_beyond_are_refused() {
        let mut bytes = policy(&[]).encode().unwrap();
        bytes.push(0);
        assert_eq!(Policy::decode(&bytes), Err(CodecError::Trailing.into()));
        assert_eq!(Policy::decode(&[0; MAX_LEN + 1]), Err(PolicyError::TooLong));
    }

    #[test]
    fn a_full_role_list_fits() {
        let roles: Vec<_> = (0..64).map(|n| (n, Role::Moderator)).collect();
        assert!(policy(&roles).encode().unwrap().len() < MAX_LEN);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn one_policy_has_one_encoding(at in 0usize..120, bit in 0u8..8) {
            let mut bytes = policy(&[(1, Role::Owner), (9, Role::Moderator)]).encode().unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            if let Ok(other) = Policy::decode(&bytes) {
                prop_assert_eq!(other.encode().unwrap(), bytes);
            }
        }
    }
}
