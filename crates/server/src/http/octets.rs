//! Request bodies that are octets: bounded before they are read, in bytes and time, and few in memory at once.

use std::time::Duration;

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, Request},
    http::header,
};
use protocol::{error::ErrorCode, limits::SEALED_CHUNK_BYTES};

use crate::{app::Shared, failure::Refusal};

/// A body must have arrived after this time: a chunk over a very slow line.
const PATIENCE: Duration = Duration::from_secs(120);

/// A sealed chunk. It holds its place among those in memory until it is dropped.
pub(super) struct Octets {
    pub(super) bytes: Bytes,
    _place: tokio::sync::OwnedSemaphorePermit,
}

impl FromRequest<Shared> for Octets {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Refusal> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        if kind.is_none_or(|kind| kind != "application/octet-stream") {
            return Err(Refusal::of(ErrorCode::UnsupportedMedia));
        }
        let length = request.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        match length {
            None => return Err(Refusal::of(ErrorCode::BadRequest)),
            Some(length) if length > SEALED_CHUNK_BYTES => {
                return Err(Refusal::of(ErrorCode::TooLarge));
            }
            Some(_) => {}
        }
        let place = app.chunks.clone().acquire_owned().await;
        let place = place.map_err(|_| Refusal::of(ErrorCode::ShuttingDown))?;
        let body = to_bytes(request.into_body(), SEALED_CHUNK_BYTES);
        let bytes = tokio::time::timeout(PATIENCE, body).await;
        Ok(Self {
            bytes: bytes
                .map_err(|_late| Refusal::of(ErrorCode::BadRequest))?
                .map_err(|_broken| Refusal::of(ErrorCode::BadRequest))?,
            _place: place,
        })
    }
}
