//! A reset from a device alone: asked for, cancelled, done. The account's rooms are told by the server, which is who keeps the
//! time: a thief's client could leave out what a client is to say.

use protocol::{
    ids::{AccountId, DeviceId, RoomId},
    limits::RESET_WAIT_MILLIS,
    log::NoticeKind,
    rest::PendingReset,
};

use super::{
    admin::password_was_changed,
    credentials::is_known,
    devices::belongs,
    sessions::{end_others, turn_token},
    vault::write_items,
};
use crate::store::{
    Committed, Failure, StoreError,
    reset::{ResetFinish, ResetRefusal},
    second_factor::TokenTurn,
    session::TokenHash,
    sqlite::{
        columns::{int, number},
        operation::Apply,
        read::pending_reset,
        scope::Scope,
    },
};

/// A device asks. One that waits stays as it is.
pub(in crate::store::sqlite) struct AskReset {
    pub(in crate::store::sqlite) account: AccountId,
    pub(in crate::store::sqlite) device: DeviceId,
}

impl Apply for AskReset {
    type Output = PendingReset;
    type Refusal = ResetRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<PendingReset, Failure<ResetRefusal>> {
        let Self { account, device } = self;
        if let Some(pending) = pending(scope, account).await? {
            return Ok(pending);
        }
        if !belongs(scope, device, account).await? {
            return Err(Failure::Refused(ResetRefusal::Ended));
        }
        sqlx::query("INSERT INTO resets (account_id, device_id, asked_at) VALUES (?, ?, ?)")
            .bind(account.as_bytes().as_slice())
            .bind(device.as_bytes().as_slice())
            .bind(int(scope.now.millis()))
            .execute(&mut *scope.db)
            .await?;
        tell(scope, account, NoticeKind::ResetAsked { account }).await?;
        Ok(PendingReset {
            device_id: device,
            asked: scope.now,
            ready: scope.now.plus(RESET_WAIT_MILLIS),
        })
    }
}

/// A device of the account cancels it.
pub(in crate::store::sqlite) struct CancelReset(pub(in crate::store::sqlite) AccountId);

impl Apply for CancelReset {
    type Output = ();
    type Refusal = super::Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<super::Never>> {
        Ok(cancel(scope, self.0).await?)
    }
}

/// Cancels the reset of an account, if one waits. To be called by whatever shows that somebody knows what opens it.
pub(super) async fn cancel(scope: &mut Scope<'_>, account: AccountId) -> Result<(), StoreError> {
    if forget(scope, account).await? {
        tell(scope, account, NoticeKind::ResetCancelled { account }).await?;
    }
    Ok(())
}

/// The device that asked finishes it. Answers the sessions that ended by it.
pub(in crate::store::sqlite) struct FinishReset(pub(in crate::store::sqlite) ResetFinish);

impl Apply for FinishReset {
    type Output = Vec<TokenHash>;
    type Refusal = ResetRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Vec<TokenHash>, Failure<ResetRefusal>> {
        let reset = self.0;
        let account = reset.account;
        may_finish(scope, account, reset.device).await?;
        if is_known(scope, reset.new_token).await? {
            return Err(Failure::Refused(ResetRefusal::TokenTaken));
        }
        let turn = TokenTurn {
            old: reset.old_token,
            new: reset.new_token,
        };
        if !turn_token(scope, turn, Some(reset.device)).await? {
            return Err(Failure::Refused(ResetRefusal::Ended));
        }
        let mut ended = vec![reset.old_token];
        ended.extend(end_others(scope, account, reset.new_token).await?);
        open_anew(scope, &reset).await?;
        password_was_changed(scope, account).await?;
        write_items(scope, account, vec![reset.account_key]).await?;
        forget(scope, account).await?;
        tell(scope, account, NoticeKind::ResetDone { account }).await?;
        Ok(ended)
    }
}

async fn may_finish(
    scope: &mut Scope<'_>,
    account: AccountId,
    device: DeviceId,
) -> Result<(), Failure<ResetRefusal>> {
    let pending = pending(scope, account).await?;
    let Some(pending) = pending.filter(|pending| pending.device_id == device) else {
        return Err(Failure::Refused(ResetRefusal::None));
    };
    match pending.ready.since(scope.now) {
        0 => Ok(()),
        wait => Err(Failure::Refused(ResetRefusal::Waits(wait))),
    }
}

/// Another password and another code.
async fn open_anew(scope: &mut Scope<'_>, reset: &ResetFinish) -> Result<(), StoreError> {
    let account = reset.account.as_bytes().as_slice();
    sqlx::query(
        "UPDATE accounts SET password_file = ?, root_by_password = ?, root_by_code = ?
         WHERE account_id = ?",
    )
    .bind(reset.password_file.as_slice())
    .bind(reset.by_password.as_slice())
    .bind(reset.by_code.as_slice())
    .bind(account)
    .execute(&mut *scope.db)
    .await?;
    sqlx::query(
        "UPDATE credentials SET token_hash = ?, password_at = ?, password_by = ?, code_at = ?, code_by = ?
         WHERE account_id = ?",
    )
    .bind(reset.code.0.as_slice())
    .bind(int(scope.now.millis()))
    .bind(reset.device.as_bytes().as_slice())
    .bind(int(scope.now.millis()))
    .bind(reset.device.as_bytes().as_slice())
    .bind(account)
    .execute(&mut *scope.db)
    .await?;
    Ok(())
}

async fn pending(
    scope: &mut Scope<'_>,
    account: AccountId,
) -> Result<Option<PendingReset>, StoreError> {
    pending_reset(&mut *scope.db, account).await
}

/// Whether there was one.
async fn forget(scope: &mut Scope<'_>, account: AccountId) -> Result<bool, StoreError> {
    let gone = sqlx::query("DELETE FROM resets WHERE account_id = ?")
        .bind(account.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(gone.rows_affected() > 0)
}

/// Tells the account's devices, and its sealed rooms: a client of a relay room has no word for it.
async fn tell(
    scope: &mut Scope<'_>,
    account: AccountId,
    notice: NoticeKind,
) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT room_id FROM members JOIN rooms USING (room_id)
         WHERE account_id = ? AND left_seq = 0 AND kind = 0 ORDER BY room_id",
    )
    .bind(account.as_bytes().as_slice())
    .fetch_all(&mut *scope.db)
    .await?;
    for row in &rows {
        let room = RoomId::new(number(row, "room_id")?);
        let room = room.map_err(|_| StoreError::Damaged("room_id"))?;
        scope.append_notice(room, account, notice).await?;
    }
    scope.events.push(Committed::DevicesChanged(account));
    Ok(())
}
