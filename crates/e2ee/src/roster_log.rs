//! The roster log: which device had a leaf in which epochs. It tells a reader of history who was a
//! member when (PROTOCOL sections 3 and 7).
//!
//! A device keeps what it witnesses as rows. Beside each commit that changes the membership, the
//! committer appends a sealed chunk to the copy on the server; a rotation seals the whole log anew.
//! What comes from that copy never overrules what the device witnessed itself.

use crate::ordered::{Map, Set};

use rand_core::CryptoRngCore;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    certificate::{self, CertificateError, DeviceCertificate},
    check::Leaves,
    codec::{CodecError, Reader, Writer},
    ids::{AccountId, DeviceId},
    kdf,
    keys::Scope,
    labels::{KdfLabel, SealLabel},
    ordered::set,
    rows::{RowError, Rows, Slot},
    seal::{self, Aad, SealError},
    secret::Secret,
};

const VERSION: u16 = 1;
/// The kind of record that seats a device, and of one that says that it is gone.
const SEATED: u8 = 1;
const GONE: u8 = 2;
/// The longest chunk that is looked at, in bytes.
const MAX_CHUNK: usize = 16 * 1024 * 1024;

/// What happened to a device's leaf at the start of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RosterRecord {
    /// From this epoch on the device has a leaf with this certificate.
    Seated {
        /// The first epoch.
        epoch: u64,
        /// The certificate in its leaf.
        certificate: Box<DeviceCertificate>,
    },
    /// From this epoch on the device has no leaf.
    Gone {
        /// The first epoch without it.
        epoch: u64,
        /// The device.
        device: DeviceId,
    },
}

/// A copy of the roster log is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RosterError {
    /// A chunk does not open under this door key.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A chunk is malformed.
    #[error("malformed roster log: {0}")]
    Codec(#[from] CodecError),
    /// A certificate in it is refused.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The rows could not be written.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The door key is not known.
    #[error("the door key is not known")]
    NoDoorKey,
}

/// Certificates that were validated already, by their bytes. Validation looks at nothing else.
pub(crate) type Known<'a> = Map<&'a [u8], &'a DeviceCertificate>;

impl RosterRecord {
    fn row_key(&self) -> Vec<u8> {
        match self {
            Self::Seated { epoch, certificate } => row_key(certificate.device(), *epoch),
            Self::Gone { epoch, device } => row_key(*device, *epoch),
        }
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Seated { epoch, certificate } => {
                writer.u8(SEATED);
                writer.u64(*epoch);
                writer.vec(certificate.as_bytes());
            }
            Self::Gone { epoch, device } => {
                writer.u8(GONE);
                writer.u64(*epoch);
                writer.vec(device.as_bytes());
            }
        }
    }

    fn read(reader: &mut Reader<'_>, known: &Known<'_>) -> Result<Self, RosterError> {
        let kind = reader.u8()?;
        let epoch = reader.u64()?;
        let body = reader.vec(certificate::MAX_LEN)?;
        match kind {
            SEATED => Ok(Self::Seated {
                epoch,
                certificate: Box::new(match known.get(body) {
                    Some(certificate) => (*certificate).clone(),
                    None => DeviceCertificate::validate(body)?,
                }),
            }),
            GONE => Ok(Self::Gone {
                epoch,
                device: DeviceId::try_from(body).map_err(|_| CodecError::BadValue)?,
            }),
            _ => Err(CodecError::BadValue.into()),
        }
    }
}

/// Keeps what this device witnessed.
pub(crate) fn witness(rows: &Rows, record: &RosterRecord) -> Result<(), RowError> {
    let mut writer = Writer::new();
    record.write(&mut writer);
    let bytes = writer.finish();
    rows.store(
        Slot::Roster,
        &record.row_key(),
        &serde_bytes::Bytes::new(&bytes),
    )
}

/// Keeps that exactly these leaves had their seats in an epoch, as far as it is not known already.
pub(crate) fn witness_tree(rows: &Rows, leaves: &Leaves, epoch: u64) -> Result<(), RowError> {
    for leaf in leaves.iter() {
        if seated(rows, leaf.device(), epoch)?.as_ref() != Some(&leaf.certificate) {
            let certificate = Box::new(leaf.certificate.clone());
            witness(rows, &RosterRecord::Seated { epoch, certificate })?;
        }
    }
    for device in devices(rows) {
        if leaves.device(device).is_none() && seated(rows, device, epoch)?.is_some() {
            witness(rows, &RosterRecord::Gone { epoch, device })?;
        }
    }
    Ok(())
}

