//! `GET /` and what it names: the web client, or a plain page where this program was built without one.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use protocol::error::ErrorCode;

use crate::{
    app::Shared,
    failure::Refusal,
    site::{Asset, Coding, PAGE_POLICY},
};

/// Its address holds a hash of the content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The page. What stands behind the `#` of its address never comes here.
pub(super) async fn page(State(app): State<Shared>, headers: HeaderMap) -> Response {
    let Some(site) = &app.site else {
        return Html(include_str!("home.html")).into_response();
    };
    let mut answer = answer(&site.page, &headers);
    let answered = answer.headers_mut();
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answered.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(PAGE_POLICY),
    );
    answer
}

/// A file that the page names.
pub(super) async fn asset(
    State(app): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let assets = app.site.iter().flat_map(|site| site.assets);
    let asset = assets.into_iter().find(|asset| asset.name == name);
    let asset = asset.ok_or(Refusal::of(ErrorCode::NotFound))?;
    let mut answer = answer(asset, &headers);
    answer
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    Ok(answer)
}

fn answer(asset: &Asset, asked: &HeaderMap) -> Response {
    let accepted = asked.get(header::ACCEPT_ENCODING);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    let coding = Coding::accepted(accepted.unwrap_or_default());
    let mut answer = asset.bytes(coding).into_response();
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(asset.media_type),
    );
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(name) = coding.name() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    answer
}
