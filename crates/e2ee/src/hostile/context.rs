//! Group contexts that no honest program proposes: other extensions, other policies.

use openmls::prelude::{
    Extension, Extensions, ExternalSender, GroupContext, ProposalType,
    RequiredCapabilitiesExtension,
};
use rand_core::CryptoRngCore;

use super::{
    BadCommit, Liar,
    parts::{stranger, with_policy, with_policy_bytes},
};
use crate::{
    group::{Group, LeafInfo},
    ids::RoomId,
    leaf,
    policy::{self, History, Policy},
    roles::Role,
};

/// The extensions that a rule is broken with.
pub(super) fn broken(
    liar: &Liar<'_>,
    rule: BadCommit,
    rng: &mut impl CryptoRngCore,
) -> Option<Extensions<GroupContext>> {
    let group = liar.group;
    let mut extensions = group.mls.extensions().clone();
    let encoded = || group.policy().encode().ok();
    match rule {
        BadCommit::ExternalSenders => {
            let credential = leaf::credential(&stranger(liar.device, rng)?);
            let sender = ExternalSender::new(credential.signature_key, credential.credential);
            extensions
                .add(Extension::ExternalSenders(vec![sender]))
                .ok()?;
            Some(extensions)
        }
        BadCommit::FewerCapabilities => {
            let fewer: &[ProposalType] = &[];
            let required = RequiredCapabilitiesExtension::new(&[leaf::POLICY], fewer, &[]);
            extensions
                .add_or_replace(Extension::RequiredCapabilities(required))
                .ok()?;
            Some(extensions)
        }
        BadCommit::NoPolicy => {
            extensions.remove(leaf::POLICY);
            Some(extensions)
        }
        BadCommit::BytesBehindPolicy => with_policy_bytes(group, [encoded()?, vec![0]].concat()),
        BadCommit::LongPolicy => {
            let mut bytes = encoded()?;
            bytes.resize(5_000, 0);
            with_policy_bytes(group, bytes)
        }
        BadCommit::OlderPolicy => with_policy_bytes(group, vec![0, 0]),
        BadCommit::NewerPolicy => {
            let may_not = group.role(liar.device.account()) < Role::Admin;
            with_policy_bytes(group, may_not.then(|| newer_policy(group))??)
        }
        _ => changed_policy(liar, rule, rng),
    }
}

fn changed_policy(
    liar: &Liar<'_>,
    rule: BadCommit,
    rng: &mut impl CryptoRngCore,
) -> Option<Extensions<GroupContext>> {
    let (group, own) = (liar.group, liar.device.account());
    let role = group.role(own);
    let others = group.leaves().map(LeafInfo::account);
    let other = others
        .filter(|account| *account != own)
        .find(|account| group.role(*account) < above(role));
    let policy = group.policy();
    let may = match rule {
        BadCommit::State => role < policy.permissions.edit,
        BadCommit::Rotation | BadCommit::Permissions => role < Role::Admin,
        BadCommit::PromoteSelf | BadCommit::DeposeOwner => role < Role::Owner,
        BadCommit::PromoteOther => role < Role::Owner && other.is_some(),
        // Who may grant nothing breaks another rule by it.
        BadCommit::RoleForStranger => role > Role::Member,
        BadCommit::NoOwner => role == Role::Owner && sole_owner(policy),
        _ => true,
    };
    let mut nobody = [0; 16];
    rng.fill_bytes(&mut nobody);
    let change = |policy: &mut Policy| match rule {
        BadCommit::OtherRoom => {
            policy.room = RoomId::new(policy.room.get() ^ 1).unwrap_or(policy.room);
        }
        BadCommit::OtherHistory => policy.history = other_history(policy.history),
        BadCommit::LeapOfGeneration => policy.join_generation += 2,
        BadCommit::LeapOfState => {
            policy.state_version += 2;
            policy.state_hash = [1; 32];
        }
        BadCommit::StateWithoutVersion => policy.state_hash = [1; 32],
        BadCommit::State => {
            policy.state_version += 1;
            policy.state_hash = [1; 32];
        }
        BadCommit::Rotation => policy.join_generation += 1,
        BadCommit::Permissions => policy.permissions.edit = other_role(policy.permissions.edit),
        BadCommit::PromoteSelf => policy.roles.set(own, above(role)),
        BadCommit::PromoteOther => {
            if let Some(other) = other {
                policy.roles.set(other, above(role));
            }
        }
        BadCommit::DeposeOwner => {
            let owners = policy.roles.iter();
            let owner = owners.filter(|(_, role)| *role == Role::Owner).last();
            if let Some((owner, _)) = owner {
                policy.roles.set(owner, Role::Member);
                policy.roles.set(own, Role::Owner);
            }
        }
        BadCommit::RoleForStranger => policy.roles.set(nobody.into(), least(role)),
        _ => policy.roles.set(own, Role::Admin),
    };
    may.then(|| with_policy(group, change))?
}

fn sole_owner(policy: &Policy) -> bool {
    let owners = policy.roles.iter();
    owners.filter(|(_, role)| *role == Role::Owner).count() == 1
}

const fn other_history(history: History) -> History {
    match history {
        History::Shared => History::SinceJoin,
        History::None | History::SinceJoin => History::Shared,
    }
}

const fn other_role(role: Role) -> Role {
    match role {
        Role::Member => Role::Moderator,
        Role::Moderator | Role::Admin | Role::Owner => Role::Member,
    }
}

const fn above(role: Role) -> Role {
    match role {
        Role::Member => Role::Moderator,
        Role::Moderator => Role::Admin,
        Role::Admin | Role::Owner => Role::Owner,
    }
}

/// A role that one of this role may grant.
const fn least(role: Role) -> Role {
    match role {
        Role::Member | Role::Moderator => Role::Moderator,
        Role::Admin | Role::Owner => Role::Admin,
    }
}

/// The room's policy under the next version.
pub(super) fn newer_policy(group: &Group) -> Option<Vec<u8>> {
    let mut bytes = (policy::VERSION + 1).to_be_bytes().to_vec();
    let encoded = group.policy().encode().ok()?;
    bytes.extend(encoded.get(2..)?);
    Some(bytes)
}
