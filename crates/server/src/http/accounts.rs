//! `GET /api/accounts/{name}`: who a name points at.

use axum::{
    Json,
    extract::{Path, State},
};
use protocol::{error::ErrorCode, names::UserName, rest::Account};

use super::answer::Answer;
use crate::{app::Shared, failure::Refusal, session::Caller, store::Store as _};

/// Finds an account by its name.
pub(super) async fn find(
    State(app): State<Shared>,
    caller: Caller,
    Path(name): Path<String>,
) -> Answer<Account> {
    // Who has an account may look for others, and not for all of them.
    app.windows
        .lookups
        .count(caller.account, app.clock.now())
        .map_err(Refusal::rate_limited)?;
    let not_found = Refusal::of(ErrorCode::AccountNotFound);
    let name = UserName::parse(&name).map_err(|_| not_found)?;
    let account = app.store.account(&name).await?.ok_or(not_found)?;
    if account.identity_key.is_empty() {
        return Err(Refusal::of(ErrorCode::ClassicAccount));
    }
    Ok(Json(account))
}
