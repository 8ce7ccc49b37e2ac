//! Small enums as the numbers that the schema names.

use protocol::{rest::Encryption, role::Role};

use crate::store::StoreError;

/// `rooms.kind`.
pub(super) fn kind_number(kind: Encryption) -> i64 {
    match kind {
        Encryption::Mls => 0,
        Encryption::SharedKey => 1,
    }
}

/// `rooms.kind`.
pub(super) fn kind(number: u64) -> Result<Encryption, StoreError> {
    match number {
        0 => Ok(Encryption::Mls),
        1 => Ok(Encryption::SharedKey),
        _ => Err(StoreError::Damaged("kind")),
    }
}

/// `members.role`.
pub(super) fn role_number(role: Role) -> i64 {
    match role {
        Role::Member => 0,
        Role::Moderator => 1,
        Role::Admin => 2,
        Role::Owner => 3,
    }
}

/// `members.role`.
pub(super) fn role(number: u64) -> Result<Role, StoreError> {
    match number {
        0 => Ok(Role::Member),
        1 => Ok(Role::Moderator),
        2 => Ok(Role::Admin),
        3 => Ok(Role::Owner),
        _ => Err(StoreError::Damaged("role")),
    }
}
