//! Classic accounts: creating one, and what is kept of a password.

use protocol::ids::AccountId;

use super::{
    Never,
    admin::{invited, marks},
    credentials::begin_change,
    sessions::{end_others, insert_session},
};
use crate::store::{
    Failure, StoreError,
    account::RegisterRefusal,
    classic::{ClassicChange, NewClassic},
    credentials::ChangeRefusal,
    second_factor::TokenTurn,
    session::TokenHash,
    sqlite::{columns::int, operation::Apply, scope::Scope},
};

/// Creates a classic account.
pub(in crate::store::sqlite) struct RegisterClassic(pub(in crate::store::sqlite) NewClassic);

impl Apply for RegisterClassic {
    type Output = ();
    type Refusal = RegisterRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<RegisterRefusal>> {
        let new = self.0;
        if !insert(scope, &new).await? {
            return Err(Failure::Refused(RegisterRefusal::NameTaken));
        }
        if let Some(shown) = new.invite {
            let counts = invited(scope, shown, new.account).await?;
            // An invite that makes an administrator is for somebody who can be one.
            if !counts || marks(scope, new.account).await?.administrator {
                return Err(Failure::Refused(RegisterRefusal::Invite));
            }
        }
        if let Some(token) = new.token {
            insert_session(scope, token, new.account, None).await?;
        }
        Ok(())
    }
}

/// Creates classic accounts, all or none.
pub(in crate::store::sqlite) struct ImportClassic(pub(in crate::store::sqlite) Vec<NewClassic>);

impl Apply for ImportClassic {
    type Output = ();
    type Refusal = usize;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<usize>> {
        for (new, place) in self.0.iter().zip(0..) {
            if !insert(scope, new).await? {
                return Err(Failure::Refused(place));
            }
        }
        Ok(())
    }
}

/// Inserts the account; whether its name was free.
async fn insert(scope: &mut Scope<'_>, new: &NewClassic) -> Result<bool, StoreError> {
    let account = new.account.as_bytes().as_slice();
    let created = sqlx::query(
        "INSERT INTO accounts (account_id, username, identity_key, password_file, root_by_password,
                               root_by_code, created_at)
         VALUES (?, ?, x'', x'', x'', x'', ?) ON CONFLICT DO NOTHING",
    )
    .bind(account)
    .bind(new.name.as_str())
    .bind(int(scope.now.millis()))
    .execute(&mut *scope.db)
    .await?;
    if created.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query("INSERT INTO classic_accounts (account_id, kept, changed_at) VALUES (?, ?, ?)")
        .bind(account)
        .bind(new.kept.clone())
        .bind(int(scope.now.millis()))
        .execute(&mut *scope.db)
        .await?;
    Ok(true)
}

/// Keeps the same password otherwise, unless it was changed meanwhile.
pub(in crate::store::sqlite) struct KeepAnew {
    pub(in crate::store::sqlite) account: AccountId,
    pub(in crate::store::sqlite) was: Vec<u8>,
    pub(in crate::store::sqlite) kept: Vec<u8>,
}

impl Apply for KeepAnew {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        sqlx::query("UPDATE classic_accounts SET kept = ? WHERE account_id = ? AND kept = ?")
            .bind(self.kept)
            .bind(self.account.as_bytes().as_slice())
            .bind(self.was)
            .execute(&mut *scope.db)
            .await?;
        Ok(())
    }
}

/// Changes a password and answers the sessions that ended by it: all, for whoever knew the old one may have them.
pub(in crate::store::sqlite) struct ChangeClassic(pub(in crate::store::sqlite) ClassicChange);

impl Apply for ChangeClassic {
    type Output = Vec<TokenHash>;
    type Refusal = ChangeRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Vec<TokenHash>, Failure<ChangeRefusal>> {
        let change = self.0;
        let turn = TokenTurn {
            old: change.old_token,
            new: change.new_token,
        };
        begin_change(scope, change.account, &change.proven, turn, None).await?;
        sqlx::query("UPDATE classic_accounts SET kept = ?, changed_at = ? WHERE account_id = ?")
            .bind(change.kept)
            .bind(int(scope.now.millis()))
            .bind(change.account.as_bytes().as_slice())
            .execute(&mut *scope.db)
            .await?;
        let mut ended = vec![change.old_token];
        ended.extend(end_others(scope, change.account, change.new_token).await?);
        Ok(ended)
    }
}

/// Whether an account is a classic one.
pub(super) async fn is_classic(
    scope: &mut Scope<'_>,
    account: AccountId,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM classic_accounts WHERE account_id = ?")
        .bind(account.as_bytes().as_slice())
        .fetch_optional(&mut *scope.db)
        .await?;
    Ok(row.is_some())
}
