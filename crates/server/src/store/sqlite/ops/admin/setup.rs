//! The start of a server that nobody administrates.

use protocol::{
    ids::{AccountId, DeviceId},
    names::UserName,
};

use super::{acts::end_sessions, has_admin, invites::insert};
use crate::store::{
    Failure, StoreError,
    admin::{Actor, NewInvite, SetUp, SetUpNeed},
    sqlite::{
        columns::id16,
        kinds::Source,
        operation::Apply,
        ops::{Never, devices::ids, revoke::delete},
        scope::Scope,
    },
};

/// Says what a server needs at its start, and makes the invite for it. The invites of former starts go.
pub(in crate::store::sqlite) struct SetUpServer(pub(in crate::store::sqlite) SetUp);

impl Apply for SetUpServer {
    type Output = SetUpNeed;
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<SetUpNeed, Failure<Never>> {
        let SetUp { hash, default_name } = self.0;
        sqlx::query("DELETE FROM invites WHERE source IN (?, ?)")
            .bind(Source::Setup.number())
            .bind(Source::FirstRun.number())
            .execute(&mut *scope.db)
            .await?;
        if has_admin(scope).await? {
            return Ok(SetUpNeed::Nothing);
        }
        let need = match default_name {
            Some(_) if somebody_has_yet_to_set_a_password(scope).await? => {
                return Ok(SetUpNeed::NewPassword);
            }
            Some(name) if named(scope, &name).await?.is_none() => SetUpNeed::DefaultAccount,
            _ => SetUpNeed::Administrator,
        };
        let new = NewInvite {
            actor: Actor::Machine,
            hash,
            label: String::new(),
            uses: 1,
            lasts_millis: None,
            makes_admin: true,
        };
        let source = if need == SetUpNeed::DefaultAccount {
            Source::FirstRun
        } else {
            Source::Setup
        };
        insert(scope, &new, source).await?;
        Ok(need)
    }
}

async fn somebody_has_yet_to_set_a_password(scope: &mut Scope<'_>) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 FROM account_marks WHERE administrator = 1
             AND must_change = 1 AND disabled_at = 0 AND freed_at = 0 LIMIT 1",
    )
    .fetch_optional(&mut *scope.db)
    .await?;
    Ok(row.is_some())
}

async fn named(scope: &mut Scope<'_>, name: &UserName) -> Result<Option<AccountId>, StoreError> {
    let row = sqlx::query("SELECT account_id FROM accounts WHERE username = ?")
        .bind(name.as_str())
        .fetch_optional(&mut *scope.db)
        .await?;
    let id = |row| id16(row, "account_id").map(AccountId::from_bytes);
    row.as_ref().map(id).transpose()
}

/// Ends what the program used to make the default account: its sessions, and a device that exists nowhere any more. Nobody
/// is to invite it into a room.
pub(in crate::store::sqlite) struct ForgetDefaultDevice(pub(in crate::store::sqlite) UserName);

impl Apply for ForgetDefaultDevice {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        let Some(account) = named(scope, &self.0).await? else {
            return Ok(());
        };
        if !super::marks(scope, account).await?.must_change {
            return Ok(());
        }
        end_sessions(scope, account).await?;
        let devices: Vec<DeviceId> = ids(scope, account).await?.into_iter().collect();
        for device in devices {
            delete(scope, device, account).await?;
        }
        Ok(())
    }
}
