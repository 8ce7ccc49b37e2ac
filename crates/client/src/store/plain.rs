//! A store without sealing.

use engine::api::{Batch, Key, Space, Write};

use super::{Name, Range, RowWrite, Shelf, Store, StoreError, Tag, space};

/// A shelf that sees everything. For tests and measurements; programs use [`Sealed`](super::Sealed).
#[derive(Clone)]
pub struct Plain<S> {
    shelf: S,
}

impl<S: Shelf> Plain<S> {
    /// A store on this shelf.
    pub fn new(shelf: S) -> Self {
        Self { shelf }
    }
}

fn tag(space: Space) -> Tag {
    Tag(space::bytes(space))
}

impl<S: Shelf> Store for Plain<S> {
    async fn rows(&mut self, space: Space) -> Result<Vec<(Key, Vec<u8>)>, StoreError> {
        let rows = self.shelf.rows(&tag(space)).await?;
        let key = |name| match name {
            Name::Bytes(name) => Key::Named(space, name),
            Name::Number(number) => Key::Numbered(space, number),
        };
        Ok(rows
            .into_iter()
            .map(|(name, value)| (key(name), value))
            .collect())
    }

    async fn range(
        &mut self,
        space: Space,
        range: Range,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.shelf.range(&tag(space), range).await
    }

    async fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        let writes = batch.into_writes().map(|(key, write)| RowWrite {
            tag: tag(key.space()),
            name: match key {
                Key::Named(_, name) => Name::Bytes(name),
                Key::Numbered(_, number) => Name::Number(number),
            },
            value: match write {
                Write::Put(value) => Some(value),
                Write::Delete => None,
            },
        });
        self.shelf.write(writes.collect()).await
    }

    async fn close(self) -> Result<(), StoreError> {
        self.shelf.close().await
    }
}
