//! What a token that is not the session's own may be used for: one list. What does not stand in it, no API token may.

use axum::{
    extract::MatchedPath,
    http::{Method, request::Parts},
};
use protocol::{error::ErrorCode, rest::Scope};

use crate::{
    failure::Refusal,
    session::{Caller, Rights},
};

/// What an API token may ask for with a scope.
const SCOPES: &[(Method, &str, Scope)] = &[
    (Method::GET, "/api/accounts/{who}", Scope::Read),
    (Method::GET, "/api/rooms", Scope::Read),
    (Method::GET, "/api/rooms/{room_id}/members", Scope::Read),
    (
        Method::GET,
        "/api/rooms/{room_id}/entries/{seq}",
        Scope::Read,
    ),
    (
        Method::GET,
        "/api/rooms/{room_id}/entries/{seq}/attestation",
        Scope::Read,
    ),
    (Method::POST, "/api/rooms", Scope::Write),
    (Method::POST, "/api/rooms/{room_id}/leave", Scope::Write),
    (Method::PUT, BLOB, Scope::Files),
    (Method::GET, BLOB, Scope::Files),
    (Method::DELETE, BLOB, Scope::Files),
    (Method::PUT, CHUNK, Scope::Files),
    (Method::GET, CHUNK, Scope::Files),
];

const BLOB: &str = "/api/rooms/{room_id}/blobs/{blob_id}";
const CHUNK: &str = "/api/rooms/{room_id}/blobs/{blob_id}/chunks/{index}";

/// What answers a token that lasts longer than an access token: a stolen one must not become one of these.
const SESSIONS_ALONE: &[(Method, &str)] = &[
    (Method::POST, "/api/devices"),
    (Method::PUT, "/api/reset"),
    (Method::POST, "/api/reset"),
    (Method::POST, "/api/token"),
    (Method::POST, "/api/tokens"),
];

/// What there is for a classic account, which has no keys.
const CLASSIC: &[(Method, &str)] = &[
    (Method::GET, "/api/rooms"),
    (Method::POST, "/api/rooms"),
    (Method::GET, "/api/rooms/{room_id}/members"),
    (Method::POST, "/api/rooms/{room_id}/leave"),
    (Method::GET, "/api/rooms/{room_id}/entries/{seq}"),
    (Method::POST, "/logout"),
    (Method::GET, "/api/sessions"),
    (Method::DELETE, "/api/sessions"),
    (Method::DELETE, "/api/sessions/{id}"),
    (Method::POST, "/api/token"),
    (Method::POST, "/api/password"),
    (Method::POST, "/api/account/delete"),
];

/// Whether a request is within the rights of who asks.
///
/// # Errors
/// `SCOPE_MISSING`, `CLASSIC_ACCOUNT`.
pub(super) fn check(caller: &Caller, parts: &Parts) -> Result<(), Refusal> {
    let path = parts.extensions.get::<MatchedPath>();
    let path = path.map_or("", MatchedPath::as_str);
    let is = |method: &Method, of: &str| parts.method == *method && path == of;
    let missing = Refusal::of(ErrorCode::ScopeMissing);
    if caller.classic && !CLASSIC.iter().any(|(method, of)| is(method, of)) {
        return Err(Refusal::of(ErrorCode::ClassicAccount));
    }
    match caller.rights {
        Rights::Session => Ok(()),
        Rights::Access(_) if SESSIONS_ALONE.iter().any(|(method, of)| is(method, of)) => {
            Err(missing)
        }
        Rights::Access(_) => Ok(()),
        Rights::Api(_) => {
            let listed = SCOPES.iter().find(|(method, of, _)| is(method, of));
            let (.., scope) = listed.ok_or(missing)?;
            caller.rights.need(*scope)
        }
    }
}
