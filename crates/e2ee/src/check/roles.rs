//! Who may change whose role.

use super::{PublicReason, leaves::After};
use crate::{ids::AccountId, policy::Policy, roles::Role};

/// Each change is allowed, the list names only accounts that have a leaf, and an owner stays.
pub(super) fn check(
    old: &Policy,
    new: &Policy,
    committer: AccountId,
    after: &After,
) -> Result<(), PublicReason> {
    let own = old.role(committer);
    for (account, before, next) in old.roles.differences(&new.roles) {
        let stripped = next == Role::Member && !after.has_account(account);
        let allowed = if account == committer {
            next < before
        } else {
            before < own && next <= own
        };
        if !stripped && !allowed {
            return Err(PublicReason::RoleChange);
        }
    }
    if new
        .roles
        .iter()
        .any(|(account, _)| !after.has_account(account))
    {
        return Err(PublicReason::RoleWithoutLeaf);
    }
    if !new.roles.has_owner() {
        return Err(PublicReason::NoOwner);
    }
    Ok(())
}
