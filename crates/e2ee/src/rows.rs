//! The stored state of one group as a map of rows, with the changes since the last batch.
//!
//! A row is a key of at most a few dozen bytes and an opaque value. The caller writes the changes
//! of one operation into its atomic batch ([`Rows::take_changes`]). There is no rollback: after an
//! error the group is dropped and loaded again from what is durable.

mod storage;

use crate::ordered::{Entry, Map};
use std::cell::RefCell;

use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::cbor;

/// One key and its value. Values hold secret keys: the store must seal them.
pub type Row = (Vec<u8>, Zeroizing<Vec<u8>>);

/// What one operation changed.
#[derive(Default)]
pub struct RowChanges {
    /// Rows to insert or overwrite.
    pub puts: Vec<Row>,
    /// Keys to delete.
    pub deletes: Vec<Vec<u8>>,
}

impl RowChanges {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.deletes.is_empty()
    }
}

/// Why a row could not be written or read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum RowError {
    /// A value of the library has no encoding; a fault of this crate or of the library.
    #[error("a row could not be encoded")]
    Encode,
    /// The stored bytes are not what was written: the store is damaged.
    #[error("a stored row is damaged")]
    Damaged,
}

/// The part of a key that names what the row holds. Numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Slot {
    JoinConfig = 1,
    OwnLeafNodes = 2,
    QueuedProposal = 3,
    ProposalRefs = 4,
    Tree = 5,
    InterimTranscriptHash = 6,
    Context = 7,
    ConfirmationTag = 8,
    GroupState = 9,
    MessageSecrets = 10,
    ResumptionPsks = 11,
    OwnLeafIndex = 12,
    EpochSecrets = 13,
    SignatureKeyPair = 14,
    EncryptionKeyPair = 15,
    EpochKeyPairs = 16,
    KeyPackage = 17,
    Psk = 18,
    // From here on: rows of this crate.
    Header = 32,
    Proposals = 33,
    DoorKey = 34,
    HistoryKey = 35,
    EchoKey = 36,
    Pending = 37,
    Roster = 38,
    State = 39,
    Joined = 40,
    Entered = 41,
    Present = 42,
    HistoryAsked = 43,
    Candidate = 44,
}

#[derive(Clone, Default)]
struct Inner {
    rows: Map<Vec<u8>, Zeroizing<Vec<u8>>>,
    /// Touched keys; the flag says whether the store holds the key already.
    touched: Map<Vec<u8>, bool>,
}

/// All rows of one group, in memory.
#[derive(Clone, Default)]
pub struct Rows(RefCell<Inner>);

impl Rows {
    /// Rows as they were read from the store.
    #[must_use]
    pub fn load(rows: impl IntoIterator<Item = Row>) -> Self {
        Self(RefCell::new(Inner {
            rows: rows.into_iter().collect(),
            touched: Map::new(),
        }))
    }

    /// What changed since the last call; the caller makes it durable.
    pub fn take_changes(&self) -> RowChanges {
        let mut inner = self.0.borrow_mut();
        let touched = std::mem::take(&mut inner.touched);
        let mut changes = RowChanges::default();
        for (key, was_stored) in touched {
            match inner.rows.get(&key) {
                Some(value) => changes.puts.push((key, value.clone())),
                None if was_stored => changes.deletes.push(key),
                None => {}
            }
        }
        changes
    }

