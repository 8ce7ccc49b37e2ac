//! The proposals of a commit, sorted by type; types that no commit may carry are refused.

use openmls::{
    group::{QueuedProposal, StagedCommit},
    prelude::{
        Extensions, ExternalInitProposal, GroupContext, KeyPackage, PreSharedKeyProposal, Proposal,
        ProposalOrRefType, Sender,
    },
    schedule::PreSharedKeyId,
};
use tls_codec::{Deserialize as _, Serialize as _};

use super::{Before, PublicReason, add};
use crate::{
    certificate::DeviceCertificate,
    codec::Reader,
    crypto::public_key,
    group::{DeviceRef, LeafInfo},
    ids::AccountId,
};

/// An Add, with the certificate of its leaf.
pub(super) struct Add {
    pub(super) certificate: DeviceCertificate,
}

/// What a commit proposes.
#[derive(Default)]
pub(super) struct Proposals {
    pub(super) adds: Vec<Add>,
    /// Leaf indices of Removes.
    pub(super) removes: Vec<u32>,
    /// Leaf indices of SelfRemoves.
    pub(super) self_removes: Vec<u32>,
    /// Who sent the SelfRemoves.
    pub(super) left: Vec<DeviceRef>,
    pub(super) extensions: Option<Extensions<GroupContext>>,
    pub(super) psks: Vec<PreSharedKeyId>,
    pub(super) external_inits: usize,
}

impl Proposals {
    pub(super) fn sort(before: &Before<'_>, commit: &StagedCommit) -> Result<Self, PublicReason> {
        let mut sorted = Self::default();
        for queued in commit.queued_proposals() {
            sorted.take(before, queued)?;
        }
        Ok(sorted)
    }

    /// All leaves that go.
    pub(super) fn departures(&self) -> impl Iterator<Item = u32> + '_ {
        self.removes.iter().chain(&self.self_removes).copied()
    }

    /// Whether a leaf makes room for the same device: the commit adds one with its id and its key. So a device comes back
    /// that no door lets in (way d of PROTOCOL section 4).
    pub(super) fn replaces(&self, leaf: &LeafInfo) -> bool {
        let same = |add: &Add| {
            let (new, old) = (&add.certificate, &leaf.certificate);
            (new.account(), new.device(), new.device_key())
                == (old.account(), old.device(), old.device_key())
        };
        self.adds.iter().any(same)
    }

    /// Whether a device of the account asked to leave.
    pub(super) fn asked(&self, account: AccountId) -> bool {
        self.left.iter().any(|device| device.account == account)
    }

    fn take(&mut self, before: &Before<'_>, queued: &QueuedProposal) -> Result<(), PublicReason> {
        let by_reference = queued.proposal_or_ref_type() == ProposalOrRefType::Reference;
        match (queued.proposal(), by_reference) {
            (Proposal::SelfRemove, true) => self.take_self_remove(before, queued.sender()),
            (_, true) => Err(PublicReason::ByReference),
            (proposal, false) => self.take_by_value(before, proposal),
        }
    }

    fn take_self_remove(
        &mut self,
        before: &Before<'_>,
        sender: &Sender,
    ) -> Result<(), PublicReason> {
        let Sender::Member(index) = sender else {
            return Err(PublicReason::ProposalType);
        };
        let leaf = before.leaves.get(index.u32()).ok_or(PublicReason::Mls)?;
        self.self_removes.push(leaf.index);
        self.left.push(DeviceRef {
            account: leaf.account(),
            device: leaf.device(),
        });
        Ok(())
    }

    fn take_by_value(
        &mut self,
        before: &Before<'_>,
        proposal: &Proposal,
    ) -> Result<(), PublicReason> {
        match proposal {
            Proposal::Add(add) => self.take_add(before, add.key_package())?,
            Proposal::Remove(remove) => self.removes.push(remove.removed().u32()),
            Proposal::GroupContextExtensions(change) if self.extensions.is_none() => {
                self.extensions = Some(change.extensions().clone());
            }
            Proposal::PreSharedKey(psk) => self.psks.push(psk_id(psk)?),
            Proposal::ExternalInit(init) => self.take_external_init(before, init)?,
            _ => return Err(PublicReason::ProposalType),
        }
        Ok(())
    }

    /// All members decapsulate it with the same private key: where it is none, it fails for all, and nobody need ask.
    fn take_external_init(
        &mut self,
        before: &Before<'_>,
        init: &ExternalInitProposal,
    ) -> Result<(), PublicReason> {
        let encoded = init
            .tls_serialize_detached()
            .map_err(|_| PublicReason::Mls)?;
        let kem_output = Reader::new(&encoded)
            .vec(encoded.len())
            .map_err(|_| PublicReason::Mls)?;
        if !public_key::is_encapsulation(kem_output, before.policy.suite) {
            return Err(PublicReason::ExternalKey);
        }
        self.external_inits += 1;
        Ok(())
    }

    fn take_add(
        &mut self,
        before: &Before<'_>,
        key_package: &KeyPackage,
    ) -> Result<(), PublicReason> {
        self.adds.push(add::read(before.policy.suite, key_package)?);
        Ok(())
    }
}

/// The id in a PreSharedKey proposal. The library keeps it private; the proposal is encoded as
/// nothing but the id.
fn psk_id(proposal: &PreSharedKeyProposal) -> Result<PreSharedKeyId, PublicReason> {
    let bytes = proposal
        .tls_serialize_detached()
        .map_err(|_| PublicReason::Mls)?;
    PreSharedKeyId::tls_deserialize_exact(bytes).map_err(|_| PublicReason::Mls)
}
