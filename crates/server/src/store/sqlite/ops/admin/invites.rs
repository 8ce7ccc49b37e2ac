//! Invites to the server: made, taken back, used.

use protocol::{
    ids::{AccountId, InviteId},
    rest::Act,
};

use super::{
    audit::record,
    marks::{Marks, mark},
    may,
};
use crate::store::{
    Failure, StoreError,
    admin::{ActRefusal, Actor, NewInvite, ShownInvite},
    sqlite::{
        columns::{int, number},
        kinds::Source,
        operation::Apply,
        scope::Scope,
    },
};

/// Makes an invite.
pub(in crate::store::sqlite) struct MakeInvite(pub(in crate::store::sqlite) NewInvite);

impl Apply for MakeInvite {
    type Output = InviteId;
    type Refusal = ActRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<InviteId, Failure<ActRefusal>> {
        let new = self.0;
        may(scope, new.actor).await?;
        let source = match new.actor {
            Actor::Account(_) => Source::Administrator,
            Actor::Machine => Source::Machine,
        };
        let invite = insert(scope, &new, source).await?;
        let detail = if new.makes_admin {
            format!("invite {invite}, makes an administrator")
        } else {
            format!("invite {invite}")
        };
        record(scope, new.actor, Act::MakeInvite, None, &detail).await?;
        Ok(invite)
    }
}

/// Inserts an invite.
pub(super) async fn insert(
    scope: &mut Scope<'_>,
    new: &NewInvite,
    source: Source,
) -> Result<InviteId, StoreError> {
    let made_by = match new.actor {
        Actor::Account(account) => account.as_bytes().to_vec(),
        Actor::Machine => Vec::new(),
    };
    let expires = new
        .lasts_millis
        .map_or(0, |lasts| int(scope.now.millis().saturating_add(lasts)));
    let row = sqlx::query(
        "INSERT INTO invites (token_hash, label, source, made_by, makes_admin, uses, used,
                              created_at, expires_at, ended_at)
         VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, 0) RETURNING id",
    )
    .bind(new.hash.0.as_slice())
    .bind(&new.label)
    .bind(source.number())
    .bind(made_by)
    .bind(i64::from(new.makes_admin))
    .bind(i64::from(new.uses))
    .bind(int(scope.now.millis()))
    .bind(expires)
    .fetch_one(&mut *scope.db)
    .await?;
    InviteId::new(number(&row, "id")?).map_err(|_| StoreError::Damaged("id"))
}

/// Takes an invite back.
pub(in crate::store::sqlite) struct EndInvite {
    pub(in crate::store::sqlite) actor: Actor,
    pub(in crate::store::sqlite) invite: InviteId,
}

impl Apply for EndInvite {
    type Output = ();
    type Refusal = ActRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<ActRefusal>> {
        let Self { actor, invite } = self;
        may(scope, actor).await?;
        let ended = sqlx::query("UPDATE invites SET ended_at = ? WHERE id = ? AND ended_at = 0")
            .bind(int(scope.now.millis()))
            .bind(int(invite.get()))
            .execute(&mut *scope.db)
            .await?;
        if ended.rows_affected() == 0 {
            return Err(Failure::Refused(ActRefusal::NoInvite));
        }
        let detail = format!("invite {invite}");
        Ok(record(scope, actor, Act::WithdrawInvite, None, &detail).await?)
    }
}

/// Uses an invite up by one for an account that was just inserted, and gives it what goes with it; whether the invite
/// counted.
pub(in crate::store::sqlite::ops) async fn invited(
    scope: &mut Scope<'_>,
    shown: ShownInvite,
    account: AccountId,
) -> Result<bool, StoreError> {
    // `read::admin::invite_counts` asks the same.
    let used = sqlx::query(
        "UPDATE invites SET used = used + 1
         WHERE token_hash = ? AND used < uses AND ended_at = 0
             AND (expires_at = 0 OR expires_at > ?)
             AND makes_admin >= ? AND (source <> ? OR ?)
         RETURNING id, source, makes_admin",
    )
    .bind(shown.hash.0.as_slice())
    .bind(int(scope.now.millis()))
    .bind(i64::from(shown.admin_only))
    .bind(Source::FirstRun.number())
    .bind(shown.development)
    .fetch_optional(&mut *scope.db)
    .await?;
    let Some(row) = used else { return Ok(false) };
    if number(&row, "makes_admin")? != 0 {
        let marks = Marks {
            administrator: true,
            must_change: Source::read(number(&row, "source")?)? == Source::FirstRun,
            ..Marks::default()
        };
        mark(scope, account, marks).await?;
        let detail = format!("invite {}", number(&row, "id")?);
        record(
            scope,
            Actor::Machine,
            Act::BecomeAdmin,
            Some(account),
            &detail,
        )
        .await?;
    }
    Ok(true)
}
