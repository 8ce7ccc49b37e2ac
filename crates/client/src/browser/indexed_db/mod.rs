//! A shelf in IndexedDB: every batch one transaction, on disk before `write` returns.
//!
//! One object store holds the rows under keys `[tag, name]`. IndexedDB orders keys of one tag by type and then by value,
//! numbers first, so that ranges of numbered rows are ranges of keys.

mod database;
mod request;
mod row;

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbCursor, IdbObjectStore};

use super::owner::Owner;
use crate::store::{Name, Order, Range, RowWrite, Shelf, StoreError, Tag};

pub(super) use database::{Database, HEADER, ROWS, Writing};
pub(super) use request::{failed, outcome};

/// The rows of one origin. The caller holds the origin's lock; should two think so, the one that opened last writes.
pub struct IndexedDb {
    database: Database,
    owner: Owner,
}

impl IndexedDb {
    pub(super) fn new(database: Database, owner: Owner) -> Self {
        Self { database, owner }
    }

    fn rows_to_read(&self) -> Result<IdbObjectStore, StoreError> {
        let reading = self.database.read(ROWS)?;
        reading.object_store(ROWS).map_err(failed)
    }
}

impl Shelf for IndexedDb {
    async fn rows(&mut self, tag: &Tag) -> Result<Vec<(Name, Vec<u8>)>, StoreError> {
        let all = row::all_under(tag)?;
        read_all(&self.rows_to_read()?, &all, None).await
    }

    async fn range(&mut self, tag: &Tag, range: Range) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let Ok(limit @ 1..) = u32::try_from(range.limit) else {
            return Ok(Vec::new());
        };
        let Some((mut first, last)) = row::bounds(range) else {
            return Ok(Vec::new());
        };
        let store = self.rows_to_read()?;
        if range.order == Order::Newest
            && let Some(number) = nth_last(&store, tag, first, last, limit).await?
        {
            first = number;
        }
        let keys = row::numbers(tag, first, last)?;
        let mut rows = Vec::new();
        for (name, value) in read_all(&store, &keys, Some(limit)).await? {
            if let Name::Number(number) = name {
                rows.push((number, value));
            }
        }
        if range.order == Order::Newest {
            rows.reverse();
        }
        Ok(rows)
    }

    async fn write(&mut self, writes: Vec<RowWrite>) -> Result<(), StoreError> {
        let writing = self.owner.write(&self.database).await?;
        let store = writing.store(ROWS)?;
        for RowWrite { tag, name, value } in &writes {
            let key = row::key(tag, name);
            let asked = match value {
                Some(value) => store.put_with_key(&row::bytes(value), &key),
                None => store.delete(&key),
            };
            // Dropping the transaction takes back what was asked before.
            asked.map_err(failed)?;
        }
        writing.durable().await
    }

    async fn close(self) -> Result<(), StoreError> {
        self.database.close();
        Ok(())
    }
}

/// Names and values of a range of keys. Both are asked for before either is waited for: a transaction ends when it has
/// nothing to do.
async fn read_all(
    store: &IdbObjectStore,
    range: &JsValue,
    limit: Option<u32>,
) -> Result<Vec<(Name, Vec<u8>)>, StoreError> {
    let limit = limit.unwrap_or(u32::MAX);
    let keys = store.get_all_keys_with_key_and_limit(range, limit);
    let values = store.get_all_with_key_and_limit(range, limit);
    let (keys, values) = (keys.map_err(failed)?, values.map_err(failed)?);
    let both = futures_util::future::try_join(outcome(&keys), outcome(&values));
    let (keys, values) = both.await?;
    let keys: Array = keys.dyn_into().map_err(failed)?;
    let values: Array = values.dyn_into().map_err(failed)?;
    let rows = keys.iter().zip(values.iter());
    rows.map(|(key, value)| row::read(&key, &value)).collect()
}

/// The number of the row that is `nth` from the end of the range; none if there are fewer.
async fn nth_last(
    store: &IdbObjectStore,
    tag: &Tag,
    first: u64,
    last: u64,
    nth: u32,
) -> Result<Option<u64>, StoreError> {
    let keys = row::numbers(tag, first, last)?;
    let asked =
        store.open_cursor_with_range_and_direction(&keys, web_sys::IdbCursorDirection::Prev);
    let asked = asked.map_err(failed)?;
    let mut found = outcome(&asked).await?;
    if nth > 1
        && let Some(cursor) = cursor(&found)
    {
        cursor.advance(nth - 1).map_err(failed)?;
        found = outcome(&asked).await?;
    }
    let key = cursor(&found).map(|cursor| cursor.key()).transpose();
    Ok(key.map_err(failed)?.and_then(|key| row::number(&key)))
}

fn cursor(found: &JsValue) -> Option<IdbCursor> {
    (!found.is_null()).then(|| found.clone().unchecked_into())
}
