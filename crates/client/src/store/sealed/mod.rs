//! A store whose shelf sees neither values nor names.
//!
//! Every value is AES-256-GCM under a key of its space, bound to its place. Spaces and names are replaced by a
//! keyed function of themselves; a name also stands inside its sealed value, from where it is read back. Only
//! the order of numbered rows within a space, and sizes, stay visible.

mod key;
mod names;
mod stretched;
mod value;

use engine::api::{Batch, Key, Space, Write};
use rand_core::CryptoRngCore;

use super::{Name, Range, RowWrite, Shelf, Store, StoreError, Tag, space};

pub use key::{KeyError, SealedKey, StoreKey};
pub use stretched::Stretched;

/// A sealed store on a shelf.
pub struct Sealed<S, R> {
    shelf: S,
    key: StoreKey,
    rng: R,
}

impl<S: Shelf, R: CryptoRngCore> Sealed<S, R> {
    /// A store on this shelf under this key.
    pub fn new(shelf: S, key: StoreKey, rng: R) -> Self {
        Self { shelf, key, rng }
    }

    fn write(&mut self, key: Key, write: Write) -> Result<RowWrite, StoreError> {
        let space = key.space();
        let tag = names::tag(&self.key, space)?;
        let (name, own) = names::hide(&self.key, &key)?;
        let value = match write {
            Write::Put(value) => Some(value::seal(
                &self.key,
                &tag,
                &name,
                &own,
                &value,
                &mut self.rng,
            )?),
            Write::Delete => None,
        };
        Ok(RowWrite { tag, name, value })
    }

    fn open(
        &self,
        space: Space,
        tag: &Tag,
        name: &Name,
        sealed: &[u8],
    ) -> Result<(Key, Vec<u8>), StoreError> {
        let (own, value) = value::open(&self.key, tag, name, sealed)?;
        Ok((names::show(space, name, &own)?, value))
    }
}

impl<S: Shelf, R: CryptoRngCore + 'static> Store for Sealed<S, R> {
    async fn rows(&mut self, space: Space) -> Result<Vec<(Key, Vec<u8>)>, StoreError> {
        let tag = names::tag(&self.key, space)?;
        let rows = self.shelf.rows(&tag).await?;
        let mut opened = rows
            .iter()
            .map(|(name, sealed)| self.open(space, &tag, name, sealed))
            .collect::<Result<Vec<_>, _>>()?;
        opened.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Ok(opened)
    }

    async fn range(
        &mut self,
        space: Space,
        range: Range,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let number = |key: &Key| match key {
            Key::Numbered(_, number) => Some(*number),
            Key::Named(..) => None,
        };
        if !space::is_ordered(space) {
            let rows = self.rows(space).await?.into_iter();
            let numbered = rows.filter_map(|(key, value)| Some((number(&key)?, value)));
            return Ok(range.of(numbered));
        }
        let tag = names::tag(&self.key, space)?;
        let rows = self.shelf.range(&tag, range).await?;
        let open = |(number, sealed): (u64, Vec<u8>)| {
            let (_, value) = self.open(space, &tag, &Name::Number(number), &sealed)?;
            Ok((number, value))
        };
        rows.into_iter().map(open).collect()
    }

    async fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        let mut writes = Vec::with_capacity(batch.len());
        for (key, write) in batch.into_writes() {
            writes.push(self.write(key, write)?);
        }
        self.shelf.write(writes).await
    }

    async fn close(self) -> Result<(), StoreError> {
        self.shelf.close().await
    }
}
