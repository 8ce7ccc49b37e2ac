//! What surrounds every answer: caught panics, error bodies, security headers, one log line.

use std::panic::AssertUnwindSafe;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use protocol::error::ErrorCode;

use crate::{app::Shared, failure::Refusal};

const HEADERS: [(HeaderName, &str); 8] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// The outermost layer.
pub(super) async fn surround(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let response = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let response = response.unwrap_or_else(|_panic| {
        tracing::error!("a handler panicked");
        Refusal::of(ErrorCode::ServerError).into_response()
    });
    let mut response = with_body(&app, response);
    add_headers(response.headers_mut());
    // No path: it may name accounts and rooms.
    tracing::debug!(%method, status = response.status().as_u16(), "answered");
    response
}

fn with_body(app: &Shared, response: Response) -> Response {
    let Some(refusal) = response.extensions().get::<Refusal>().copied() else {
        return response;
    };
    let (status, headers) = (response.status(), response.headers());
    let mut answer = (status, Json(refusal.body(app.clock.now()))).into_response();
    if let Some(allow) = headers.get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}

fn add_headers(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

/// No such path.
pub(super) async fn not_found() -> Refusal {
    Refusal::of(ErrorCode::NotFound)
}

/// The path exists, the method does not.
pub(super) async fn method_not_allowed() -> Refusal {
    Refusal::of(ErrorCode::MethodNotAllowed)
}
