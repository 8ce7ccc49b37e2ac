//! Changing what opens an account.

use protocol::ids::{AccountId, DeviceId};

use super::{
    admin::password_was_changed,
    devices::belongs,
    reset::cancel,
    sessions::{end_others, turn_token},
    tokens::end_api_tokens,
};
use crate::store::{
    Committed, Failure, StoreError,
    credentials::{ChangeRefusal, CodeChange, PasswordChange, Proven, Unproven},
    second_factor::TokenTurn,
    session::TokenHash,
    sqlite::{columns::int, operation::Apply, scope::Scope},
};

/// Changes the password and answers the sessions that ended by it, that of whoever asks among them.
pub(in crate::store::sqlite) struct ChangePassword(pub(in crate::store::sqlite) PasswordChange);

impl Apply for ChangePassword {
    type Output = Vec<TokenHash>;
    type Refusal = ChangeRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Vec<TokenHash>, Failure<ChangeRefusal>> {
        let change = self.0;
        let turn = TokenTurn {
            old: change.old_token,
            new: change.new_token,
        };
        begin_change(scope, change.account, &change.proven, turn, change.device).await?;
        let account = change.account.as_bytes().as_slice();
        sqlx::query(
            "UPDATE accounts SET password_file = ?, root_by_password = ? WHERE account_id = ?",
        )
        .bind(change.password_file)
        .bind(change.by_password)
        .bind(account)
        .execute(&mut *scope.db)
        .await?;
        sqlx::query("UPDATE credentials SET password_at = ?, password_by = ? WHERE account_id = ?")
            .bind(int(scope.now.millis()))
            .bind(
                change
                    .device
                    .map_or_else(Vec::new, |device| device.as_bytes().to_vec()),
            )
            .bind(account)
            .execute(&mut *scope.db)
            .await?;
        password_was_changed(scope, change.account).await?;
        let mut ended = vec![change.old_token];
        if change.end_others {
            ended.extend(end_others(scope, change.account, change.new_token).await?);
            ended.extend(end_api_tokens(scope, change.account).await?);
        }
        scope.events.push(Committed::DevicesChanged(change.account));
        Ok(ended)
    }
}

/// What every change of a password begins with: what was proven is so still, and the session that asks goes on under another
/// token, on its device.
pub(super) async fn begin_change(
    scope: &mut Scope<'_>,
    account: AccountId,
    proven: &Proven,
    turn: TokenTurn,
    device: Option<DeviceId>,
) -> Result<(), Failure<ChangeRefusal>> {
    check(scope, account, proven).await?;
    if is_known(scope, turn.new).await? {
        return Err(Failure::Refused(ChangeRefusal::TokenTaken));
    }
    // When the session began stays, as in every turn of a token: it says how long it lasts, and when it showed a code.
    if !turn_token(scope, turn, device).await? {
        return Err(Failure::Refused(ChangeRefusal::Ended));
    }
    Ok(())
}

/// Replaces the recovery code.
pub(in crate::store::sqlite) struct ChangeCode(pub(in crate::store::sqlite) CodeChange);

impl Apply for ChangeCode {
    type Output = ();
    type Refusal = ChangeRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<ChangeRefusal>> {
        let change = self.0;
        check(scope, change.account, &change.proven).await?;
        if !belongs(scope, change.device, change.account).await? {
            return Err(Failure::Refused(ChangeRefusal::Ended));
        }
        let account = change.account.as_bytes().as_slice();
        sqlx::query("UPDATE accounts SET root_by_code = ? WHERE account_id = ?")
            .bind(change.by_code)
            .bind(account)
            .execute(&mut *scope.db)
            .await?;
        sqlx::query(
            "UPDATE credentials SET token_hash = ?, code_at = ?, code_by = ? WHERE account_id = ?",
        )
        .bind(change.code.0.as_slice())
        .bind(int(scope.now.millis()))
        .bind(change.device.as_bytes().as_slice())
        .bind(account)
        .execute(&mut *scope.db)
        .await?;
        scope.events.push(Committed::DevicesChanged(change.account));
        Ok(())
    }
}

/// What a new account is opened with.
pub(super) async fn insert_credentials(
    scope: &mut Scope<'_>,
    account: AccountId,
    code: [u8; 32],
) -> Result<(), StoreError> {
    let nobody: &[u8] = &[];
    sqlx::query(
        "INSERT INTO credentials (account_id, token_hash, password_at, password_by, code_at, code_by)
         VALUES (?, ?, 0, ?, 0, ?)",
    )
    .bind(account.as_bytes().as_slice())
    .bind(code.as_slice())
    .bind(nobody)
    .bind(nobody)
    .execute(&mut *scope.db)
    .await?;
    Ok(())
}

/// Whether what was proven is what the account has. A reset that waits is cancelled by it.
pub(super) async fn check<R: From<Unproven>>(
    scope: &mut Scope<'_>,
    account: AccountId,
    proven: &Proven,
) -> Result<(), Failure<R>> {
    let (sql, known) = match proven {
        Proven::Password(sealed) => (
            "SELECT 1 FROM accounts WHERE account_id = ? AND root_by_password = ?",
            sealed.as_slice(),
        ),
        Proven::Code(hash) => (
            "SELECT 1 FROM credentials WHERE account_id = ? AND token_hash = ?",
            hash.0.as_slice(),
        ),
        Proven::Classic(kept) => (
            "SELECT 1 FROM classic_accounts WHERE account_id = ? AND kept = ?",
            kept.as_slice(),
        ),
    };
    let row = sqlx::query(sql)
        .bind(account.as_bytes().as_slice())
        .bind(known)
        .fetch_optional(&mut *scope.db)
        .await
        .map_err(StoreError::from)?;
    match row {
        // Whoever knows it is there: nobody has to wait until a device alone may set another.
        Some(_) => Ok(cancel(scope, account).await?),
        None => Err(Failure::Refused(Unproven.into())),
    }
}

/// Whether there is a session with that token, or was one lately.
pub(super) async fn is_known(scope: &mut Scope<'_>, token: TokenHash) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM sessions WHERE token_hash = ?")
        .bind(token.0.as_slice())
        .fetch_optional(&mut *scope.db)
        .await?;
    Ok(row.is_some())
}