/// Whether `told` leaves out, or tells otherwise, something of what is `known`.
pub(crate) fn lacks(told: &Rows, known: &Rows) -> Result<bool, RowError> {
    for key in known.keys(Slot::Roster) {
        let differs = match record(known, &key)? {
            Some(RosterRecord::Seated { epoch, certificate }) => {
                seated(told, certificate.device(), epoch)?.as_ref() != Some(&*certificate)
            }
            Some(RosterRecord::Gone { epoch, device }) => seated(told, device, epoch)?.is_some(),
            None => false,
        };
        if differs {
            return Ok(true);
        }
    }
    Ok(false)
}

/// All devices of which the log holds a record.
pub(crate) fn devices(rows: &Rows) -> Set<DeviceId> {
    let keys = rows.keys(Slot::Roster).into_iter();
    set(keys
        .filter_map(|key| key.first_chunk::<16>().copied())
        .map(DeviceId::from))
}

/// The certificate of the leaf that a device had in an epoch.
pub(crate) fn seated(
    rows: &Rows,
    device: DeviceId,
    epoch: u64,
) -> Result<Option<DeviceCertificate>, RowError> {
    let Some(key) = rows.last_key(Slot::Roster, &row_key(device, 0), &row_key(device, epoch))
    else {
        return Ok(None);
    };
    match record(rows, &key)? {
        Some(RosterRecord::Seated { certificate, .. }) => Ok(Some(*certificate)),
        _ => Ok(None),
    }
}

/// Whether a device came or went in an epoch after this one.
pub(crate) fn moved_after(rows: &Rows, device: DeviceId, epoch: u64) -> bool {
    let after = epoch.saturating_add(1);
    let (from, to) = (row_key(device, after), row_key(device, u64::MAX));
    rows.last_key(Slot::Roster, &from, &to).is_some()
}

/// The latest certificate of a device that the log holds, whenever that was.
pub(crate) fn known(rows: &Rows, device: DeviceId) -> Result<Option<DeviceCertificate>, RowError> {
    let mut until = Some(u64::MAX);
    while let Some(epoch) = until {
        let (from, to) = (row_key(device, 0), row_key(device, epoch));
        let Some(key) = rows.last_key(Slot::Roster, &from, &to) else {
            break;
        };
        until = match record(rows, &key)? {
            Some(RosterRecord::Seated { certificate, .. }) => return Ok(Some(*certificate)),
            Some(RosterRecord::Gone { epoch, .. }) => epoch.checked_sub(1),
            None => None,
        };
    }
    Ok(None)
}

/// When the devices of one account had leaves.
#[derive(Clone, Debug, Default)]
pub struct Seats(Map<DeviceId, Map<u64, bool>>);

impl Seats {
    /// Whether one of the devices had a leaf in an epoch.
    #[must_use]
    pub fn holds(&self, epoch: u64) -> bool {
        let last = |turns: &Map<u64, bool>| turns.range(..=epoch).next_back().map(|turn| *turn.1);
        self.0.values().any(|turns| last(turns) == Some(true))
    }

    /// The first epoch in which one of them had a leaf.
    #[must_use]
    pub fn first(&self) -> Option<u64> {
        let seated = self.0.values().flatten().filter(|(_, seated)| **seated);
        seated.map(|(epoch, _)| *epoch).min()
    }
}

/// The seats of an account, as far as the log is known here. Certificates were validated before they became rows.
pub(crate) fn seats(rows: &Rows, account: AccountId) -> Result<Seats, RowError> {
    let mut seats = Seats::default();
    let mut gone = Vec::new();
    for key in rows.keys(Slot::Roster) {
        let row: Option<serde_bytes::ByteBuf> = rows.fetch(Slot::Roster, &key)?;
        let device = *key.first_chunk::<16>().ok_or(RowError::Damaged)?;
        let row = row.ok_or(RowError::Damaged)?;
        let (kind, epoch, body) = turn_of(&row).map_err(|_| RowError::Damaged)?;
        if kind == GONE {
            gone.push((device, epoch));
        } else if certificate::account_of(body) == Some(account) {
            let turns = seats.0.entry(device.into()).or_default();
            turns.insert(epoch, true);
        }
    }
    for (device, epoch) in gone {
        if let Some(turns) = seats.0.get_mut(&device.into()) {
            turns.insert(epoch, false);
        }
    }
    Ok(seats)
}

