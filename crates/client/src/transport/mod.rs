//! The road to a server: requests over HTTP, events and pushes over one Socket.IO connection.

mod backoff;
mod endpoint;
#[cfg(feature = "fuzzing-for-tests")]
pub(crate) mod fuzzing;
pub(crate) mod http;

mod network;
pub(crate) mod plan;
mod reader;
mod socketio;

pub(crate) use socketio::FRAME_BYTES;

use std::future::Future;

use engine::api::CallError;
use protocol::{
    call::{Call, Reply},
    error::ErrorBody,
    events::Push,
};
use tokio::sync::mpsc;

pub use backoff::Backoff;
pub use endpoint::{ServerUrl, UrlError};
pub use network::Network;

/// Carries calls to one server and pushes from it.
///
/// Both functions return futures that borrow nothing: the driver holds many at once. What is sent over the
/// connection is queued before the function returns, so calls go out in the order in which they were made.
pub trait Transport: 'static {
    /// Sends one call and waits for its answer. Events need an open connection, else the answer is
    /// [`CallError::Gone`].
    fn call(
        &self,
        call: Call,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Reply, CallError>> + 'static;

    /// Opens the connection; an earlier one of this transport ends.
    fn connect(&self, token: &str) -> impl Future<Output = Result<Pushes, ConnectError>> + 'static;
}

/// What a server says unasked, in order. Ends when the connection does; dropping it ends the connection.
pub struct Pushes {
    pub(crate) arrivals: mpsc::Receiver<Push>,
}

impl Pushes {
    /// The next one; `None` once the connection is gone.
    pub async fn next(&mut self) -> Option<Push> {
        self.arrivals.recv().await
    }
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The server does not accept the session.
    #[error("refused: {}", .0.code)]
    Refused(ErrorBody),
    /// The server cannot be reached, or went silent.
    #[error("the server can't be reached")]
    Gone,
    /// What answered does not speak the protocol.
    #[error("the server's answer can't be understood")]
    Malformed,
}
