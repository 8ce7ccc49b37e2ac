//! Commits made with the library alone, past every check of ours.

use openmls::{
    group::{CommitBuilder, Initial, MlsGroup},
    prelude::{Capabilities, CredentialWithKey, Extensions, GroupContext, KeyPackage, Lifetime},
};
use openmls_traits::OpenMlsProvider;
use rand_chacha::ChaCha20Rng;
use tls_codec::Serialize as _;

use super::room::{Room, Seat};
pub(super) use crate::hostile::credential;
use crate::{
    check::PublicReason,
    device::Device,
    hostile,
    leaf::{self, LeafSigner},
    policy::Policy,
    suite::Suite,
};

/// What a forger does with the library's builder.
pub(super) type Builder<'a> = CommitBuilder<'a, Initial>;

/// A commit by `seat` with a path, as `propose` wants it.
pub(super) fn commit(
    seat: &Seat,
    rng: &mut ChaCha20Rng,
    propose: impl FnOnce(Builder<'_>) -> Builder<'_>,
) -> Vec<u8> {
    build(seat, rng, |mls| {
        propose(mls.commit_builder().force_self_update(true))
    })
}

/// A commit by `seat`, with a path only if the library insists.
pub(super) fn commit_without_path(
    seat: &Seat,
    rng: &mut ChaCha20Rng,
    propose: impl FnOnce(Builder<'_>) -> Builder<'_>,
) -> Vec<u8> {
    build(seat, rng, |mls| propose(mls.commit_builder()))
}

fn build(
    seat: &Seat,
    rng: &mut ChaCha20Rng,
    propose: impl FnOnce(&mut MlsGroup) -> Builder<'_>,
) -> Vec<u8> {
    let mut twin = seat.group.twin(seat.group.provider.rows().clone()).unwrap();
    twin.provider.reseed(rng);
    let leaves = twin.pending_leaves().unwrap();
    twin.load_proposals(leaves.into_iter().map(|leave| leave.queued))
        .unwrap();
    let provider = &twin.provider;
    propose(&mut twin.mls)
        .load_psks(provider.storage())
        .unwrap()
        .build(
            provider.rand(),
            provider.crypto(),
            &LeafSigner(&seat.device),
            |_| true,
        )
        .unwrap()
        .stage_commit(provider)
        .unwrap()
        .into_messages()
        .0
        .tls_serialize_detached()
        .unwrap()
}

/// A KeyPackage made with other choices than ours.
pub(super) fn key_package(
    device: &Device,
    credential: CredentialWithKey,
    capabilities: Capabilities,
    lifetime: Lifetime,
    rng: &mut ChaCha20Rng,
) -> KeyPackage {
    let suite = Suite::CLASSICAL;
    hostile::key_package(device, credential, capabilities, lifetime, suite, rng).unwrap()
}

/// A KeyPackage like ours.
pub(super) fn plain_key_package(device: &Device, rng: &mut ChaCha20Rng) -> KeyPackage {
    let capabilities = leaf::capabilities(Suite::CLASSICAL);
    key_package(
        device,
        leaf::credential(device),
        capabilities,
        leaf::lifetime(),
        rng,
    )
}

/// Our capabilities and one extension more.
pub(super) fn capabilities_beyond_ours() -> Capabilities {
    hostile::capabilities_beyond_ours(Suite::CLASSICAL)
}

/// The room's extensions with a changed policy.
pub(super) fn with_policy(
    seat: &Seat,
    change: impl FnOnce(&mut Policy),
) -> Extensions<GroupContext> {
    hostile::with_policy(&seat.group, change).unwrap()
}

/// The room's extensions with other bytes in place of the policy.
pub(super) fn with_policy_bytes(seat: &Seat, bytes: Vec<u8>) -> Extensions<GroupContext> {
    hostile::with_policy_bytes(&seat.group, bytes).unwrap()
}

/// A commit that changes only the policy.
pub(super) fn policy_commit(
    seat: &Seat,
    rng: &mut ChaCha20Rng,
    change: impl FnOnce(&mut Policy),
) -> Vec<u8> {
    let extensions = with_policy(seat, change);
    commit(seat, rng, |builder| {
        builder
            .propose_group_context_extensions(extensions)
            .unwrap()
    })
}

/// One row of the table.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) room: fn() -> Room,
    pub(super) bad: fn(&mut Room) -> Vec<u8>,
    pub(super) reason: PublicReason,
}

impl Case {
    pub(super) fn run(&self) {
        let mut room = (self.room)();
        let commit = (self.bad)(&mut room);
        room.all_skip(self.name, &commit, self.reason);
    }
}
