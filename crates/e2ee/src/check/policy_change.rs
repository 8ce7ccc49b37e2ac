//! GroupContextExtensions: how the policy may change.

use openmls::prelude::{Extension, ExtensionType, Extensions, GroupContext};

use super::{Before, PublicReason, Refusal, leaves::After, proposals::Proposals, roles};
use crate::{
    ids::AccountId,
    leaf::POLICY,
    policy::{Policy, PolicyError},
    roles::Role,
};

/// The lowest role that may change permissions and access, rotate the keys without a departure, or
/// move the room to a newer policy version.
const RULES: Role = Role::Admin;

/// The policy after the commit.
pub(super) fn check(
    before: &Before<'_>,
    proposals: &Proposals,
    committer: AccountId,
    after: &After,
) -> Result<Policy, Refusal> {
    let policy = match &proposals.extensions {
        None => before.policy.clone(),
        Some(extensions) => {
            if !differs_only_in_policy(before.extensions, extensions) {
                return Err(PublicReason::OtherExtension.into());
            }
            let policy = read(extensions, before.policy.role(committer))?;
            fields(before.policy, &policy, before.policy.role(committer))?;
            policy
        }
    };
    roles::check(before.policy, &policy, committer, after)?;
    Ok(policy)
}

fn differs_only_in_policy(old: &Extensions<GroupContext>, new: &Extensions<GroupContext>) -> bool {
    let others = |extensions: &Extensions<GroupContext>| -> Vec<Extension> {
        let others = extensions
            .iter()
            .filter(|extension| extension.extension_type() != POLICY);
        others.cloned().collect()
    };
    others(old) == others(new)
}

fn read(extensions: &Extensions<GroupContext>, role: Role) -> Result<Policy, Refusal> {
    let ExtensionType::Unknown(policy) = POLICY else {
        return Err(PublicReason::PolicyMalformed.into());
    };
    let bytes = extensions
        .unknown(policy)
        .ok_or(PublicReason::PolicyMalformed)?;
    match Policy::decode(&bytes.0) {
        Ok(policy) => Ok(policy),
        // What a newer version allows is not known here; who may move the room to it is.
        Err(PolicyError::UnknownVersion(version)) if version > crate::policy::VERSION => {
            if role < RULES {
                return Err(PublicReason::PolicyVersion.into());
            }
            Err(Refusal::NewerPolicy(version))
        }
        Err(PolicyError::UnknownVersion(_)) => Err(PublicReason::PolicyVersion.into()),
        Err(_) => Err(PublicReason::PolicyMalformed.into()),
    }
}

/// Every field but the roles.
fn fields(old: &Policy, new: &Policy, role: Role) -> Result<(), PublicReason> {
    if !new.same_room(old) {
        return Err(PublicReason::PolicyImmutable);
    }
    let rotates = step(old.join_generation, new.join_generation)?;
    let edits = step(old.state_version, new.state_version)?;
    if edits != (old.state_hash != new.state_hash) {
        return Err(PublicReason::StateVersion);
    }
    if edits && role < old.permissions.edit {
        return Err(PublicReason::StateRole);
    }
    if rotates && role < RULES {
        return Err(PublicReason::RotateRole);
    }
    let rules = (old.permissions, old.access) != (new.permissions, new.access);
    if rules && role < RULES {
        return Err(PublicReason::RulesRole);
    }
    Ok(())
}

/// A counter stays or goes up by one: a leap to the end of its range would freeze it for good.
fn step(old: u32, new: u32) -> Result<bool, PublicReason> {
    if new == old {
        Ok(false)
    } else if Some(new) == old.checked_add(1) {
        Ok(true)
    } else {
        Err(PublicReason::PolicyCounter)
    }
}
