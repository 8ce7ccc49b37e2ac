//! Small enums as the numbers that the schema names.

use protocol::{
    rest::{Act, Encryption},
    role::Role,
};

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

/// `invites.source`: who made an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// An administrator.
    Administrator,
    /// The server at its start, for whoever sets it up.
    Setup,
    /// A development server, for the account that its own program makes.
    FirstRun,
    /// The operator, on the machine.
    Machine,
}

impl Source {
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Administrator => 0,
            Self::Setup => 1,
            Self::FirstRun => 2,
            Self::Machine => 3,
        }
    }

    pub(super) fn read(number: u64) -> Result<Self, StoreError> {
        match number {
            0 => Ok(Self::Administrator),
            1 => Ok(Self::Setup),
            2 => Ok(Self::FirstRun),
            3 => Ok(Self::Machine),
            _ => Err(StoreError::Damaged("source")),
        }
    }
}

/// `audit.act`.
pub(super) const fn act_number(act: Act) -> i64 {
    match act {
        Act::Disable => 0,
        Act::Enable => 1,
        Act::FreeName => 2,
        Act::EndSessions => 3,
        Act::Grant => 4,
        Act::Withdraw => 5,
        Act::MakeInvite => 6,
        Act::WithdrawInvite => 7,
        Act::BecomeAdmin => 8,
        Act::SearchCanary => 9,
        Act::RefreshReuse => 10,
        Act::PasskeyCloned => 11,
    }
}

/// `audit.act`.
pub(super) fn act(number: u64) -> Result<Act, StoreError> {
    match number {
        0 => Ok(Act::Disable),
        1 => Ok(Act::Enable),
        2 => Ok(Act::FreeName),
        3 => Ok(Act::EndSessions),
        4 => Ok(Act::Grant),
        5 => Ok(Act::Withdraw),
        6 => Ok(Act::MakeInvite),
        7 => Ok(Act::WithdrawInvite),
        8 => Ok(Act::BecomeAdmin),
        9 => Ok(Act::SearchCanary),
        10 => Ok(Act::RefreshReuse),
        11 => Ok(Act::PasskeyCloned),
        _ => Err(StoreError::Damaged("act")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_and_sources_are_read_as_they_were_written() {
        for number in 0..12 {
            assert_eq!(
                act_number(act(number).unwrap()),
                i64::try_from(number).unwrap()
            );
        }
        assert!(act(12).is_err());
        for number in 0..4 {
            assert_eq!(
                Source::read(number).unwrap().number(),
                i64::try_from(number).unwrap()
            );
        }
        assert!(Source::read(4).is_err());
    }
}
