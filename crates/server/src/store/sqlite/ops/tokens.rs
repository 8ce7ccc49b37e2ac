//! Tokens beside the session's own. The writer is one: of two requests with one refresh token the second has one that was used.

use protocol::{
    ids::{AccountId, DeviceId},
    limits::{API_TOKENS_MAX, REFRESH_IDLE_MILLIS, TOKEN_FAMILIES_MAX},
    rest::Act,
};

use super::{Never, admin::record, credentials::check, devices::belongs, sessions::tokens};
use crate::store::{
    Failure, StoreError,
    admin::Actor,
    session::TokenHash,
    sqlite::{
        columns::{blob, id16, int, number},
        operation::Apply,
        scope::Scope,
    },
    token::{NewApiToken, NewFamily, Refresh, Refreshed, TokenRefusal},
};

/// Begins a family.
pub(in crate::store::sqlite) struct BeginFamily(pub(in crate::store::sqlite) NewFamily);

impl Apply for BeginFamily {
    type Output = ();
    type Refusal = TokenRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<TokenRefusal>> {
        let NewFamily {
            family,
            token,
            session,
        } = self.0;
        let begun = sqlx::query(
            "INSERT INTO token_families (family_id, session_hash, token_hash, made_at, renewed_at, ended_at)
             SELECT ?, token_hash, ?, ?, ?, 0 FROM sessions WHERE token_hash = ? AND ended_at = 0",
        )
        .bind(family.0.as_slice())
        .bind(token.0.as_slice())
        .bind(int(scope.now.millis()))
        .bind(int(scope.now.millis()))
        .bind(session.0.as_slice())
        .execute(&mut *scope.db)
        .await?;
        if begun.rows_affected() == 0 {
            return Err(Failure::Refused(TokenRefusal::SessionOver));
        }
        sqlx::query(
            "DELETE FROM token_families WHERE family_id IN (
                 SELECT family_id FROM token_families WHERE session_hash = ?
                 ORDER BY family_id = ? DESC, made_at DESC LIMIT -1 OFFSET ?)",
        )
        .bind(session.0.as_slice())
        .bind(family.0.as_slice())
        .bind(int(TOKEN_FAMILIES_MAX as u64))
        .execute(&mut *scope.db)
        .await?;
        Ok(())
    }
}

/// Goes on in a family, or ends it.
pub(in crate::store::sqlite) struct RefreshFamily(pub(in crate::store::sqlite) Refresh);

impl Apply for RefreshFamily {
    type Output = Refreshed;
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Refreshed, Failure<Never>> {
        let Refresh {
            family,
            shown,
            next,
        } = self.0;
        let row = sqlx::query(
            "SELECT token_families.token_hash, renewed_at, sessions.account_id
             FROM token_families JOIN sessions ON sessions.token_hash = session_hash
             WHERE family_id = ? AND token_families.ended_at = 0 AND sessions.ended_at = 0",
        )
        .bind(family.0.as_slice())
        .fetch_optional(&mut *scope.db)
        .await?;
        let Some(row) = row else {
            return Ok(Refreshed::Over);
        };
        let now = scope.now.millis();
        if blob(&row, "token_hash")? != shown.0 {
            sqlx::query("UPDATE token_families SET ended_at = ? WHERE family_id = ?")
                .bind(int(now))
                .bind(family.0.as_slice())
                .execute(&mut *scope.db)
                .await?;
            let account = AccountId::from_bytes(id16(&row, "account_id")?);
            record(scope, Actor::Machine, Act::RefreshReuse, Some(account), "").await?;
            return Ok(Refreshed::Reused);
        }
        if now.saturating_sub(number(&row, "renewed_at")?) >= REFRESH_IDLE_MILLIS {
            return Ok(Refreshed::Over);
        }
        sqlx::query("UPDATE token_families SET token_hash = ?, renewed_at = ? WHERE family_id = ?")
            .bind(next.0.as_slice())
            .bind(int(now))
            .bind(family.0.as_slice())
            .execute(&mut *scope.db)
            .await?;
        Ok(Refreshed::Next)
    }
}

