//! Requests over HTTP, with limits of time and size.

use std::time::Duration;

use engine::api::CallError;
use protocol::call::Reply;

use super::{
    endpoint::ServerUrl,
    plan::{self, ANSWER_BYTES, Method, Request},
};
use crate::platform::HttpClient;

/// Large commits on slow lines take a while; a server that says nothing for longer is gone.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// What the platform sends.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) address: String,
    pub(crate) token: Option<String>,
    pub(crate) body: Body,
}

/// What a request carries.
pub(crate) enum Body {
    Nothing,
    Json(String),
    Octets(Vec<u8>),
}

impl Body {
    /// The content type, where there is content.
    pub(crate) const fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Json(_) => Some("application/json"),
            Self::Octets(_) => Some("application/octet-stream"),
        }
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// Sends a request and reads its answer.
pub(super) async fn send(
    http: HttpClient,
    url: ServerUrl,
    request: Request,
    token: Option<String>,
    read: fn(&str) -> serde_json::Result<Reply>,
) -> Result<Reply, CallError> {
    let outgoing = Outgoing {
        method: request.method,
        address: url.at(&request.path),
        token,
        body: request.body.map_or(Body::Nothing, Body::Json),
    };
    let Answer { status, body } = http.send(outgoing, ANSWER_BYTES).await?;
    let success = (200..300).contains(&status);
    let text = std::str::from_utf8(&body).map_err(|_| CallError::Malformed)?;
    match plan::read(text, read) {
        Ok(reply) if success => Ok(reply),
        Err(CallError::Refused(body)) if !success => Err(CallError::Refused(body)),
        // A gateway in front of a server that is away answers in its own words.
        _ if matches!(status, 502..=504) => Err(CallError::Gone),
        _ => Err(CallError::Malformed),
    }
}
