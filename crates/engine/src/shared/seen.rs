//! Where each message of a room of basic encryption was shown. Nothing in such a message counts up, so a server that keeps
//! one can tell it again at another place: the same bytes under the same IV. They are shown at the first place alone.

use e2ee::{ordered::Map, shared_key::SealedText};
use protocol::ids::Seq;
use sha2::{Digest as _, Sha256};

use crate::records::RecordError;

/// The start of SHA-256 of IV and ciphertext.
pub(super) type Mark = [u8; 16];

const ENTRY: usize = 16 + 8;
/// A row is written again with each message, so it stays short; and a room has not too many.
const PER_ROW: usize = 64;

/// All of them, by the order in which they came.
#[derive(Default)]
pub(super) struct Seen {
    /// By the first byte of the mark: what is sorted is moved at each insertion.
    places: Map<u8, Map<Mark, u64>>,
    /// The number of the row that is being filled.
    row: u32,
    filled: Vec<u8>,
}

/// What is the same when a message is told again.
pub(super) fn mark(sealed: &SealedText) -> Mark {
    let hash = Sha256::new().chain_update(sealed.iv);
    let hash: [u8; 32] = hash
        .chain_update(&sealed.encrypted_content)
        .finalize()
        .into();
    let mut mark = Mark::default();
    mark.copy_from_slice(&hash[..16]);
    mark
}

impl Seen {
    /// Whether a message was shown at another place.
    pub(super) fn is_elsewhere(&self, mark: &Mark, seq: Seq) -> bool {
        self.place(mark).is_some_and(|place| place != seq.0)
    }

    fn place(&self, mark: &Mark) -> Option<u64> {
        self.places.get(&mark[0])?.get(mark).copied()
    }

    fn insert(&mut self, mark: Mark, place: u64) {
        let places = self.places.entry(mark[0]).or_default();
        places.insert(mark, place);
    }

    /// Notes a place; the row to write, if it is news.
    pub(super) fn note(&mut self, mark: Mark, seq: Seq) -> Option<(u32, &[u8])> {
        if self.place(&mark).is_some() {
            return None;
        }
        if self.filled.len() >= PER_ROW * ENTRY {
            self.row += 1;
            self.filled.clear();
        }
        self.insert(mark, seq.0);
        self.filled.extend(mark);
        self.filled.extend(seq.0.to_be_bytes());
        Some((self.row, &self.filled))
    }

    /// Takes a row; they come by their numbers.
    pub(super) fn load(&mut self, number: u32, row: &[u8]) -> Result<(), RecordError> {
        let (entries, rest) = row.as_chunks::<ENTRY>();
        if !rest.is_empty() || entries.is_empty() || entries.len() > PER_ROW {
            return Err(RecordError::Damaged);
        }
        for entry in entries {
            let (mark, place) = entry.split_first_chunk().ok_or(RecordError::Damaged)?;
            let place = place.try_into().map_err(|_| RecordError::Damaged)?;
            self.insert(*mark, u64::from_be_bytes(place));
        }
        self.row = number;
        self.filled = row.to_vec();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn mark_of(number: u64) -> Mark {
        let sealed = SealedText {
            encrypted_content: number.to_be_bytes().to_vec(),
            iv: [7; 12],
            message_hash: [0; 32],
        };
        mark(&sealed)
    }

    #[test]
    fn what_was_shown_is_known_after_a_restart_too() {
        let mut seen = Seen::default();
        let mut rows = Map::new();
        let many = 3 * PER_ROW as u64 + 5;
        for number in 1..=many {
            let (row, bytes) = seen.note(mark_of(number), Seq(number)).unwrap();
            rows.insert(row, bytes.to_vec());
        }
        assert_eq!(rows.len(), 4);
        let mut again = Seen::default();
        for (number, row) in &rows {
            again.load(*number, row).unwrap();
        }
        for number in 1..=many {
            assert!(!again.is_elsewhere(&mark_of(number), Seq(number)));
            assert!(again.is_elsewhere(&mark_of(number), Seq(number + 1)));
            assert!(again.note(mark_of(number), Seq(number)).is_none());
        }
        assert!(!again.is_elsewhere(&mark_of(0), Seq(1)));
        let (row, bytes) = again.note(mark_of(0), Seq(many + 1)).unwrap();
        assert_eq!((row, bytes.len()), (3, 6 * ENTRY));
    }

    #[test]
    fn the_first_place_is_the_one() {
        let mut seen = Seen::default();
        assert!(seen.note(mark_of(1), Seq(5)).is_some());
        assert!(seen.note(mark_of(1), Seq(9)).is_none());
        assert!(seen.is_elsewhere(&mark_of(1), Seq(9)));
        assert!(!seen.is_elsewhere(&mark_of(1), Seq(5)));
    }

    #[test]
    fn a_damaged_row_is_not_taken() {
        for row in [
            vec![],
            vec![0; ENTRY - 1],
            vec![0; ENTRY + 1],
            vec![0; (PER_ROW + 1) * ENTRY],
        ] {
            assert!(Seen::default().load(0, &row).is_err());
        }
    }
}
