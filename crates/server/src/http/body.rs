//! Request bodies: bounded before they are read, in bytes and time. JSON, and where simple clients ask the fields of a form.

use std::{collections::HashMap, time::Duration};

use axum::{
    body::{Bytes, to_bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use protocol::{error::ErrorCode, limits::BODY_BYTES};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use crate::{app::Shared, failure::Refusal, session::cookie};

/// A body must have arrived after this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request body of at most `LIMIT` bytes.
pub(super) struct Body<T, const LIMIT: usize = BODY_BYTES>(pub(super) T);

/// JSON, or the fields of an HTML form as an object of strings.
pub(super) struct Fields(pub(super) Box<RawValue>);

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

impl<T: DeserializeOwned, const LIMIT: usize> FromRequest<Shared> for Body<T, LIMIT> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Refusal> {
        if !is_of(request.headers(), JSON) {
            return Err(Refusal::of(ErrorCode::UnsupportedMedia));
        }
        parse(&read::<LIMIT>(request, app).await?).map(Self)
    }
}

impl FromRequest<Shared> for Fields {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Refusal> {
        if !is_of(request.headers(), FORM) {
            let Body(body) = Body::<Box<RawValue>>::from_request(request, app).await?;
            return Ok(Self(body));
        }
        // A browser sends a form wherever a page tells it to, and asks nobody first.
        if cookie::is_of_another_site(request.headers()) {
            return Err(Refusal::of(ErrorCode::CrossSite));
        }
        object(&read::<BODY_BYTES>(request, app).await?).map(Self)
    }
}

/// Reads a body of at most `LIMIT` bytes.
async fn read<const LIMIT: usize>(request: Request, app: &Shared) -> Result<Bytes, Refusal> {
    let length = declared_length(request.headers());
    if length.is_some_and(|length| length > LIMIT) {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    // Few large bodies are in memory at once, until they are read; the others wait.
    let large = length.is_none_or(|length| length > BODY_BYTES) && LIMIT > BODY_BYTES;
    let closed = |_| Refusal::of(ErrorCode::ShuttingDown);
    let _place = if large {
        Some(app.large_bodies.acquire().await.map_err(closed)?)
    } else {
        None
    };
    let read = tokio::time::timeout(PATIENCE, to_bytes(request.into_body(), LIMIT)).await;
    read.map_err(|_late| Refusal::of(ErrorCode::BadRequest))?
        .map_err(|error| Refusal::of(unread(&error)))
}

/// The fields of a form; one that stands twice is no field of either value.
pub(super) fn object(form: &[u8]) -> Result<Box<RawValue>, Refusal> {
    let bad = Refusal::of(ErrorCode::BadJson);
    let mut fields = serde_json::Map::new();
    for (name, value) in form_urlencoded::parse(form) {
        let before = fields.insert(name.into_owned(), value.into_owned().into());
        if before.is_some() {
            return Err(bad);
        }
    }
    serde_json::value::to_raw_value(&fields).map_err(|_| bad)
}

fn is_of(headers: &HeaderMap, media: &str) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(media))
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

/// Whether JSON is an object. The library would read a list, too, by the order of a type's fields.
fn is_object(json: &[u8]) -> bool {
    json.trim_ascii_start().first() == Some(&b'{')
}

/// Reads a JSON object as a type; a refusal says what is wrong with it.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    if !is_object(bytes) {
        return Err(Refusal::of(ErrorCode::BadJson));
    }
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

type There = HashMap<String, Option<IgnoredAny>>;

fn there(body: &RawValue) -> Result<There, Refusal> {
    parse(body.get().as_bytes())
}

fn is_in(there: &There, field: &str) -> bool {
    matches!(there.get(field), Some(Some(_)))
}

/// Whether the body has this field.
///
/// # Errors
/// `BAD_JSON` if it is no object.
pub(super) fn has(body: &RawValue, field: &str) -> Result<bool, Refusal> {
    there(body).map(|there| is_in(&there, field))
}

/// The one of these fields that the body has.
///
/// # Errors
/// `BAD_JSON` if it has more than one of them, or none.
pub(super) fn which<const N: usize>(
    body: &RawValue,
    fields: [&'static str; N],
) -> Result<&'static str, Refusal> {
    let there = there(body)?;
    let mut found = fields.into_iter().filter(|field| is_in(&there, field));
    match (found.next(), found.next()) {
        (Some(field), None) => Ok(field),
        _ => Err(Refusal::of(ErrorCode::BadJson)),
    }
}
