//! The committer's new leaf. Every commit renews it.

use openmls::{group::StagedCommit, prelude::Sender};

use super::{Before, PublicReason};
use crate::{certificate::DeviceCertificate, leaf};

/// A path, whose leaf is that of the same device with a certificate that is not outdated.
pub(super) fn check(
    before: &Before<'_>,
    sender: &Sender,
    commit: &StagedCommit,
) -> Result<DeviceCertificate, PublicReason> {
    let new_leaf = commit.update_path_leaf_node().ok_or(PublicReason::NoPath)?;
    if !leaf::is_plain(new_leaf, before.policy.suite) {
        return Err(PublicReason::CommitterCapabilities);
    }
    let certificate =
        leaf::certificate(new_leaf).map_err(|_| PublicReason::CommitterCertificate)?;
    match sender {
        Sender::NewMemberCommit => {}
        Sender::Member(index) => {
            let old = before.leaves.get(index.u32()).ok_or(PublicReason::Mls)?;
            let same_device = (old.account(), old.device(), old.certificate.device_key())
                == (
                    certificate.account(),
                    certificate.device(),
                    certificate.device_key(),
                );
            if !same_device {
                return Err(PublicReason::CommitterIdentity);
            }
        }
        _ => return Err(PublicReason::Mls),
    }
    if before.leaves.outdates(&certificate) {
        return Err(PublicReason::CommitterGeneration);
    }
    Ok(certificate)
}
