//! Sessions.

use protocol::{
    ids::{AccountId, DeviceId},
    limits::SESSION_IDLE_MILLIS,
    time::Timestamp,
};
use sqlx::sqlite::SqliteRow;

use super::{Never, admin::marks, credentials::check, devices::belongs};
use crate::store::{
    Failure, StoreError,
    second_factor::TokenTurn,
    session::{LoginRefusal, NewSession, Started, TokenHash},
    sqlite::{
        columns::{blob, int},
        operation::Apply,
        scope::Scope,
    },
};

/// Starts a session, whatever it was that showed who it is: what an account may not do is asked here.
pub(in crate::store::sqlite) struct StartSession(pub(in crate::store::sqlite) NewSession);

impl Apply for StartSession {
    type Output = Started;
    type Refusal = LoginRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Started, Failure<LoginRefusal>> {
        let NewSession {
            token,
            account,
            device,
            proven,
            development,
        } = self.0;
        let marks = marks(scope, account).await?;
        if marks.is_gone() {
            return Err(Failure::Refused(LoginRefusal::Gone));
        }
        // What else there is to say of an account is for whoever it belongs to.
        check(scope, account, &proven).await?;
        if marks.disabled_at > 0 {
            return Err(Failure::Refused(LoginRefusal::Disabled));
        }
        if marks.must_change && !development {
            return Err(Failure::Refused(LoginRefusal::DefaultPassword));
        }
        let device = match device {
            Some(device) if belongs(scope, device, account).await? => Some(device),
            _ => None,
        };
        insert_session(scope, token, account, device).await?;
        Ok(Started {
            device,
            must_change_password: marks.must_change,
        })
    }
}

/// Inserts a live session.
pub(super) async fn insert_session(
    scope: &mut Scope<'_>,
    token: TokenHash,
    account: AccountId,
    device: Option<DeviceId>,
) -> Result<(), StoreError> {
    let device = device.map_or_else(Vec::new, |device| device.as_bytes().to_vec());
    sqlx::query(
        "INSERT INTO sessions (token_hash, account_id, device_id, started_at, used_at, ended_at)
         VALUES (?, ?, ?, ?, ?, 0)",
    )
    .bind(token.0.as_slice())
    .bind(account.as_bytes().as_slice())
    .bind(device)
    .bind(int(scope.now.millis()))
    .bind(int(scope.now.millis()))
    .execute(&mut *scope.db)
    .await?;
    Ok(())
}

/// Ends a session; the row stays for a while, so that its client learns why.
pub(super) async fn end_session(scope: &mut Scope<'_>, token: TokenHash) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET ended_at = ? WHERE token_hash = ? AND ended_at = 0")
        .bind(int(scope.now.millis()))
        .bind(token.0.as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}

/// Ends a session.
pub(in crate::store::sqlite) struct EndSession(pub(in crate::store::sqlite) TokenHash);

impl Apply for EndSession {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        Ok(end_session(scope, self.0).await?)
    }
}

/// A session goes on under a new token, from when it began, and on another device if one is named; whether it stands. The
/// row of the old one stays, ended.
pub(super) async fn turn_token(
    scope: &mut Scope<'_>,
    turn: TokenTurn,
    device: Option<DeviceId>,
) -> Result<bool, StoreError> {
    let device = device.map(|device| device.as_bytes().to_vec());
    let inserted = sqlx::query(
        "INSERT INTO sessions (token_hash, account_id, device_id, started_at, used_at, ended_at)
         SELECT ?, account_id, COALESCE(?, device_id), started_at, ?, 0 FROM sessions
         WHERE token_hash = ? AND ended_at = 0",
    )
    .bind(turn.new.0.as_slice())
    .bind(device)
    .bind(int(scope.now.millis()))
    .bind(turn.old.0.as_slice())
    .execute(&mut *scope.db)
    .await?;
    end_session(scope, turn.old).await?;
    Ok(inserted.rows_affected() > 0)
}

/// Ends the sessions of an account but one, and answers which.
pub(in crate::store::sqlite) struct EndOthers {
    pub(in crate::store::sqlite) account: AccountId,
    pub(in crate::store::sqlite) but: TokenHash,
}

impl Apply for EndOthers {
    type Output = Vec<TokenHash>;
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Vec<TokenHash>, Failure<Never>> {
        Ok(end_others(scope, self.account, self.but).await?)
    }
}

/// Ends the sessions of an account but one, and answers which.
pub(super) async fn end_others(
    scope: &mut Scope<'_>,
    account: AccountId,
    but: TokenHash,
) -> Result<Vec<TokenHash>, StoreError> {
    let rows = sqlx::query(
        "UPDATE sessions SET ended_at = ? WHERE account_id = ? AND token_hash <> ? AND ended_at = 0
         RETURNING token_hash",
    )
    .bind(int(scope.now.millis()))
    .bind(account.as_bytes().as_slice())
    .bind(but.0.as_slice())
    .fetch_all(&mut *scope.db)
    .await?;
    tokens(&rows)
}

/// Ends sessions that began at a time or before, and answers which.
pub(in crate::store::sqlite) struct EndOld(pub(in crate::store::sqlite) Timestamp);

impl Apply for EndOld {
    type Output = Vec<TokenHash>;
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Vec<TokenHash>, Failure<Never>> {
        let rows = sqlx::query(
            "UPDATE sessions SET ended_at = ? WHERE started_at <= ? AND ended_at = 0 RETURNING token_hash",
        )
        .bind(int(scope.now.millis()))
        .bind(int(self.0.millis()))
        .fetch_all(&mut *scope.db)
        .await?;
        Ok(tokens(&rows)?)
    }
}

/// The tokens of sessions that ended.
pub(super) fn tokens(rows: &[SqliteRow]) -> Result<Vec<TokenHash>, StoreError> {
    let token = |row| {
        let hash = blob(row, "token_hash")?.try_into();
        hash.map(TokenHash)
            .map_err(|_| StoreError::Damaged("token_hash"))
    };
    rows.iter().map(token).collect()
}

/// Notes that a session was used.
pub(in crate::store::sqlite) struct TouchSession(pub(in crate::store::sqlite) TokenHash);

impl Apply for TouchSession {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        sqlx::query("UPDATE sessions SET used_at = ? WHERE token_hash = ? AND ended_at = 0")
            .bind(int(scope.now.millis()))
            .bind(self.0.0.as_slice())
            .execute(&mut *scope.db)
            .await?;
        Ok(())
    }
}

/// Forgets sessions that nobody will ask about any more.
pub(in crate::store::sqlite) struct Sweep;

impl Apply for Sweep {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        let oldest = scope.now.millis().saturating_sub(2 * SESSION_IDLE_MILLIS);
        sqlx::query("DELETE FROM sessions WHERE used_at < ?")
            .bind(int(oldest))
            .execute(&mut *scope.db)
            .await?;
        Ok(())
    }
}
