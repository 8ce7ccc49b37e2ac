//! The HTTP client of a native program.

use std::time::Duration;

use engine::api::CallError;

use super::trust;
use crate::transport::{
    ConnectError, ServerUrl,
    http::{Answer, Body, Outgoing, TIMEOUT},
    plan::Method,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One configured client, shared by its clones.
#[derive(Debug, Clone)]
pub(crate) struct HttpClient(reqwest::Client);

impl HttpClient {
    /// No redirects: an answer from elsewhere is not this server's. No proxy of the environment: it would see to whom one
    /// talks.
    ///
    /// # Errors
    /// The system's network library does not start.
    pub(crate) fn new(url: &ServerUrl) -> Result<Self, ConnectError> {
        let config = if url.is_https() {
            url.trust().config().as_ref().clone()
        } else {
            trust::of_nobody()
        };
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .https_only(url.is_https())
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .build();
        client.map(Self).map_err(|_| ConnectError::Gone)
    }

    /// Sends a request and reads its answer up to `limit` bytes.
    ///
    /// # Errors
    /// [`CallError::Gone`] where nothing answers in time, [`CallError::Malformed`] where the answer is longer.
    pub(crate) async fn send(self, outgoing: Outgoing, limit: usize) -> Result<Answer, CallError> {
        let sent = self.request(outgoing).send().await;
        let response = sent.map_err(|_| CallError::Gone)?;
        let status = response.status().as_u16();
        let body = body(response, limit).await?;
        Ok(Answer { status, body })
    }

    /// The beginning of a request that is made by hand.
    pub(super) fn get(&self, address: &str) -> reqwest::RequestBuilder {
        self.0.get(address).timeout(TIMEOUT)
    }

    fn request(&self, outgoing: Outgoing) -> reqwest::RequestBuilder {
        let address = outgoing.address;
        let mut builder = match outgoing.method {
            Method::Get => self.0.get(address),
            Method::Post => self.0.post(address),
            Method::Put => self.0.put(address),
            Method::Delete => self.0.delete(address),
        }
        .timeout(TIMEOUT);
        if let Some(token) = outgoing.token {
            builder = builder.bearer_auth(token);
        }
        if let Some(kind) = outgoing.body.kind() {
            builder = builder.header(reqwest::header::CONTENT_TYPE, kind);
        }
        match outgoing.body {
            Body::Nothing => builder,
            Body::Json(text) => builder.body(text),
            Body::Octets(bytes) => builder.body(bytes),
        }
    }
}

pub(super) async fn body(
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
