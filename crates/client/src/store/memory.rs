//! A shelf in memory: for tests, and for sessions that leave nothing behind.

use std::collections::BTreeMap;

use super::{Name, Range, RowWrite, Shelf, StoreError, Tag};

/// Rows in memory. Nothing survives the process.
#[derive(Default, Clone)]
pub struct Memory {
    rows: BTreeMap<(Tag, Name), Vec<u8>>,
}

impl Memory {
    /// An empty shelf.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn take(&mut self, writes: Vec<RowWrite>) {
        for RowWrite { tag, name, value } in writes {
            match value {
                Some(value) => self.rows.insert((tag, name), value),
                None => self.rows.remove(&(tag, name)),
            };
        }
    }

    /// Every row, by tag and name.
    pub(super) fn all(&self) -> impl Iterator<Item = (&Tag, &Name, &Vec<u8>)> {
        let rows = self.rows.iter();
        rows.map(|((tag, name), value)| (tag, name, value))
    }

    fn under(&self, tag: &Tag) -> impl DoubleEndedIterator<Item = (&Name, &Vec<u8>)> {
        self.rows
            .iter()
            .filter(move |((of, _), _)| of == tag)
            .map(|((_, name), value)| (name, value))
    }
}

impl Shelf for Memory {
    async fn rows(&mut self, tag: &Tag) -> Result<Vec<(Name, Vec<u8>)>, StoreError> {
        let rows = self.under(tag);
        Ok(rows
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect())
    }

    async fn range(&mut self, tag: &Tag, range: Range) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let numbered = self.under(tag).filter_map(|(name, value)| match name {
            Name::Number(number) => Some((*number, value.clone())),
            Name::Bytes(_) => None,
        });
        Ok(range.of(numbered))
    }

    async fn write(&mut self, writes: Vec<RowWrite>) -> Result<(), StoreError> {
        self.take(writes);
        Ok(())
    }

    async fn close(self) -> Result<(), StoreError> {
        Ok(())
    }
}
