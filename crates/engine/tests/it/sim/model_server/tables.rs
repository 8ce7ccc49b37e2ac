//! A room's table of members: who may fetch and post, by the effects that commits declare (PROTOCOL section 5).

use std::collections::{BTreeMap, BTreeSet};

use protocol::{error::ErrorCode, ids::AccountId, ids::Seq, log::Effects, role::Role};

/// The table of one room.
#[derive(Clone, Default)]
pub(crate) struct Table {
    roles: BTreeMap<AccountId, Role>,
    /// Accounts with a SelfRemove in the log since they last came in: the last one, and its place.
    leaving: BTreeMap<AccountId, Seq>,
    /// Accounts that are out: the entry that took them out. They may read up to it.
    gone: BTreeMap<AccountId, Seq>,
}

impl Table {
    pub(super) fn with_owner(owner: AccountId) -> Self {
        Self {
            roles: BTreeMap::from([(owner, Role::Owner)]),
            ..Self::default()
        }
    }

    /// Members and their roles.
    pub(crate) fn roles(&self) -> &BTreeMap<AccountId, Role> {
        &self.roles
    }

    pub(super) fn role(&self, account: AccountId) -> Option<Role> {
        self.roles.get(&account).copied()
    }

    /// The last entry that an account may read; none if it never was in.
    pub(super) fn reads_up_to(&self, account: AccountId, last: Seq) -> Option<Seq> {
        if self.roles.contains_key(&account) {
            return Some(last);
        }
        self.gone.get(&account).copied()
    }

    /// Whether everybody who is in has asked to leave since a commit: nobody is left who could commit it.
    pub(super) fn is_deserted(&self, since: Seq) -> bool {
        let asked = |account| {
            self.leaving
                .get(account)
                .is_some_and(|asked| *asked > since)
        };
        self.roles.keys().all(asked)
    }

    /// Takes everybody out.
    pub(super) fn end(&mut self, at: Seq) -> Vec<AccountId> {
        let out: Vec<AccountId> = std::mem::take(&mut self.roles).into_keys().collect();
        self.leaving.clear();
        self.gone.extend(out.iter().map(|account| (*account, at)));
        out
    }

    pub(super) fn note_leaving(&mut self, account: AccountId, at: Seq) {
        self.leaving.insert(account, at);
    }

    /// Whether effects remove somebody: another than the actor, without a wish to leave since the last commit.
    pub(super) fn removes(&self, actor: AccountId, effects: &Effects, last_commit: Seq) -> bool {
        let wished = |account: &AccountId| {
            let wish = self.leaving.get(account);
            wish.is_some_and(|at| *at > last_commit)
        };
        effects
            .accounts_out
            .iter()
            .any(|account| *account != actor && !wished(account))
    }

    /// Whether the table allows what a commit declares.
    pub(super) fn allows(&self, actor: AccountId, effects: &Effects) -> Result<(), ErrorCode> {
        let own = self.role(actor).ok_or(ErrorCode::NotAMember)?;
        if !well_formed(effects) {
            return Err(ErrorCode::BadRequest);
        }
        for account in &effects.accounts_in {
            if self.roles.contains_key(account) {
                return Err(ErrorCode::BadRequest);
            }
        }
        for account in &effects.accounts_out {
            let theirs = self.role(*account).ok_or(ErrorCode::BadRequest)?;
            let free = *account == actor || self.leaving.contains_key(account);
            if !free && theirs >= own {
                return Err(ErrorCode::RoleTooLow);
            }
        }
        for change in &effects.roles {
            let theirs = match self.role(change.account) {
                Some(role) => role,
                None if effects.accounts_in.contains(&change.account) => Role::Member,
                None => return Err(ErrorCode::BadRequest),
            };
            let steps_down = change.account == actor && change.role < own;
            let below = theirs < own && change.role <= own;
            if own < Role::Admin || !(steps_down || below) {
                return Err(ErrorCode::RoleTooLow);
            }
        }
        Ok(())
    }

    /// Applies what was allowed; `seq` is the commit's place.
    pub(super) fn apply(&mut self, effects: &Effects, seq: Seq) {
        for account in &effects.accounts_out {
            self.roles.remove(account);
            self.leaving.remove(account);
            self.gone.insert(*account, seq);
        }
        for account in &effects.accounts_in {
            // By a link, an account may come in that is in already.
            if !self.roles.contains_key(account) {
                self.roles.insert(*account, Role::Member);
                self.leaving.remove(account);
                self.gone.remove(account);
            }
        }
        for change in &effects.roles {
            if let Some(role) = self.roles.get_mut(&change.account) {
                *role = change.role;
            }
        }
    }
}

/// Lists ascending, nobody twice, and no account that departs is named anywhere else.
fn well_formed(effects: &Effects) -> bool {
    let ascending = |list: &[AccountId]| list.is_sorted_by(|one, two| one < two);
    let changed: BTreeSet<_> = effects.roles.iter().map(|change| change.account).collect();
    let departs_only =
        |account: &AccountId| !effects.accounts_in.contains(account) && !changed.contains(account);
    ascending(&effects.accounts_in)
        && ascending(&effects.accounts_out)
        && changed.len() == effects.roles.len()
        && effects.accounts_out.iter().all(departs_only)
}
