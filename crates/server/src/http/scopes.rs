//! What a token that is not the session's own may be used for: one list. What does not stand in it, no API token may.

use axum::{
    extract::MatchedPath,
    http::{Method, request::Parts},
};
use protocol::{error::ErrorCode, rest::Scope};

use crate::{failure::Refusal, session::Rights};

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

/// Whether a request is within the rights of who asks.
///
/// # Errors
/// `SCOPE_MISSING`.
pub(super) fn check(rights: Rights, parts: &Parts) -> Result<(), Refusal> {
    let path = parts.extensions.get::<MatchedPath>();
    let path = path.map_or("", MatchedPath::as_str);
    let is = |method: &Method, of: &str| parts.method == *method && path == of;
    let missing = Refusal::of(ErrorCode::ScopeMissing);
    match rights {
        Rights::Session => Ok(()),
        Rights::Access(_) if SESSIONS_ALONE.iter().any(|(method, of)| is(method, of)) => {
            Err(missing)
        }
        Rights::Access(_) => Ok(()),
        Rights::Api(_) => {
            let listed = SCOPES.iter().find(|(method, of, _)| is(method, of));
            let (.., scope) = listed.ok_or(missing)?;
            rights.need(*scope)
        }
    }
}
