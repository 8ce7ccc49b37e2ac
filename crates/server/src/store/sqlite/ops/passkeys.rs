//! Passkeys: kept beside a second factor, used, taken away.

use protocol::{ids::AccountId, limits::PASSKEYS_MAX, rest::Act};

use super::{Never, admin::record, credentials::check};
use crate::store::{
    Failure,
    admin::Actor,
    credentials::Proven,
    passkey::{NewPasskey, PasskeyRefusal, PasskeyUse, Used},
    sqlite::{
        columns::{int, number},
        operation::Apply,
        scope::Scope,
    },
};

/// Keeps one.
pub(in crate::store::sqlite) struct KeepPasskey(pub(in crate::store::sqlite) NewPasskey);

impl Apply for KeepPasskey {
    type Output = ();
    type Refusal = PasskeyRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<PasskeyRefusal>> {
        let new = self.0;
        check(scope, new.account, &new.proven).await?;
        let account = new.account.as_bytes().as_slice();
        let there = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM passkeys WHERE account_id = ?) AS count
             FROM second_factors WHERE account_id = ?",
        )
        .bind(account)
        .bind(account)
        .fetch_optional(&mut *scope.db)
        .await?;
        let Some(there) = there else {
            return Err(Failure::Refused(PasskeyRefusal::NoSecondFactor));
        };
        if number(&there, "count")? >= PASSKEYS_MAX as u64 {
            return Err(Failure::Refused(PasskeyRefusal::TooMany));
        }
        let kept = sqlx::query(
            "INSERT INTO passkeys (credential, account_id, public_key, counter, name, made_at, used_at, cloned_at)
             VALUES (?, ?, ?, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING",
        )
        .bind(new.credential)
        .bind(account)
        .bind(new.key)
        .bind(i64::from(new.counter))
        .bind(new.name)
        .bind(int(scope.now.millis()))
        .execute(&mut *scope.db)
        .await?;
        if kept.rows_affected() == 0 {
            return Err(Failure::Refused(PasskeyRefusal::Exists));
        }
        Ok(())
    }
}

/// Takes one away.
pub(in crate::store::sqlite) struct RemovePasskey {
    pub(in crate::store::sqlite) account: AccountId,
    pub(in crate::store::sqlite) proven: Proven,
    pub(in crate::store::sqlite) credential: Vec<u8>,
}

impl Apply for RemovePasskey {
    type Output = ();
    type Refusal = PasskeyRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<PasskeyRefusal>> {
        check(scope, self.account, &self.proven).await?;
        let removed = sqlx::query("DELETE FROM passkeys WHERE account_id = ? AND credential = ?")
            .bind(self.account.as_bytes().as_slice())
            .bind(self.credential)
            .execute(&mut *scope.db)
            .await?;
        if removed.rows_affected() == 0 {
            return Err(Failure::Refused(PasskeyRefusal::None));
        }
        Ok(())
    }
}

/// Uses one, or finds that there are two of it.
pub(in crate::store::sqlite) struct UsePasskey(pub(in crate::store::sqlite) PasskeyUse);

impl Apply for UsePasskey {
    type Output = Used;
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Used, Failure<Never>> {
        let PasskeyUse {
            account,
            credential,
            counter,
        } = self.0;
        let row = sqlx::query(
            "SELECT counter FROM passkeys WHERE account_id = ? AND credential = ? AND cloned_at = 0",
        )
        .bind(account.as_bytes().as_slice())
        .bind(credential.as_slice())
        .fetch_optional(&mut *scope.db)
        .await?;
        let Some(row) = row else {
            return Ok(Used::Gone);
        };
        let last = number(&row, "counter")?;
        // Authenticators that do not count say 0 always.
        let grows = u64::from(counter) > last || (counter == 0 && last == 0);
        let statement = if grows {
            "UPDATE passkeys SET counter = ?, used_at = ? WHERE account_id = ? AND credential = ?"
        } else {
            "UPDATE passkeys SET counter = MAX(counter, ?), cloned_at = ? WHERE account_id = ? AND credential = ?"
        };
        sqlx::query(statement)
            .bind(i64::from(counter))
            .bind(int(scope.now.millis()))
            .bind(account.as_bytes().as_slice())
            .bind(credential)
            .execute(&mut *scope.db)
            .await?;
        if grows {
            return Ok(Used::Taken);
        }
        record(scope, Actor::Machine, Act::PasskeyCloned, Some(account), "").await?;
        Ok(Used::Cloned)
    }
}
