//! Ways (a) and (d) of PROTOCOL section 4: a leaf that somebody added takes its seat.

use openmls::{
    group::{MlsGroup, StagedWelcome},
    prelude::{MlsMessageBodyIn, MlsMessageIn, Welcome},
};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tls_codec::Deserialize as _;

use super::{DeviceRef, Group, LoadError, config, load::read_policy};
use crate::{
    bundle::{Bundle, BundleError},
    check::Leaves,
    device::Device,
    ids::{AccountId, DeviceId, GroupId, RoomId},
    keys::{self, Scope},
    labels::ExporterLabel,
    leaf::{self, LeafError},
    log_head::LogHead,
    policy::{History, Policy, PolicyError},
    provider::Provider,
    roster_log::{self, RosterRecord},
    rows::{Row, RowError, Rows, Slot},
};

/// The longest Welcome that is looked at, in bytes: it carries the whole tree.
const MAX_WELCOME: usize = 64 * 1024 * 1024;

/// What a joiner holds.
pub struct Joining<'a> {
    /// The room that it was invited to.
    pub room: RoomId,
    /// The Welcome.
    pub welcome: &'a [u8],
    /// The private rows of the KeyPackage that the Welcome names, see
    /// [`crate::key_package::references`].
    pub key_package: Vec<Row>,
    /// The bundle beside the Welcome, if it is there.
    pub bundle: Option<&'a [u8]>,
}

/// How this device came in.
#[derive(Serialize, Deserialize)]
struct Joined {
    by: Option<(AccountId, DeviceId)>,
    log: Option<(u64, [u8; 32])>,
}

/// A Welcome was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum JoinError {
    /// Not a Welcome, or one for another KeyPackage, or one that does not open.
    #[error("this Welcome does not open: {0}")]
    Welcome(String),
    /// The group is that of another room.
    #[error("the Welcome leads into another room")]
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
    /// The leaf that the Welcome is for is not this device's.
    #[error("the Welcome is for another device")]
    OtherDevice,
    /// The rows could not be written.
    #[error(transparent)]
    Rows(#[from] RowError),
}

impl Group {
    /// Joins from a Welcome. A missing or bad bundle does not stop it: see [`Group::has_door_key`].
    ///
    /// The rows of the KeyPackage are copied; delete the stored ones in the same batch, unless it
    /// is one of last resort.
    ///
    /// # Errors
    /// [`JoinError`].
    pub fn join(
        device: &Device,
        joining: Joining<'_>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, JoinError> {
        let rows = Rows::default();
        rows.adopt(joining.key_package);
        let provider = Provider::with_rng(rows, rng);
        let (mls, sender) = open_welcome(&provider, joining.welcome)?;
        let (scope, policy) = check_context(&mls, joining.room)?;
        let leaves = Leaves::read(mls.public_group(), &Leaves::default())?;
        check_tree(&mls, &leaves, &policy, device)?;
        let rows = provider.rows();
        rows.clear(Slot::KeyPackage);
        let history = since_join_only(policy.history);
        keys::arm(&mls, &provider, scope, history, false)?;
        for leaf in leaves.iter() {
            let record = RosterRecord::Seated {
                epoch: mls.epoch().as_u64(),
                certificate: Box::new(leaf.certificate.clone()),
            };
            roster_log::witness(rows, &record)?;
        }
        let by = leaves
            .get(sender)
            .map(|leaf| (leaf.account(), leaf.device()));
        rows.store(Slot::Joined, &[], &Joined { by, log: None })?;
        let mut group = Self::from_parts(mls, provider, scope, policy).map_err(load_error)?;
        if let Some(bundle) = joining.bundle {
            // A bad one delays; a member makes a new one (PROTOCOL section 1).
            let _: Result<(), BundleError> = group.accept_bundle(bundle);
        }
        Ok(group)
    }

    /// Who made the Welcome by which this device came in. `None` for the creator of the room.
    #[must_use]
    pub fn welcomed_by(&self) -> Option<DeviceRef> {
        let (account, device) = self.joined()?.by?;
        Some(DeviceRef { account, device })
    }

    /// Where the log stood for the maker of the bundle: what a joiner's running log head begins
    /// with. It is that member's word; later entries of others confirm it.
    #[must_use]
    pub fn joined_log(&self) -> Option<LogHead> {
        let (seq, head) = self.joined()?.log?;
        Some(LogHead { seq, head })
    }

    fn joined(&self) -> Option<Joined> {
        self.provider.rows().fetch(Slot::Joined, &[]).ok().flatten()
    }