/// Kind, epoch and body of a record.
fn turn_of(row: &[u8]) -> Result<(u8, u64, &[u8]), CodecError> {
    let mut reader = Reader::new(row);
    Ok((
        reader.u8()?,
        reader.u64()?,
        reader.vec(certificate::MAX_LEN)?,
    ))
}

fn record(rows: &Rows, key: &[u8]) -> Result<Option<RosterRecord>, RowError> {
    let Some(bytes) = rows.fetch::<serde_bytes::ByteBuf>(Slot::Roster, key)? else {
        return Ok(None);
    };
    RosterRecord::read(&mut Reader::new(&bytes), &Known::new())
        .map(Some)
        .map_err(|_| RowError::Damaged)
}

/// Everything that the device knows, sealed as one chunk.
pub(crate) fn seal_all(
    rows: &Rows,
    door_key: &Secret<32>,
    scope: Scope,
    rotation: u64,
    rng: &mut impl CryptoRngCore,
) -> Result<Vec<u8>, RosterError> {
    let mut body = Writer::new();
    body.u16(VERSION);
    for key in rows.keys(Slot::Roster) {
        let bytes = rows.fetch::<serde_bytes::ByteBuf>(Slot::Roster, &key)?;
        body.fixed(&bytes.ok_or(RowError::Damaged)?);
    }
    seal_chunk(body, door_key, scope, rotation, rng)
}

/// Some records, sealed as a chunk to append.
pub(crate) fn seal_records(
    records: &[RosterRecord],
    door_key: &Secret<32>,
    scope: Scope,
    rotation: u64,
    rng: &mut impl CryptoRngCore,
) -> Result<Vec<u8>, RosterError> {
    let mut body = Writer::new();
    body.u16(VERSION);
    for record in records {
        record.write(&mut body);
    }
    seal_chunk(body, door_key, scope, rotation, rng)
}

fn seal_chunk(
    body: Writer,
    door_key: &Secret<32>,
    scope: Scope,
    rotation: u64,
    rng: &mut impl CryptoRngCore,
) -> Result<Vec<u8>, RosterError> {
    let plain = Zeroizing::new(body.finish());
    let key = kdf::derive(door_key, KdfLabel::Roster, &[]);
    let sealed = seal::seal(&key, &aad(scope, rotation), &plain, rng)?;
    let mut chunk = Writer::with_capacity(sealed.len() + 4);
    chunk.vec(&sealed);
    Ok(chunk.finish())
}

/// Opens a copy of the log and keeps the records that this device did not witness itself. Most certificates in it are
/// those of the tree's leaves: in a room of a thousand, to validate them once more takes as long as to enter.
pub(crate) fn adopt<'a>(
    rows: &Rows,
    copy: &[u8],
    door_key: &Secret<32>,
    scope: Scope,
    rotation: u64,
    known: impl Iterator<Item = &'a DeviceCertificate>,
) -> Result<(), RosterError> {
    let known: Known<'_> = known
        .map(|certificate| (certificate.as_bytes(), certificate))
        .collect();
    let key = kdf::derive(door_key, KdfLabel::Roster, &[]);
    let mut chunks = Reader::new(copy);
    while !chunks.is_empty() {
        let plain = seal::open(&key, &aad(scope, rotation), chunks.vec(MAX_CHUNK)?)?;
        for record in decode(&plain, &known)? {
            if !rows.contains(Slot::Roster, &record.row_key()) {
                witness(rows, &record)?;
            }
        }
    }
    Ok(())
}

/// Reads what was sealed in one chunk: the word of some member.
pub(crate) fn decode(plain: &[u8], known: &Known<'_>) -> Result<Vec<RosterRecord>, RosterError> {
    let mut reader = Reader::new(plain);
    if reader.u16()? != VERSION {
        return Err(CodecError::BadValue.into());
    }
    let mut records = Vec::new();
    while !reader.is_empty() {
        records.push(RosterRecord::read(&mut reader, known)?);
    }
    Ok(records)
}

fn row_key(device: DeviceId, epoch: u64) -> Vec<u8> {
    [device.as_bytes().as_slice(), &epoch.to_be_bytes()].concat()
}

fn aad(scope: Scope, rotation: u64) -> Aad {
    Aad::new(SealLabel::Roster)
        .number(scope.room.get())
        .bytes(scope.group.as_bytes())
        .number(rotation)
}

#[cfg(test)]
mod tests;
