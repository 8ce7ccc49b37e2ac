//! Ways (a) and (d) of PROTOCOL section 4: a leaf that somebody added takes its seat.

use openmls::{
    framing::ProtocolMessage,
    group::{MlsGroup, StagedWelcome},
    prelude::{MlsMessageBodyIn, MlsMessageIn, Welcome},
};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tls_codec::Deserialize as _;

use super::{DeviceRef, Group, LeafInfo, config, presence};
use crate::{
    bundle::{Bundle, BundleError},
    check::{StateError, state},
    device::Device,
    handshake,
    ids::{AccountId, DeviceId, RoomId},
    keys,
    labels::ExporterLabel,
    log_head::LogHead,
    policy::History,
    provider::Provider,
    roster_log,
    rows::{Row, RowError, Rows, Slot},
    said::said,
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
pub(super) struct Joined {
    pub(super) by: Option<(AccountId, DeviceId)>,
    pub(super) log: Option<(u64, [u8; 32])>,
}

/// A Welcome was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum JoinError {
    /// Not a Welcome, or one for another KeyPackage, or one that does not open.
    #[error("this Welcome does not open: {0}")]
    Welcome(String),
    /// The group is not the room's, or not one that the rules make.
    #[error(transparent)]
    State(#[from] StateError),
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
        let public = mls.public_group();
        let (scope, policy) = state::context(public.group_context(), joining.room)?;
        let leaves = state::leaves(public, &policy)?;
        let own = leaves.get(mls.own_leaf_index().u32());
        if !own.is_some_and(|leaf| is_of(device, leaf)) {
            return Err(JoinError::OtherDevice);
        }
        let rows = provider.rows();
        rows.clear(Slot::KeyPackage);
        let history = since_join_only(policy.history);
        keys::arm(&mls, &provider, scope, history, false)?;
        presence::begin(rows, mls.epoch().as_u64())?;
        roster_log::witness_tree(rows, &leaves, mls.epoch().as_u64())?;
        let by = leaves
            .get(sender)
            .map(|leaf| (leaf.account(), leaf.device()));
        rows.store(Slot::Joined, &[], &Joined { by, log: None })?;
        let mut group = Self::from_parts(mls, provider, scope, policy, leaves)?;
        if let Some(bundle) = joining.bundle {
            // A bad one delays; a member makes a new one (PROTOCOL section 1).
            let _: Result<(), BundleError> = group.accept_bundle(bundle);
        }
        Ok(group)
    }

    /// Who made the Welcome by which this device came in. `None` if none did: for the creator of
    /// the room, and for who entered by a door.
    #[must_use]
    pub fn welcomed_by(&self) -> Option<DeviceRef> {
        let (account, device) = self.joined()?.by?;
        Some(DeviceRef { account, device })
    }

    /// Whether this commit led into the epoch in which this device is: both name the epoch's confirmation tag, which no
    /// other commit has (RFC 9420 section 8.1). A device that has just come in finds its place in the log by it.
    #[must_use]
    pub fn is_born_of(&self, commit: &[u8]) -> bool {
        let Ok(ProtocolMessage::PublicMessage(commit)) = handshake::commit(commit) else {
            return false;
        };
        commit.confirmation_tag() == Some(self.mls.confirmation_tag())
    }

    /// Where the log stood for the maker of the bundle or door: what a joiner's running log head
    /// begins with. It is that member's word; later entries of others confirm it.
    #[must_use]
    pub fn joined_log(&self) -> Option<LogHead> {
        let (seq, head) = self.joined()?.log?;
        Some(LogHead { seq, head })
    }

    /// Takes over what a former stay of this device in the same room knows and this one does not: keys to what was said,
    /// who was a member when, and what the room is called.
    ///
    /// # Errors
    /// [`JoinError::OtherDevice`] if the former group is another one.
    pub fn inherit(&mut self, former: &Self) -> Result<(), JoinError> {
        if former.scope != self.scope {
            return Err(JoinError::OtherDevice);
        }
        let kept = [Slot::DoorKey, Slot::HistoryKey, Slot::Roster, Slot::State];
        self.provider
            .rows()
            .adopt_missing(former.provider.rows().of_slots(&kept));
        Ok(())
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

/// Whether a leaf is this device's. Its certificate may be a former one: the KeyPackage was claimed before the device
/// renewed it.
fn is_of(device: &Device, leaf: &LeafInfo) -> bool {
    let leaf = &leaf.certificate;
    let own = device.certificate();
    (leaf.account(), leaf.device(), leaf.device_key())
        == (own.account(), own.device(), own.device_key())
}

/// The group, and the leaf index of who welcomes.
fn open_welcome(provider: &Provider, welcome: &[u8]) -> Result<(MlsGroup, u32), JoinError> {
    fn refuse(error: &impl std::fmt::Display) -> JoinError {
        JoinError::Welcome(said(error))
    }
    let welcome = parse(welcome).ok_or_else(|| refuse(&"not a Welcome"))?;
    let staged = StagedWelcome::new_from_welcome(provider, &config(), welcome, None)
        .map_err(|error| refuse(&error))?;
    let sender = staged.welcome_sender_index().u32();
    let mls = staged
        .into_group(provider)
        .map_err(|error| refuse(&error))?;
    Ok((mls, sender))
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

/// A joiner derives no shared history key: that of the last rotation comes in the bundle.
fn since_join_only(history: History) -> History {
    match history {
        History::SinceJoin => History::SinceJoin,
        History::None | History::Shared => History::None,
    }
}
