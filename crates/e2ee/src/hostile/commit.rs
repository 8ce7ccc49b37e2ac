//! Commits that no honest program makes.

use openmls::{
    group::{CommitBuilder, Initial, MlsGroup},
    prelude::{
        Extensions, GroupContext, KeyPackage, LeafNodeIndex, LeafNodeParameters, Lifetime,
        PreSharedKeyProposal, Proposal,
    },
    schedule::{ExternalPsk, PreSharedKeyId, Psk},
};
use openmls_traits::OpenMlsProvider;
use rand_core::CryptoRngCore;
use tls_codec::Serialize as _;

use super::{
    BadCommit, EvilProvider, Liar, context,
    parts::{
        capabilities_beyond_ours, credential, further, key_package, plain_key_package, stranger,
        with_policy_bytes,
    },
};
use crate::{
    certificate::{DeviceCertificate, DeviceFields},
    check::MAX_DEVICES,
    device::Device,
    group::{Group, NewRoom},
    ids::{AccountId, DeviceId},
    kem_keys,
    leaf::{self, LeafSigner},
    room_state::RoomState,
    rows::Rows,
};

/// What a bad commit does that passes every public rule.
pub struct Forgery {
    /// Accounts to remove.
    pub remove: Vec<AccountId>,
    /// Which of the path secrets are garbage, counted from 0 in the order of sealing.
    pub spoil: fn(usize) -> bool,
    /// Whether the policy becomes one of the next version, which nobody here knows.
    pub newer_policy: bool,
}

impl Default for Forgery {
    fn default() -> Self {
        Self {
            remove: Vec::new(),
            spoil: |_| false,
            newer_policy: false,
        }
    }
}

type Builder<'a> = CommitBuilder<'a, Initial>;

/// A commit by this device, of which its own rows know nothing. `None` where the library refuses.
pub fn commit(
    group: &Group,
    device: &Device,
    forgery: &Forgery,
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    let gone = |account: &AccountId| forgery.remove.contains(account);
    let leaves = group.leaves().filter(|leaf| gone(&leaf.account()));
    let removals: Vec<_> = leaves.map(|leaf| LeafNodeIndex::new(leaf.index)).collect();
    let newer = forgery.newer_policy.then(|| context::newer_policy(group));
    let rows = group.provider.rows().clone();
    let provider = EvilProvider::new(rows, forgery.spoil, rng);
    build(group, device, &provider, |mls| {
        let builder = mls.commit_builder().force_self_update(true);
        let builder = builder.propose_removals(removals);
        match newer {
            Some(newer) => with_context(builder, with_policy_bytes(group, newer?)?),
            None => Some(builder),
        }
    })
}

/// A commit by this device that breaks one public rule. `None` where there is nothing to break it with: the owner has
/// nobody above, an account with one device has no half.
pub fn bad_commit(
    liar: &Liar<'_>,
    rule: BadCommit,
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    match rule {
        BadCommit::NoMls => Some(b"hello".to_vec()),
        BadCommit::BytesBehind => Some([plain(liar, rng)?, vec![0]].concat()),
        BadCommit::Proposal => wish_to_leave(liar, rng),
        BadCommit::OtherGroup => of_another_group(liar, rng),
        BadCommit::OtherEpoch => of_a_lonely_epoch(liar, rng),
        BadCommit::ChangedByte => changed(plain(liar, rng)?, 150),
        BadCommit::MembershipTag => changed(plain(liar, rng)?, 1),
        BadCommit::PathKey => with_path_key(liar, rng),
        BadCommit::ByReference => by_reference(liar, rng),
        _ => {
            let parts = Parts::of(liar, rule, rng)?;
            let provider = honest(liar, rng);
            build(liar.group, liar.device, &provider, |mls| parts.propose(mls))
        }
    }
}

