//! A group as a newcomer meets it: what allowed commits keep true, so that a joiner can rely on it
//! like a member.

use openmls::{
    group::PublicGroup,
    prelude::{GroupContext, LeafNodeIndex},
};
use thiserror::Error;
use tls_codec::Serialize as _;

use super::Leaves;
use crate::{
    crypto::public_key,
    group::{context_extensions, read_policy},
    ids::{GroupId, RoomId},
    kem_keys,
    keys::Scope,
    leaf::{self, LeafError},
    policy::{Policy, PolicyError},
    suite::Suite,
};

/// A group is not one that the rules of this protocol make.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum StateError {
    /// The group is that of another room.
    #[error("the group is that of another room")]
    Room,
    /// The group id is not one of ours, or the group's extensions are not those of this protocol.
    #[error("the group is not one of this protocol")]
    Form,
    /// The policy is malformed, or of a version that this client does not know.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A leaf of the tree has no valid certificate.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// The tree breaks a rule that every commit keeps: it did not come about by allowed commits.
    #[error("the room's tree or roles are not as the rules make them")]
    Tree,
}

/// The group context is that of a room of this protocol, and of the expected room.
pub(crate) fn context(context: &GroupContext, room: RoomId) -> Result<(Scope, Policy), StateError> {
    let policy = read_policy(context)?;
    if policy.room != room {
        return Err(StateError::Room);
    }
    let id = context.group_id().as_slice();
    let group = GroupId::try_from(id).map_err(|_| StateError::Form)?;
    let required = context_extensions(&policy)?;
    if *context.extensions() != required || context.ciphersuite() != policy.suite.mls() {
        return Err(StateError::Form);
    }
    Ok((Scope { room, group }, policy))
}

/// The leaves of a tree, with the invariants that allowed commits keep.
pub(crate) fn leaves(group: &PublicGroup, policy: &Policy) -> Result<Leaves, StateError> {
    let leaves = Leaves::read(group, &Leaves::default())?;
    let plain = leaves.iter().all(|info| {
        let node = group.leaf(LeafNodeIndex::new(info.index));
        node.is_some_and(|node| leaf::is_plain(node, policy.suite))
    });
    let roles = policy
        .roles
        .iter()
        .all(|(account, _)| leaves.has_account(account));
    let sound = leaves.is_sound() && has_sound_keys(group, policy.suite);
    if plain && roles && policy.roles.has_owner() && sound {
        Ok(leaves)
    } else {
        Err(StateError::Tree)
    }
}

/// Whether every key of the tree is one of the suite's KEM, as each commit left it.
fn has_sound_keys(group: &PublicGroup, suite: Suite) -> bool {
    let tree = group.export_ratchet_tree().tls_serialize_detached();
    tree.is_ok_and(|tree| {
        let keys = kem_keys::of_tree(&tree);
        keys.is_ok_and(|keys| keys.iter().all(|key| public_key::is_sound(key, suite)))
    })
}
