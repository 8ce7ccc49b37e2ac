//! The roster log: which device had a leaf in which epochs. It tells a reader of history who was a
//! member when (PROTOCOL sections 3 and 7).
//!
//! A device keeps what it witnesses as rows. Beside each commit that changes the membership, the
//! committer appends a sealed chunk to the copy on the server; a rotation seals the whole log anew.
//! What comes from that copy never overrules what the device witnessed itself.

use rand_core::CryptoRngCore;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    certificate::{self, CertificateError, DeviceCertificate},
    codec::{CodecError, Reader, Writer},
    ids::DeviceId,
    kdf,
    keys::Scope,
    labels::{KdfLabel, SealLabel},
    rows::{RowError, Rows, Slot},
    seal::{self, Aad, SealError},
    secret::Secret,
};

const VERSION: u16 = 1;
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
                writer.u8(1);
                writer.u64(*epoch);
                writer.vec(certificate.as_bytes());
            }
            Self::Gone { epoch, device } => {
                writer.u8(2);
                writer.u64(*epoch);
                writer.vec(device.as_bytes());
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, RosterError> {
        let kind = reader.u8()?;
        let epoch = reader.u64()?;
        let body = reader.vec(certificate::MAX_LEN)?;
        match kind {
            1 => Ok(Self::Seated {
                epoch,
                certificate: Box::new(DeviceCertificate::validate(body)?),
            }),
            2 => Ok(Self::Gone {
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

/// The latest certificate of a device that the log holds, whenever that was.
pub(crate) fn known(rows: &Rows, device: DeviceId) -> Result<Option<DeviceCertificate>, RowError> {
    let mut keys = rows.keys(Slot::Roster);
    keys.retain(|key| key.starts_with(device.as_bytes()));
    for key in keys.iter().rev() {
        if let Some(RosterRecord::Seated { certificate, .. }) = record(rows, key)? {
            return Ok(Some(*certificate));
        }
    }
    Ok(None)
}

fn record(rows: &Rows, key: &[u8]) -> Result<Option<RosterRecord>, RowError> {
    let Some(bytes) = rows.fetch::<serde_bytes::ByteBuf>(Slot::Roster, key)? else {
        return Ok(None);
    };
    RosterRecord::read(&mut Reader::new(&bytes))
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

/// Opens a copy of the log and keeps the records that this device did not witness itself.
pub(crate) fn adopt(
    rows: &Rows,
    copy: &[u8],
    door_key: &Secret<32>,
    scope: Scope,
    rotation: u64,
) -> Result<(), RosterError> {
    let key = kdf::derive(door_key, KdfLabel::Roster, &[]);
    let mut chunks = Reader::new(copy);
    while !chunks.is_empty() {
        let plain = seal::open(&key, &aad(scope, rotation), chunks.vec(MAX_CHUNK)?)?;
        let mut reader = Reader::new(&plain);
        if reader.u16()? != VERSION {
            return Err(CodecError::BadValue.into());
        }
        while !reader.is_empty() {
            let record = RosterRecord::read(&mut reader)?;
            if !rows.contains(Slot::Roster, &record.row_key()) {
                witness(rows, &record)?;
            }
        }
    }
    Ok(())
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