/// Cryptography that spoils nothing, on a copy of the rows.
fn honest(liar: &Liar<'_>, rng: &mut impl CryptoRngCore) -> EvilProvider {
    let rows = liar.group.provider.rows().clone();
    EvilProvider::new(rows, |_| false, rng)
}

fn plain(liar: &Liar<'_>, rng: &mut impl CryptoRngCore) -> Option<Vec<u8>> {
    let provider = honest(liar, rng);
    build(liar.group, liar.device, &provider, updating)
}

fn updating(mls: &mut MlsGroup) -> Option<Builder<'_>> {
    Some(mls.commit_builder().force_self_update(true))
}

/// A commit on a copy of the group. Like an honest one it takes in who has asked to leave: whether it would have to is
/// no rule.
fn build(
    group: &Group,
    device: &Device,
    provider: &EvilProvider,
    propose: impl FnOnce(&mut MlsGroup) -> Option<Builder<'_>>,
) -> Option<Vec<u8>> {
    let mut twin = group.twin(provider.storage().clone())?;
    twin.discard_own().ok()?;
    stage(&mut twin.mls, device, provider, propose)
}

fn stage(
    mls: &mut MlsGroup,
    device: &Device,
    provider: &EvilProvider,
    propose: impl FnOnce(&mut MlsGroup) -> Option<Builder<'_>>,
) -> Option<Vec<u8>> {
    let (rand, crypto, signer) = (provider.rand(), provider.crypto(), LeafSigner(device));
    let built = propose(mls)?
        .load_psks(provider.storage())
        .ok()?
        .build(rand, crypto, &signer, |_| true)
        .ok()?;
    let staged = built.stage_commit(provider).ok()?;
    staged.into_messages().0.tls_serialize_detached().ok()
}

