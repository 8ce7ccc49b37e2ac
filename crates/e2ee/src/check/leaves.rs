//! The leaves before and after a commit.

use crate::ordered::{Map, Set};

use openmls::group::PublicGroup;
use openmls::prelude::LeafNodeIndex;
use openmls::treesync::{LeafNode, LeafNodeSource};

use super::{MAX_DEVICES, PublicReason, proposals::Proposals};
use crate::{
    certificate::DeviceCertificate,
    group::LeafInfo,
    ids::{AccountId, DeviceId},
    leaf::{self, LeafError},
    ordered::set,
};

/// All leaves of a tree with their validated certificates, by index.
#[derive(Clone, Default)]
pub(crate) struct Leaves(Map<u32, LeafInfo>);

impl Leaves {
    /// Reads the leaves of a tree. Certificates that `known` holds are not validated again.
    pub(crate) fn read(group: &PublicGroup, known: &Self) -> Result<Self, LeafError> {
        let mut leaves = Map::new();
        for member in group.members() {
            let index = member.index.u32();
            let Some(node) = group.leaf(LeafNodeIndex::new(index)) else {
                continue;
            };
            let info = match known.0.get(&index) {
                Some(info) if is_same(info, node) => LeafInfo {
                    invited: from_key_package(node),
                    ..info.clone()
                },
                _ => LeafInfo {
                    index,
                    certificate: leaf::certificate(node)?,
                    invited: from_key_package(node),
                },
            };
            leaves.insert(index, info);
        }
        Ok(Self(leaves))
    }

    pub(crate) fn get(&self, index: u32) -> Option<&LeafInfo> {
        self.0.get(&index)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &LeafInfo> {
        self.0.values()
    }

    pub(crate) fn of(&self, account: AccountId) -> impl Iterator<Item = &LeafInfo> {
        self.iter().filter(move |leaf| leaf.account() == account)
    }

    pub(crate) fn device(&self, device: DeviceId) -> Option<&LeafInfo> {
        self.iter().find(|leaf| leaf.device() == device)
    }

    pub(crate) fn has_account(&self, account: AccountId) -> bool {
        self.of(account).next().is_some()
    }

    /// Whether no device has two leaves and no account too many.
    pub(crate) fn is_sound(&self) -> bool {
        check_seats(self.iter().map(|leaf| (leaf.account(), leaf.device()))).is_ok()
    }

    /// The highest generation among an account's leaves.
    pub(crate) fn generation(&self, account: AccountId) -> Option<u32> {
        self.of(account)
            .map(|leaf| leaf.certificate.generation())
            .max()
    }

    /// Whether a certificate is of a lower generation than one that its account has in the tree.
    pub(crate) fn outdates(&self, certificate: &DeviceCertificate) -> bool {
        self.generation(certificate.account())
            .is_some_and(|highest| certificate.generation() < highest)
    }
}

fn is_same(info: &LeafInfo, node: &LeafNode) -> bool {
    node.credential().serialized_content() == info.certificate.as_bytes()
        && node.signature_key().as_slice() == info.certificate.device_key().as_bytes()
}

fn from_key_package(node: &LeafNode) -> bool {
    matches!(node.leaf_node_source(), LeafNodeSource::KeyPackage(_))
}

/// Who has a leaf after the commit.
pub(super) struct After {
    /// Accounts and devices, one entry per leaf.
    seats: Vec<(AccountId, DeviceId)>,
    pub(super) removed: Vec<LeafInfo>,
}

impl After {
    pub(super) fn new(
        before: &Leaves,
        proposals: &Proposals,
        committer: &DeviceCertificate,
        external: bool,
    ) -> Self {
        let gone = set(proposals.departures());
        let (removed, stay): (Vec<_>, Vec<_>) =
            before.iter().partition(|leaf| gone.contains(&leaf.index));
        let mut seats: Vec<_> = stay
            .iter()
            .map(|leaf| (leaf.account(), leaf.device()))
            .collect();
        let added = proposals.adds.iter().map(|add| &add.certificate);
        seats.extend(
            added
                .chain(external.then_some(committer))
                .map(|certificate| (certificate.account(), certificate.device())),
        );
        Self {
            seats,
            removed: removed.into_iter().cloned().collect(),
        }
    }

    pub(super) fn has_account(&self, account: AccountId) -> bool {
        self.seats.iter().any(|(other, _)| *other == account)
    }

    pub(super) fn check(&self) -> Result<(), PublicReason> {
        check_seats(self.seats.iter().copied())
    }
}

/// No device twice, no account with too many devices.
fn check_seats(seats: impl Iterator<Item = (AccountId, DeviceId)>) -> Result<(), PublicReason> {
    let mut devices = Set::new();
    let mut counts: Map<AccountId, usize> = Map::new();
    for (account, device) in seats {
        if !devices.insert(device) {
            return Err(PublicReason::AddDuplicate);
        }
        let count = counts.entry(account).or_default();
        *count += 1;
        if *count > MAX_DEVICES {
            return Err(PublicReason::TooManyDevices);
        }
    }
    Ok(())
}
