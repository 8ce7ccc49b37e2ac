//! Chunks to and from the server.

use engine::{
    api::{CallError, Failure},
    json,
};
use protocol::{
    error::{ErrorBody, ErrorCode},
    ids::{BlobId, RoomId},
    limits::SEALED_CHUNK_BYTES,
};
use rand_core::OsRng;

use crate::{
    platform::{self, HttpClient},
    transport::{
        Backoff, ServerUrl,
        http::{Answer, Body, Outgoing},
        plan::Method,
    },
};

/// A connection that was lost may take about two minutes to come back.
const ATTEMPTS: u32 = 9;

/// The way to the files of one room, with the session that they are fetched by.
#[derive(Clone)]
pub struct FileRoad {
    http: HttpClient,
    url: ServerUrl,
    token: String,
    room: RoomId,
}

impl FileRoad {
    /// A way to the files of `room`. Connects to nothing yet.
    ///
    /// # Errors
    /// The system's network library does not start.
    pub fn new(url: ServerUrl, token: String, room: RoomId) -> Result<Self, Failure> {
        let http = HttpClient::new(&url).map_err(|_| Failure::from(ErrorCode::ServerGone))?;
        Ok(Self {
            http,
            url,
            token,
            room,
        })
    }

    /// Begins an upload.
    pub(super) async fn open(&self, blob: BlobId, length: u64) -> Result<(), Failure> {
        // The one field of `OpenBlob`.
        let body = format!("{{\"length\":{length}}}");
        let body = || Body::Json(body.clone());
        self.patiently(Method::Put, &self.path(blob), &body).await?;
        Ok(())
    }

    /// Puts a chunk.
    pub(super) async fn put(
        &self,
        blob: BlobId,
        index: u32,
        sealed: Vec<u8>,
    ) -> Result<(), Failure> {
        let path = self.chunk(blob, index);
        let body = || Body::Octets(sealed.clone());
        self.patiently(Method::Put, &path, &body).await?;
        Ok(())
    }

    /// Gets a chunk.
    pub(super) async fn get(&self, blob: BlobId, index: u32) -> Result<Vec<u8>, Failure> {
        let path = self.chunk(blob, index);
        self.patiently(Method::Get, &path, &|| Body::Nothing).await
    }

    /// Takes a file away from the server: one that was not all sent, or is not to be read any more.
    ///
    /// # Errors
    /// `FILE_GONE` where it is not there, `ROLE_TOO_LOW` where it is another's, and the errors of the network.
    pub async fn remove(&self, blob: BlobId) -> Result<(), Failure> {
        let path = self.path(blob);
        self.patiently(Method::Delete, &path, &|| Body::Nothing)
            .await?;
        Ok(())
    }

    fn path(&self, blob: BlobId) -> String {
        format!("/api/rooms/{}/blobs/{blob}", self.room)
    }

    fn chunk(&self, blob: BlobId, index: u32) -> String {
        format!("{}/chunks/{index}", self.path(blob))
    }

    /// Asks until there is an answer. Each of these requests may be repeated.
    async fn patiently(
        &self,
        method: Method,
        path: &str,
        body: &dyn Fn() -> Body,
    ) -> Result<Vec<u8>, Failure> {
        let mut pauses = Backoff::default();
        for _ in 0..ATTEMPTS {
            let outgoing = Outgoing {
                method,
                address: self.url.at(path),
                token: Some(self.token.clone()),
                body: body(),
            };
            let answer = self.http.clone().send(outgoing, SEALED_CHUNK_BYTES).await;
            match judged(answer) {
                Err(failure) if is_passing(failure.code) => {
                    platform::sleep(pauses.next_millis(&mut OsRng)).await;
                }
                judged => return judged,
            }
        }
        Err(ErrorCode::ServerGone.into())
    }
}

const fn is_passing(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ServerGone | ErrorCode::ShuttingDown | ErrorCode::RateLimited
    )
}

fn judged(answer: Result<Answer, CallError>) -> Result<Vec<u8>, Failure> {
    let answer = answer.map_err(|error| Failure::from(error.code()))?;
    match answer.status {
        200..300 => Ok(answer.body),
        // A gateway in front of a server that is away answers in its own words.
        502 | 504 => Err(ErrorCode::ServerGone.into()),
        _ => {
            let text = std::str::from_utf8(&answer.body).ok();
            let error = text.and_then(|text| json::read::<ErrorBody>(text).ok());
            Err(error
                .map_or(ErrorCode::BadAnswer, |error| error.code)
                .into())
        }
    }
}
