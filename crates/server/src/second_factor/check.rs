//! Whether a code counts now: each step and each backup code once, and so many wrong ones in a row.

use protocol::{error::ErrorCode, ids::AccountId, limits::CODE_CHARS, rest::FactorCode};

use crate::{
    app::App,
    failure::Refusal,
    store::{
        Store as _,
        second_factor::{UseCode, Verdict},
    },
};

/// Uses a code up.
///
/// # Errors
/// `CODE_WRONG`, `RATE_LIMITED`, or `NO_SECOND_FACTOR` where the account has none.
pub(crate) async fn check(app: &App, account: AccountId, code: &FactorCode) -> Result<(), Refusal> {
    if code.0.len() > CODE_CHARS {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    // Nobody guesses at one of these: whoever waits because of others' guesses comes in by it.
    if app.passkeys.take_code(account, code, app.clock.now()) {
        return Ok(());
    }
    let none = Refusal::of(ErrorCode::NoSecondFactor);
    let kept = app.store.second_factor(account).await?.ok_or(none)?;
    let shown = app
        .second_factors
        .shown(account, &kept.seed, code, app.clock.now())?;
    let verdict = app
        .store
        .use_code(UseCode {
            account,
            seed: kept.seed,
            shown,
        })
        .await?;
    match verdict {
        Verdict::Taken => Ok(()),
        Verdict::Wrong => Err(Refusal::of(ErrorCode::CodeWrong)),
        Verdict::Wait(millis) => Err(Refusal::rate_limited(millis)),
    }
}
