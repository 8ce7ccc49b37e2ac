//! External commits that no honest program makes: by whoever holds a link, or by whoever was a member once.

use openmls::{
    group::{MlsGroup, MlsGroupJoinConfig, PURE_PLAINTEXT_WIRE_FORMAT_POLICY},
    prelude::{LeafNodeParameters, PreSharedKeyProposal, RatchetTreeIn},
    schedule::{ExternalPsk, PreSharedKeyId, Psk},
};
use openmls_traits::OpenMlsProvider;
use rand_core::CryptoRngCore;
use tls_codec::Serialize as _;

use super::{
    EvilProvider,
    parts::{capabilities_beyond_ours, credential},
};
use crate::{
    check::PublicReason,
    device::Device,
    door::Door,
    ids::RoomId,
    keys,
    leaf::{self, LeafSigner},
    log_head::LogHead,
    rows::Rows,
    secret::Secret,
    tree::{Followed, Follower, TreeSnapshot},
};

/// One rule that an external commit breaks, and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BadEntry {
    /// Without a pre-shared key.
    NoPsk,
    /// With the pre-shared key of another epoch beside the right one.
    TwoPsks,
    /// With that of another epoch alone.
    OtherPsk,
    /// With one that was guessed.
    GuessedPsk,
    /// With one that was guessed, and the proof that belongs to the right one.
    WrongPsk,
    /// With a leaf that has no certificate.
    NoCertificate,
    /// With a leaf that can more than ours.
    MoreCapabilities,
}

impl BadEntry {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::NoPsk,
        Self::TwoPsks,
        Self::OtherPsk,
        Self::GuessedPsk,
        Self::WrongPsk,
        Self::NoCertificate,
        Self::MoreCapabilities,
    ];

    /// Why everybody skips it.
    #[must_use]
    pub const fn reason(self) -> PublicReason {
        match self {
            Self::NoPsk | Self::TwoPsks | Self::OtherPsk => PublicReason::ExternalPsk,
            Self::GuessedPsk => PublicReason::ExternalProof,
            Self::WrongPsk => PublicReason::ExternalTag,
            Self::NoCertificate => PublicReason::CommitterCertificate,
            Self::MoreCapabilities => PublicReason::CommitterCapabilities,
        }
    }

    /// How far back the epochs lie whose pre-shared keys it names.
    const fn psks(self) -> &'static [u64] {
        match self {
            Self::NoPsk => &[],
            Self::TwoPsks => &[0, 1],
            Self::OtherPsk => &[1],
            _ => &[0],
        }
    }
}

/// An external commit by somebody who has opened the door. `None` where the library refuses.
pub fn enter(
    device: &Device,
    door: &Door,
    tree: &Followed,
    rule: BadEntry,
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    let suite = tree.policy.suite;
    let guess = Secret::random(rng);
    let (secret, proven) = match rule {
        BadEntry::GuessedPsk => (&guess, &guess),
        BadEntry::WrongPsk => (&guess, &door.entry_psk),
        _ => (&door.entry_psk, &door.entry_psk),
    };
    let provider = EvilProvider::new(Rows::default(), |_| false, rng);
    let mut psks = Vec::new();
    for back in rule.psks() {
        let id = tree.scope.entry_psk_id(tree.epoch().checked_sub(*back)?);
        let psk = Psk::External(ExternalPsk::new(id));
        let id = PreSharedKeyId::new(suite.mls(), provider.rand(), psk).ok()?;
        id.store(&provider, secret.expose()).ok()?;
        psks.push(PreSharedKeyProposal::new(id));
    }
    let proof = keys::entry_proof(proven, device.certificate());
    let config = MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .build();
    let own = match rule {
        BadEntry::NoCertificate => credential(device, b"let me in"),
        _ => leaf::credential(device),
    };
    let capabilities = match rule {
        BadEntry::MoreCapabilities => capabilities_beyond_ours(suite),
        _ => leaf::capabilities(suite),
    };
    let parameters = LeafNodeParameters::builder().with_capabilities(capabilities);
    let builder = MlsGroup::external_commit_builder()
        .with_ratchet_tree(RatchetTreeIn::from(tree.public.export_ratchet_tree()))
        .with_config(config)
        .with_aad(proof.expose().to_vec())
        .skip_lifetime_validation()
        .build_group(&provider, tree.info.clone(), own)
        .ok()?
        .add_psk_proposals(psks)
        .leaf_node_parameters(parameters.build())
        .load_psks(provider.storage())
        .ok()?;
    let (rand, crypto, signer) = (provider.rand(), provider.crypto(), LeafSigner(device));
    let built = builder.build(rand, crypto, &signer, |_| true).ok()?;
    let (_, bundle) = built.finalize(&provider).ok()?;
    bundle.into_commit().tls_serialize_detached().ok()
}

/// The same by somebody who has no keys of the epoch and sees what the server keeps: the tree snapshot, if it is of now.
pub fn from_outside(
    device: &Device,
    room: RoomId,
    snapshot: &[u8],
    rule: BadEntry,
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    let mut follower = Follower::start(snapshot, room).ok()?;
    let door = Door {
        epoch: follower.epoch(),
        group_info: framed_info(snapshot)?,
        entry_psk: Secret::random(rng),
        key: Secret::random(rng),
        log: LogHead::start(room, follower.group_id()),
        commits_since_tree: 0,
    };
    let tree = follower.reach(&door).ok()?;
    enter(device, &door, &tree, rule, rng)
}

/// The GroupInfo of a snapshot as an MLS message, which is how a door holds it.
fn framed_info(snapshot: &[u8]) -> Option<Vec<u8>> {
    const GROUP_INFO: [u8; 4] = [0, 1, 0, 4];
    let info = TreeSnapshot::decode(snapshot).ok()?.group_info;
    let info = info.tls_serialize_detached().ok()?;
    Some([GROUP_INFO.as_slice(), &info].concat())
}
