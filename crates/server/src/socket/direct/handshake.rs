//! The HTTP side of opening a WebSocket (RFC 6455, section 4.2).

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use hyper::upgrade::OnUpgrade;
use tungstenite::handshake::derive_accept_key;

use crate::{
    session::{Token, cookie},
    socket::PATH,
};

/// A request that opens a socket of the direct road.
pub(super) struct Handshake {
    accept: HeaderValue,
    upgrade: Upgrade,
}

/// What is left of the request once it is answered.
pub(super) struct Upgrade {
    pub(super) on_upgrade: OnUpgrade,
    /// The session of the browser that opens the socket.
    pub(super) cookie: Option<Token>,
}

impl Handshake {
    /// Everything that is not exactly this is left to the library, which also knows how to refuse it.
    pub(super) fn of(request: &mut Request, secure: bool) -> Option<Self> {
        if request.method() != Method::GET || !asks_for_websocket(request.uri()) {
            return None;
        }
        let accept = accept(request.headers())?;
        let cookie = cookie::socket_token_of(request.headers(), secure);
        let on_upgrade = request.extensions_mut().remove::<OnUpgrade>()?;
        Some(Self {
            accept,
            upgrade: Upgrade { on_upgrade, cookie },
        })
    }

    /// The answer; the connection is a WebSocket after it.
    pub(super) fn accept(self) -> (Response, Upgrade) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        for (name, value) in [
            (header::CONNECTION, "upgrade"),
            (header::UPGRADE, "websocket"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept);
        (response, self.upgrade)
    }
}

/// Whether this is Engine.IO 4 over WebSocket, for a new session.
fn asks_for_websocket(uri: &Uri) -> bool {
    let path = uri.path();
    let path = path.strip_suffix('/').unwrap_or(path);
    let query = uri.query().unwrap_or_default();
    let has = |wanted| query.split('&').any(|pair| pair == wanted);
    path == PATH
        && has("EIO=4")
        && has("transport=websocket")
        && !query.split('&').any(|pair| pair.starts_with("sid="))
}

fn accept(headers: &HeaderMap) -> Option<HeaderValue> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let upgrades = text(header::UPGRADE)?.eq_ignore_ascii_case("websocket");
    let version = text(header::SEC_WEBSOCKET_VERSION)? == "13";
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    (upgrades && version).then_some(())?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_new_session_over_websocket_is_meant() {
        let asks = |uri: &str| asks_for_websocket(&uri.parse().unwrap());
        assert!(asks("/socket.io/?EIO=4&transport=websocket"));
        assert!(asks("/socket.io?transport=websocket&EIO=4&t=abc"));
        for other in [
            "/socket.io/?EIO=4&transport=polling",
            "/socket.io/?EIO=3&transport=websocket",
            "/socket.io/?transport=websocket",
            "/socket.io/?EIO=4&transport=websocket&sid=abc",
            "/socket.io/a?EIO=4&transport=websocket",
            "/socket.iot/?EIO=4&transport=websocket",
            "/?EIO=4&transport=websocket",
            "/socket.io/",
        ] {
            assert!(!asks(other), "{other}");
        }
    }

    #[test]
    fn the_key_is_answered_as_in_the_rfc() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("upgrade", "WebSocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let answer = accept(&headers);
        assert_eq!(answer.unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        headers.insert("sec-websocket-version", HeaderValue::from_static("8"));
        assert_eq!(accept(&headers), None);
    }
}
