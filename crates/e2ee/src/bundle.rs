//! The bundle: what a new leaf needs beside its Welcome to read the room (PROTOCOL section 3).

use rand_core::CryptoRngCore;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    kdf,
    keys::Scope,
    labels::{KdfLabel, SealLabel},
    log_head::LogHead,
    seal::{self, Aad, SealError},
    secret::Secret,
};

const VERSION: u16 = 1;

/// The room's current keys.
pub(crate) struct Bundle {
    /// The epoch with which the last rotation began.
    pub(crate) rotation: u64,
    /// The door key of that rotation.
    pub(crate) door_key: Secret<32>,
    /// Its history key, in a room with shared history.
    pub(crate) history_key: Option<Secret<32>>,
    /// The last log entry that its maker had seen: where a joiner's running log head begins.
    pub(crate) log: LogHead,
}

/// A bundle does not open.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BundleError {
    /// The seal does not open: another epoch or room, or changed bytes.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// What was sealed is no bundle of this room.
    #[error("malformed bundle: {0}")]
    Codec(#[from] CodecError),
}

impl Bundle {
    /// Seals the bundle for the leaves of an epoch; `secret` is that epoch's `X(e', "bundle")`.
    pub(crate) fn seal(
        &self,
        secret: &Secret<32>,
        scope: Scope,
        epoch: u64,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<u8>, SealError> {
        let mut writer = Writer::with_capacity(120);
        writer.u16(VERSION);
        writer.u64(self.rotation);
        writer.fixed(self.door_key.expose());
        writer.vec(
            self.history_key
                .as_ref()
                .map_or(&[][..], |key| key.expose()),
        );
        self.log.write(&mut writer);
        let plain = Zeroizing::new(writer.finish());
        let key = kdf::derive(secret, KdfLabel::Bundle, &[]);
        seal::seal(&key, &aad(scope, epoch), &plain, rng)
    }

    pub(crate) fn open(
        sealed: &[u8],
        secret: &Secret<32>,
        scope: Scope,
        epoch: u64,
    ) -> Result<Self, BundleError> {
        let key = kdf::derive(secret, KdfLabel::Bundle, &[]);
        let plain = seal::open(&key, &aad(scope, epoch), sealed)?;
        Ok(Self::decode(&plain, epoch)?)
    }

    /// Reads what was sealed: the word of some member.
    pub(crate) fn decode(plain: &[u8], epoch: u64) -> Result<Self, CodecError> {
        let mut reader = Reader::new(plain);
        if reader.u16()? != VERSION {
            return Err(CodecError::BadValue);
        }
        let rotation = reader.u64()?;
        let door_key = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
        let history_key = match reader.vec(32)? {
            [] => None,
            bytes => Some(Secret::from_slice(bytes).ok_or(CodecError::Truncated)?),
        };
        let log = LogHead::read(&mut reader)?;
        reader.finish()?;
        if rotation > epoch {
            return Err(CodecError::BadValue);
        }
        Ok(Self {
            rotation,
            door_key,
            history_key,
            log,
        })
    }
}

fn aad(scope: Scope, epoch: u64) -> Aad {
    Aad::new(SealLabel::Bundle)
        .number(scope.room.get())
        .bytes(scope.group.as_bytes())
        .number(epoch)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        ids::{GroupId, RoomId},
        testing::{flipped, rng},
    };

    fn scope(room: u64) -> Scope {
        Scope {
            room: RoomId::new(room).unwrap(),
            group: GroupId::from([2; 16]),
        }
    }

    fn bundle(history_key: Option<Secret<32>>, rng: &mut impl CryptoRngCore) -> Bundle {
        Bundle {
            rotation: 3,
            door_key: Secret::random(rng),
            history_key,
            log: LogHead {
                seq: 9,
                head: [3; 32],
            },
        }
    }

    #[test]
    fn a_bundle_opens_with_the_secret_of_its_epoch_only() {
        let rng = &mut rng(1);
        let secret = Secret::random(rng);
        for history in [None, Some(Secret::random(rng))] {
            let bundle = bundle(history, rng);
            let sealed = bundle.seal(&secret, scope(1), 5, rng).unwrap();
            let opened = Bundle::open(&sealed, &secret, scope(1), 5).unwrap();
            assert!(opened.door_key.same_as(&bundle.door_key));
            assert_eq!((opened.rotation, opened.log), (3, bundle.log));
            match (&opened.history_key, &bundle.history_key) {
                (Some(opened), Some(sealed)) => assert!(opened.same_as(sealed)),
                (None, None) => {}
                _ => panic!("a history key appears or disappears"),
            }
            let refused = |result: Result<Bundle, _>| result.err() == Some(SealError.into());
            assert!(refused(Bundle::open(&sealed, &secret, scope(1), 6)));
            assert!(refused(Bundle::open(&sealed, &secret, scope(2), 5)));
            assert!(flipped(&sealed).all(|bad| refused(Bundle::open(&bad, &secret, scope(1), 5))));
        }
    }

    #[test]
    fn a_rotation_of_the_future_is_refused() {
        let rng = &mut rng(1);
        let secret = Secret::random(rng);
        let sealed = bundle(None, rng).seal(&secret, scope(1), 2, rng).unwrap();
        let result = Bundle::open(&sealed, &secret, scope(1), 2);
        assert_eq!(result.err(), Some(CodecError::BadValue.into()));
    }
}
