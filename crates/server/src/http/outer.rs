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

use crate::{app::Shared, failure::Refusal, listener::Peer, windows::Windows};

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
pub(super) async fn surround(
    State(app): State<Shared>,
    peer: Peer,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().clone();
    let counted = Windows::of_address(&app.windows.requests, peer, app.clock.now());
    let response = match counted {
        Ok(()) => caught(next.run(request)).await,
        Err(refusal) => refusal.into_response(),
    };
    let mut response = with_body(&app, response);
    add_headers(response.headers_mut());
    if let Some(hsts) = app.hsts {
        let hsts = HeaderValue::from_static(hsts);
        response
            .headers_mut()
            .insert(header::STRICT_TRANSPORT_SECURITY, hsts);
    }
    // No path: it may name accounts and rooms.
    tracing::debug!(%method, status = response.status().as_u16(), "answered");
    response
}

/// What a handler answers; a mistake of its own is told to nobody but the log, by its place.
async fn caught(answer: impl Future<Output = Response>) -> Response {
    let answer = AssertUnwindSafe(answer).catch_unwind().await;
    answer.unwrap_or_else(|_panic| {
        tracing::error!("a handler panicked");
        Refusal::of(ErrorCode::ServerError).into_response()
    })
}

fn with_body(app: &Shared, response: Response) -> Response {
    let Some(refusal) = response.extensions().get::<Refusal>().copied() else {
        return response;
    };
    let (status, headers) = (response.status(), response.headers());
    let body = refusal.body(app.clock.now());
    let mut answer = (status, Json(&body)).into_response();
    if let Some(wait) = body.retry_after_ms {
        // RFC 9110 section 10.2.3: whole seconds, and none too few.
        let seconds = HeaderValue::from(wait.div_ceil(1_000));
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use std::{env, hint::black_box, process::Command};

    use protocol::time::Timestamp;

    use super::*;
    use crate::{config::Mode, logging};

    const CANARY: &str = "correct horse battery staple";
    const CHILD: &str = "SECURE_CHAT_TEST_PANICS";

    /// A server's process, with a handler that panics over what somebody sent.
    async fn breaks() {
        logging::start(Mode::Production, Some("trace")).unwrap();
        let answer = caught(async { panic!("no room for {CANARY}") }).await;
        let refusal = answer.extensions().get::<Refusal>().unwrap();
        let body = refusal.body(Timestamp::from_millis(0));
        println!(
            "{} {}",
            answer.status(),
            serde_json::to_string(&body).unwrap()
        );
        let task = tokio::spawn(async { black_box(Err::<u8, _>(CANARY)).unwrap() });
        assert!(task.await.is_err());
    }

    #[tokio::test]
    async fn a_handler_that_panics_tells_nobody_what_it_had() {
        if env::var(CHILD).is_ok() {
            return breaks().await;
        }
        let mut command = Command::new(env::current_exe().unwrap());
        let name = "http::outer::tests::a_handler_that_panics_tells_nobody_what_it_had";
        command.args(["--exact", name, "--nocapture"]);
        let ran = command
            .env(CHILD, "1")
            .env("RUST_BACKTRACE", "full")
            .output();
        let ran = ran.unwrap();
        let text = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
        assert!(ran.status.success(), "{text}");
        assert!(text.contains("500 Internal Server Error {"), "{text}");
        assert!(text.contains("\"code\":\"SERVER_ERROR\""), "{text}");
        let places = text.matches("\"message\":\"a mistake of the program\"");
        assert_eq!(places.count(), 2, "{text}");
        assert_eq!(text.matches("\"place\":\"").count(), 2, "{text}");
        for word in CANARY.split(' ') {
            assert!(!text.contains(word), "{text}");
        }
        assert!(!text.contains("stack backtrace"), "{text}");
    }
}
