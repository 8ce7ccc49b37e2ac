//! `/api/rooms/{room_id}/blobs/{blob_id}`: sealed files, in chunks (PROTOCOL section 7).

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, BlobId, RoomId},
    rest::{BlobState, Empty, Encryption, OpenBlob},
};

use super::{
    answer::Answer,
    body::Body,
    caller::OnDevice,
    octets::Octets,
    path::{BlobPath, ChunkPath},
};
use crate::{
    app::{App, Shared},
    blobs::BlobError,
    failure::Refusal,
    store::{
        Store as _,
        blob::{NewBlob, StoredBlob},
    },
};

/// `PUT`: begins an upload, or finds out how far it came.
pub(super) async fn open(
    State(app): State<Shared>,
    caller: OnDevice,
    BlobPath(room, blob): BlobPath,
    Body(request): Body<OpenBlob>,
) -> Answer<BlobState> {
    app.windows
        .blobs
        .count(caller.account, app.clock.now())
        .map_err(Refusal::rate_limited)?;
    let chunks = request.chunks();
    let chunks = chunks.ok_or(Refusal::of(ErrorCode::BadRequest))?;
    if request.length > app.files.largest(chunks) {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    let new = NewBlob {
        blob,
        room,
        account: caller.account,
        length: request.length,
        quota: app.files.quota,
    };
    let stored = app.store.open_blob(new).await?;
    state_of(&app, blob, stored).await
}

/// `GET`: how far an upload of one's own came, or whether a file is there.
pub(super) async fn state(
    State(app): State<Shared>,
    caller: OnDevice,
    BlobPath(room, blob): BlobPath,
) -> Answer<BlobState> {
    let stored = visible(&app, caller.account, room, blob).await?;
    state_of(&app, blob, stored).await
}

/// `DELETE`: takes a file away.
pub(super) async fn delete(
    State(app): State<Shared>,
    caller: OnDevice,
    BlobPath(room, blob): BlobPath,
) -> Answer<Empty> {
    app.store.drop_blob(room, caller.account, blob).await?;
    app.blobs.remove(blob).await?;
    Ok(Json(Empty {}))
}

/// `PUT` of a chunk: the next one, or one that is there already.
pub(super) async fn put_chunk(
    State(app): State<Shared>,
    caller: OnDevice,
    ChunkPath(room, blob, index): ChunkPath,
    octets: Octets,
) -> Answer<BlobState> {
    let stored = visible(&app, caller.account, room, blob).await?;
    if stored.account != caller.account {
        return Err(Refusal::of(ErrorCode::FileGone));
    }
    if stored.complete {
        return state_of(&app, blob, stored).await;
    }
    let layout = OpenBlob {
        length: stored.length,
    };
    if layout.chunk_len(index) != Some(octets.bytes.len()) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    app.blobs
        .put(blob, layout, index, octets.bytes.clone())
        .await?;
    let mut stored = stored;
    if app.blobs.chunks(blob, layout).await? == layout.chunks().unwrap_or(u32::MAX) {
        app.store.finish_blob(blob).await?;
        stored.complete = true;
    }
    state_of(&app, blob, stored).await
}

/// `GET` of a chunk of a file that is all there.
pub(super) async fn chunk(
    State(app): State<Shared>,
    caller: OnDevice,
    ChunkPath(room, blob, index): ChunkPath,
) -> Result<Response, Refusal> {
    let stored = visible(&app, caller.account, room, blob).await?;
    if !stored.complete {
        return Err(Refusal::of(ErrorCode::FileGone));
    }
    let layout = OpenBlob {
        length: stored.length,
    };
    if layout.chunk_len(index).is_none() {
        return Err(Refusal::of(ErrorCode::NotFound));
    }
    let bytes = app.blobs.read(blob, layout, index).await?;
    let mut answer = bytes.into_response();
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    // Whatever a browser makes of it, it is not shown.
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment"),
    );
    Ok(answer)
}

/// A file of a sealed room, for somebody who is in it. One that is not there and one of another room look alike.
async fn visible(
    app: &App,
    account: AccountId,
    room: RoomId,
    blob: BlobId,
) -> Result<StoredBlob, Refusal> {
    let view = app.room_of_member(room, account).await?;
    if view.kind == Encryption::SharedKey {
        return Err(Refusal::of(ErrorCode::WrongRoomKind));
    }
    let stored = app.store.blob(blob).await?;
    let stored = stored.filter(|stored| stored.room == room);
    // What is not whole yet is nobody's but the uploader's.
    stored
        .filter(|stored| stored.complete || stored.account == account)
        .ok_or(Refusal::of(ErrorCode::FileGone))
}

async fn state_of(app: &App, blob: BlobId, stored: StoredBlob) -> Answer<BlobState> {
    let layout = OpenBlob {
        length: stored.length,
    };
    let chunks = if stored.complete {
        layout.chunks().ok_or(Refusal::of(ErrorCode::ServerError))?
    } else {
        app.blobs.chunks(blob, layout).await?
    };
    Ok(Json(BlobState {
        length: stored.length,
        chunks,
        complete: stored.complete,
    }))
}

impl From<BlobError> for Refusal {
    fn from(error: BlobError) -> Self {
        Self::of(match error {
            BlobError::Gap => ErrorCode::BadRequest,
            BlobError::Gone => ErrorCode::FileGone,
            BlobError::Full => ErrorCode::StorageFull,
            BlobError::Io(error) => {
                tracing::error!(%error, "a sealed file could not be kept or read");
                ErrorCode::ServerError
            }
        })
    }
}
