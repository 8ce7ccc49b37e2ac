//! Why the store did not do it.

/// The storage itself failed; nothing of the operation is there.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum StoreError {
    /// The disk, or the database's page limit, is full. What was acknowledged is safe.
    #[error("the disk is full")]
    Full,
    /// The writer has stopped: the server is shutting down.
    #[error("the writer has stopped")]
    Closed,
    /// A row does not read as what was written.
    #[error("a stored row is damaged: {0}")]
    Damaged(&'static str),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(String),
}

/// An operation was refused by its own rules, or failed with the storage.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure<R> {
    /// The operation's rules say no.
    #[error("refused")]
    Refused(R),
    /// The storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<R> From<sqlx::Error> for Failure<R> {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// SQLite's primary result code for "no room left".
const SQLITE_FULL: i32 = 13;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|error| error.code());
        match code.and_then(|code| code.parse::<i32>().ok()) {
            Some(code) if code & 0xff == SQLITE_FULL => Self::Full,
            // The text is SQLite's own; bound values never stand in it.
            _ => Self::Database(error.to_string()),
        }
    }
}
