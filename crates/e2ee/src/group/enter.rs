//! Ways (b), (c) and (e) of PROTOCOL section 4: a device comes in by an external commit, with what
//! a door tells it and nobody's help.
//!
//! OpenMLS merges an external commit as it makes it. So the group that comes out is *tentative*:
//! its rows belong beside those of the room, not into them, until the log has taken the commit; if
//! the log refuses it they are thrown away, and the next attempt starts from a newer door.

use openmls::{
    framing::ProcessedMessageContent,
    group::MlsGroup,
    prelude::{LeafNodeParameters, PreSharedKeyProposal, RatchetTreeIn},
    schedule::{ExternalPsk, PreSharedKeyId, Psk},
};
use openmls_traits::OpenMlsProvider;
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use thiserror::Error;
use tls_codec::Serialize as _;

use super::{
    Change, Group, JudgeError, OwnCommit, RepairError, RoomKeys, StageContext, config,
    history::adopt,
    join::Joined,
    merge, presence,
    side_files::SideFiles,
    stage::{effects, roster},
};
use crate::{
    check::{self, Before, Outcome, PublicReason, Refusal},
    device::Device,
    door::Door,
    handshake, keys,
    leaf::{self, LeafSigner},
    log_head::LogHead,
    provider::Provider,
    roster_log::{self, RosterRecord},
    rows::{RowError, Rows, Slot},
    said::said,
    tree::Followed,
};

/// The rows of a former stay that live on: keys to what was said, who was a member when, and what
/// the room is called. The ratchets do not.
const KEPT: [Slot; 5] = [
    Slot::DoorKey,
    Slot::HistoryKey,
    Slot::Roster,
    Slot::State,
    Slot::Joined,
];

/// What somebody who enters holds.
pub struct Entering<'a> {
    /// The opened door.
    pub door: &'a Door,
    /// The state that it leads into, from [`crate::tree::Follower::reach`] with the same door.
    pub tree: Followed,
    /// The keys that grant or vault give: the door key that opened the door, with the epoch with
    /// which it began, and history keys.
    pub keys: &'a RoomKeys,
    /// The group that this device has been in, for a resync.
    pub former: Option<&'a Group>,
    /// The epoch behind which the former group may have gone another way than the room: its later epochs do not show
    /// that a door is old.
    pub parted: Option<u64>,
}

/// An external commit and the group behind it.
pub struct Entered {
    /// The group in the epoch that the commit starts. Tentative until the log has the commit.
    pub group: Group,
    /// What is posted, all or nothing.
    pub commit: OwnCommit,
    /// What the commit changes.
    pub change: Change,
}