    /// Takes a bundle of the current epoch that came later.
    ///
    /// # Errors
    /// [`BundleError`] if it does not open; another member can make a new one.
    pub fn accept_bundle(&mut self, bundle: &[u8]) -> Result<(), BundleError> {
        let seal_error = crate::seal::SealError;
        let secret = self
            .scope
            .export(&self.mls, &self.provider, ExporterLabel::Bundle)
            .ok_or(seal_error)?;
        let bundle = Bundle::open(bundle, &secret, self.scope, self.epoch())?;
        let rows = self.provider.rows();
        keys::keep(rows, Slot::DoorKey, bundle.rotation, &bundle.door_key)
            .map_err(|_| seal_error)?;
        if let (History::Shared, Some(key)) = (self.policy.history, &bundle.history_key) {
            keys::keep(rows, Slot::HistoryKey, bundle.rotation, key).map_err(|_| seal_error)?;
        }
        let by = self.joined().and_then(|joined| joined.by);
        let log = Some((bundle.log.seq, bundle.log.head));
        rows.store(Slot::Joined, &[], &Joined { by, log })
            .map_err(|_| seal_error)?;
        Ok(())
    }

    /// Whether a door key is known. Without it the device reads and writes messages, but not the
    /// room state, and commits only if that rotates the keys.
    #[must_use]
    pub fn has_door_key(&self) -> bool {
        matches!(self.door_key(), Ok(Some(_)))
    }
}

/// The group, and the leaf index of who welcomes.
fn open_welcome(provider: &Provider, welcome: &[u8]) -> Result<(MlsGroup, u32), JoinError> {
    let refuse = |error: &dyn std::fmt::Display| JoinError::Welcome(error.to_string());
    let welcome = parse(welcome).ok_or_else(|| refuse(&"not a Welcome"))?;
    let staged = StagedWelcome::new_from_welcome(provider, &config(), welcome, None)
        .map_err(|error| refuse(&error))?;
    let sender = staged.welcome_sender_index().u32();
    let mls = staged
        .into_group(provider)
        .map_err(|error| refuse(&error))?;
    Ok((mls, sender))
}

/// The group context is that of a room of this protocol, and of the expected room.
fn check_context(mls: &MlsGroup, room: RoomId) -> Result<(Scope, Policy), JoinError> {
    let context = mls.public_group().group_context();
    let policy = read_policy(context)?;
    if policy.room != room {
        return Err(JoinError::Room);
    }
    let group = GroupId::try_from(mls.group_id().as_slice()).map_err(|_| JoinError::Form)?;
    let required = super::create::extensions(&policy)?;
    if *context.extensions() != required || mls.ciphersuite() != policy.suite.mls() {
        return Err(JoinError::Form);
    }
    Ok((Scope { room, group }, policy))
}

fn parse(bytes: &[u8]) -> Option<Welcome> {
    if bytes.len() > MAX_WELCOME {
        return None;
    }
    match MlsMessageIn::tls_deserialize_exact(bytes).ok()?.extract() {
        MlsMessageBodyIn::Welcome(welcome) => Some(welcome),
        _ => None,
    }
}

/// The invariants that allowed commits keep, so that a joiner can rely on them too.
fn check_tree(
    mls: &MlsGroup,
    leaves: &Leaves,
    policy: &Policy,
    device: &Device,
) -> Result<(), JoinError> {
    let own = leaves
        .get(mls.own_leaf_index().u32())
        .ok_or(JoinError::OtherDevice)?;
    if own.certificate != *device.certificate() {
        return Err(JoinError::OtherDevice);
    }
    let plain = leaves.iter().all(|info| {
        let index = openmls::prelude::LeafNodeIndex::new(info.index);
        let node = mls.public_group().leaf(index);
        node.is_some_and(|node| leaf::is_plain(node, policy.suite))
    });
    let roles = policy
        .roles
        .iter()
        .all(|(account, _)| leaves.has_account(account));
    if plain && roles && policy.roles.has_owner() && leaves.is_sound() {
        Ok(())
    } else {
        Err(JoinError::Tree)
    }
}

/// A joiner derives no shared history key: that of the last rotation comes in the bundle.
fn since_join_only(history: History) -> History {
    match history {
        History::SinceJoin => History::SinceJoin,
        History::None | History::Shared => History::None,
    }
}

fn load_error(error: LoadError) -> JoinError {
    match error {
        LoadError::Rows(error) => JoinError::Rows(error),
        LoadError::Incomplete => JoinError::Form,
        LoadError::Policy(error) => JoinError::Policy(error),
        LoadError::Leaf(error) => JoinError::Leaf(error),
    }
}
