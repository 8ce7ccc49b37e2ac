//! `GET /`: what this is, for somebody who opens it in a browser.

use axum::response::Html;

/// A plain page without scripts, styles or images.
pub(super) async fn page() -> Html<&'static str> {
    Html(include_str!("home.html"))
}
