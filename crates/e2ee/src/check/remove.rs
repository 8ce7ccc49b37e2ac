//! Remove.

use std::collections::BTreeSet;

use super::{Before, PublicReason, proposals::Proposals};
use crate::ids::AccountId;

/// Own devices, or all leaves of an account of strictly lower role.
pub(super) fn check(
    before: &Before<'_>,
    proposals: &Proposals,
    committer: AccountId,
) -> Result<(), PublicReason> {
    let gone: BTreeSet<u32> = proposals.departures().collect();
    for index in &proposals.removes {
        let account = before
            .leaves
            .get(*index)
            .ok_or(PublicReason::Mls)?
            .account();
        if account == committer {
            continue;
        }
        if before.policy.role(account) >= before.policy.role(committer) {
            return Err(PublicReason::RemoveRole);
        }
        if before
            .leaves
            .of(account)
            .any(|leaf| !gone.contains(&leaf.index))
        {
            return Err(PublicReason::RemovePartial);
        }
    }
    Ok(())
}
