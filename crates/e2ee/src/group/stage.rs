//! Making a commit, with the side files of the epoch that it starts.

use openmls::prelude::{LeafNodeIndex, LeafNodeParameters, MlsMessageOut};
use openmls_traits::OpenMlsProvider;
use rand_core::CryptoRngCore;
use thiserror::Error;
use tls_codec::Serialize as _;

use super::{
    Change, Group, Intent, JudgeError, RepairError, RosterWrite, StageContext, create,
    load::load_mls, merge, pending::Pending, plan::Plan, side_files::SideFiles,
};
use crate::{
    check::{Outcome, PublicReason, Refusal},
    device::Device,
    ids::{AccountId, DeviceId},
    leaf::{self, LeafSigner},
    log_head::LogHead,
    policy::PolicyError,
    provider::Provider,
    roles::Role,
    room_state::RoomStateError,
    roster_log::{self, RosterRecord},
    rows::{RowError, Rows},
    said::said,
    secret::SecretBytes,
};

/// What the commit is posted with: the server applies it to its own table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Accounts that get their first leaf.
    pub accounts_in: Vec<AccountId>,
    /// Accounts that lose their last leaf, and with it their role.
    pub accounts_out: Vec<AccountId>,
    /// New roles of who stays; [`Role::Member`] takes one away.
    pub roles: Vec<(AccountId, Role)>,
}

/// The Welcome of a commit that adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WelcomeFor {
    /// The devices that it is for.
    pub devices: Vec<(AccountId, DeviceId)>,
    /// The MLS message.
    pub welcome: Vec<u8>,
    /// The door key, and the history key of a shared room, sealed for them.
    pub bundle: Vec<u8>,
}

/// A staged commit and what is posted with it, all or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnCommit {
    /// The commit, as a PublicMessage.
    pub commit: Vec<u8>,
    /// The epoch that it starts.
    pub epoch: u64,
    /// Its declared effects.
    pub effects: Effects,
    /// For who is added.
    pub welcome: Option<WelcomeFor>,
    /// The sealed door of the new epoch.
    pub door: Vec<u8>,
    /// The sealed room state, if it changed or its key did.
    pub state: Option<Vec<u8>>,
    /// The roster log.
    pub roster: RosterWrite,
    /// A tree snapshot, if one is due.
    pub tree: Option<Vec<u8>>,
    /// The link of the history chain, at a rotation of a shared room.
    pub chain: Option<Vec<u8>>,
    /// Whether the keys rotate.
    pub rotation: bool,
}