fn with_context(builder: Builder<'_>, extensions: Extensions<GroupContext>) -> Option<Builder<'_>> {
    builder.propose_group_context_extensions(extensions).ok()
}

/// The same with one bit changed, so many bytes before its end.
fn changed(mut commit: Vec<u8>, from_end: usize) -> Option<Vec<u8>> {
    let at = commit.len().checked_sub(from_end)?;
    *commit.get_mut(at)? ^= 1;
    Some(commit)
}

fn wish_to_leave(liar: &Liar<'_>, rng: &mut impl CryptoRngCore) -> Option<Vec<u8>> {
    let provider = honest(liar, rng);
    let mut twin = liar.group.twin(provider.storage().clone())?;
    twin.discard_own().ok()?;
    let signer = LeafSigner(liar.device);
    let wish = twin.mls.leave_group_via_self_remove(&provider, &signer);
    wish.ok()?.tls_serialize_detached().ok()
}

fn of_another_group(liar: &Liar<'_>, rng: &mut impl CryptoRngCore) -> Option<Vec<u8>> {
    let policy = liar.group.policy();
    let new = NewRoom {
        room: liar.group.room(),
        history: policy.history,
        access: policy.access,
        permissions: policy.permissions,
        state: RoomState::new("elsewhere", "", rng).ok()?,
        suite: policy.suite,
    };
    let now_ms = liar.device.certificate().fields().created_ms;
    let (group, _) = Group::create(liar.device, new, now_ms, rng).ok()?;
    let elsewhere = Liar {
        group: &group,
        ..*liar
    };
    plain(&elsewhere, rng)
}

/// The second of two commits, of which the others never see the first.
fn of_a_lonely_epoch(liar: &Liar<'_>, rng: &mut impl CryptoRngCore) -> Option<Vec<u8>> {
    let provider = honest(liar, rng);
    let mut twin = liar.group.twin(provider.storage().clone())?;
    twin.discard_own().ok()?;
    stage(&mut twin.mls, liar.device, &provider, updating)?;
    twin.mls.merge_pending_commit(&provider).ok()?;
    stage(&mut twin.mls, liar.device, &provider, updating)
}

/// A commit with a point of small order for a key of its path.
fn with_path_key(liar: &Liar<'_>, rng: &mut impl CryptoRngCore) -> Option<Vec<u8>> {
    let good = plain(liar, rng)?;
    let len = kem_keys::of_path(&good).ok()?.first()?.len();
    let bad = vec![0; len];
    for at in 0..16 {
        let provider = honest(liar, rng).with_key(at, bad.clone());
        let commit = build(liar.group, liar.device, &provider, updating);
        let has = |commit: &Vec<u8>| {
            kem_keys::of_path(commit).is_ok_and(|keys| keys.contains(&bad.as_slice()))
        };
        if let Some(commit) = commit.filter(has) {
            return Some(commit);
        }
    }
    None
}

fn by_reference(liar: &Liar<'_>, rng: &mut impl CryptoRngCore) -> Option<Vec<u8>> {
    let added = plain_key_package(&stranger(liar.device, rng)?, liar.group.policy().suite, rng)?;
    let provider = honest(liar, rng);
    let mut twin = liar.group.twin(provider.storage().clone())?;
    twin.discard_own().ok()?;
    let signer = LeafSigner(liar.device);
    let proposed = twin.mls.propose_add_member(&provider, &signer, &added);
    proposed.ok()?;
    stage(&mut twin.mls, liar.device, &provider, updating)
}

/// What a bad commit is put together from, where the library builds it.
enum Parts {
    Leaf(LeafNodeParameters),
    Adds(Vec<KeyPackage>),
    AddsWithoutPath(Vec<KeyPackage>),
    Remove(u32),
    Context(Extensions<GroupContext>),
    Other(Proposal),
}

impl Parts {
    fn propose(self, mls: &mut MlsGroup) -> Option<Builder<'_>> {
        if let Self::AddsWithoutPath(adds) = self {
            return Some(mls.commit_builder().propose_adds(adds));
        }
        let builder = updating(mls)?;
        match self {
            Self::Leaf(leaf) => Some(builder.leaf_node_parameters(leaf)),
            Self::Adds(adds) | Self::AddsWithoutPath(adds) => Some(builder.propose_adds(adds)),
            Self::Remove(leaf) => Some(builder.propose_removals([LeafNodeIndex::new(leaf)])),
            Self::Context(extensions) => with_context(builder, extensions),
            Self::Other(proposal) => Some(builder.add_proposal(proposal)),
        }
    }

    fn of(liar: &Liar<'_>, rule: BadCommit, rng: &mut impl CryptoRngCore) -> Option<Self> {
        match rule {
            BadCommit::NoCertificate
            | BadCommit::OthersCertificate
            | BadCommit::OtherDevice
            | BadCommit::MoreCapabilities => own_leaf(liar, rule, rng).map(Self::Leaf),
            BadCommit::NoPath => Some(Self::AddsWithoutPath(vec![plain_key_package(
                &stranger(liar.device, rng)?,
                liar.group.policy().suite,
                rng,
            )?])),
            BadCommit::Psk => psk(liar, rng).map(Self::Other),
            BadCommit::AddNobody
            | BadCommit::AddThatEnds
            | BadCommit::AddMoreCapabilities
            | BadCommit::AddTwice
            | BadCommit::ElevenDevices => adds(liar, rule, rng).map(Self::Adds),
            BadCommit::RemoveAbove => no_less(liar).map(Self::Remove),
            BadCommit::HalfAnAccount => half_an_account(liar).map(Self::Remove),
            _ => context::broken(liar, rule, rng).map(Self::Context),
        }
    }
}