/// No external commit was made.
#[derive(Debug, Error)]
pub enum EnterError {
    /// The device's certificate has ended.
    #[error("this device's certificate has ended")]
    CertificateEnded,
    /// The door does not lead anywhere: try the next candidate.
    #[error("the door is bad: {0}")]
    Door(String),
    /// The policy does not allow it; the reason is the one for which others would skip it.
    #[error("the commit would be refused: {0}")]
    Refused(PublicReason),
    /// The latest of the keys is not the one that opened the door.
    #[error("the door key is not among the keys")]
    NoDoorKey,
    /// The former group is another one.
    #[error("the former group is not the group of this room")]
    Former,
    /// The former group has been further: the server shows an old state.
    #[error("the door is older than what this device has seen")]
    Behind,
    /// A side file could not be made.
    #[error(transparent)]
    SideFile(#[from] RepairError),
    /// The rows could not be written.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The library refused.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

impl From<JudgeError> for EnterError {
    fn from(error: JudgeError) -> Self {
        match error {
            JudgeError::Rows(error) => Self::Rows(error),
            JudgeError::Mls(error) => Self::Mls(error),
        }
    }
}

impl Group {
    /// Makes the external commit by which this device enters. `context` says what it knows of the
    /// log: commits and bytes since the tree snapshot are those of [`Followed`].
    ///
    /// That the entry PSK in the door is the members' own cannot be seen from here, nor that the
    /// key for external commits is: with a door that lies about them, everybody skips the commit.
    ///
    /// # Errors
    /// [`EnterError`]; after [`EnterError::Door`] the next candidate may do.
    pub fn enter(
        device: &Device,
        entering: Entering<'_>,
        context: &StageContext,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Entered, EnterError> {
        if !device.certificate().is_current(context.now_ms) {
            return Err(EnterError::CertificateEnded);
        }
        let Entering {
            door,
            tree,
            keys,
            former,
            parted,
        } = entering;
        let rows = inherit(door, &tree, keys, former.map(|former| (former, parted)))?;
        let provider = Provider::with_crypto(rows, tree.crypto.sharing(), rng);
        let (mls, commit) = build(device, door, &tree, &provider)?;
        let outcome = verdict(&tree, &commit)?;
        settle(provider.rows(), &tree, door.log, former)?;
        let records = merge::records(tree.epoch().saturating_add(1), &outcome, &tree.leaves);
        let mut group = Self::from_parts(mls, provider, tree.scope, tree.policy, tree.leaves)?;
        group.provider.forget_hashes();
        let change = group.begin_epoch(outcome, None, true)?;
        let hash = Sha256::digest(&commit);
        let echo = serde_bytes::Bytes::new(&hash);
        group.provider.rows().store(Slot::Entered, &[], &echo)?;
        let own = group.post(device, commit, &change, &records, context, rng)?;
        Ok(Entered {
            group,
            commit: own,
            change,
        })
    }

    /// Whether this is the commit by which this device entered: the log's echo of what the group
    /// has merged already. It is not judged.
    ///
    /// # Errors
    /// [`RowError`].
    pub fn entered_by(&self, commit: &[u8]) -> Result<bool, RowError> {
        let rows = self.provider.rows();
        let echo: Option<serde_bytes::ByteBuf> = rows.fetch(Slot::Entered, &[])?;
        Ok(echo.is_some_and(|hash| *hash == *Sha256::digest(commit)))
    }

    fn post(
        &self,
        device: &Device,
        commit: Vec<u8>,
        change: &Change,
        records: &[RosterRecord],
        context: &StageContext,
        rng: &mut impl CryptoRngCore,
    ) -> Result<OwnCommit, EnterError> {
        let files = SideFiles::beside(self, device, commit.len(), context, rng)?;
        Ok(OwnCommit {
            epoch: self.epoch(),
            effects: effects(change),
            welcome: None,
            door: files.door,
            state: None,
            roster: roster(self, false, records, rng)?,
            tree: files.tree,
            chain: None,
            rotation: false,
            commit,
        })
    }
}

/// The rows to begin with.
fn inherit(
    door: &Door,
    tree: &Followed,
    given: &RoomKeys,
    former: Option<(&Group, Option<u64>)>,
) -> Result<Rows, EnterError> {
    let rows = Rows::default();
    if let Some((former, parted)) = former {
        if former.scope != tree.scope {
            return Err(EnterError::Former);
        }
        if parted.unwrap_or_else(|| former.epoch()) > tree.epoch() {
            return Err(EnterError::Behind);
        }
        rows.adopt(former.provider.rows().of_slots(&KEPT));
    }
    // Of two keys that the vault holds for one epoch, the one that opens doors is the room's.
    for (rotation, key) in given.door.iter().filter(|(_, key)| key.same_as(&door.key)) {
        keys::keep(&rows, Slot::DoorKey, *rotation, key)?;
    }
    adopt(&rows, given)?;
    match keys::kept_at(&rows, Slot::DoorKey, tree.epoch())? {
        Some((_, key)) if key.same_as(&door.key) => Ok(rows),
        _ => Err(EnterError::NoDoorKey),
    }
}

fn build(
    device: &Device,
    door: &Door,
    tree: &Followed,
    provider: &Provider,
) -> Result<(MlsGroup, Vec<u8>), EnterError> {
    fn mls_error(error: &impl std::fmt::Display) -> EnterError {
        EnterError::Mls(said(error))
    }
    let id = ExternalPsk::new(tree.scope.entry_psk_id(tree.epoch()));
    let suite = tree.policy.suite;
    let psk = PreSharedKeyId::new(suite.mls(), provider.rand(), Psk::External(id))
        .map_err(|error| mls_error(&error))?;
    psk.store(provider, door.entry_psk.expose())
        .map_err(|error| mls_error(&error))?;
    let proof = keys::entry_proof(&door.entry_psk, device.certificate());
    let builder = MlsGroup::external_commit_builder()
        .with_ratchet_tree(RatchetTreeIn::from(tree.public.export_ratchet_tree()))
        .with_config(config())
        .with_aad(proof.expose().to_vec())
        // Their one legal value is checked in the tree; a clock has no say (PROTOCOL section 1).
        .skip_lifetime_validation()
        .build_group(provider, tree.info.clone(), leaf::credential(device))
        .map_err(|error| EnterError::Door(said(&error)))?;
    let capabilities = LeafNodeParameters::builder()
        .with_capabilities(leaf::capabilities(suite))
        .build();
    let (mls, bundle) = builder
        .add_psk_proposal(PreSharedKeyProposal::new(psk))
        .leaf_node_parameters(capabilities)
        .load_psks(provider.storage())
        .map_err(|error| mls_error(&error))?
        .build(
            provider.rand(),
            provider.crypto(),
            &LeafSigner(device),
            |_| true,
        )
        .map_err(|error| mls_error(&error))?
        .finalize(provider)
        .map_err(|error| mls_error(&error))?;
    let commit = bundle
        .into_commit()
        .tls_serialize_detached()
        .map_err(|error| mls_error(&error))?;
    Ok((mls, commit))
}

/// What everybody will say about the commit. The library removes a former leaf by its signature
/// key: that it is this device's, and the only one, is judged here like by the members.
fn verdict(tree: &Followed, commit: &[u8]) -> Result<Outcome, EnterError> {
    let message = handshake::commit(commit).map_err(EnterError::Refused)?;
    handshake::check_path_keys(commit, tree.policy.suite).map_err(EnterError::Refused)?;
    let processed = tree
        .public
        .process_message(&tree.crypto, message)
        .map_err(|_| EnterError::Refused(PublicReason::Mls))?;
    let sender = processed.sender().clone();
    let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
        return Err(EnterError::Refused(PublicReason::NotACommit));
    };
    let before = Before {
        scope: tree.scope,
        epoch: tree.epoch(),
        policy: &tree.policy,
        extensions: tree.public.group_context().extensions(),
        leaves: &tree.leaves,
    };
    check::check(&before, &sender, &staged).map_err(|refusal| match refusal {
        Refusal::Broken(reason) => EnterError::Refused(reason),
        Refusal::NewerPolicy(_) => EnterError::Refused(PublicReason::PolicyVersion),
    })
}

/// What the door and its tree tell beside the keys: who was there, and where the log stood.
fn settle(
    rows: &Rows,
    tree: &Followed,
    log: LogHead,
    former: Option<&Group>,
) -> Result<(), RowError> {
    // What was said in the epoch of the door is not this device's to tell.
    presence::begin(rows, tree.epoch().saturating_add(1))?;
    roster_log::witness_tree(rows, &tree.leaves, tree.epoch())?;
    if former.is_none() {
        let log = Some((log.seq, log.head));
        rows.store(Slot::Joined, &[], &Joined { by: None, log })?;
    }
    Ok(())
}
