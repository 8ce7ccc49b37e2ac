//! The account's vault.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use protocol::{
    error::ErrorCode,
    rest::{Empty, VaultItem, VaultListing, VaultWrite},
};
use serde::Deserialize;

use super::{answer::Answer, body::Body, check};
use crate::{app::Shared, failure::Refusal, session::Caller, store::Store as _};

/// `GET /api/vault`: names and versions.
pub(super) async fn list(State(app): State<Shared>, caller: Caller) -> Answer<VaultListing> {
    let items = app.store.vault(caller.account).await?;
    Ok(Json(VaultListing { items }))
}

/// `?name=NAME`.
#[derive(Deserialize)]
pub(super) struct Name {
    name: String,
}

/// `GET /api/vault/item?name=NAME`.
pub(super) async fn item(
    State(app): State<Shared>,
    caller: Caller,
    query: Result<Query<Name>, QueryRejection>,
) -> Answer<VaultItem> {
    let Query(Name { name }) = query.map_err(|_| Refusal::of(ErrorCode::BadRequest))?;
    if !check::is_vault_name(&name) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    let item = app.store.vault_item(caller.account, &name).await?;
    item.map(Json).ok_or(Refusal::of(ErrorCode::NotFound))
}

/// `PUT /api/vault`: several items, all or nothing.
pub(super) async fn write(
    State(app): State<Shared>,
    caller: Caller,
    Body(VaultWrite { puts }): Body<VaultWrite>,
) -> Answer<Empty> {
    if puts.is_empty() {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    puts.iter().try_for_each(check::vault_put)?;
    app.store.write_vault(caller.account, puts).await?;
    Ok(Json(Empty {}))
}
