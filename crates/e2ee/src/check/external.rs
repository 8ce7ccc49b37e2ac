//! External commits: ways (b), (c) and (e) of PROTOCOL section 4.

use super::{Before, PublicReason, proposals::Proposals};
use crate::{certificate::DeviceCertificate, keys, policy::Access};

/// The entry PSK, a way in that the policy allows, and at most the joiner's own former leaf gone.
pub(super) fn check(
    before: &Before<'_>,
    proposals: &Proposals,
    joiner: &DeviceCertificate,
) -> Result<(), PublicReason> {
    let extra = !proposals.adds.is_empty()
        || !proposals.self_removes.is_empty()
        || proposals.extensions.is_some()
        || proposals.external_inits != 1;
    if extra {
        return Err(PublicReason::ExternalProposal);
    }
    let [psk] = proposals.psks.as_slice() else {
        return Err(PublicReason::ExternalPsk);
    };
    if !keys::is_entry_psk(psk, before.scope, before.epoch) {
        return Err(PublicReason::ExternalPsk);
    }
    let known = before.leaves.has_account(joiner.account());
    if !known && before.policy.access != Access::Link {
        return Err(PublicReason::ExternalAccess);
    }
    match proposals.removes.as_slice() {
        [] => Ok(()),
        [index] if is_former_leaf(before, *index, joiner) => Ok(()),
        _ => Err(PublicReason::ExternalRemove),
    }
}

fn is_former_leaf(before: &Before<'_>, index: u32, joiner: &DeviceCertificate) -> bool {
    before.leaves.get(index).is_some_and(|leaf| {
        (leaf.account(), leaf.device(), leaf.certificate.device_key())
            == (joiner.account(), joiner.device(), joiner.device_key())
    })
}

/// A member's commit has nothing that belongs to an external one.
pub(super) fn refuse_parts(proposals: &Proposals) -> Result<(), PublicReason> {
    if proposals.psks.is_empty() && proposals.external_inits == 0 {
        Ok(())
    } else {
        Err(PublicReason::ProposalType)
    }
}
