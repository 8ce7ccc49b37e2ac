//! Files: sealed in chunks here, kept by the server, opened in chunks there (PROTOCOL section 7).
//!
//! A file goes up before the message that names it goes into the outbox, so that nobody is told of a file that is not
//! there. It never is in memory as a whole: a [`Source`] is read, and a [`Sink`] written, chunk by chunk.

mod clean;
mod download;
mod name;
mod picture;
mod road;
mod upload;

use engine::api::Failure;
use protocol::error::ErrorCode;

pub use clean::{CLEANED_MAX, without_metadata};
pub use download::download;
pub use name::safe_name;
pub use picture::Picture;
pub use road::FileRoad;
pub use upload::{About, upload};

/// Where a file's bytes come from.
#[allow(
    async_fn_in_trait,
    reason = "everything here runs on one thread, native and in the browser"
)]
pub trait Source {
    /// How many there are.
    fn length(&self) -> u64;

    /// So many of them from a place on.
    ///
    /// # Errors
    /// `FILE_FAILED` where they cannot be read, or are fewer.
    async fn read(&mut self, from: u64, len: usize) -> Result<Vec<u8>, Failure>;
}

/// Where a file's bytes go, in order.
#[allow(
    async_fn_in_trait,
    reason = "everything here runs on one thread, native and in the browser"
)]
pub trait Sink {
    /// Takes the next ones.
    ///
    /// # Errors
    /// `FILE_FAILED` where they cannot be kept.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Failure>;
}

impl Source for Vec<u8> {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    async fn read(&mut self, from: u64, len: usize) -> Result<Vec<u8>, Failure> {
        let from = usize::try_from(from).ok();
        let part = from.and_then(|from| self.get(from..from.checked_add(len)?));
        part.map(<[u8]>::to_vec)
            .ok_or(Failure::from(ErrorCode::FileFailed))
    }
}

impl Sink for Vec<u8> {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}
