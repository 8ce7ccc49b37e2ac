//! What administrators do. Each act asks in its own transaction whether the actor may, and leaves its record there.

mod acts;
mod audit;
mod invites;
mod marks;
mod setup;

pub(super) use acts::end_sessions;
pub(in crate::store::sqlite) use acts::{ActOnUser, NoteSearch};
pub(super) use audit::record;
pub(super) use invites::invited;
pub(in crate::store::sqlite) use invites::{EndInvite, MakeInvite};
pub(super) use marks::{Marks, mark, marks, password_was_changed};
pub(in crate::store::sqlite) use setup::{ForgetDefaultDevice, SetUpServer};

use crate::store::{
    Failure, StoreError,
    admin::{ActRefusal, Actor},
    sqlite::scope::Scope,
};

/// The actor may act.
async fn may(scope: &mut Scope<'_>, actor: Actor) -> Result<(), Failure<ActRefusal>> {
    let allowed = match actor {
        Actor::Machine => true,
        Actor::Account(account) => marks(scope, account).await?.is_active_admin(),
    };
    if allowed {
        Ok(())
    } else {
        Err(Failure::Refused(ActRefusal::NotAdmin))
    }
}

/// Whether anybody administrates the server.
pub(super) async fn has_admin(scope: &mut Scope<'_>) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM account_marks WHERE administrator = 1
             AND must_change = 0 AND disabled_at = 0 AND freed_at = 0 LIMIT 1",
    )
    .fetch_optional(&mut *scope.db)
    .await?;
    Ok(row.is_some())
}
