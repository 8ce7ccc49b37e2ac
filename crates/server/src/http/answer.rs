//! Answers: JSON, and refusals that the outermost layer turns into bodies with the server's time.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::failure::Refusal;

/// The answer of a handler.
pub(super) type Answer<T> = Result<Json<T>, Refusal>;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code().status());
        let mut response = status
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            .into_response();
        response.extensions_mut().insert(self);
        response
    }
}
