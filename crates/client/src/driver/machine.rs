//! What the driver needs of an engine.

use engine::api::{Input, Output, Pending, TimelineItem};
use protocol::time::Timestamp;
use rand_core::CryptoRngCore;

use crate::store::{Store, StoreError};

/// A state machine with rows: the engine, or a scripted one in tests.
pub trait Machine: Sized + 'static {
    /// What loading needs beside the rows.
    type Config: Clone + 'static;

    /// Reads the rows that a machine starts from; large spaces are not among them.
    ///
    /// # Errors
    /// The store fails or is damaged.
    fn load<S: Store>(
        config: Self::Config,
        store: &mut S,
    ) -> impl Future<Output = Result<Self, StoreError>>;

    /// One input, at one time.
    fn handle(&mut self, input: Input, now: Timestamp, rng: &mut dyn CryptoRngCore) -> Output;

    /// The session's bearer token, if there is a session.
    fn session_token(&self) -> Option<&str>;

    /// What a call shows: that token, or what the server may know this device by while it logs in.
    fn call_token(&self) -> Option<&str> {
        self.session_token()
    }

    /// What is not finished yet.
    fn pending(&self) -> Pending;

    /// Reads a timeline row.
    ///
    /// # Errors
    /// The row is not one that a machine wrote.
    fn item(row: &[u8]) -> Result<TimelineItem, StoreError>;
}
