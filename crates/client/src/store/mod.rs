//! Where rows are kept.
//!
//! Two layers: a [`Shelf`] keeps opaque rows under opaque tags and writes them all or nothing (memory, SQLite);
//! a [`Store`] speaks the engine's spaces and keys. [`Sealed`] turns any shelf into a store whose shelf sees
//! neither values nor names; [`Plain`] turns one into a store without sealing, for tests.

mod logged;
mod memory;
mod plain;
mod sealed;
mod space;

#[cfg(any(test, feature = "store-conformance-for-tests"))]
pub mod conformance;

use engine::api::{Batch, Key, Space};
use protocol::error::ErrorCode;

pub use logged::{Log, Logged, Opener, open_logged};
pub use memory::Memory;
pub use plain::Plain;
pub use sealed::{KeyError, Sealed, SealedKey, StoreKey, Stretched};

/// The engine's rows.
pub trait Store: Sized + 'static {
    /// All rows of a space, numbered ones ascending.
    fn rows(
        &mut self,
        space: Space,
    ) -> impl Future<Output = Result<Vec<(Key, Vec<u8>)>, StoreError>>;

    /// Some numbered rows of a space, in the order asked for.
    fn range(
        &mut self,
        space: Space,
        range: Range,
    ) -> impl Future<Output = Result<Vec<(u64, Vec<u8>)>, StoreError>>;

    /// Writes a batch: when this returns `Ok`, all of it is durable; otherwise none of it is there.
    fn commit(&mut self, batch: Batch) -> impl Future<Output = Result<(), StoreError>>;

    /// Ends well: what was committed is durable anyway, but the next start has less to do.
    fn close(self) -> impl Future<Output = Result<(), StoreError>>;

    /// The last `limit` numbered rows of a space, ascending.
    fn tail(
        &mut self,
        space: Space,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(u64, Vec<u8>)>, StoreError>> {
        async move {
            let mut rows = self.range(space, Range::newest(limit)).await?;
            rows.reverse();
            Ok(rows)
        }
    }
}

/// Opaque rows under opaque tags.
pub trait Shelf: Sized + 'static {
    /// All rows under a tag, numbered ones ascending.
    fn rows(&mut self, tag: &Tag)
    -> impl Future<Output = Result<Vec<(Name, Vec<u8>)>, StoreError>>;

    /// Some numbered rows under a tag, in the order asked for.
    fn range(
        &mut self,
        tag: &Tag,
        range: Range,
    ) -> impl Future<Output = Result<Vec<(u64, Vec<u8>)>, StoreError>>;

    /// Writes rows, all or nothing, durably; `None` removes.
    fn write(&mut self, writes: Vec<RowWrite>) -> impl Future<Output = Result<(), StoreError>>;

    /// Ends well.
    fn close(self) -> impl Future<Output = Result<(), StoreError>>;
}

/// What a shelf knows of a space.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub Vec<u8>);

/// What a shelf knows of a row's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Name {
    /// By bytes.
    Bytes(Vec<u8>),
    /// By number, in order.
    Number(u64),
}

/// One row to write; `None` removes it.
#[derive(Clone, PartialEq, Eq)]
pub struct RowWrite {
    /// Under which tag.
    pub tag: Tag,
    /// Which row.
    pub name: Name,
    /// Its new value.
    pub value: Option<Vec<u8>>,
}

/// Which numbered rows, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Only numbers above this one.
    pub after: Option<u64>,
    /// Only numbers below this one.
    pub before: Option<u64>,
    /// At most this many, counted from the first in order.
    pub limit: usize,
    /// Which come first.
    pub order: Order,
}

/// Which rows come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Ascending.
    Oldest,
    /// Descending.
    Newest,
}

impl Range {
    /// The last `limit` rows, newest first.
    pub const fn newest(limit: usize) -> Self {
        Self {
            after: None,
            before: None,
            limit,
            order: Order::Newest,
        }
    }

    /// Up to `limit` rows above a number, oldest first.
    pub const fn after(number: u64, limit: usize) -> Self {
        Self {
            after: Some(number),
            before: None,
            limit,
            order: Order::Oldest,
        }
    }

    /// Applies the range to ascending rows.
    fn of(self, rows: impl DoubleEndedIterator<Item = (u64, Vec<u8>)>) -> Vec<(u64, Vec<u8>)> {
        let inside = |(number, _): &(u64, Vec<u8>)| {
            self.after.is_none_or(|after| *number > after)
                && self.before.is_none_or(|before| *number < before)
        };
        match self.order {
            Order::Oldest => rows.filter(inside).take(self.limit).collect(),
            Order::Newest => rows.rev().filter(inside).take(self.limit).collect(),
        }
    }
}

/// Why a store does not do as it is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another process owns it.
    #[error("another process is using this home")]
    Busy,
    /// Sealed, and nothing at hand opens it.
    #[error("the store is locked")]
    Locked,
    /// What is there is not what was written, or the key is not the one that it was written with.
    #[error("the store is damaged: {0}")]
    Corrupt(&'static str),
    /// There was an account here, and nothing of it is left.
    #[error("what was kept here is gone")]
    Gone,
    /// The disk or the system refused.
    #[error("the store could not be used: {0}")]
    Failed(String),
}

impl StoreError {
    /// The code of the closed list.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Busy => ErrorCode::StoreBusy,
            Self::Locked => ErrorCode::StoreLocked,
            Self::Corrupt(_) => ErrorCode::StoreCorrupt,
            Self::Gone => ErrorCode::StoreGone,
            Self::Failed(_) => ErrorCode::StoreFailed,
        }
    }
}
