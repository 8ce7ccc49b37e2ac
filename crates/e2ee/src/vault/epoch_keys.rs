//! Keys by the epoch that they belong to.

use crate::ordered::Map;

use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    secret::Secret,
};

/// A set of (epoch, key). An epoch has one key; where two devices disagree, both are kept and both are tried.
#[derive(Default)]
pub struct EpochKeys(Map<u64, Vec<Secret<32>>>);

impl EpochKeys {
    /// Adds a key; nothing happens if it is there.
    pub fn insert(&mut self, epoch: u64, key: Secret<32>) {
        let keys = self.0.entry(epoch).or_default();
        if keys.iter().any(|known| known.same_as(&key)) {
            return;
        }
        keys.push(key);
        // One order for all devices; which comes first says nothing.
        keys.sort_unstable_by(|a, b| a.expose().cmp(b.expose()));
    }

    /// The keys of an epoch: mostly one.
    pub fn of(&self, epoch: u64) -> impl Iterator<Item = &Secret<32>> {
        self.0.get(&epoch).into_iter().flatten()
    }

    /// The keys of the last epoch that is not after `epoch`, for keys that change with a rotation only.
    pub fn at(&self, epoch: u64) -> impl Iterator<Item = &Secret<32>> {
        self.0
            .range(..=epoch)
            .next_back()
            .into_iter()
            .flat_map(|(_, keys)| keys)
    }

    /// All epochs and keys, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Secret<32>)> {
        self.0
            .iter()
            .flat_map(|(epoch, keys)| keys.iter().map(|key| (*epoch, key)))
    }

    /// The union of both sets. Commutative, associative and idempotent.
    pub fn merge(&mut self, other: &Self) {
        other
            .iter()
            .for_each(|(epoch, key)| self.insert(epoch, key.duplicate()));
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::with_capacity(self.iter().count() * 40);
        for (epoch, key) in self.iter() {
            writer.u64(epoch);
            writer.fixed(key.expose());
        }
        Zeroizing::new(writer.finish())
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let mut keys = Self::default();
        while !reader.is_empty() {
            let epoch = reader.u64()?;
            let key = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
            keys.insert(epoch, key);
        }
        Ok(keys)
    }
}