/// Keeps an API token.
pub(in crate::store::sqlite) struct MakeApiToken(pub(in crate::store::sqlite) NewApiToken);

impl Apply for MakeApiToken {
    type Output = ();
    type Refusal = TokenRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<TokenRefusal>> {
        let new = self.0;
        check(scope, new.account, &new.proven).await?;
        if !belongs(scope, new.device, new.account).await? {
            return Err(Failure::Refused(TokenRefusal::SessionOver));
        }
        let count = sqlx::query("SELECT COUNT(*) AS count FROM api_tokens WHERE account_id = ?")
            .bind(new.account.as_bytes().as_slice())
            .fetch_one(&mut *scope.db)
            .await?;
        if number(&count, "count")? >= API_TOKENS_MAX as u64 {
            return Err(Failure::Refused(TokenRefusal::TooMany));
        }
        sqlx::query(
            "INSERT INTO api_tokens (token_hash, account_id, device_id, name, scopes, made_at, used_at, expires_at)
             VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
        )
        .bind(new.token.0.as_slice())
        .bind(new.account.as_bytes().as_slice())
        .bind(new.device.as_bytes().as_slice())
        .bind(new.name)
        .bind(int(new.scopes.bits()))
        .bind(int(scope.now.millis()))
        .bind(int(new.expires.millis()))
        .execute(&mut *scope.db)
        .await?;
        Ok(())
    }
}

/// Notes that an API token was used.
pub(in crate::store::sqlite) struct TouchApiToken(pub(in crate::store::sqlite) TokenHash);

impl Apply for TouchApiToken {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        sqlx::query("UPDATE api_tokens SET used_at = ? WHERE token_hash = ?")
            .bind(int(scope.now.millis()))
            .bind(self.0.0.as_slice())
            .execute(&mut *scope.db)
            .await?;
        Ok(())
    }
}

/// Takes an API token back.
pub(in crate::store::sqlite) struct EndApiToken(pub(in crate::store::sqlite) TokenHash);

impl Apply for EndApiToken {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        sqlx::query("DELETE FROM api_tokens WHERE token_hash = ?")
            .bind(self.0.0.as_slice())
            .execute(&mut *scope.db)
            .await?;
        Ok(())
    }
}

/// Forgets API tokens whose time is over, and answers which.
pub(in crate::store::sqlite) struct EndOldApiTokens;

impl Apply for EndOldApiTokens {
    type Output = Vec<TokenHash>;
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Vec<TokenHash>, Failure<Never>> {
        let rows = sqlx::query("DELETE FROM api_tokens WHERE expires_at <= ? RETURNING token_hash")
            .bind(int(scope.now.millis()))
            .fetch_all(&mut *scope.db)
            .await?;
        Ok(tokens(&rows)?)
    }
}

/// Takes back all API tokens of an account, and answers which.
pub(super) async fn end_api_tokens(
    scope: &mut Scope<'_>,
    account: AccountId,
) -> Result<Vec<TokenHash>, StoreError> {
    let rows = sqlx::query("DELETE FROM api_tokens WHERE account_id = ? RETURNING token_hash")
        .bind(account.as_bytes().as_slice())
        .fetch_all(&mut *scope.db)
        .await?;
    tokens(&rows)
}

/// The same of a device.
pub(super) async fn end_api_tokens_of(
    scope: &mut Scope<'_>,
    device: DeviceId,
) -> Result<Vec<TokenHash>, StoreError> {
    let rows = sqlx::query("DELETE FROM api_tokens WHERE device_id = ? RETURNING token_hash")
        .bind(device.as_bytes().as_slice())
        .fetch_all(&mut *scope.db)
        .await?;
    tokens(&rows)
}
