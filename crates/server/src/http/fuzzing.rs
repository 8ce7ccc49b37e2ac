//! What a request says, as it is read.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use protocol::{
    error::ErrorCode,
    ids::{BlobId, LinkId, RoomId},
    names::UserName,
    rest::{
        LoginRequest, PasswordFinish, PasswordRequest, PasswordStart, RegisterFinish,
        RegisterRequest, RegisterStart,
    },
};
use serde_json::value::RawValue;

use super::{
    body::{self, Leg, leg},
    check::is_vault_name,
    login::which_login,
    path::{self, number},
};
use crate::session::{Shown, cookie};

/// Lines of headers, in which a token may be.
pub(crate) fn headers(bytes: &[u8]) -> bool {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n').take(32) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = parts.next().map(HeaderName::from_bytes);
        let value = parts.next().map(HeaderValue::from_bytes);
        if let (Some(Ok(name)), Some(Ok(value))) = (name, value) {
            headers.append(name, value);
        }
    }
    let shown = |method| cookie::shown_of(&method, &headers, false);
    let is_shown = shown(Method::GET).is_some();
    let tokens = [
        shown(Method::GET).and_then(Shown::session),
        shown(Method::POST).and_then(Shown::session),
        cookie::socket_token_of(&headers, false),
    ];
    for token in tokens.iter().flatten() {
        assert_eq!(token.reveal().len(), 43);
        assert!(cookie::set(token, true, 1).is_some());
    }
    is_shown || tokens.iter().any(Option::is_some)
}

/// Which leg of a login, a registration or a change of password it is; the types of the protocol say the same.
pub(crate) fn legs(bytes: &[u8]) -> bool {
    let Ok(raw) = serde_json::from_slice::<Box<RawValue>>(bytes) else {
        return false;
    };
    let register = match leg::<RegisterStart, RegisterFinish>(&raw).ok() {
        Some(Leg::Start(start)) => Some(RegisterRequest::Start(start)),
        Some(Leg::Finish(finish)) => Some(RegisterRequest::Finish(Box::new(finish))),
        None => None,
    };
    let text = raw.get();
    let login = match which_login(&raw).ok() {
        Some("start") => body::parse(text.as_bytes()).ok().map(LoginRequest::Start),
        Some("finish") => body::parse(text.as_bytes()).ok().map(LoginRequest::Finish),
        Some("recovery") => body::parse(text.as_bytes())
            .ok()
            .map(LoginRequest::Recovery),
        Some(_) => body::parse(text.as_bytes()).ok().map(LoginRequest::Code),
        None => None,
    };
    let password = match leg::<PasswordStart, PasswordFinish>(&raw).ok() {
        Some(Leg::Start(start)) => Some(PasswordRequest::Start(start)),
        Some(Leg::Finish(finish)) => Some(PasswordRequest::Finish(Box::new(finish))),
        None => None,
    };
    assert!(
        register.is_none() || register == serde_json::from_str(text).ok(),
        "another registration"
    );
    assert!(
        login.is_none() || login == serde_json::from_str(text).ok(),
        "another login"
    );
    assert!(
        password.is_none() || password == serde_json::from_str(text).ok(),
        "another password"
    );
    register.is_some() || login.is_some() || password.is_some()
}

/// The fields of a form: an object of texts, or nothing.
pub(crate) fn forms(bytes: &[u8]) -> bool {
    let Ok(read) = body::object(bytes) else {
        return false;
    };
    let fields = serde_json::from_str::<BTreeMap<String, String>>(read.get());
    assert!(fields.is_ok(), "no object of texts: {read}");
    true
}

/// A segment of a path, or a name in a query.
pub(crate) fn path(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let otherwise = ErrorCode::NotFound;
    let place = number::<u64>(text).ok();
    assert!(
        place.is_none_or(|place| place.to_string() == text),
        "a second spelling"
    );
    let taken = [
        path::parse::<RoomId>(text, otherwise).is_ok(),
        path::parse::<LinkId>(text, otherwise).is_ok(),
        path::parse::<BlobId>(text, otherwise).is_ok(),
        UserName::parse(text).is_ok(),
        is_vault_name(text),
        place.is_some(),
    ];
    taken.contains(&true)
}
