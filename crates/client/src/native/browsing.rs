//! A look at a server as a browser takes it: who judges what browsers are given has to ask as they do.

use std::borrow::Cow;

use engine::api::{CallError, Failure};
use protocol::error::ErrorCode;
use reqwest::{
    RequestBuilder,
    header::{self, HeaderMap, HeaderName},
};

use super::http::{self, HttpClient};
use crate::transport::ServerUrl;

/// What browsers say of themselves when a person types an address, in the words of the most common one.
const WORDS: [(&str, &str); 11] = [
    (
        "sec-ch-ua",
        r#""Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140""#,
    ),
    ("sec-ch-ua-mobile", "?0"),
    ("sec-ch-ua-platform", r#""Linux""#),
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    ),
    (
        "accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    ),
    ("accept-language", "en-US,en;q=0.9"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-site", "none"),
    ("sec-fetch-user", "?1"),
    ("upgrade-insecure-requests", "1"),
];

/// By these a browser asks again for what it has, with what the answer called itself.
const KNOWN_BY: [(HeaderName, HeaderName); 2] = [
    (header::ETAG, header::IF_NONE_MATCH),
    (header::LAST_MODIFIED, header::IF_MODIFIED_SINCE),
];

/// Somebody who looks at the pages of a server.
#[derive(Debug, Clone)]
pub struct Browsing {
    http: HttpClient,
    url: ServerUrl,
    session: Option<String>,
}

/// What a server showed.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its HTTP status.
    pub status: u16,
    headers: HeaderMap,
    /// Its bytes as they came over the wire, packed where `Content-Encoding` says so.
    pub body: Vec<u8>,
}

impl Page {
    /// The first header of this name; what in it is no text is replaced, since a browser heeds the rest all the same.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = self.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()))
    }

    /// With which headers a browser asks for it again.
    fn validators(&self) -> HeaderMap {
        let pairs = KNOWN_BY.into_iter().filter_map(|(name, asks)| {
            let value = self.headers.get(name)?;
            Some((asks, value.clone()))
        });
        pairs.collect()
    }
}

impl Browsing {
    /// Connects to nothing yet. With the token of a session the server sees the account's browser.
    ///
    /// # Errors
    /// `SERVER_GONE` where the system's network library does not start.
    pub fn new(url: ServerUrl, session: Option<String>) -> Result<Self, Failure> {
        let http = HttpClient::new(&url).map_err(|_| Failure::from(ErrorCode::ServerGone))?;
        Ok(Self { http, url, session })
    }

    /// Asks for a path, of which the server may give the packed form that `packed` names; takes up to `limit` bytes.
    ///
    /// # Errors
    /// `SERVER_GONE`, or why it is not trusted; `BAD_ANSWER` where the answer is longer.
    pub async fn look(
        &self,
        path: &str,
        packed: Option<&str>,
        limit: usize,
    ) -> Result<Page, Failure> {
        self.take(self.request(path, packed), limit).await
    }

    /// The same by a browser that was here before and has kept a page; none where that page lets it know no better than a
    /// browser that is here for the first time. An answer of 304 says that the page counts, under the headers of the answer.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    pub async fn look_again(
        &self,
        path: &str,
        packed: Option<&str>,
        limit: usize,
        kept: &Page,
    ) -> Result<Option<Page>, Failure> {
        let validators = kept.validators();
        if validators.is_empty() {
            return Ok(None);
        }
        let request = self.request(path, packed).headers(validators);
        self.take(request, limit).await.map(Some)
    }

    async fn take(&self, request: RequestBuilder, limit: usize) -> Result<Page, Failure> {
        let answer = request.send().await;
        let answer = answer.map_err(|_| self.gone())?;
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let body = http::body(answer, limit).await;
        let body = body.map_err(|error| match error {
            CallError::Gone => self.gone(),
            _ => Failure::from(ErrorCode::BadAnswer),
        })?;
        Ok(Page {
            status,
            headers,
            body,
        })
    }

    fn request(&self, path: &str, packed: Option<&str>) -> RequestBuilder {
        let mut request = self.http.get(&self.url.at(path));
        for (name, value) in WORDS {
            request = request.header(name, value);
        }
        request = request.header(header::ACCEPT_ENCODING, packed.unwrap_or("identity"));
        match &self.session {
            Some(token) => request.header(header::COOKIE, self.cookie(token)),
            None => request,
        }
    }

    /// As the server sets it.
    fn cookie(&self, token: &str) -> String {
        let host = if self.url.is_https() { "__Host-" } else { "" };
        format!("{host}secure_chat={token}")
    }

    /// Nobody answered; or who did is not trusted.
    fn gone(&self) -> Failure {
        let trust = self.url.trust();
        Failure::from(trust.problem().unwrap_or(ErrorCode::ServerGone))
    }
}
