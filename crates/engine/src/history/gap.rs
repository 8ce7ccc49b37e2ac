//! What of a room's past does not open for want of keys, and who was asked for them.

use e2ee::ordered::Set;
use std::ops::RangeInclusive;

use e2ee::{history_request::RANGES_MAX, log_head::LogHead};
use protocol::ids::DeviceId;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Epochs of a gap that are remembered. What is beyond them shows when these are read.
const EPOCHS_MAX: usize = 4096;

/// Messages that wait for their keys.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Gap {
    /// The entry before the first of them, and the log head there.
    seq: u64,
    #[serde(with = "serde_bytes")]
    head: [u8; 32],
    /// Their epochs.
    epochs: Set<u64>,
    /// Who was asked.
    pub(super) asked: Set<DeviceId>,
    /// What they are asked.
    pub(super) request: Option<ByteBuf>,
    /// Keys came since the messages were last tried.
    pub(super) came: bool,
}

impl Gap {
    pub(super) fn at(before: LogHead) -> Self {
        Self {
            seq: before.seq,
            head: before.head,
            epochs: Set::new(),
            asked: Set::new(),
            request: None,
            came: false,
        }
    }

    pub(crate) const fn from(&self) -> LogHead {
        LogHead {
            seq: self.seq,
            head: self.head,
        }
    }

    /// Another message without a key. `before` is where the log stood before it.
    pub(super) fn note(&mut self, epoch: u64, before: LogHead) {
        if self.epochs.is_empty() {
            (self.seq, self.head) = (before.seq, before.head);
        }
        if self.epochs.len() < EPOCHS_MAX {
            self.epochs.insert(epoch);
        }
    }

    /// The messages are tried again from the first on: what stays shut is noted anew.
    pub(super) fn try_again(&mut self) {
        self.epochs.clear();
        self.came = false;
    }

    /// New keys opened something: whoever was asked before may have more of what is left.
    pub(super) fn ask_anew(&mut self) {
        self.request = None;
        self.asked.clear();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.epochs.is_empty()
    }

    /// The epochs as ranges: those of them between which nothing is lacking are one.
    pub(super) fn ranges(&self, known: &Set<u64>) -> Vec<RangeInclusive<u64>> {
        let mut ranges: Vec<RangeInclusive<u64>> = Vec::new();
        for epoch in &self.epochs {
            let full = ranges.len() == RANGES_MAX;
            match ranges.last_mut() {
                Some(last) if !known.has_within(last.end(), epoch) => {
                    *last = *last.start()..=*epoch;
                }
                _ if full => break,
                _ => ranges.push(*epoch..=*epoch),
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(epochs: &[u64]) -> Gap {
        let start = LogHead {
            seq: 4,
            head: [4; 32],
        };
        let mut gap = Gap::at(start);
        for (place, epoch) in epochs.iter().enumerate() {
            let seq = 10 + place as u64;
            gap.note(*epoch, LogHead { seq, head: [1; 32] });
        }
        gap
    }

    #[test]
    fn a_gap_begins_before_its_first_message() {
        let mut gap = gap(&[3, 4]);
        assert_eq!(gap.from().seq, 10);
        gap.try_again();
        assert!(gap.is_closed());
        gap.note(
            4,
            LogHead {
                seq: 11,
                head: [2; 32],
            },
        );
        assert_eq!(gap.from().seq, 11);
    }

    #[test]
    fn epochs_without_a_key_between_are_one_range() {
        let known = Set::from([6]);
        let ranges = gap(&[1, 4, 5, 8, 9]).ranges(&known);
        assert_eq!(ranges, [1..=5, 8..=9]);
        let known = (0..4 * RANGES_MAX as u64)
            .filter(|epoch| epoch % 2 == 1)
            .collect();
        let many: Vec<u64> = (0..2 * RANGES_MAX as u64).map(|n| 2 * n).collect();
        assert_eq!(gap(&many).ranges(&known).len(), RANGES_MAX);
    }
}
