//! The request for history keys (PROTOCOL section 4): a device asks another of the room for the keys of epochs in which
//! its account had a leaf. It names a one-time key to answer to, and the device signs it.
//!
//! It names no certificate: the one that counts is that of the device's leaf, in the tree of whoever answers.

use std::ops::RangeInclusive;

use crate::{
    codec::{CodecError, Reader, Writer},
    device::Device,
    ed25519::{PublicKey, SIGNATURE_LEN, SignatureError},
    ids::{AccountId, DeviceId, GroupId, RoomId},
    labels::SignLabel,
    rows::RowError,
    seal::SealError,
};

/// The version of request and answer.
pub const VERSION: u16 = 1;
/// Ranges of epochs that one request names at most.
pub const RANGES_MAX: usize = 512;
/// The longest key to answer to, in bytes.
const KEY_MAX: usize = 4 * 1024;

/// Names a request, in its answers.
pub type RequestId = [u8; 16];

/// A request or an answer was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HistoryRequestError {
    /// It does not have its form.
    #[error("malformed request or answer about history: {0}")]
    Codec(#[from] CodecError),
    /// It is of another version.
    #[error("request or answer about history of version {0}")]
    Version(u16),
    /// It is for another room or group.
    #[error("it is for another room")]
    OtherRoom,
    /// The room keeps no history for anybody.
    #[error("the room keeps no history")]
    NoHistory,
    /// The device has no leaf in the room.
    #[error("the device is not in the room")]
    NotAMember,
    /// The account has a certificate of a higher generation in the room: the device was revoked.
    #[error("the certificate is of a lower generation than the account's in the room")]
    Generation,
    /// The device did not sign it.
    #[error("the device did not sign this")]
    Signature(#[from] SignatureError),
    /// Nothing that was asked for is here, or may be given.
    #[error("there is nothing to give")]
    Nothing,
    /// This device did not ask, or has what it asked for.
    #[error("nobody asked for this")]
    NotAsked,
    /// It does not open, or cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The rows could not be read or written.
    #[error(transparent)]
    Rows(#[from] RowError),
}

/// What a device asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRequest {
    /// The room.
    pub room: RoomId,
    /// Its MLS group.
    pub group: GroupId,
    /// Who asks.
    pub account: AccountId,
    /// By which device.
    pub device: DeviceId,
    /// Names the request.
    pub id: RequestId,
    /// The one-time KEM key.
    pub key: Vec<u8>,
    /// The epochs, ascending.
    pub epochs: Vec<RangeInclusive<u64>>,
}

/// A request whose signature is yet to be verified.
#[derive(Debug)]
pub struct SignedRequest<'a> {
    /// What it says.
    pub request: HistoryRequest,
    pub(crate) signed: &'a [u8],
    signature: [u8; SIGNATURE_LEN],
}

impl HistoryRequest {
    /// Signs it with the device key.
    pub(crate) fn sign(&self, device: &Device) -> Vec<u8> {
        let mut writer = self.body();
        let signature = device
            .key()
            .sign(SignLabel::HistoryRequest, writer.as_slice());
        writer.fixed(&signature);
        writer.finish()
    }

    /// What is signed.
    pub(crate) fn body(&self) -> Writer {
        let mut writer = Writer::new();
        writer.u16(VERSION);
        writer.u64(self.room.get());
        writer.fixed(self.group.as_bytes());
        writer.fixed(self.account.as_bytes());
        writer.fixed(self.device.as_bytes());
        writer.fixed(&self.id);
        writer.vec(&self.key);
        for range in &self.epochs {
            writer.u64(*range.start());
            writer.u64(*range.end());
        }
        writer
    }
}

impl<'a> SignedRequest<'a> {
    /// Reads what it says; nothing of it is verified.
    ///
    /// # Errors
    /// [`HistoryRequestError::Codec`] and [`HistoryRequestError::Version`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, HistoryRequestError> {
        let (signed, signature) = bytes
            .split_last_chunk::<SIGNATURE_LEN>()
            .ok_or(CodecError::Truncated)?;
        let mut reader = Reader::new(signed);
        let version = reader.u16()?;
        if version != VERSION {
            return Err(HistoryRequestError::Version(version));
        }
        let request = HistoryRequest {
            room: RoomId::new(reader.u64()?).map_err(|_| CodecError::BadValue)?,
            group: reader.array::<16>()?.into(),
            account: reader.array::<16>()?.into(),
            device: reader.array::<16>()?.into(),
            id: reader.array()?,
            key: reader.vec(KEY_MAX)?.to_vec(),
            epochs: read_ranges(&mut reader)?,
        };
        Ok(Self {
            request,
            signed,
            signature: *signature,
        })
    }

    pub(crate) fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        key.verify(SignLabel::HistoryRequest, self.signed, &self.signature)
    }
}

/// At least one range, each behind the one before.
fn read_ranges(reader: &mut Reader<'_>) -> Result<Vec<RangeInclusive<u64>>, CodecError> {
    let mut ranges: Vec<RangeInclusive<u64>> = Vec::new();
    while !reader.is_empty() {
        let (from, to) = (reader.u64()?, reader.u64()?);
        let behind = ranges.last().is_none_or(|last| *last.end() < from);
        if from > to || !behind || ranges.len() == RANGES_MAX {
            return Err(CodecError::BadValue);
        }
        ranges.push(from..=to);
    }
    if ranges.is_empty() {
        return Err(CodecError::Truncated);
    }
    Ok(ranges)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{flipped, person};

    fn request(epochs: Vec<RangeInclusive<u64>>) -> HistoryRequest {
        let alice = person("alice", 1).device;
        HistoryRequest {
            room: RoomId::new(7).unwrap(),
            group: [2; 16].into(),
            account: alice.account(),
            device: alice.id(),
            id: [3; 16],
            key: vec![4; 1216],
            epochs,
        }
    }

    #[test]
    fn a_request_says_what_its_device_signed() {
        let [alice, mallory] =
            [("alice", 1), ("mallory", 2)].map(|(name, seed)| person(name, seed).device);
        let asked = request(vec![0..=0, 5..=9]);
        let bytes = asked.sign(&alice);
        let read = SignedRequest::read(&bytes).unwrap();
        assert_eq!(read.request, asked);
        let key = alice.certificate().device_key();
        read.verify(key).unwrap();
        assert!(read.verify(mallory.certificate().device_key()).is_err());
        for bad in flipped(&bytes) {
            let good = SignedRequest::read(&bad).is_ok_and(|read| read.verify(key).is_ok());
            assert!(!good);
        }
    }

    #[test]
    fn ranges_ascend_and_are_not_too_many() {
        let alice = person("alice", 1).device;
        let many = (0..=RANGES_MAX as u64).map(|n| 2 * n..=2 * n).collect();
        #[expect(clippy::reversed_empty_ranges, reason = "what is refused")]
        let bad = [
            vec![],
            vec![5..=4],
            vec![3..=5, 5..=6],
            vec![3..=5, 0..=1],
            many,
        ];
        for epochs in bad {
            let bytes = request(epochs).sign(&alice);
            let refused = SignedRequest::read(&bytes).err();
            assert!(matches!(refused, Some(HistoryRequestError::Codec(_))));
        }
    }
}
