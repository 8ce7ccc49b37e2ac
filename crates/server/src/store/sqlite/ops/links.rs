//! Links: made, renewed, used up and taken back.

use protocol::{
    ids::{AccountId, LinkId, RoomId, Seq},
    limits::LINKS_MAX,
    role::Role,
};

use super::inside::role_inside;
use crate::store::{
    Failure, StoreError,
    link::{LinkPut, LinkRefusal, StoredLink},
    sqlite::{
        columns::{int, number},
        link_rows::{SELECT_LINK, stored},
        operation::Apply,
        scope::Scope,
    },
};

/// Makes a link, or replaces the grant of one's own.
pub(in crate::store::sqlite) struct PutLink(pub(in crate::store::sqlite) LinkPut);

impl Apply for PutLink {
    type Output = ();
    type Refusal = LinkRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<LinkRefusal>> {
        let put = self.0;
        role_inside::<LinkRefusal>(scope, put.room, put.account).await?;
        let Some(known) = link(scope, put.room, put.link).await? else {
            return make(scope, put).await;
        };
        if known.creator != put.account || known.hash != put.token_hash {
            return Err(Failure::Refused(LinkRefusal::NotTheSame));
        }
        if !known.is_live(scope.now) {
            return Err(Failure::Refused(LinkRefusal::Ended));
        }
        sqlx::query("UPDATE links SET sealed = ? WHERE room_id = ? AND link_id = ?")
            .bind(put.grant)
            .bind(int(put.room.get()))
            .bind(put.link.as_bytes().as_slice())
            .execute(&mut *scope.db)
            .await?;
        Ok(())
    }
}

async fn make(scope: &mut Scope<'_>, put: LinkPut) -> Result<(), Failure<LinkRefusal>> {
    if put.expires.is_some_and(|expires| expires <= scope.now) {
        return Err(Failure::Refused(LinkRefusal::Past));
    }
    end_overdue(scope, put.room).await?;
    let row = sqlx::query("SELECT COUNT(*) AS count FROM links WHERE room_id = ? AND ended_at = 0")
        .bind(int(put.room.get()))
        .fetch_one(&mut *scope.db)
        .await?;
    if number(&row, "count")? >= LINKS_MAX as u64 {
        return Err(Failure::Refused(LinkRefusal::TooMany));
    }
    sqlx::query(
        "INSERT INTO links (room_id, link_id, creator, token_hash, sealed, created_at, expires_at, uses,
                            used, ended_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)",
    )
    .bind(int(put.room.get()))
    .bind(put.link.as_bytes().as_slice())
    .bind(put.account.as_bytes().as_slice())
    .bind(put.token_hash.as_slice())
    .bind(put.grant)
    .bind(int(scope.now.millis()))
    .bind(int(put.expires.map_or(0, |expires| expires.millis())))
    .bind(i64::from(put.uses.unwrap_or(0)))
    .execute(&mut *scope.db)
    .await?;
    Ok(())
}

/// Takes a link back.
pub(in crate::store::sqlite) struct DeleteLink {
    pub(in crate::store::sqlite) room: RoomId,
    pub(in crate::store::sqlite) account: AccountId,
    pub(in crate::store::sqlite) link: LinkId,
}

impl Apply for DeleteLink {
    type Output = ();
    type Refusal = LinkRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<LinkRefusal>> {
        let role = role_inside::<LinkRefusal>(scope, self.room, self.account).await?;
        let Some(known) = link(scope, self.room, self.link).await? else {
            return Ok(());
        };
        if !known.is_live(scope.now) {
            return Ok(());
        }
        if known.creator != self.account && role < Role::Moderator {
            return Err(Failure::Refused(LinkRefusal::RoleTooLow));
        }
        sqlx::query(
            "UPDATE links SET ended_at = ?, sealed = x'' WHERE room_id = ? AND link_id = ?",
        )
        .bind(int(scope.now.millis()))
        .bind(int(self.room.get()))
        .bind(self.link.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
        Ok(())
    }
}

/// A link's row.
pub(super) async fn link(
    scope: &mut Scope<'_>,
    room: RoomId,
    link: LinkId,
) -> Result<Option<StoredLink>, StoreError> {
    let row = sqlx::query(SELECT_LINK)
        .bind(int(room.get()))
        .bind(link.as_bytes().as_slice())
        .fetch_optional(&mut *scope.db)
        .await?;
    row.as_ref().map(stored).transpose()
}

/// Counts one more account that came in by a link.
pub(super) async fn count_use(
    scope: &mut Scope<'_>,
    room: RoomId,
    link: LinkId,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE links SET used = used + 1 WHERE room_id = ? AND link_id = ?")
        .bind(int(room.get()))
        .bind(link.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}

/// Ends what one account made, now that it is out.
pub(super) async fn end_links_of(
    scope: &mut Scope<'_>,
    room: RoomId,
    creator: AccountId,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE links SET ended_at = ?, sealed = x'' WHERE room_id = ? AND creator = ? AND ended_at = 0",
    )
    .bind(int(scope.now.millis()))
    .bind(int(room.get()))
    .bind(creator.as_bytes().as_slice())
    .execute(&mut *scope.db)
    .await?;
    Ok(())
}

/// Ends all links of a room, now that somebody was removed: whoever it was may have kept them. The change of the keys
/// is what counts; this saves the clients of strangers a way that leads nowhere.
pub(super) async fn end_all_links(scope: &mut Scope<'_>, room: RoomId) -> Result<(), StoreError> {
    sqlx::query("UPDATE links SET ended_at = ?, sealed = x'' WHERE room_id = ? AND ended_at = 0")
        .bind(int(scope.now.millis()))
        .bind(int(room.get()))
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}

/// Notes the end of links that expired or were used up, and forgets their grants.
async fn end_overdue(scope: &mut Scope<'_>, room: RoomId) -> Result<(), StoreError> {
    let now = int(scope.now.millis());
    sqlx::query(
        "UPDATE links SET ended_at = ?1, sealed = x'' WHERE room_id = ?2 AND ended_at = 0
            AND ((expires_at > 0 AND expires_at <= ?1) OR (uses > 0 AND used >= uses))",
    )
    .bind(now)
    .bind(int(room.get()))
    .execute(&mut *scope.db)
    .await?;
    Ok(())
}

/// The last commit before a place; [`Seq::START`] in epoch 0.
pub(super) async fn commit_before(
    scope: &mut Scope<'_>,
    room: RoomId,
    at: Seq,
) -> Result<Seq, StoreError> {
    let row = sqlx::query(
        "SELECT seq FROM handshakes WHERE room_id = ? AND seq < ? AND kind = 2 ORDER BY seq DESC LIMIT 1",
    )
    .bind(int(room.get()))
    .bind(int(at.0))
    .fetch_optional(&mut *scope.db)
    .await?;
    row.map_or(Ok(Seq::START), |row| number(&row, "seq").map(Seq))
}