fn own_leaf(
    liar: &Liar<'_>,
    rule: BadCommit,
    rng: &mut impl CryptoRngCore,
) -> Option<LeafNodeParameters> {
    let leaf = LeafNodeParameters::builder();
    let own = liar.device.certificate();
    let content = match rule {
        BadCommit::NoCertificate => b"it is me, trust me".to_vec(),
        BadCommit::OthersCertificate => {
            let mut others = liar.group.leaves();
            let other = others.find(|leaf| leaf.account() != own.account())?;
            other.certificate.as_bytes().to_vec()
        }
        BadCommit::OtherDevice => {
            let fields = DeviceFields {
                device: DeviceId::random(rng),
                ..own.fields().clone()
            };
            let other = DeviceCertificate::issue(fields, liar.signing);
            other.as_bytes().to_vec()
        }
        _ => {
            let more = capabilities_beyond_ours(liar.group.policy().suite);
            return Some(leaf.with_capabilities(more).build());
        }
    };
    let credential = credential(liar.device, &content);
    Some(leaf.with_credential_with_key(credential).build())
}

fn psk(liar: &Liar<'_>, rng: &mut impl CryptoRngCore) -> Option<Proposal> {
    let group = liar.group;
    let id = group.scope.entry_psk_id(group.epoch());
    let psk = Psk::External(ExternalPsk::new(id));
    let provider = crate::provider::Provider::with_rng(Rows::default(), rng);
    let id = PreSharedKeyId::new(group.policy().suite.mls(), provider.rand(), psk).ok()?;
    Some(Proposal::PreSharedKey(Box::new(PreSharedKeyProposal::new(
        id,
    ))))
}

fn adds(liar: &Liar<'_>, rule: BadCommit, rng: &mut impl CryptoRngCore) -> Option<Vec<KeyPackage>> {
    let suite = liar.group.policy().suite;
    if rule == BadCommit::ElevenDevices {
        let own = liar.device.account();
        let has = liar.group.leaves().filter(|leaf| leaf.account() == own);
        let lacks = (MAX_DEVICES + 1).checked_sub(has.count())?;
        let more = (0..lacks).map(|_| {
            let more = further(liar.device, liar.signing, rng)?;
            plain_key_package(&more, suite, rng)
        });
        return more.collect();
    }
    let device = match rule {
        BadCommit::AddTwice => further(liar.device, liar.signing, rng)?,
        _ => stranger(liar.device, rng)?,
    };
    let (mut credential_of, mut capabilities) =
        (leaf::credential(&device), leaf::capabilities(suite));
    let mut lifetime = leaf::lifetime();
    match rule {
        BadCommit::AddNobody => credential_of = credential(&device, b"nobody"),
        BadCommit::AddThatEnds => lifetime = Lifetime::init(0, u64::MAX - 1),
        BadCommit::AddTwice => {
            let fields = DeviceFields {
                device: liar.device.id(),
                ..device.certificate().fields().clone()
            };
            let twice = DeviceCertificate::issue(fields, liar.signing);
            credential_of = credential(&device, twice.as_bytes());
        }
        _ => capabilities = capabilities_beyond_ours(suite),
    }
    let made = key_package(&device, credential_of, capabilities, lifetime, suite, rng);
    Some(vec![made?])
}

/// A leaf of somebody who is no less than the liar, and not the liar.
fn no_less(liar: &Liar<'_>) -> Option<u32> {
    let own = liar.device.account();
    let role = |account| liar.group.role(account);
    let mut leaves = liar.group.leaves();
    let leaf = leaves.find(|leaf| leaf.account() != own && role(leaf.account()) >= role(own));
    leaf.map(|leaf| leaf.index)
}

/// One of two leaves of somebody who is less than the liar.
fn half_an_account(liar: &Liar<'_>) -> Option<u32> {
    let role = |account| liar.group.role(account);
    let less = role(liar.device.account());
    let devices = |account| {
        let leaves = liar.group.leaves();
        leaves.filter(|leaf| leaf.account() == account).count()
    };
    let mut leaves = liar.group.leaves();
    let leaf = leaves.find(|leaf| role(leaf.account()) < less && devices(leaf.account()) > 1);
    leaf.map(|leaf| leaf.index)
}
