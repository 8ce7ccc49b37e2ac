//! Status: what one device says about the state of a room, so that a suspect can find out whether a commit was bad for
//! all or for itself alone (PROTOCOL section 1).
//!
//! It is signed and not sealed: a suspect cannot open the next epoch. A request and its answer have one form, told
//! apart by their signature labels; the answer repeats the request's nonce.

use rand_core::CryptoRngCore;

use crate::{
    codec::{CodecError, Reader, Writer},
    device::Device,
    ed25519::{PublicKey, SIGNATURE_LEN, SignatureError},
    ids::{AccountId, DeviceId, GroupId, RoomId},
    labels::SignLabel,
    log_head::LogHead,
};

/// The version of the form.
pub const VERSION: u16 = 1;
/// Encoded length: version, room, group, epoch, transcript hash, log head, nonce, account, device, signature.
pub const LEN: usize = 2 + 8 + 16 + 8 + 16 + 40 + 16 + 16 + 16 + SIGNATURE_LEN;

/// The state of a room as one device sees it. Two devices agree on a room if these are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomStatus {
    /// The room.
    pub room: RoomId,
    /// The room's MLS group.
    pub group: GroupId,
    /// The epoch.
    pub epoch: u64,
    /// The first 16 bytes of the confirmed transcript hash.
    pub transcript: [u8; 16],
    /// The log head.
    pub log: LogHead,
}

/// Ties an answer to its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; 16]);

impl Nonce {
    /// A fresh nonce.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}

/// Whether a status asks or answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It asks: "this is my state; what is yours?"
    Request,
    /// It answers a request.
    Answer,
}

impl Role {
    const fn label(self) -> SignLabel {
        match self {
            Self::Request => SignLabel::StatusRequest,
            Self::Answer => SignLabel::StatusAnswer,
        }
    }
}

/// A status whose signature has been verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The account that speaks.
    pub account: AccountId,
    /// The device that speaks.
    pub device: DeviceId,
    /// What it sees.
    pub status: RoomStatus,
    /// The requester's nonce.
    pub nonce: Nonce,
}

/// A status was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// It does not have the form of a status.
    #[error("malformed status: {0}")]
    Codec(#[from] CodecError),
    /// It is of another version.
    #[error("status version {0} is unknown")]
    Version(u16),
    /// The device that it names is no leaf that this client knows.
    #[error("the status names an unknown leaf")]
    UnknownLeaf,
    /// The device key of that leaf did not sign it in this role.
    #[error("the device did not sign this status")]
    Signature(#[from] SignatureError),
}

/// Signs a status in one role.
#[must_use]
pub fn sign(role: Role, status: &RoomStatus, nonce: Nonce, device: &Device) -> Vec<u8> {
    let mut writer = Writer::with_capacity(LEN);
    writer.u16(VERSION);
    writer.u64(status.room.get());
    writer.fixed(status.group.as_bytes());
    writer.u64(status.epoch);
    writer.fixed(&status.transcript);
    status.log.write(&mut writer);
    writer.fixed(&nonce.0);
    writer.fixed(device.account().as_bytes());
    writer.fixed(device.id().as_bytes());
    let signature = device.key().sign(role.label(), writer.as_slice());
    writer.fixed(&signature);
    writer.finish()
}

/// Verifies a status in one role. `leaf_key` gives the device key of a leaf that this client knows.
///
/// An answer is evidence only if its nonce is that of an open request, and its room and group are those asked about;
/// which accounts may testify is for the caller to judge.
///
/// # Errors
/// [`StatusError`] says what is wrong.
pub fn verify(
    role: Role,
    bytes: &[u8],
    leaf_key: impl FnOnce(AccountId, DeviceId) -> Option<PublicKey>,
) -> Result<Status, StatusError> {
    let mut reader = Reader::new(bytes);
    let version = reader.u16()?;
    if version != VERSION {
        return Err(StatusError::Version(version));
    }
    let claims = read(&mut reader)?;
    let signed = bytes
        .get(..bytes.len() - reader.rest().len())
        .unwrap_or_default();
    let signature = reader.array()?;
    reader.finish()?;
    let key = leaf_key(claims.account, claims.device).ok_or(StatusError::UnknownLeaf)?;
    key.verify(role.label(), signed, &signature)?;
    Ok(claims)
}

fn read(reader: &mut Reader<'_>) -> Result<Status, CodecError> {
    let status = RoomStatus {
        room: RoomId::new(reader.u64()?).map_err(|_| CodecError::BadValue)?,
        group: reader.array::<16>()?.into(),
        epoch: reader.u64()?,
        transcript: reader.array()?,
        log: LogHead::read(reader)?,
    };
    let nonce = Nonce(reader.array()?);
    Ok(Status {
        account: reader.array::<16>()?.into(),
        device: reader.array::<16>()?.into(),
        status,
        nonce,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{flipped, person, rng};

    fn status() -> RoomStatus {
        let (room, group) = (RoomId::new(7).unwrap(), [8; 16].into());
        RoomStatus {
            room,
            group,
            epoch: 3,
            transcript: [1; 16],
            log: LogHead::start(room, group).advance(&[2; 32]),
        }
    }

    #[test]
    fn a_status_is_signed_by_a_known_leaf_in_its_role() {
        let [alice, bob] = [person("alice", 1), person("bob", 2)];
        let nonce = Nonce::random(&mut rng(3));
        let bytes = sign(Role::Answer, &status(), nonce, &alice.device);
        assert_eq!(bytes.len(), LEN);
        let key = *alice.device.key().public();

        let verified = verify(Role::Answer, &bytes, |account, device| {
            (account == alice.device.account() && device == alice.device.id()).then_some(key)
        });
        let expected = Status {
            account: alice.device.account(),
            device: alice.device.id(),
            status: status(),
            nonce,
        };
        assert_eq!(verified, Ok(expected));

        // An echo of the request is no answer.
        assert_eq!(
            verify(Role::Request, &bytes, |_, _| Some(key)),
            Err(SignatureError.into())
        );
        assert_eq!(
            verify(Role::Answer, &bytes, |_, _| None),
            Err(StatusError::UnknownLeaf)
        );
        let bobs = *bob.device.key().public();
        assert_eq!(
            verify(Role::Answer, &bytes, |_, _| Some(bobs)),
            Err(SignatureError.into())
        );
        assert!(
            flipped(&bytes).all(|bytes| verify(Role::Answer, &bytes, |_, _| Some(key)).is_err())
        );
    }

    #[test]
    fn malformed_statuses_are_refused() {
        let alice = person("alice", 1);
        let bytes = sign(
            Role::Request,
            &status(),
            Nonce::random(&mut rng(3)),
            &alice.device,
        );
        let refused = |bytes: &[u8]| {
            verify(Role::Request, bytes, |_, _| {
                Some(*alice.device.key().public())
            })
            .err()
        };
        assert_eq!(
            refused(&bytes[..LEN - 1]),
            Some(CodecError::Truncated.into())
        );
        assert_eq!(
            refused(&[bytes.as_slice(), &[0]].concat()),
            Some(CodecError::Trailing.into())
        );
        assert_eq!(
            refused(&[&[0, 9], &bytes[2..]].concat()),
            Some(StatusError::Version(9))
        );
        assert_eq!(
            refused(&[&bytes[..2], &[0xFF], &bytes[3..]].concat()),
            Some(CodecError::BadValue.into())
        );
    }
}
