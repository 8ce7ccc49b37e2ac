//! The HTTP client of a native program.

use std::time::Duration;

use engine::api::CallError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// No redirects: an answer from elsewhere is not this server's. No proxy: the server is on this machine.
pub(crate) fn http_client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tcp_nodelay(true)
        .build()
}

/// Reads an answer's body up to `limit` bytes.
pub(crate) async fn body(
    mut response: reqwest::Response,
    limit: usize,
) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| CallError::Gone)? {
        if body.len() + chunk.len() > limit {
            return Err(CallError::Malformed);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
