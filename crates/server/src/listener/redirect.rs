//! What plain HTTP gets from a server that speaks https: the way there, and nothing else.

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use protocol::error::ErrorCode;

use crate::{app::Shared, failure::Refusal, http};

/// Answers every request; the name that it asks for is not believed.
pub(crate) fn router(app: &Shared) -> Router {
    let router = Router::new().fallback(to_https).with_state(app.clone());
    http::surrounded(router, app)
}

async fn to_https(State(app): State<Shared>, request: Request) -> Response {
    // What came with any other method went in the clear already: better that somebody notices.
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Refusal::of(ErrorCode::HttpsRequired).into_response();
    }
    let path = request.uri().path_and_query();
    let path = path.map_or("/", |path| path.as_str());
    let target = HeaderValue::try_from(format!("{}{path}", app.public_url.origin()));
    match target {
        Ok(target) => {
            (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, target)]).into_response()
        }
        Err(_) => Refusal::of(ErrorCode::HttpsRequired).into_response(),
    }
}
