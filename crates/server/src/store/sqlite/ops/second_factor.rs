//! Second factors: kept, used up, taken away. The writer is one, so a code that two requests show at once counts for one.

use protocol::{
    ids::AccountId,
    limits::{CODE_TRIES, CODE_WAIT_MAX_MILLIS, CODE_WAIT_MILLIS},
};

use super::{Never, credentials::check, sessions::turn_token};
use crate::store::{
    Failure, StoreError,
    credentials::Proven,
    second_factor::{Enrol, FactorRefusal, ShownCode, TokenTurn, UseCode, Verdict},
    sqlite::{
        columns::{int, number},
        operation::Apply,
        scope::Scope,
    },
};

/// Keeps a second factor, and turns the session's token.
pub(in crate::store::sqlite) struct EnrolFactor(pub(in crate::store::sqlite) Enrol);

impl Apply for EnrolFactor {
    type Output = ();
    type Refusal = FactorRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<FactorRefusal>> {
        let new = self.0;
        check(scope, new.account, &new.proven).await?;
        let inserted = sqlx::query(
            "INSERT INTO second_factors (account_id, seed, last_step, wrong, wait_until, enrolled_at)
             VALUES (?, ?, ?, 0, 0, ?) ON CONFLICT DO NOTHING",
        )
        .bind(new.account.as_bytes().as_slice())
        .bind(new.seed)
        .bind(int(new.step))
        .bind(int(scope.now.millis()))
        .execute(&mut *scope.db)
        .await?;
        if inserted.rows_affected() == 0 {
            return Err(Failure::Refused(FactorRefusal::Exists));
        }
        insert_codes(scope, new.account, new.backup_codes).await?;
        turned(scope, new.turn).await
    }
}

/// Takes a second factor away, with its backup codes, and turns the session's token.
pub(in crate::store::sqlite) struct RemoveFactor {
    pub(in crate::store::sqlite) account: AccountId,
    pub(in crate::store::sqlite) proven: Proven,
    pub(in crate::store::sqlite) turn: TokenTurn,
}

impl Apply for RemoveFactor {
    type Output = ();
    type Refusal = FactorRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<FactorRefusal>> {
        check(scope, self.account, &self.proven).await?;
        let deleted = sqlx::query("DELETE FROM second_factors WHERE account_id = ?")
            .bind(self.account.as_bytes().as_slice())
            .execute(&mut *scope.db)
            .await?;
        if deleted.rows_affected() == 0 {
            return Err(Failure::Refused(FactorRefusal::None));
        }
        turned(scope, self.turn).await
    }
}

/// Other backup codes in place of those that are there.
pub(in crate::store::sqlite) struct ReplaceCodes {
    pub(in crate::store::sqlite) account: AccountId,
    pub(in crate::store::sqlite) proven: Proven,
    pub(in crate::store::sqlite) backup_codes: Vec<[u8; 32]>,
}

impl Apply for ReplaceCodes {
    type Output = ();
    type Refusal = FactorRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<FactorRefusal>> {
        check(scope, self.account, &self.proven).await?;
        let there = sqlx::query("SELECT 1 FROM second_factors WHERE account_id = ?")
            .bind(self.account.as_bytes().as_slice())
            .fetch_optional(&mut *scope.db)
            .await?;
        if there.is_none() {
            return Err(Failure::Refused(FactorRefusal::None));
        }
        sqlx::query("DELETE FROM backup_codes WHERE account_id = ?")
            .bind(self.account.as_bytes().as_slice())
            .execute(&mut *scope.db)
            .await?;
        Ok(insert_codes(scope, self.account, self.backup_codes).await?)
    }
}

/// Uses a code up, or counts a wrong one.
pub(in crate::store::sqlite) struct UseUp(pub(in crate::store::sqlite) UseCode);

impl Apply for UseUp {
    type Output = Verdict;
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Verdict, Failure<Never>> {
        let UseCode {
            account,
            seed,
            shown,
        } = self.0;
        // With another seed than the step was reckoned with, the code is one of a factor that is gone.
        let row = sqlx::query(
            "SELECT last_step, wrong, wait_until FROM second_factors WHERE account_id = ? AND seed = ?",
        )
        .bind(account.as_bytes().as_slice())
        .bind(seed)
        .fetch_optional(&mut *scope.db)
        .await?;
        let Some(row) = row else {
            return Ok(Verdict::Wrong);
        };
        let wait = number(&row, "wait_until")?.saturating_sub(scope.now.millis());
        if wait > 0 {
            return Ok(Verdict::Wait(wait));
        }
        let last_step = number(&row, "last_step")?;
        let counts = match shown {
            // What was used, and what is older than that, somebody may have seen.
            ShownCode::Step(step) => step > last_step,
            ShownCode::Backup(hash) => take_backup(scope, account, hash).await?,
            ShownCode::Wrong => false,
        };
        let step = match shown {
            ShownCode::Step(step) if counts => step,
            _ => last_step,
        };
        let wrong = if counts {
            0
        } else {
            number(&row, "wrong")?.saturating_add(1)
        };
        sqlx::query("UPDATE second_factors SET last_step = ?, wrong = ?, wait_until = ? WHERE account_id = ?")
            .bind(int(step))
            .bind(int(wrong))
            .bind(int(scope.now.millis().saturating_add(wait_after(wrong))))
            .bind(account.as_bytes().as_slice())
            .execute(&mut *scope.db)
            .await?;
        Ok(if counts {
            Verdict::Taken
        } else {
            Verdict::Wrong
        })
    }
}

/// How long an account waits after so many wrong codes in a row, in milliseconds.
fn wait_after(wrong: u64) -> u64 {
    let Some(over) = wrong.checked_sub(u64::from(CODE_TRIES)) else {
        return 0;
    };
    let doubled = 1_u64.checked_shl(u32::try_from(over).unwrap_or(u32::MAX));
    let wait = doubled.and_then(|times| CODE_WAIT_MILLIS.checked_mul(times));
    wait.map_or(CODE_WAIT_MAX_MILLIS, |wait| wait.min(CODE_WAIT_MAX_MILLIS))
}

async fn take_backup(
    scope: &mut Scope<'_>,
    account: AccountId,
    hash: [u8; 32],
) -> Result<bool, StoreError> {
    let taken = sqlx::query("DELETE FROM backup_codes WHERE account_id = ? AND hash = ?")
        .bind(account.as_bytes().as_slice())
        .bind(hash.as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(taken.rows_affected() > 0)
}

async fn insert_codes(
    scope: &mut Scope<'_>,
    account: AccountId,
    hashes: Vec<[u8; 32]>,
) -> Result<(), StoreError> {
    for hash in hashes {
        sqlx::query("INSERT INTO backup_codes (account_id, hash) VALUES (?, ?)")
            .bind(account.as_bytes().as_slice())
            .bind(hash.as_slice())
            .execute(&mut *scope.db)
            .await?;
    }
    Ok(())
}

async fn turned(scope: &mut Scope<'_>, turn: TokenTurn) -> Result<(), Failure<FactorRefusal>> {
    if turn_token(scope, turn, None).await? {
        Ok(())
    } else {
        Err(Failure::Refused(FactorRefusal::SessionOver))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_the_fifth_wrong_code_up_to_an_hour() {
        let waits = [0, 4, 5, 6, 7, 11, 12, 70, u64::MAX].map(wait_after);
        let seconds = waits.map(|wait| wait / 1_000);
        assert_eq!(seconds, [0, 0, 30, 60, 120, 1_920, 3_600, 3_600, 3_600]);
    }
}
