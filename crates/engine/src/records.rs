//! How rows are written: a version byte, then CBOR. Unknown fields are ignored and new fields have defaults, so
//! that a newer version reads what an older one wrote.

use e2ee::cbor;
use serde::{Serialize, de::DeserializeOwned};

/// The version of the form that this build writes.
const VERSION: u8 = 1;

/// A stored row cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is empty or not what was written: the store is damaged.
    #[error("a stored row is damaged")]
    Damaged,
    /// A newer version of this program wrote it.
    #[error("a stored row is of version {0}, which this program does not know")]
    Newer(u8),
}

/// A row's bytes.
#[expect(
    clippy::expect_used,
    reason = "records are plain structs, which always have a CBOR form, and a Vec takes every byte"
)]
pub(crate) fn encode<T: Serialize>(record: &T) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    cbor::write(record, &mut bytes).expect("a record has a CBOR form");
    bytes
}

/// Reads what [`encode`] wrote.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RecordError> {
    match bytes.split_first() {
        Some((&VERSION, record)) => cbor::read(record).map_err(|_| RecordError::Damaged),
        Some((version, _)) => Err(RecordError::Newer(*version)),
        None => Err(RecordError::Damaged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_and_newer_versions_are_told_apart() {
        assert_eq!(decode::<u64>(&encode(&7u64)), Ok(7));
        assert_eq!(decode::<u64>(&[]), Err(RecordError::Damaged));
        assert_eq!(decode::<u64>(&[1, 0xff]), Err(RecordError::Damaged));
        assert_eq!(decode::<u64>(&[2, 7]), Err(RecordError::Newer(2)));
    }
}
