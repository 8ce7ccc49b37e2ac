//! Requests by the browser's fetch.

use engine::api::CallError;

/// The browser decides about connections, proxies and redirects.
pub(crate) fn http_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().build()
}

/// Reads an answer's body up to `limit` bytes.
pub(crate) async fn body(response: reqwest::Response, limit: usize) -> Result<Vec<u8>, CallError> {
    let announced = response.content_length();
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(CallError::Malformed);
    }
    let body = response.bytes().await.map_err(|_| CallError::Gone)?;
    if body.len() > limit {
        return Err(CallError::Malformed);
    }
    Ok(body.to_vec())
}
