//! The inside of a typed item: fields with tags, so that an older client keeps what a newer one wrote and it does not
//! know.
//!
//! `{ tag u16, value <V> }*`, tags rising. Fields of unknown tag are carried along and merged: the greater one wins.

use crate::ordered::Map;

use zeroize::Zeroizing;

use crate::codec::{CodecError, Reader, Writer};

use super::MAX_ITEM;

/// The fields of an item that nobody here knows.
#[derive(Default)]
pub(super) struct Fields(Map<u16, Zeroizing<Vec<u8>>>);

impl Fields {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let mut fields = Map::new();
        while !reader.is_empty() {
            let tag = reader.u16()?;
            let value = Zeroizing::new(reader.vec(MAX_ITEM)?.to_vec());
            if fields
                .last_key_value()
                .is_some_and(|(before, _)| *before >= tag)
            {
                return Err(CodecError::NotCanonical);
            }
            fields.insert(tag, value);
        }
        Ok(Self(fields))
    }

    /// Takes a field that is known out of the unknown ones.
    pub(super) fn take(&mut self, tag: u16) -> Option<Zeroizing<Vec<u8>>> {
        self.0.remove(&tag)
    }

    /// The encoding of these fields and of the known ones in `known`.
    pub(super) fn encode_with(&self, known: &[(u16, &[u8])]) -> Zeroizing<Vec<u8>> {
        let unknown = self.0.iter().map(|(tag, value)| (*tag, value.as_slice()));
        let mut all: Map<u16, &[u8]> = Map::new();
        all.extend(unknown.chain(known.iter().copied()));
        let len = all.values().map(|value| value.len() + 2 + 8).sum();
        let mut writer = Writer::with_capacity(len);
        for (tag, value) in all {
            writer.u16(tag);
            writer.vec(value);
        }
        Zeroizing::new(writer.finish())
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (tag, theirs) in &other.0 {
            let ours = self.0.entry(*tag).or_default();
            if ours.as_slice() < theirs.as_slice() {
                ours.clone_from(theirs);
            }
        }
    }
}
