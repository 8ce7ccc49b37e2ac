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
    _caller: Caller,
    Path(name): Path<String>,
) -> Answer<Account> {
    let not_found = Refusal::of(ErrorCode::AccountNotFound);
    let name = UserName::parse(&name).map_err(|_| not_found)?;
    app.store.account(&name).await?.map(Json).ok_or(not_found)
}
