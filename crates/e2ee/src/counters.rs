//! The set of (device, counter) pairs that were shown, as ranges: no message is shown twice (PROTOCOL section 7).

use crate::ordered::Map;

use crate::{
    codec::{CodecError, Reader, Writer},
    ids::DeviceId,
};

/// The counters of one device that were shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CounterSet {
    /// First counter of a range to its last. Ranges neither overlap nor touch.
    ranges: Map<u64, u64>,
}

impl CounterSet {
    /// Whether the counter is in the set.
    #[must_use]
    pub fn contains(&self, counter: u64) -> bool {
        self.ranges
            .range(..=counter)
            .next_back()
            .is_some_and(|(_, last)| *last >= counter)
    }

    /// Adds a counter; `false` if it was there. Gaps are legal and stay open.
    #[must_use]
    pub fn insert(&mut self, counter: u64) -> bool {
        if self.contains(counter) {
            return false;
        }
        let joined = counter
            .checked_add(1)
            .and_then(|next| self.ranges.remove(&next));
        let last = joined.unwrap_or(counter);
        let before = self.ranges.range_mut(..counter).next_back();
        match before {
            Some((_, before)) if before.checked_add(1) == Some(counter) => *before = last,
            _ => {
                self.ranges.insert(counter, last);
            }
        }
        true
    }

    /// The highest counter.
    #[must_use]
    pub fn highest(&self) -> Option<u64> {
        self.ranges.last_key_value().map(|(_, last)| *last)
    }

    /// Each range as first and last counter, 8 bytes each, in order.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(self.ranges.len() * 16);
        for (first, last) in &self.ranges {
            writer.u64(*first);
            writer.u64(*last);
        }
        writer.finish()
    }

    /// Decodes what [`CounterSet::encode`] gave.
    ///
    /// # Errors
    /// [`CodecError`] for a damaged set: ranges must be in order, apart and not reversed.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let mut set = Self::default();
        while !reader.is_empty() {
            let (first, last) = (reader.u64()?, reader.u64()?);
            let apart = set
                .highest()
                .is_none_or(|highest| highest.checked_add(1).is_some_and(|next| first > next));
            if !apart || last < first {
                return Err(CodecError::NotCanonical);
            }
            set.ranges.insert(first, last);
        }
        Ok(set)
    }
}

/// The counters of all devices in one room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    devices: Map<DeviceId, CounterSet>,
}

impl Counters {
    /// The counters of one device, for a store that keeps a row for each.
    #[must_use]
    pub fn device(&self, device: DeviceId) -> Option<&CounterSet> {
        self.devices.get(&device)
    }

    /// Puts back the counters of one device.
    pub fn load(&mut self, device: DeviceId, counters: CounterSet) {
        self.devices.insert(device, counters);
    }

    /// Whether the pair is in the set.
    #[must_use]
    pub fn contains(&self, device: DeviceId, counter: u64) -> bool {
        self.device(device).is_some_and(|set| set.contains(counter))
    }

    /// Adds a pair; `false` if it was there.
    #[must_use]
    pub fn insert(&mut self, device: DeviceId, counter: u64) -> bool {
        self.devices.entry(device).or_default().insert(counter)
    }

    /// Each device's id and set, in order.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        for (device, set) in &self.devices {
            writer.fixed(device.as_bytes());
            writer.vec(&set.encode());
        }
        writer.finish()
    }

    /// Decodes what [`Counters::encode`] gave.
    ///
    /// # Errors
    /// [`CodecError`] for damaged bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let mut counters = Self::default();
        while !reader.is_empty() {
            let device = reader.array::<16>()?.into();
            let set = CounterSet::decode(reader.vec(bytes.len())?)?;
            if counters
                .devices
                .last_key_value()
                .is_some_and(|(before, _)| *before >= device)
            {
                return Err(CodecError::NotCanonical);
            }
            counters.devices.insert(device, set);
        }
        Ok(counters)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_counter_set_is_a_set(counters in proptest::collection::vec(prop_oneof![0u64..40, u64::MAX - 3..=u64::MAX], 0..60)) {
            let (mut set, mut model) = (CounterSet::default(), BTreeSet::new());
            for counter in counters {
                prop_assert_eq!(set.insert(counter), model.insert(counter));
            }
            for counter in (0..42).chain(u64::MAX - 4..=u64::MAX) {
                prop_assert_eq!(set.contains(counter), model.contains(&counter));
            }
            prop_assert_eq!(set.highest(), model.last().copied());
            prop_assert_eq!(CounterSet::decode(&set.encode()), Ok(set));
        }
    }

    #[test]
    fn consecutive_counters_take_one_range() {
        let mut set = CounterSet::default();
        assert!(
            [3, 1, 2, 0, 4]
                .into_iter()
                .all(|counter| set.insert(counter))
        );
        assert_eq!(set.encode().len(), 16);
    }

    #[test]
    fn devices_are_apart_and_survive_a_round_trip() {
        let [a, b] = [[1; 16].into(), [2; 16].into()];
        let mut counters = Counters::default();
        assert!(counters.insert(a, 5) && counters.insert(b, 5) && !counters.insert(a, 5));
        assert_eq!(Counters::decode(&counters.encode()), Ok(counters));
    }

    #[test]
    fn ranges_out_of_order_reversed_or_touching_are_refused() {
        let encode = |ranges: &[(u64, u64)]| {
            ranges
                .iter()
                .flat_map(|(a, b)| [a.to_be_bytes(), b.to_be_bytes()].concat())
                .collect::<Vec<_>>()
        };
        for bad in [
            &[(5, 4)][..],
            &[(5, 6), (1, 2)],
            &[(1, 2), (3, 4)],
            &[(1, 3), (2, 4)],
            &[(1, u64::MAX), (0, 0)],
        ] {
            assert_eq!(
                CounterSet::decode(&encode(bad)),
                Err(CodecError::NotCanonical),
                "{bad:?}"
            );
        }
        assert_eq!(CounterSet::decode(&[0; 15]), Err(CodecError::Truncated));
    }
}
