//! Request bodies: bounded before they are read, in bytes and time, and only JSON.

use std::time::Duration;

use axum::{
    body::to_bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use protocol::{error::ErrorCode, limits::BODY_BYTES, rest::RecoveryLogin};
use serde::{Deserialize, de::DeserializeOwned, de::IgnoredAny};
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

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| Refusal::of_json(&error.to_string()))
}

/// A login by the recovery code, told apart from both legs by the field `recovery`.
pub(super) fn by_recovery(body: &RawValue) -> Result<Option<RecoveryLogin>, Refusal> {
    #[derive(Deserialize)]
    struct Probe {
        start: Option<IgnoredAny>,
        finish: Option<IgnoredAny>,
        recovery: Option<IgnoredAny>,
    }
    let bytes = body.get().as_bytes();
    match parse::<Probe>(bytes)? {
        Probe { recovery: None, .. } => Ok(None),
        Probe {
            start: None,
            finish: None,
            ..
        } => parse(bytes).map(Some),
        Probe { .. } => Err(Refusal::of(ErrorCode::BadJson)),
    }
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
    #[derive(Deserialize)]
    struct Probe {
        start: Option<IgnoredAny>,
        finish: Option<IgnoredAny>,
    }
    let bytes = body.get().as_bytes();
    match parse::<Probe>(bytes)? {
        Probe {
            start: Some(_),
            finish: None,
        } => parse(bytes).map(Leg::Start),
        Probe {
            start: None,
            finish: Some(_),
        } => parse(bytes).map(Leg::Finish),
        Probe { .. } => Err(Refusal::of(ErrorCode::BadJson)),
    }
}
