//! A group from its stored rows.

use thiserror::Error;

use super::Group;
use crate::rows::{Row, RowError};

/// Stored rows make no group.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LoadError {
    /// A row is damaged.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// Rows are missing.
    #[error("the stored group is incomplete")]
    Incomplete,
    /// The group's policy is of a version that this client does not know.
    #[error("the room's policy is of version {0}, which this client does not know")]
    UnknownPolicy(u16),
}

impl Group {
    /// Loads the group with this id from its rows.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load(rows: impl IntoIterator<Item = Row>) -> Result<Self, LoadError> {
        let _ = rows.into_iter();
        todo!()
    }
}
