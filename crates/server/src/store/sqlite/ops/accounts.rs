//! Creating an account.

use super::{
    admin::invited, credentials::insert_credentials, devices::insert_device,
    sessions::insert_session, vault::insert_item,
};
use crate::store::{
    Failure,
    account::{NewAccount, RegisterRefusal},
    sqlite::{columns::int, operation::Apply, scope::Scope},
};

/// Creates an account with its first device, vault and session.
pub(in crate::store::sqlite) struct Register(pub(in crate::store::sqlite) NewAccount);

impl Apply for Register {
    type Output = ();
    type Refusal = RegisterRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<RegisterRefusal>> {
        let new = self.0;
        let taken = sqlx::query("SELECT 1 FROM accounts WHERE username = ?")
            .bind(new.name.as_str())
            .fetch_optional(&mut *scope.db)
            .await?;
        if taken.is_some() {
            return Err(Failure::Refused(RegisterRefusal::NameTaken));
        }
        let created = sqlx::query(
            "INSERT INTO accounts (account_id, username, identity_key, password_file, root_by_password,
                                   root_by_code, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(new.account.as_bytes().as_slice())
        .bind(new.name.as_str())
        .bind(new.identity_key)
        .bind(new.password_file)
        .bind(new.root_box.by_password.0)
        .bind(new.root_box.by_code.0)
        .bind(int(scope.now.millis()))
        .execute(&mut *scope.db)
        .await?;
        let device = new.device.device_id;
        if created.rows_affected() == 0 || !insert_device(scope, new.account, new.device).await? {
            return Err(Failure::Refused(RegisterRefusal::IdTaken));
        }
        insert_credentials(scope, new.account, new.code.0).await?;
        if let Some(shown) = new.invite
            && !invited(scope, shown, new.account).await?
        {
            return Err(Failure::Refused(RegisterRefusal::Invite));
        }
        for put in new.vault {
            if !insert_item(scope, new.account, put).await? {
                return Err(Failure::Refused(RegisterRefusal::IdTaken));
            }
        }
        insert_session(scope, new.token, new.account, Some(device)).await?;
        Ok(())
    }
}
