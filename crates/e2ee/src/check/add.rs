//! Add.

use openmls::prelude::KeyPackage;

use super::{Before, PublicReason, proposals::Add};
use crate::{ids::AccountId, key_package, leaf, suite::Suite};

/// What an added leaf must be, whoever adds it.
pub(super) fn read(suite: Suite, key_package: &KeyPackage) -> Result<Add, PublicReason> {
    if !key_package::has_constant_lifetime(key_package) {
        return Err(PublicReason::AddLifetime);
    }
    if !leaf::is_plain(key_package.leaf_node(), suite) {
        return Err(PublicReason::AddCapabilities);
    }
    if !key_package::has_sound_keys(key_package, suite) {
        return Err(PublicReason::AddKey);
    }
    let certificate =
        leaf::certificate(key_package.leaf_node()).map_err(|_| PublicReason::AddCertificate)?;
    Ok(Add { certificate })
}

/// Who may add whom: a new account needs the role, a further device of an account does not.
pub(super) fn check(
    before: &Before<'_>,
    adds: &[Add],
    committer: AccountId,
) -> Result<(), PublicReason> {
    let may_invite = before.policy.role(committer) >= before.policy.permissions.invite;
    for add in adds {
        if before.leaves.outdates(&add.certificate) {
            return Err(PublicReason::AddGeneration);
        }
        if !may_invite && !before.leaves.has_account(add.certificate.account()) {
            return Err(PublicReason::AddRole);
        }
    }
    Ok(())
}
