//! Leaving: a SelfRemove proposal, which somebody else commits. It speaks for the account: whoever commits it takes all
//! devices of the account out.

use crate::ordered::Set;

use rand_core::CryptoRngCore;
use thiserror::Error;
use tls_codec::Serialize as _;

use super::{DeviceRef, Group, LeafInfo};
use crate::{
    device::Device,
    ids::AccountId,
    leaf::LeafSigner,
    ordered::set,
    roles::{Role, Roles},
    rows::RowError,
    said::said,
};

/// A wish to leave that the log holds and no commit has taken in yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Who wants to leave.
    pub who: DeviceRef,
    /// Whether a commit takes it in now: not while it would leave the room without an owner.
    pub committable: bool,
}

/// A proposal could not be made.
#[derive(Debug, Error)]
pub enum LeaveError {
    /// The last owner must make another one first.
    #[error("the last owner cannot leave")]
    LastOwner,
    /// The rows could not be written: drop the group and load it again.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The library refused.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

/// A proposal of the log is skipped, by all members alike.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ProposalError {
    /// It is no PublicMessage with a proposal of the current epoch, or its signature fails.
    #[error("not a valid proposal of this epoch")]
    Invalid,
    /// It is a proposal of another type than SelfRemove.
    #[error("only SelfRemove may be proposed")]
    Type,
    /// The rows could not be written.
    #[error(transparent)]
    Rows(#[from] RowError),
}

impl Group {
    /// Makes the proposal by which this account leaves. It takes effect when the log holds it and
    /// another member commits it; nothing is kept here.
    ///
    /// # Errors
    /// [`LeaveError`].
    pub fn propose_leave(
        &mut self,
        device: &Device,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, LeaveError> {
        self.provider.reseed(rng);
        if !self.may_leave() {
            return Err(LeaveError::LastOwner);
        }
        // The library makes none while a commit is staged; a copy has none.
        let rows = self.provider.rows().clone();
        let mut copy = self.twin(rows).ok_or(RowError::Damaged)?;
        copy.discard_own()?;
        let proposal = copy
            .mls
            .leave_group_via_self_remove(&copy.provider, &LeafSigner(device))
            .map_err(|error| LeaveError::Mls(said(&error)))?;
        proposal
            .tls_serialize_detached()
            .map_err(|error| LeaveError::Mls(said(&error)))
    }

    /// Whether the room has an owner without this account.
    #[must_use]
    pub fn may_leave(&self) -> bool {
        let own = self.leaves.get(self.own_leaf_index());
        let own = set(own.map(LeafInfo::account));
        keeps_owner(self, &self.policy.roles, &[], &own)
    }

    /// Takes note of a proposal of the log, for this epoch.
    ///
    /// # Errors
    /// [`ProposalError`].
    pub fn note_proposal(&mut self, proposal: &[u8]) -> Result<Leaving, ProposalError> {
        let leave = self.read_leave(proposal)?;
        let known = self.pending_leaves()?;
        if known
            .iter()
            .all(|other| other.leaf.index != leave.leaf.index)
        {
            self.keep_proposal(proposal)?;
        }
        let who = DeviceRef {
            account: leave.leaf.account(),
            device: leave.leaf.device(),
        };
        let leaving = self.leaving()?;
        let found = leaving.into_iter().find(|leaving| leaving.who == who);
        found.ok_or(ProposalError::Invalid)
    }

    /// Whether a device of this account has asked to leave in this epoch.
    ///
    /// # Errors
    /// [`RowError`].
    pub fn is_leaving(&mut self) -> Result<bool, RowError> {
        let own = self.own_leaf_index();
        let own = self.leaves.get(own).map(LeafInfo::account);
        let leaves = self.pending_leaves()?;
        Ok(leaves.iter().any(|leave| Some(leave.leaf.account()) == own))
    }

    /// The wishes to leave that are pending in this epoch, in the order of the log.
    ///
    /// # Errors
    /// [`RowError`].
    pub fn leaving(&mut self) -> Result<Vec<Leaving>, RowError> {
        let leaves = self.pending_leaves()?;
        let leaves: Vec<LeafInfo> = leaves.into_iter().map(|leave| leave.leaf).collect();
        let going = committable(self, &self.policy.roles, &[], &leaves);
        Ok(leaves
            .iter()
            .map(|leaf| Leaving {
                who: DeviceRef {
                    account: leaf.account(),
                    device: leaf.device(),
                },
                committable: going.contains(&leaf.account()),
            })
            .collect())
    }
}

/// The accounts whose wish to leave one commit can take in: in the order of the log, as long as an owner stays.
pub(super) fn committable(
    group: &Group,
    roles: &Roles,
    removals: &[u32],
    leaves: &[LeafInfo],
) -> Set<AccountId> {
    let mut going = Set::new();
    for leaf in leaves {
        let account = leaf.account();
        if going.insert(account) && !keeps_owner(group, roles, removals, &going) {
            going.remove(&account);
        }
    }
    going
}

fn keeps_owner(group: &Group, roles: &Roles, removals: &[u32], going: &Set<AccountId>) -> bool {
    let stays =
        |leaf: &&LeafInfo| !removals.contains(&leaf.index) && !going.contains(&leaf.account());
    let mut stays = group.leaves.iter().filter(stays).map(LeafInfo::account);
    stays.any(|account| roles.get(account) == Role::Owner)
}
