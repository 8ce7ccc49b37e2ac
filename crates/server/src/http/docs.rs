//! `GET /api/docs`: the documents of the API, and a page to read, all from here.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse as _, Response},
    routing::get,
};

use crate::app::Shared;

/// Nothing runs on the page, and its one style is of this server.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const CSS: &str = "text/css; charset=utf-8";

pub(super) fn routes() -> Router<Shared> {
    let file = |kind, text| get(move || std::future::ready(answer(kind, text)));
    Router::new()
        .route(
            "/api/docs",
            file(HTML, include_str!("../../api/index.html")),
        )
        .route(
            "/api/docs/style.css",
            file(CSS, include_str!("../../api/style.css")),
        )
        .route(
            "/api/docs/openapi.json",
            file(JSON, include_str!("../../api/openapi.json")),
        )
        .route(
            "/api/docs/asyncapi.json",
            file(JSON, include_str!("../../api/asyncapi.json")),
        )
}

fn answer(kind: &'static str, text: &'static str) -> Response {
    let header = |name: HeaderName, value| (name, HeaderValue::from_static(value));
    let headers = [
        header(header::CONTENT_TYPE, kind),
        header(header::CONTENT_SECURITY_POLICY, POLICY),
        header(header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
