//! Requests over HTTP: one configured client with limits of time and size.

use std::time::Duration;

use engine::api::CallError;
use protocol::call::Reply;

use super::{
    endpoint::ServerUrl,
    plan::{self, ANSWER_BYTES, Method, Request},
};
use crate::platform;

/// Large commits on slow lines take a while; a server that says nothing for longer is gone.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Sends a request and reads its answer.
pub(super) async fn send(
    http: reqwest::Client,
    url: ServerUrl,
    request: Request,
    token: Option<String>,
    read: fn(&str) -> serde_json::Result<Reply>,
) -> Result<Reply, CallError> {
    let response = built(&http, &url, request, token)
        .send()
        .await
        .map_err(|_| CallError::Gone)?;
    let status = response.status();
    let body = platform::body(response, ANSWER_BYTES).await?;
    let text = std::str::from_utf8(&body).map_err(|_| CallError::Malformed)?;
    match plan::read(text, read) {
        Ok(reply) if status.is_success() => Ok(reply),
        Err(CallError::Refused(body)) if !status.is_success() => Err(CallError::Refused(body)),
        // A gateway in front of a server that is away answers in its own words.
        _ if matches!(status.as_u16(), 502..=504) => Err(CallError::Gone),
        _ => Err(CallError::Malformed),
    }
}

fn built(
    http: &reqwest::Client,
    url: &ServerUrl,
    request: Request,
    token: Option<String>,
) -> reqwest::RequestBuilder {
    let address = url.at(&request.path);
    let mut builder = match request.method {
        Method::Get => http.get(address),
        Method::Post => http.post(address),
        Method::Put => http.put(address),
        Method::Delete => http.delete(address),
    }
    .timeout(TIMEOUT);
    if let Some(token) = token {
        builder = builder.bearer_auth(token);
    }
    if let Some(body) = request.body {
        builder = builder
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .body(body);
    }
    builder
}
