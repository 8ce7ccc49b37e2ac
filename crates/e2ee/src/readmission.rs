//! The request for readmission (way d of PROTOCOL section 4): a device whose account is in the room asks whoever is
//! there to add it, because the keys to the door cannot be had. A leaf that it has from before makes room for it.
//!
//! The device signs it, and its KeyPackage carries its certificate. It names the epoch in which it was made, by the
//! server's word: a member refuses one of a device that has come or gone since, so that nothing comes of a request that is
//! shown again. The KeyPackage is a one-time one, whose private half goes with its first use.

use crate::{
    codec::{CodecError, Reader, Writer},
    device::Device,
    ed25519::{SIGNATURE_LEN, SignatureError},
    ids::{GroupId, RoomId},
    key_package::{self, KeyPackageError, PeerKeyPackage},
    labels::SignLabel,
    rows::RowError,
    suite::Suite,
};

/// The version of the form.
pub const VERSION: u16 = 1;

/// What a device asks for, before and after the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The room.
    pub room: RoomId,
    /// Its MLS group.
    pub group: GroupId,
    /// The epoch that the room was in, as far as the device was told.
    pub epoch: u64,
}

/// A request was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadmissionError {
    /// It does not have the form of a request.
    #[error("malformed request for readmission: {0}")]
    Codec(#[from] CodecError),
    /// It is of another version.
    #[error("request for readmission of version {0}")]
    Version(u16),
    /// Its KeyPackage is refused.
    #[error(transparent)]
    KeyPackage(#[from] KeyPackageError),
    /// Its KeyPackage may be used more than once.
    #[error("the KeyPackage is one of last resort")]
    LastResort,
    /// The device of the KeyPackage did not sign it.
    #[error("the device did not sign this request")]
    Signature(#[from] SignatureError),
    /// It is for another room or group.
    #[error("the request is for another room")]
    OtherRoom,
    /// It names an epoch that has not begun, or its device has come or gone since.
    #[error("the request is of another time")]
    Stale,
    /// The account has no leaf: it is not in the room.
    #[error("the account has no leaf in the room")]
    NotAMember,
    /// A device of this id has a leaf, with another key.
    #[error("another device of this id has a leaf")]
    Seated,
    /// The account has a certificate of a higher generation in the room: the device was revoked.
    #[error("the certificate is of a lower generation than the account's in the room")]
    Generation,
    /// The rows could not be read.
    #[error(transparent)]
    Rows(#[from] RowError),
}

/// Signs a request with the device key. `key_package` is a fresh one-time KeyPackage of the device.
#[must_use]
pub fn sign(wanted: &Wanted, key_package: &[u8], device: &Device) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u16(VERSION);
    writer.u64(wanted.room.get());
    writer.fixed(wanted.group.as_bytes());
    writer.u64(wanted.epoch);
    writer.vec(key_package);
    let signature = device.key().sign(SignLabel::Readmission, writer.as_slice());
    writer.fixed(&signature);
    writer.finish()
}

/// Verifies what can be verified without the room: form, KeyPackage with its chain, signature.
pub(crate) fn verify(
    bytes: &[u8],
    suite: Suite,
) -> Result<(Wanted, PeerKeyPackage), ReadmissionError> {
    let mut reader = Reader::new(bytes);
    let version = reader.u16()?;
    if version != VERSION {
        return Err(ReadmissionError::Version(version));
    }
    let wanted = Wanted {
        room: RoomId::new(reader.u64()?).map_err(|_| CodecError::BadValue)?,
        group: reader.array::<16>()?.into(),
        epoch: reader.u64()?,
    };
    let key_package = reader.vec(key_package::MAX_LEN)?;
    let signed = bytes
        .get(..bytes.len() - reader.rest().len())
        .unwrap_or_default();
    let signature: [u8; SIGNATURE_LEN] = reader.array()?;
    reader.finish()?;
    let peer = PeerKeyPackage::parse(key_package, suite)?;
    if peer.key_package().last_resort() {
        return Err(ReadmissionError::LastResort);
    }
    let key = peer.certificate().device_key();
    key.verify(SignLabel::Readmission, signed, &signature)?;
    Ok((wanted, peer))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        key_package::OwnKeyPackage,
        testing::{flipped, person, rng},
    };

    const SUITE: Suite = Suite::CLASSICAL;

    fn wanted() -> Wanted {
        Wanted {
            room: RoomId::new(7).unwrap(),
            group: [8; 16].into(),
            epoch: 3,
        }
    }

    #[test]
    fn a_request_is_signed_by_the_device_of_its_key_package() {
        let [alice, bob] = [person("alice", 1), person("bob", 2)];
        let made = OwnKeyPackage::make(&alice.device, SUITE, 1, &mut rng(3)).unwrap();
        let request = sign(&wanted(), &made[0].bytes, &alice.device);
        let (asked, peer) = verify(&request, SUITE).unwrap();
        assert_eq!(asked, wanted());
        assert_eq!(peer.certificate(), alice.device.certificate());
        // Somebody who found a KeyPackage of hers asks for her.
        let forged = sign(&wanted(), &made[0].bytes, &bob.device);
        let refused = verify(&forged, SUITE).err();
        assert_eq!(refused, Some(SignatureError.into()));
        assert!(flipped(&request).all(|bytes| verify(&bytes, SUITE).is_err()));
    }

    #[test]
    fn malformed_requests_are_refused() {
        let alice = person("alice", 1);
        let made = OwnKeyPackage::make(&alice.device, SUITE, 1, &mut rng(3)).unwrap();
        let request = sign(&wanted(), &made[0].bytes, &alice.device);
        let refused = |bytes: &[u8]| verify(bytes, SUITE).err();
        let short = &request[..request.len() - 1];
        assert_eq!(refused(short), Some(CodecError::Truncated.into()));
        let long = [request.as_slice(), &[0]].concat();
        assert_eq!(refused(&long), Some(CodecError::Trailing.into()));
        let newer = [&[0, 9], &request[2..]].concat();
        assert_eq!(refused(&newer), Some(ReadmissionError::Version(9)));
        let other = verify(&request, Suite::POST_QUANTUM).err();
        assert_eq!(other, Some(KeyPackageError::Suite.into()));
        let last = OwnKeyPackage::make_last_resort(&alice.device, SUITE, &mut rng(3)).unwrap();
        let reusable = sign(&wanted(), &last.bytes, &alice.device);
        assert_eq!(refused(&reusable), Some(ReadmissionError::LastResort));
    }
}
