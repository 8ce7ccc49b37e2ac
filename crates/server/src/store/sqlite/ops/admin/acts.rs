//! Acts on accounts.

use protocol::{ids::AccountId, names::UserName, rest::Act};

use super::{
    audit::record,
    has_admin,
    marks::{Marks, mark, marks},
    may,
};
use crate::store::{
    Failure, StoreError,
    admin::{ActRefusal, Acted, Actor, UserActing},
    session::TokenHash,
    sqlite::{
        columns::{blob, int},
        operation::Apply,
        ops::{classic::is_classic, tokens::end_api_tokens},
        read::admin::user_at,
        scope::Scope,
    },
};

/// Does something to an account.
pub(in crate::store::sqlite) struct ActOnUser(pub(in crate::store::sqlite) UserActing);

impl Apply for ActOnUser {
    type Output = Acted;
    type Refusal = ActRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Acted, Failure<ActRefusal>> {
        let UserActing {
            actor,
            target,
            act,
            drawn,
        } = self.0;
        may(scope, actor).await?;
        let before = marks(scope, target).await?;
        if before.freed_at > 0 || user_at(scope.db, target).await?.is_none() {
            return Err(Failure::Refused(ActRefusal::NoAccount));
        }
        // Of what was deleted there is a name to be freed, and nothing else.
        if before.deleted_at > 0 && act != Act::FreeName {
            return Err(Failure::Refused(ActRefusal::NoAccount));
        }
        // It has no keys to administrate with, and would be counted as somebody who can.
        if act == Act::Grant && is_classic(scope, target).await? {
            return Err(Failure::Refused(ActRefusal::Classic));
        }
        record(scope, actor, act, Some(target), "").await?;
        let mut after = before;
        let mut ended = Vec::new();
        match act {
            Act::Disable if before.disabled_at == 0 => after.disabled_at = scope.now.millis(),
            Act::Enable => after.disabled_at = 0,
            Act::Grant => after.administrator = true,
            Act::Withdraw => after.administrator = false,
            Act::FreeName => {
                after = Marks {
                    freed_at: scope.now.millis(),
                    deleted_at: before.deleted_at,
                    ..Marks::default()
                };
                give_up_name(scope, target, &drawn).await?;
            }
            Act::Disable
            | Act::EndSessions
            | Act::MakeInvite
            | Act::WithdrawInvite
            | Act::BecomeAdmin
            | Act::SearchCanary
            | Act::RefreshReuse
            | Act::PasskeyCloned => {}
        }
        if after != before {
            mark(scope, target, after).await?;
        }
        if before.is_active_admin() && !after.is_active_admin() && !has_admin(scope).await? {
            return Err(Failure::Refused(ActRefusal::LastAdmin));
        }
        if matches!(act, Act::Disable | Act::FreeName | Act::EndSessions) {
            ended = end_sessions(scope, target).await?;
        }
        let user = user_at(scope.db, target).await?;
        let user = user.ok_or(Failure::Refused(ActRefusal::NoAccount))?;
        Ok(Acted { user, ended })
    }
}

/// The account keeps id and memberships. What its password opened goes with the name: nobody logs in by it any more.
async fn give_up_name(
    scope: &mut Scope<'_>,
    account: AccountId,
    drawn: &UserName,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE accounts SET username = ?, password_file = x'', root_by_password = x'', root_by_code = x''
         WHERE account_id = ?",
    )
    .bind(drawn.as_str())
    .bind(account.as_bytes().as_slice())
    .execute(&mut *scope.db)
    .await?;
    for statement in [
        "DELETE FROM second_factors WHERE account_id = ?",
        "DELETE FROM resets WHERE account_id = ?",
        "UPDATE classic_accounts SET kept = x'' WHERE account_id = ?",
    ] {
        sqlx::query(statement)
            .bind(account.as_bytes().as_slice())
            .execute(&mut *scope.db)
            .await?;
    }
    Ok(())
}

/// Ends all sessions of an account and its API tokens, and answers which.
pub(in crate::store::sqlite::ops) async fn end_sessions(
    scope: &mut Scope<'_>,
    account: AccountId,
) -> Result<Vec<TokenHash>, StoreError> {
    let rows = sqlx::query(
        "UPDATE sessions SET ended_at = ? WHERE account_id = ? AND ended_at = 0 RETURNING token_hash",
    )
    .bind(int(scope.now.millis()))
    .bind(account.as_bytes().as_slice())
    .fetch_all(&mut *scope.db)
    .await?;
    let token = |row| {
        let hash = blob(row, "token_hash")?.try_into();
        hash.map(TokenHash)
            .map_err(|_| StoreError::Damaged("token_hash"))
    };
    let mut ended: Vec<TokenHash> = rows.iter().map(token).collect::<Result<_, _>>()?;
    ended.extend(end_api_tokens(scope, account).await?);
    Ok(ended)
}

/// Records that the stored files are searched.
pub(in crate::store::sqlite) struct NoteSearch(pub(in crate::store::sqlite) Actor);

impl Apply for NoteSearch {
    type Output = ();
    type Refusal = ActRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<ActRefusal>> {
        may(scope, self.0).await?;
        Ok(record(scope, self.0, Act::SearchCanary, None, "").await?)
    }
}
