//! The keys of a room that come from its MLS epochs, and the rows that keep them (PROTOCOL
//! section 3).

use openmls::{
    group::{MlsGroup, StagedCommit},
    schedule::{ExternalPsk, PreSharedKeyId, Psk},
};
use openmls_traits::{OpenMlsProvider, crypto::OpenMlsCrypto};
use zeroize::Zeroizing;

use crate::{
    certificate::DeviceCertificate,
    codec::Writer,
    ids::{GroupId, RoomId},
    kdf,
    labels::{ExporterLabel, KdfLabel},
    policy::History,
    provider::Provider,
    rows::{RowError, Rows, Slot},
    secret::Secret,
};

/// `X(e, l)`: what an epoch exports under a label. An error means that the epoch is not ours any
/// more.
pub(crate) trait Exporter {
    /// The exporter of RFC 9420 section 8.5.
    fn export(
        &self,
        crypto: &impl OpenMlsCrypto,
        label: &str,
        context: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>>;
}

impl Exporter for MlsGroup {
    fn export(
        &self,
        crypto: &impl OpenMlsCrypto,
        label: &str,
        context: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        self.export_secret(crypto, label, context, 32)
            .ok()
            .map(Zeroizing::new)
    }
}

impl Exporter for StagedCommit {
    fn export(
        &self,
        crypto: &impl OpenMlsCrypto,
        label: &str,
        context: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        self.export_secret(crypto, label, context, 32)
            .ok()
            .map(Zeroizing::new)
    }
}

/// The room and its group: the context of every exported key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) room: RoomId,
    pub(crate) group: GroupId,
}

impl Scope {
    pub(crate) fn export(
        self,
        epoch: &impl Exporter,
        provider: &impl OpenMlsProvider,
        label: ExporterLabel,
    ) -> Option<Secret<32>> {
        let mut context = Writer::new();
        context.u64(self.room.get());
        context.fixed(self.group.as_bytes());
        let secret = epoch.export(provider.crypto(), label.text(), context.as_slice())?;
        Secret::from_slice(&secret)
    }

    /// The id of the entry PSK of an epoch.
    pub(crate) fn entry_psk_id(self, epoch: u64) -> Vec<u8> {
        let mut id = Writer::new();
        id.u64(self.room.get());
        id.u64(epoch);
        id.finish()
    }
}

/// Writes the keys that an epoch gives, right after it has begun here: the entry PSK replaces the
/// one before, the door key is kept at a rotation, the history key as the policy says.
pub(crate) fn arm(
    mls: &MlsGroup,
    provider: &Provider,
    scope: Scope,
    history: History,
    rotation: bool,
) -> Result<(), RowError> {
    let rows = provider.rows();
    let epoch = mls.epoch().as_u64();
    let export = |label| scope.export(mls, provider, label).ok_or(RowError::Encode);
    rows.clear(Slot::Psk);
    let entry = export(ExporterLabel::Entry)?;
    PreSharedKeyId::external(scope.entry_psk_id(epoch), Vec::new())
        .store(provider, entry.expose())
        .map_err(|_| RowError::Encode)?;
    if rotation {
        keep(rows, Slot::DoorKey, epoch, &export(ExporterLabel::Door)?)?;
    }
    if history == History::SinceJoin || (history == History::Shared && rotation) {
        keep(
            rows,
            Slot::HistoryKey,
            epoch,
            &export(ExporterLabel::History)?,
        )?;
    }
    Ok(())
}

/// The entry PSK of the current epoch, as [`arm`] exports it.
pub(crate) fn entry_psk(
    epoch: &impl Exporter,
    provider: &impl OpenMlsProvider,
    scope: Scope,
) -> Option<Secret<32>> {
    scope.export(epoch, provider, ExporterLabel::Entry)
}

/// What an external commit carries as its authenticated data: only who knows the entry PSK can make
/// it, and every member can check it. Under the signature of the joiner's device it is worth
/// nothing to anybody else.
pub(crate) fn entry_proof(psk: &Secret<32>, joiner: &DeviceCertificate) -> Secret<32> {
    kdf::derive(psk, KdfLabel::EntryProof, joiner.as_bytes())
}

/// Keeps a key that begins with an epoch.
pub(crate) fn keep(rows: &Rows, slot: Slot, epoch: u64, key: &Secret<32>) -> Result<(), RowError> {
    let bytes = serde_bytes::Bytes::new(key.expose());
    rows.store(slot, &epoch.to_be_bytes(), &bytes)
}

/// The key that began with exactly this epoch.
pub(crate) fn kept(rows: &Rows, slot: Slot, epoch: u64) -> Result<Option<Secret<32>>, RowError> {
    let Some(bytes) = rows.fetch::<serde_bytes::ByteBuf>(slot, &epoch.to_be_bytes())? else {
        return Ok(None);
    };
    let bytes = Zeroizing::new(bytes.into_vec());
    Secret::from_slice(&bytes)
        .map(Some)
        .ok_or(RowError::Damaged)
}

/// The key of the last epoch at or before this one.
pub(crate) fn kept_at(
    rows: &Rows,
    slot: Slot,
    epoch: u64,
) -> Result<Option<(u64, Secret<32>)>, RowError> {
    let last = epochs(rows, slot)
        .into_iter()
        .filter(|start| *start <= epoch)
        .max();
    match last {
        Some(start) => Ok(kept(rows, slot, start)?.map(|key| (start, key))),
        None => Ok(None),
    }
}

/// All epochs with which a kept key begins.
pub(crate) fn epochs(rows: &Rows, slot: Slot) -> Vec<u64> {
    let keys = rows.keys(slot).into_iter();
    keys.filter_map(|key| <[u8; 8]>::try_from(key.as_slice()).ok())
        .map(u64::from_be_bytes)
        .collect()
}

/// Whether a PSK id is the entry PSK of this room and epoch.
pub(crate) fn is_entry_psk(id: &PreSharedKeyId, scope: Scope, epoch: u64) -> bool {
    match id.psk() {
        Psk::External(psk) => *psk == ExternalPsk::new(scope.entry_psk_id(epoch)),
        _ => false,
    }
}
