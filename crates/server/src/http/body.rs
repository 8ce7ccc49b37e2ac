//! Request bodies: bounded before they are read, in bytes and time, and only JSON.

use std::{collections::HashMap, time::Duration};

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use protocol::{error::ErrorCode, limits::BODY_BYTES};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use crate::{app::Shared, failure::Refusal};

/// A body must have arrived after this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request body of at most `LIMIT` bytes.
pub(super) struct Body<T, const LIMIT: usize = BODY_BYTES>(pub(super) T);

impl<T: DeserializeOwned, const LIMIT: usize> FromRequest<Shared> for Body<T, LIMIT> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Refusal> {
        let headers = request.headers();
        if !is_json(headers) {
            return Err(Refusal::of(ErrorCode::UnsupportedMedia));
        }
        let length = declared_length(headers);
        if length.is_some_and(|length| length > LIMIT) {
            return Err(Refusal::of(ErrorCode::TooLarge));
        }
        // Few large bodies are in memory at once, until they are parsed; the others wait.
        let large = length.is_none_or(|length| length > BODY_BYTES) && LIMIT > BODY_BYTES;
        let closed = |_| Refusal::of(ErrorCode::ShuttingDown);
        let _place = if large {
            Some(app.large_bodies.acquire().await.map_err(closed)?)
        } else {
            None
        };
        let read = tokio::time::timeout(PATIENCE, to_bytes(request.into_body(), LIMIT)).await;
        let bytes = read
            .map_err(|_late| Refusal::of(ErrorCode::BadRequest))?
            .map_err(|error| Refusal::of(unread(&error)))?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Over the limit, or the connection broke.
fn unread(error: &axum::Error) -> ErrorCode {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if inner.to_string().contains("length limit exceeded") {
            return ErrorCode::TooLarge;
        }
        source = inner.source();
    }
    ErrorCode::BadRequest
}

/// Reads JSON as a type; a refusal says what is wrong with it.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| Refusal::of_json(&error.to_string()))
}

/// One of the two legs that share a path.
pub(super) enum Leg<S, F> {
    Start(S),
    Finish(F),
}

/// Tells two legs apart by the field `start` or `finish`, so that an error names what is wrong with the right one.
pub(super) fn leg<S: DeserializeOwned, F: DeserializeOwned>(
    body: &RawValue,
) -> Result<Leg<S, F>, Refusal> {
    let bytes = body.get().as_bytes();
    match which(body, ["start", "finish"])? {
        "start" => parse(bytes).map(Leg::Start),
        _ => parse(bytes).map(Leg::Finish),
    }
}

/// The one of these fields that the body has.
///
/// # Errors
/// `BAD_JSON` if it has more than one of them, or none.
pub(super) fn which<const N: usize>(
    body: &RawValue,
    fields: [&'static str; N],
) -> Result<&'static str, Refusal> {
    let there: HashMap<String, Option<IgnoredAny>> = parse(body.get().as_bytes())?;
    let has = |field: &&str| matches!(there.get(*field), Some(Some(_)));
    let mut found = fields.into_iter().filter(has);
    match (found.next(), found.next()) {
        (Some(field), None) => Ok(field),
        _ => Err(Refusal::of(ErrorCode::BadJson)),
    }
}
