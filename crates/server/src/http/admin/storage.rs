//! `GET /api/admin/storage`: what is stored, in bytes.

use axum::{Json, extract::State};
use protocol::rest::Storage;

use crate::{
    app::Shared,
    http::{answer::Answer, caller::Administrator},
    store::admin::AdminStore as _,
};

/// Tables, files and what is free. One at a time: it walks through the whole database.
pub(super) async fn read(State(app): State<Shared>, _who: Administrator) -> Answer<Storage> {
    let _alone = app.searching.lock().await;
    let (database_bytes, log_bytes) = app.store.file_sizes().await?;
    let (files, file_bytes) = app.store.blob_sizes().await?;
    Ok(Json(Storage {
        tables: app.store.table_sizes().await?,
        database_bytes,
        log_bytes,
        files,
        file_bytes,
        free_bytes: app.blobs.free_bytes(),
    }))
}
