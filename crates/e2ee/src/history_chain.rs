//! The history chain of a room with shared history: each rotation seals the older history key under
//! the newer one, so that whoever gets the newest key reads back to the beginning.

use rand_core::CryptoRngCore;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    kdf,
    keys::Scope,
    labels::{KdfLabel, SealLabel},
    rows::RowError,
    seal::{self, Aad, SealError},
    secret::Secret,
};

const VERSION: u16 = 1;

/// A history key and the rotation with which it began.
pub(crate) struct Link {
    pub(crate) rotation: u64,
    pub(crate) key: Secret<32>,
}

/// A link of the chain does not open.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ChainError {
    /// The seal does not open under the history key of that rotation.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// What was sealed is no link.
    #[error("malformed link of the history chain: {0}")]
    Codec(#[from] CodecError),
    /// The rows could not be read or written.
    #[error(transparent)]
    Rows(#[from] RowError),
}

/// Seals the older key under the newer one.
pub(crate) fn seal(
    older: &Link,
    newer: &Link,
    scope: Scope,
    rng: &mut impl CryptoRngCore,
) -> Result<Vec<u8>, SealError> {
    let mut writer = Writer::with_capacity(42);
    writer.u16(VERSION);
    writer.u64(older.rotation);
    writer.fixed(older.key.expose());
    let plain = Zeroizing::new(writer.finish());
    let key = kdf::derive(&newer.key, KdfLabel::HistoryPrevious, &[]);
    seal::seal(&key, &aad(scope, newer.rotation), &plain, rng)
}

/// Opens the link that the newer key's rotation wrote.
pub(crate) fn open(sealed: &[u8], newer: &Link, scope: Scope) -> Result<Link, ChainError> {
    let key = kdf::derive(&newer.key, KdfLabel::HistoryPrevious, &[]);
    let plain = seal::open(&key, &aad(scope, newer.rotation), sealed)?;
    Ok(decode(&plain, newer.rotation)?)
}

/// Reads what was sealed: the word of some member.
pub(crate) fn decode(plain: &[u8], newer: u64) -> Result<Link, CodecError> {
    let mut reader = Reader::new(plain);
    if reader.u16()? != VERSION {
        return Err(CodecError::BadValue);
    }
    let rotation = reader.u64()?;
    let key = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
    reader.finish()?;
    // A chain only leads back: a loop would never end.
    if rotation >= newer {
        return Err(CodecError::BadValue);
    }
    Ok(Link { rotation, key })
}

fn aad(scope: Scope, rotation: u64) -> Aad {
    Aad::new(SealLabel::HistoryPrevious)
        .number(scope.room.get())
        .bytes(scope.group.as_bytes())
        .number(rotation)
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

    #[test]
    fn a_link_leads_from_the_newer_key_to_the_older_and_not_back() {
        let rng = &mut rng(1);
        let [older, newer] = [3, 8].map(|rotation| Link {
            rotation,
            key: Secret::random(rng),
        });
        let sealed = seal(&older, &newer, scope(1), rng).unwrap();
        let opened = open(&sealed, &newer, scope(1)).unwrap();
        assert!(opened.key.same_as(&older.key));
        assert_eq!(opened.rotation, 3);
        assert!(open(&sealed, &older, scope(1)).is_err());
        assert!(open(&sealed, &newer, scope(2)).is_err());
        assert!(flipped(&sealed).all(|bad| open(&bad, &newer, scope(1)).is_err()));
    }

    #[test]
    fn a_link_that_leads_forward_is_refused() {
        let rng = &mut rng(1);
        let [a, b] = [8, 8].map(|rotation| Link {
            rotation,
            key: Secret::random(rng),
        });
        let sealed = seal(&a, &b, scope(1), rng).unwrap();
        let error = open(&sealed, &b, scope(1)).err();
        assert_eq!(error, Some(CodecError::BadValue.into()));
    }
}
