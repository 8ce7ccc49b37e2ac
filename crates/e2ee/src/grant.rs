//! The grant: the room's keys for whoever holds a link, sealed under the link's secret and signed by
//! the device of the link's creator (PROTOCOL sections 3 and 4).
//!
//! It is the one side file that members cannot make anew: only the creator vouches for it. After a
//! rotation the creator seals another one, or the link sleeps until it does.

use rand_core::CryptoRngCore;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    certificate::{self, CertificateError, DeviceCertificate},
    codec::{CodecError, Reader, Writer},
    device::Device,
    ed25519::{SIGNATURE_LEN, SignatureError},
    group::RoomKeys,
    ids::{AccountId, GroupId, LinkId, RoomId},
    kdf,
    labels::{KdfLabel, SealLabel, SignLabel},
    link::LinkSecret,
    seal::{self, Aad, OVERHEAD, SealError},
    secret::Secret,
};

const VERSION: u16 = 1;
/// The longest sealed grant that is looked at.
pub const MAX_LEN: usize = 256 + certificate::MAX_LEN + SIGNATURE_LEN + OVERHEAD;

/// An opened grant.
pub struct Grant {
    /// The group behind the room.
    pub group: GroupId,
    /// The epoch with which the keys began.
    pub rotation: u64,
    /// The creator's device, whose signature was verified.
    pub creator: DeviceCertificate,
    door_key: Secret<32>,
    history_key: Option<Secret<32>>,
}

/// A grant is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum GrantError {
    /// It is longer than [`MAX_LEN`].
    #[error("the grant is too long")]
    TooLong,
    /// The seal does not open: another link or room, or changed bytes.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It is of another version.
    #[error("grant version {0} is unknown")]
    Version(u16),
    /// What was sealed is no grant.
    #[error("malformed grant: {0}")]
    Codec(#[from] CodecError),
    /// The creator's certificate is refused.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The creator's device did not sign it for this link.
    #[error("the creator's device did not sign this grant")]
    Signature(#[from] SignatureError),
    /// It is signed by another account than the one that the link names.
    #[error("the grant is not by the creator of the link")]
    Creator,
}

/// What a member puts into a grant.
pub(crate) struct Gift<'a> {
    pub(crate) group: GroupId,
    pub(crate) rotation: u64,
    pub(crate) door_key: &'a Secret<32>,
    pub(crate) history_key: Option<&'a Secret<32>>,
}

impl Gift<'_> {
    pub(crate) fn seal(
        &self,
        device: &Device,
        room: RoomId,
        link: LinkId,
        secret: &LinkSecret,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, SealError> {
        let mut writer = Writer::with_capacity(MAX_LEN);
        writer.u16(VERSION);
        writer.fixed(self.group.as_bytes());
        writer.u64(self.rotation);
        writer.fixed(self.door_key.expose());
        writer.vec(self.history_key.map_or(&[][..], |key| key.expose()));
        writer.vec(device.certificate().as_bytes());
        let signed = signed_bytes(room, link, writer.as_slice());
        writer.fixed(&device.key().sign(SignLabel::Grant, &signed));
        let plain = Zeroizing::new(writer.finish());
        seal::seal(&key(secret), &aad(room, link), &plain, rng)
    }
}

impl Grant {
    /// Opens a grant. `creator` is the account that the link names; a spoken link names none, and
    /// who its creator is is then only what the grant says.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn open(
        sealed: &[u8],
        room: RoomId,
        link: LinkId,
        secret: &LinkSecret,
        creator: Option<AccountId>,
    ) -> Result<Self, GrantError> {
        if sealed.len() > MAX_LEN {
            return Err(GrantError::TooLong);
        }
        let plain = seal::open(&key(secret), &aad(room, link), sealed)?;
        Self::decode(&plain, room, link, creator)
    }

    /// Reads what was sealed: the word of whoever has the link.
    pub(crate) fn decode(
        plain: &[u8],
        room: RoomId,
        link: LinkId,
        creator: Option<AccountId>,
    ) -> Result<Self, GrantError> {
        let mut reader = Reader::new(plain);
        let version = reader.u16()?;
        if version != VERSION {
            return Err(GrantError::Version(version));
        }
        let group = reader.array::<16>()?.into();
        let rotation = reader.u64()?;
        let door_key = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
        let history_key = match reader.vec(32)? {
            [] => None,
            bytes => Some(Secret::from_slice(bytes).ok_or(CodecError::Truncated)?),
        };
        let certificate = DeviceCertificate::validate(reader.vec(certificate::MAX_LEN)?)?;
        let body = plain.get(..plain.len() - reader.rest().len());
        let signature: [u8; SIGNATURE_LEN] = reader.array()?;
        reader.finish()?;
        let signed = signed_bytes(room, link, body.unwrap_or_default());
        certificate
            .device_key()
            .verify(SignLabel::Grant, &signed, &signature)?;
        if creator.is_some_and(|creator| creator != certificate.account()) {
            return Err(GrantError::Creator);
        }
        Ok(Self {
            group,
            rotation,
            creator: certificate,
            door_key,
            history_key,
        })
    }

    /// The door key, to open the doors with.
    #[must_use]
    pub const fn door_key(&self) -> &Secret<32> {
        &self.door_key
    }

    /// The keys, to enter with.
    #[must_use]
    pub fn keys(&self) -> RoomKeys {
        let history = self.history_key.iter();
        RoomKeys {
            door: vec![(self.rotation, self.door_key.duplicate())],
            history: history
                .map(|key| (self.rotation, key.duplicate()))
                .collect(),
        }
    }
}

