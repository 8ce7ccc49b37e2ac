//! Rows of links.

use protocol::{
    ids::{AccountId, LinkId},
    rest::Link,
    time::Timestamp,
};
use sqlx::sqlite::SqliteRow;

use super::columns::{blob, id16, number, time};
use crate::store::{StoreError, link::StoredLink};

/// A link without its grant.
pub(super) const SELECT_LINK: &str =
    "SELECT link_id, creator, token_hash, created_at, expires_at, uses, used, ended_at
     FROM links WHERE room_id = ? AND link_id = ?";

/// Links of a room that were not taken back.
pub(super) const SELECT_LINKS: &str =
    "SELECT link_id, creator, token_hash, created_at, expires_at, uses, used, ended_at
     FROM links WHERE room_id = ? AND ended_at = 0 ORDER BY created_at, link_id";

/// The row as the rules look at it.
pub(super) fn stored(row: &SqliteRow) -> Result<StoredLink, StoreError> {
    let hash = blob(row, "token_hash")?;
    Ok(StoredLink {
        creator: AccountId::from_bytes(id16(row, "creator")?),
        hash: hash
            .try_into()
            .map_err(|_| StoreError::Damaged("token_hash"))?,
        expires: Some(time(row, "expires_at")?).filter(|time| *time > Timestamp::default()),
        uses: Some(count(row, "uses")?).filter(|uses| *uses > 0),
        used: count(row, "used")?,
        ended: number(row, "ended_at")? != 0,
    })
}

/// The row as the members see it.
pub(super) fn shown(row: &SqliteRow, stored: &StoredLink) -> Result<Link, StoreError> {
    Ok(Link {
        link_id: LinkId::from_bytes(id16(row, "link_id")?),
        creator: stored.creator,
        created: time(row, "created_at")?,
        expires: stored.expires,
        uses_left: stored.uses.map(|uses| uses.saturating_sub(stored.used)),
        used: stored.used,
    })
}

fn count(row: &SqliteRow, column: &'static str) -> Result<u32, StoreError> {
    u32::try_from(number(row, column)?).map_err(|_| StoreError::Damaged(column))
}
