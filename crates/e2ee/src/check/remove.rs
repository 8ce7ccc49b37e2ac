//! Remove, and what goes with a SelfRemove.

use super::{Before, PublicReason, leaves::After, proposals::Proposals};
use crate::{ids::AccountId, ordered::set};

/// Own devices, all leaves of an account of strictly lower role, those of an account that leaves, or one whose device
/// comes back by the same commit.
pub(super) fn check(
    before: &Before<'_>,
    proposals: &Proposals,
    committer: AccountId,
) -> Result<(), PublicReason> {
    let comes_back = |index: u32| {
        let leaf = before.leaves.get(index);
        leaf.is_some_and(|leaf| proposals.replaces(leaf))
    };
    let gone = set(proposals.departures().filter(|index| !comes_back(*index)));
    for index in &proposals.removes {
        let account = before
            .leaves
            .get(*index)
            .ok_or(PublicReason::Mls)?
            .account();
        if account == committer || proposals.asked(account) || comes_back(*index) {
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

/// An account leaves with all its devices or not at all: what one of them asked for holds for the others, and none comes
/// in by the same commit.
pub(super) fn check_left(proposals: &Proposals, after: &After) -> Result<(), PublicReason> {
    let mut left = proposals.left.iter();
    if left.any(|device| after.has_account(device.account)) {
        return Err(PublicReason::LeavePartial);
    }
    Ok(())
}
