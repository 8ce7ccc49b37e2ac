//! What a page of another origin may ask, where the operator has named that origin: everything that a token allows. A
//! cookie is never sent along, and does not count there.

use std::time::Duration;

use axum::http::{HeaderValue, Method, header};
use tower_http::cors::CorsLayer;

use crate::config::Origin;

/// A browser asks again after this time.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// The layer, if there is any such origin.
pub(super) fn layer(origins: &[Origin]) -> Option<CorsLayer> {
    let values = origins
        .iter()
        .map(Origin::as_str)
        .map(HeaderValue::from_str);
    let values: Vec<HeaderValue> = values.filter_map(Result::ok).collect();
    (!values.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(values)
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
            .expose_headers([header::RETRY_AFTER])
            .max_age(REMEMBERED)
    })
}
