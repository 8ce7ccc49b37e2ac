//! `DATABASE_URL`.

use std::path::{Path, PathBuf};

/// Why a database URL is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// PostgreSQL.
    #[error(
        "DATABASE_URL names PostgreSQL, which this version does not support yet; use sqlite:///FILE"
    )]
    PostgresNotYet,
    /// A database in memory would lose what was acknowledged.
    #[error("DATABASE_URL must name a file; a database in memory loses what was acknowledged")]
    InMemory,
    /// Anything else.
    #[error(
        "DATABASE_URL is of the form sqlite:///FILE (relative to the data directory) or sqlite:////ABSOLUTE/FILE"
    )]
    Unknown,
}

/// The SQLite file. As with SQLAlchemy, `sqlite:///file` is relative (to the data directory) and a fourth slash makes
/// it absolute; `sqlite://file` and `sqlite:file` are read the same way.
pub(super) fn parse(url: Option<&str>, data: &Path) -> Result<PathBuf, DatabaseUrlError> {
    let Some(url) = url.map(str::trim) else {
        return Ok(data.join("secure-chat.db"));
    };
    if url.starts_with("postgres:") || url.starts_with("postgresql") {
        return Err(DatabaseUrlError::PostgresNotYet);
    }
    let rest = url
        .strip_prefix("sqlite:")
        .ok_or(DatabaseUrlError::Unknown)?;
    let rest = rest.split_once('?').map_or(rest, |(path, _options)| path);
    let file = match rest.strip_prefix("//") {
        Some(after) => after.strip_prefix('/').unwrap_or(after),
        None => rest,
    };
    if file.is_empty() || file.contains(":memory:") {
        return Err(DatabaseUrlError::InMemory);
    }
    Ok(data.join(file))
}