/// A commit was not staged; the group is as before.
#[derive(Debug, Error)]
pub enum StageError {
    /// The device's certificate has ended.
    #[error("this device's certificate has ended")]
    CertificateEnded,
    /// The policy does not allow it; the reason is the one for which others would skip it.
    #[error("the commit would be refused: {0}")]
    Refused(PublicReason),
    /// There is a staged commit already.
    #[error("a commit is staged already")]
    Pending,
    /// The account or device is not in the room.
    #[error("no such member")]
    NotAMember,
    /// This device has asked to leave; it makes no commits any more.
    #[error("this device is leaving")]
    Leaving,
    /// The room state is not known, so it cannot be changed.
    #[error("the room state is not known")]
    NoState,
    /// The new name or topic is refused.
    #[error(transparent)]
    State(#[from] RoomStateError),
    /// The new policy is too long.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A side file could not be made, for instance because the door key is not known.
    #[error(transparent)]
    SideFile(#[from] RepairError),
    /// The rows could not be written: drop the group and load it again.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The library refused.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

impl From<JudgeError> for StageError {
    fn from(error: JudgeError) -> Self {
        match error {
            JudgeError::Rows(error) => Self::Rows(error),
            JudgeError::Mls(error) => Self::Mls(error),
        }
    }
}

/// A commit and its Welcome, as the library made them.
struct Built {
    commit: Vec<u8>,
    welcome: Option<Vec<u8>>,
}

impl Group {
    /// Stages a commit. It is not merged: the log decides ([`Group::judge`]).
    ///
    /// # Errors
    /// [`StageError`].
    pub fn stage(
        &mut self,
        device: &Device,
        intent: &Intent,
        context: &StageContext,
        rng: &mut impl CryptoRngCore,
    ) -> Result<OwnCommit, StageError> {
        if !device.certificate().is_current(context.now_ms) {
            return Err(StageError::CertificateEnded);
        }
        if self.has_staged() {
            return Err(StageError::Pending);
        }
        self.provider.reseed(rng);
        let plan = Plan::new(self, intent, rng)?;
        let result = self.stage_plan(device, intent, plan, context, rng);
        self.unload_proposals()?;
        if result.is_err() {
            self.discard_own()?;
        }
        result
    }

    fn stage_plan(
        &mut self,
        device: &Device,
        intent: &Intent,
        mut plan: Plan,
        context: &StageContext,
        rng: &mut impl CryptoRngCore,
    ) -> Result<OwnCommit, StageError> {
        self.load_proposals(std::mem::take(&mut plan.leaves))?;
        let built = self.build(device, intent, &plan)?;
        let outcome = self.own_verdict(&built.commit)?;
        let pending = Pending {
            commit: built.commit.clone(),
            state: plan.state.map(|state| SecretBytes::copy(&state.encode())),
        };
        self.keep_pending(&pending)?;
        // The epoch's keys and GroupInfo exist only after a merge: merge a copy.
        let rows = self.provider.rows().clone();
        let mut next = self.twin(rows).ok_or(RowError::Damaged)?;
        next.provider.reseed(rng);
        let records = merge::records(context_epoch(self), &outcome, &self.leaves);
        let change = next.merge_own(outcome, pending.state.as_ref().map(SecretBytes::expose))?;
        self.assemble(
            &next, device, intent, built, &change, &records, context, rng,
        )
    }

    fn own_verdict(&self, commit: &[u8]) -> Result<Outcome, StageError> {
        self.public_verdict(commit)
            .map_err(|refusal| match refusal {
                Refusal::Broken(reason) => StageError::Refused(reason),
                Refusal::NewerPolicy(_) => StageError::Refused(PublicReason::PolicyVersion),
            })
    }

    fn build(
        &mut self,
        device: &Device,
        intent: &Intent,
        plan: &Plan,
    ) -> Result<Built, StageError> {
        fn mls_error(error: &impl std::fmt::Display) -> StageError {
            StageError::Mls(said(error))
        }
        let renewed = self
            .leaves
            .device(device.id())
            .map(|leaf| &leaf.certificate)
            != Some(device.certificate());
        let adds = intent.invite.iter().map(|peer| peer.key_package().clone());
        let mut builder = self
            .mls
            .commit_builder()
            .force_self_update(true)
            .propose_adds(adds)
            .propose_removals(plan.removals.iter().copied().map(LeafNodeIndex::new));
        if plan.policy != self.policy {
            builder = builder
                .propose_group_context_extensions(create::extensions(&plan.policy)?)
                .map_err(|error| mls_error(&error))?;
        }
        if renewed {
            builder = builder.leaf_node_parameters(
                LeafNodeParameters::builder()
                    .with_credential_with_key(leaf::credential(device))
                    .build(),
            );
        }
        let provider = &self.provider;
        let (commit, welcome, _) = builder
            .load_psks(provider.storage())
            .map_err(|error| mls_error(&error))?
            .create_group_info(false)
            .build(
                provider.rand(),
                provider.crypto(),
                &LeafSigner(device),
                |_| true,
            )
            .map_err(|error| mls_error(&error))?
            .stage_commit(provider)
            .map_err(|error| mls_error(&error))?
            .into_messages();
        Ok(Built {
            commit: bytes(&commit)?,
            welcome: welcome.as_ref().map(bytes).transpose()?,
        })
    }

    /// Another group object on other rows, without validating every leaf again.
    pub(crate) fn twin(&self, rows: Rows) -> Option<Self> {
        let provider = Provider::new(rows);
        Some(Self {
            mls: load_mls(&provider, self.scope).ok().flatten()?,
            provider,
            scope: self.scope,
            policy: self.policy.clone(),
            leaves: self.leaves.clone(),
        })
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one result, gathered once"
    )]
    fn assemble(
        &self,
        next: &Self,
        device: &Device,
        intent: &Intent,
        built: Built,
        change: &Change,
        records: &[RosterRecord],
        context: &StageContext,
        rng: &mut impl CryptoRngCore,
    ) -> Result<OwnCommit, StageError> {
        let files = SideFiles::beside(next, device, built.commit.len(), context, rng)?;
        let reseal = change.rotation || change.state_changed;
        Ok(OwnCommit {
            epoch: next.epoch(),
            effects: effects(change),
            welcome: welcome(next, intent, built.welcome, context.log, rng)?,
            door: files.door,
            state: if reseal && next.state().is_some() {
                Some(next.reseal_state(rng)?)
            } else {
                None
            },
            roster: roster(next, change.rotation, records, rng)?,
            tree: files.tree,
            chain: if change.rotation {
                next.reseal_chain_link(next.epoch(), rng)?
            } else {
                None
            },
            rotation: change.rotation,
            commit: built.commit,
        })
    }
}

/// The epoch that the next commit starts.
fn context_epoch(group: &Group) -> u64 {
    group.epoch().saturating_add(1)
}

pub(super) fn effects(change: &Change) -> Effects {
    let stays = change
        .roles
        .iter()
        .filter(|role| !change.accounts_out.contains(&role.account));
    Effects {
        accounts_in: change.accounts_in.clone(),
        accounts_out: change.accounts_out.clone(),
        roles: stays.map(|role| (role.account, role.after)).collect(),
    }
}

fn welcome(
    next: &Group,
    intent: &Intent,
    welcome: Option<Vec<u8>>,
    log: LogHead,
    rng: &mut impl CryptoRngCore,
) -> Result<Option<WelcomeFor>, RepairError> {
    let Some(welcome) = welcome else {
        return Ok(None);
    };
    let certificates = intent.invite.iter().map(|peer| peer.certificate());
    Ok(Some(WelcomeFor {
        devices: certificates
            .map(|peer| (peer.account(), peer.device()))
            .collect(),
        welcome,
        bundle: next.make_bundle(log, rng)?,
    }))
}

pub(super) fn roster(
    next: &Group,
    rotation: bool,
    records: &[RosterRecord],
    rng: &mut impl CryptoRngCore,
) -> Result<RosterWrite, RepairError> {
    if rotation {
        return Ok(RosterWrite::Replace(next.reseal_roster(rng)?));
    }
    if records.is_empty() {
        return Ok(RosterWrite::Keep);
    }
    let (start, key) = next.door_key()?.ok_or(RepairError::NoDoorKey)?;
    let chunk = roster_log::seal_records(records, &key, next.scope, start, rng)?;
    Ok(RosterWrite::Append(chunk))
}

fn bytes(message: &MlsMessageOut) -> Result<Vec<u8>, StageError> {
    message
        .tls_serialize_detached()
        .map_err(|error| StageError::Mls(said(&error)))
}