fn key(secret: &LinkSecret) -> Secret<32> {
    kdf::derive(secret.as_secret(), KdfLabel::Grant, &[])
}

fn aad(room: RoomId, link: LinkId) -> Aad {
    Aad::new(SealLabel::Grant)
        .number(room.get())
        .bytes(link.as_bytes())
}

fn signed_bytes(room: RoomId, link: LinkId, body: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut writer = Writer::with_capacity(8 + 16 + body.len());
    writer.u64(room.get());
    writer.fixed(link.as_bytes());
    writer.fixed(body);
    Zeroizing::new(writer.finish())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{Person, flipped, person, rng};

    const LINK: [u8; 16] = [4; 16];

    fn room(id: u64) -> RoomId {
        RoomId::new(id).unwrap()
    }

    fn secret(seed: u64) -> LinkSecret {
        LinkSecret::random(&mut rng(seed))
    }

    fn sealed(by: &Person, history: bool) -> Vec<u8> {
        let (door, older) = (Secret::from_bytes(&[1; 32]), Secret::from_bytes(&[2; 32]));
        let gift = Gift {
            group: [3; 16].into(),
            rotation: 9,
            door_key: &door,
            history_key: history.then_some(&older),
        };
        let link = LINK.into();
        gift.seal(&by.device, room(7), link, &secret(1), &mut rng(2))
            .unwrap()
    }

    fn open(sealed: &[u8], creator: Option<AccountId>) -> Result<Grant, GrantError> {
        Grant::open(sealed, room(7), LINK.into(), &secret(1), creator)
    }

    #[test]
    fn a_grant_gives_the_keys_that_were_put_in() {
        let alice = person("alice", 1);
        for history in [false, true] {
            let sealed = sealed(&alice, history);
            for creator in [None, Some(alice.device.account())] {
                let grant = open(&sealed, creator).unwrap();
                assert_eq!((grant.group, grant.rotation), ([3; 16].into(), 9));
                assert_eq!(grant.creator, *alice.device.certificate());
                let keys = grant.keys();
                assert_eq!(
                    (keys.door.len(), keys.history.len()),
                    (1, usize::from(history))
                );
                assert!(keys.door[0].1.same_as(grant.door_key()));
            }
        }
    }

    #[test]
    fn it_opens_for_its_link_in_its_room_only() {
        let alice = person("alice", 1);
        let sealed = sealed(&alice, true);
        let seal = |result: Result<Grant, _>| result.err() == Some(SealError.into());
        let link = LINK.into();
        assert!(seal(Grant::open(&sealed, room(8), link, &secret(1), None)));
        assert!(seal(Grant::open(
            &sealed,
            room(7),
            [5; 16].into(),
            &secret(1),
            None
        )));
        assert!(seal(Grant::open(&sealed, room(7), link, &secret(2), None)));
        assert!(flipped(&sealed).all(|bad| seal(open(&bad, None))));
        assert!((0..sealed.len()).all(|len| seal(open(&sealed[..len], None))));
        let long = vec![0; MAX_LEN + 1];
        assert_eq!(open(&long, None).err(), Some(GrantError::TooLong));
    }

    #[test]
    fn another_holder_of_the_link_cannot_replace_it() {
        let [alice, mallory] = [person("alice", 1), person("mallory", 2)];
        let forged = sealed(&mallory, true);
        let result = open(&forged, Some(alice.device.account()));
        assert_eq!(result.err(), Some(GrantError::Creator));
        // Alice's certificate over Mallory's keys: sealed by who knows the secret, signed by nobody.
        let plain = seal::open(
            &key(&secret(1)),
            &aad(room(7), LINK.into()),
            &sealed(&alice, true),
        );
        for plain in flipped(&plain.unwrap()) {
            let resealed = seal::seal(
                &key(&secret(1)),
                &aad(room(7), LINK.into()),
                &plain,
                &mut rng(3),
            );
            assert!(open(&resealed.unwrap(), Some(alice.device.account())).is_err());
        }
        // The same grant under another link id is signed for that one.
        let moved = seal::open(
            &key(&secret(1)),
            &aad(room(7), LINK.into()),
            &sealed(&alice, true),
        );
        let other = LinkId::from([5; 16]);
        let moved = seal::seal(
            &key(&secret(1)),
            &aad(room(7), other),
            &moved.unwrap(),
            &mut rng(3),
        );
        let result = Grant::open(&moved.unwrap(), room(7), other, &secret(1), None);
        assert_eq!(result.err(), Some(SignatureError.into()));
    }
}