    /// Number of rows and their size in bytes, for measurements.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        let inner = self.0.borrow();
        let bytes = inner.rows.iter().map(|(k, v)| k.len() + v.len()).sum();
        (inner.rows.len(), bytes)
    }

    /// Takes over rows of another map as new ones.
    pub(crate) fn adopt(&self, rows: impl IntoIterator<Item = Row>) {
        let mut inner = self.0.borrow_mut();
        for (key, value) in rows {
            put(&mut inner, key, value);
        }
    }

    /// The same, without those that are here.
    pub(crate) fn adopt_missing(&self, rows: impl IntoIterator<Item = Row>) {
        let mut inner = self.0.borrow_mut();
        for (key, value) in rows {
            if !inner.rows.contains_key(&key) {
                put(&mut inner, key, value);
            }
        }
    }

    pub(crate) fn fetch<T: DeserializeOwned>(
        &self,
        slot: Slot,
        key: &[u8],
    ) -> Result<Option<T>, RowError> {
        let inner = self.0.borrow();
        match inner.rows.get(&row_key(slot, key)) {
            Some(value) => decode(value).map(Some),
            None => Ok(None),
        }
    }

    pub(crate) fn store<T: Serialize>(
        &self,
        slot: Slot,
        key: &[u8],
        value: &T,
    ) -> Result<(), RowError> {
        let value = encode(value)?;
        put(&mut self.0.borrow_mut(), row_key(slot, key), value);
        Ok(())
    }

    pub(crate) fn erase(&self, slot: Slot, key: &[u8]) {
        remove(&mut self.0.borrow_mut(), row_key(slot, key));
    }

    /// Erases all rows of one slot.
    pub(crate) fn clear(&self, slot: Slot) {
        for key in self.keys(slot) {
            self.erase(slot, &key);
        }
    }

    pub(crate) fn contains(&self, slot: Slot, key: &[u8]) -> bool {
        self.0.borrow().rows.contains_key(&row_key(slot, key))
    }

    /// The greatest key (without the slot) between two keys, both included.
    pub(crate) fn last_key(&self, slot: Slot, from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
        let inner = self.0.borrow();
        let mut range = inner.rows.range(row_key(slot, from)..=row_key(slot, to));
        range
            .next_back()
            .map(|(key, _)| key.iter().skip(1).copied().collect())
    }

    /// Copies of all rows of some slots.
    pub(crate) fn of_slots(&self, slots: &[Slot]) -> Vec<Row> {
        let inner = self.0.borrow();
        let kept = |key: &&Vec<u8>| slots.iter().any(|slot| key.first() == Some(&(*slot as u8)));
        let rows = inner.rows.iter().filter(|(key, _)| kept(key));
        rows.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// The keys (without the slot) of all rows of one slot, in order.
    pub(crate) fn keys(&self, slot: Slot) -> Vec<Vec<u8>> {
        let inner = self.0.borrow();
        let first = vec![slot as u8];
        inner
            .rows
            .range(first..)
            .map(|(key, _)| key)
            .take_while(|key| key.first() == Some(&(slot as u8)))
            .map(|key| key.iter().skip(1).copied().collect())
            .collect()
    }
}

fn row_key(slot: Slot, key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + key.len());
    bytes.push(slot as u8);
    bytes.extend_from_slice(key);
    bytes
}

fn put(inner: &mut Inner, key: Vec<u8>, value: Zeroizing<Vec<u8>>) {
    let known = match inner.rows.entry(key.clone()) {
        Entry::Occupied(known) if *known == value => return,
        Entry::Occupied(known) => {
            *known = value;
            true
        }
        Entry::Vacant(entry) => {
            entry.insert(value);
            false
        }
    };
    inner.touched.entry(key).or_insert(known);
}

fn remove(inner: &mut Inner, key: Vec<u8>) {
    if inner.rows.remove(&key).is_some() {
        inner.touched.entry(key).or_insert(true);
    }
}

pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Zeroizing<Vec<u8>>, RowError> {
    let mut bytes = Zeroizing::new(Vec::new());
    cbor::write(value, &mut bytes).map_err(|_| RowError::Encode)?;
    Ok(bytes)
}

pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, RowError> {
    cbor::read(bytes).map_err(|_| RowError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_hold_each_touched_row_once() {
        let rows = Rows::default();
        rows.store(Slot::Header, b"", &1u8).unwrap();
        rows.store(Slot::Header, b"", &2u8).unwrap();
        rows.store(Slot::DoorKey, b"a", &3u8).unwrap();
        let changes = rows.take_changes();
        assert_eq!(changes.puts.len(), 2);
        assert!(changes.deletes.is_empty());
        assert!(rows.take_changes().is_empty());
    }

    #[test]
    fn an_equal_value_is_no_change_and_a_stored_row_is_deleted() {
        let rows = Rows::default();
        rows.store(Slot::Header, b"", &1u8).unwrap();
        rows.take_changes();
        rows.store(Slot::Header, b"", &1u8).unwrap();
        assert!(rows.take_changes().is_empty());
        rows.erase(Slot::Header, b"");
        assert_eq!(rows.take_changes().deletes.len(), 1);
        rows.store(Slot::EchoKey, b"x", &1u8).unwrap();
        rows.erase(Slot::EchoKey, b"x");
        assert!(
            rows.take_changes().is_empty(),
            "never stored, nothing to delete"
        );
    }

    #[test]
    fn keys_are_those_of_one_slot() {
        let rows = Rows::default();
        rows.store(Slot::DoorKey, b"b", &1u8).unwrap();
        rows.store(Slot::DoorKey, b"a", &1u8).unwrap();
        rows.store(Slot::HistoryKey, b"c", &1u8).unwrap();
        assert_eq!(rows.keys(Slot::DoorKey), vec![b"a".to_vec(), b"b".to_vec()]);
    }

    #[test]
    fn a_damaged_row_is_an_error() {
        let key = row_key(Slot::Header, b"");
        let rows = Rows::load([(key, Zeroizing::new(vec![0xff]))]);
        assert_eq!(rows.fetch::<u8>(Slot::Header, b""), Err(RowError::Damaged));
    }
}
