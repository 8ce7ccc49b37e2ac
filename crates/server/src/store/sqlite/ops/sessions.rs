//! Sessions.

use protocol::{
    ids::{AccountId, DeviceId},
    limits::SESSION_IDLE_MILLIS,
};

use super::{Never, admin::marks, credentials::check, devices::belongs};
use crate::store::{
    Failure, StoreError,
    session::{LoginRefusal, NewSession, Started, TokenHash},
    sqlite::{columns::int, operation::Apply, scope::Scope},
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
        if marks.freed_at > 0 {
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
        "INSERT INTO sessions (token_hash, account_id, device_id, used_at, ended_at)
         VALUES (?, ?, ?, ?, 0)",
    )
    .bind(token.0.as_slice())
    .bind(account.as_bytes().as_slice())
    .bind(device)
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
