//! Roles, and the list of those above member.

use crate::ordered::Map;

use serde::{Deserialize, Serialize};

use crate::{
    codec::{CodecError, Reader, Writer},
    ids::AccountId,
};

/// The longest list of accounts above member.
pub const MAX_ROLES: usize = 64;

/// What an account may do in a room; each role may do all that the lower ones may.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Role {
    /// Speaks, leaves, and invites where the policy lets members.
    #[default]
    Member = 0,
    /// Removes members.
    Moderator = 1,
    /// Changes permissions and access.
    Admin = 2,
    /// May do everything; at least one stays.
    Owner = 3,
}

impl Role {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        match reader.u8()? {
            0 => Ok(Self::Member),
            1 => Ok(Self::Moderator),
            2 => Ok(Self::Admin),
            3 => Ok(Self::Owner),
            _ => Err(CodecError::BadValue),
        }
    }
}

/// Accounts above member, sorted by account id. Whoever is not listed is a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(Map<AccountId, Role>);

impl Roles {
    /// The role of an account.
    #[must_use]
    pub fn get(&self, account: AccountId) -> Role {
        self.0.get(&account).copied().unwrap_or_default()
    }

    /// Gives an account a role; member takes it off the list.
    pub fn set(&mut self, account: AccountId, role: Role) {
        if role == Role::Member {
            self.0.remove(&account);
        } else {
            self.0.insert(account, role);
        }
    }

    /// The listed accounts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (AccountId, Role)> + '_ {
        self.0.iter().map(|(account, role)| (*account, *role))
    }

    /// How many accounts are listed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody is above member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody is an owner.
    #[must_use]
    pub fn has_owner(&self) -> bool {
        self.0.values().any(|role| *role == Role::Owner)
    }

    /// Accounts whose role differs between two lists, with the role before and after.
    #[must_use]
    pub fn differences(&self, after: &Self) -> Vec<(AccountId, Role, Role)> {
        let mut accounts: Vec<AccountId> = self.0.keys().chain(after.0.keys()).copied().collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
            .into_iter()
            .map(|account| (account, self.get(account), after.get(account)))
            .filter(|(_, before, after)| before != after)
            .collect()
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        // The reader refuses more than MAX_ROLES, so a longer list cannot pass for a shorter one.
        writer.u16(u16::try_from(self.0.len()).unwrap_or(u16::MAX));
        for (account, role) in &self.0 {
            writer.fixed(account.as_bytes());
            writer.u8(*role as u8);
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let count = usize::from(reader.u16()?);
        if count > MAX_ROLES {
            return Err(CodecError::TooLong);
        }
        let mut roles = Map::new();
        for _ in 0..count {
            let account = AccountId::from(reader.array::<16>()?);
            let role = Role::read(reader)?;
            let in_order = roles
                .last_key_value()
                .is_none_or(|(last, _)| *last < account);
            if role == Role::Member || !in_order {
                return Err(CodecError::NotCanonical);
            }
            roles.insert(account, role);
        }
        Ok(Self(roles))
    }
}

impl FromIterator<(AccountId, Role)> for Roles {
    fn from_iter<I: IntoIterator<Item = (AccountId, Role)>>(roles: I) -> Self {
        let mut list = Self::default();
        for (account, role) in roles {
            list.set(account, role);
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(n: u8) -> AccountId {
        AccountId::from([n; 16])
    }

    fn encoded(entries: &[(u8, u8)]) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u16(u16::try_from(entries.len()).unwrap());
        for (n, role) in entries {
            writer.fixed(&[*n; 16]);
            writer.u8(*role);
        }
        writer.finish()
    }

    #[test]
    fn only_a_sorted_list_without_members_is_read() {
        let read = |entries: &[(u8, u8)]| Roles::read(&mut Reader::new(&encoded(entries)));
        assert_eq!(read(&[(1, 3), (2, 1)]).unwrap().len(), 2);
        assert_eq!(read(&[(2, 1), (1, 3)]), Err(CodecError::NotCanonical));
        assert_eq!(read(&[(1, 1), (1, 3)]), Err(CodecError::NotCanonical));
        assert_eq!(read(&[(1, 0)]), Err(CodecError::NotCanonical));
        assert_eq!(read(&[(1, 4)]), Err(CodecError::BadValue));
        let many: Vec<_> = (0..65).map(|n| (n, 1)).collect();
        assert_eq!(read(&many), Err(CodecError::TooLong));
    }

    #[test]
    fn differences_name_both_roles() {
        let before: Roles = [(account(1), Role::Owner), (account(2), Role::Admin)]
            .into_iter()
            .collect();
        let after: Roles = [(account(1), Role::Owner), (account(3), Role::Moderator)]
            .into_iter()
            .collect();
        assert_eq!(
            before.differences(&after),
            vec![
                (account(2), Role::Admin, Role::Member),
                (account(3), Role::Member, Role::Moderator)
            ]
        );
    }
}
