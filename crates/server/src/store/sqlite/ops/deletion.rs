//! The end of an account. What is its own goes; what it gave to rooms stays with them, and the name stays taken: whoever got
//! it would be spoken to in place of who had it.

use std::collections::BTreeSet;

use protocol::{
    ids::{AccountId, DeviceId, RoomId},
    log::NoticeKind,
};

use super::{
    admin::{Marks, end_sessions, has_admin, mark},
    credentials::check,
    devices::ids,
    revoke::delete,
};
use crate::store::{
    Committed, Failure, StoreError,
    deletion::{DeleteRefusal, Deletion},
    session::TokenHash,
    sqlite::{
        columns::{int, number},
        operation::Apply,
        scope::Scope,
    },
};

/// Deletes an account and answers the sessions that ended.
pub(in crate::store::sqlite) struct DeleteAccount(pub(in crate::store::sqlite) Deletion);

impl Apply for DeleteAccount {
    type Output = Vec<TokenHash>;
    type Refusal = DeleteRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Vec<TokenHash>, Failure<DeleteRefusal>> {
        let Deletion { account, proven } = self.0;
        check(scope, account, &proven).await?;
        let had_admin = has_admin(scope).await?;
        let marks = Marks {
            deleted_at: scope.now.millis(),
            ..Marks::default()
        };
        mark(scope, account, marks).await?;
        if had_admin && !has_admin(scope).await? {
            return Err(Failure::Refused(DeleteRefusal::LastAdmin));
        }
        let ended = end_sessions(scope, account).await?;
        let devices: BTreeSet<DeviceId> = ids(scope, account).await?;
        for device in devices {
            delete(scope, device, account).await?;
        }
        forget(scope, account).await?;
        go_out(scope, account).await?;
        Ok(ended)
    }
}

/// What the server kept for the account alone.
async fn forget(scope: &mut Scope<'_>, account: AccountId) -> Result<(), StoreError> {
    for statement in [
        "DELETE FROM vault_items WHERE account_id = ?",
        "DELETE FROM second_factors WHERE account_id = ?",
        "DELETE FROM resets WHERE account_id = ?",
        "DELETE FROM credentials WHERE account_id = ?",
        "UPDATE classic_accounts SET kept = x'' WHERE account_id = ?",
        "UPDATE accounts SET identity_key = x'', password_file = x'', root_by_password = x'', root_by_code = x''
         WHERE account_id = ?",
    ] {
        sqlx::query(statement)
            .bind(account.as_bytes().as_slice())
            .execute(&mut *scope.db)
            .await?;
    }
    sqlx::query("UPDATE links SET ended_at = ?, sealed = x'' WHERE creator = ? AND ended_at = 0")
        .bind(int(scope.now.millis()))
        .bind(account.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}

/// Out of each room that it is in. Where others are in a sealed room their commit takes it out of the group and the table;
/// they are told that nobody stands behind it any more.
async fn go_out(scope: &mut Scope<'_>, account: AccountId) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT room_id, kind, (SELECT COUNT(*) FROM members AS others
                WHERE others.room_id = members.room_id AND left_seq = 0) AS count
         FROM members JOIN rooms USING (room_id)
         WHERE account_id = ? AND left_seq = 0 ORDER BY room_id",
    )
    .bind(account.as_bytes().as_slice())
    .fetch_all(&mut *scope.db)
    .await?;
    for row in &rows {
        let room = RoomId::new(number(row, "room_id")?);
        let room = room.map_err(|_| StoreError::Damaged("room_id"))?;
        let sealed = number(row, "kind")? == 0;
        if sealed && number(row, "count")? > 1 {
            let notice = NoticeKind::AccountDeleted { account };
            scope.append_notice(room, account, notice).await?;
        } else {
            end_membership(scope, room, account).await?;
        }
    }
    Ok(())
}

/// It reads nothing any more, so it does not matter up to where it may.
async fn end_membership(
    scope: &mut Scope<'_>,
    room: RoomId,
    account: AccountId,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE members SET left_seq = 1 WHERE room_id = ? AND account_id = ?")
        .bind(int(room.get()))
        .bind(account.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    scope.memory.forget_room(room);
    scope.events.push(Committed::Out(room, account));
    Ok(())
}
