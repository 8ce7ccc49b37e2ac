//! A look at a server as a browser takes it: who judges what browsers are given has to ask as they do.

use engine::api::{CallError, Failure};
use protocol::error::ErrorCode;
use reqwest::{
    RequestBuilder,
    header::{self, HeaderMap},
};

use super::http::{self, HttpClient};
use crate::transport::ServerUrl;

/// What browsers say of themselves when a person types an address, in the words of the most common one.
const WORDS: [(&str, &str); 8] = [
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
    /// Its headers; what is no text is left out.
    pub headers: Vec<(String, String)>,
    /// Its bytes as they came over the wire, packed where `Content-Encoding` says so.
    pub body: Vec<u8>,
}

impl Page {
    /// The header of a name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
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
        let answer = self.request(path, packed).send().await;
        let answer = answer.map_err(|_| self.gone())?;
        let status = answer.status().as_u16();
        let headers = texts(answer.headers());
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

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let pairs = headers.iter().filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    });
    pairs.collect()
}
