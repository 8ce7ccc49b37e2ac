//! Messages: sealed and opened by the one function of the crate, with what only the group knows:
//! epoch, leaf, content key, history key.

use rand_core::CryptoRngCore;
use thiserror::Error;

use super::Group;
use crate::{device::Device, ids::ClientId, rows::RowError};

/// A message to be sealed.
#[derive(Clone, Copy)]
pub struct Draft<'a> {
    /// Its idempotency key.
    pub client_id: ClientId,
    /// The device's message counter: never used twice, gaps are legal.
    pub counter: u64,
    /// Unix milliseconds, as the sender claims.
    pub sent_at_ms: u64,
    /// The last entry seen.
    pub seen_seq: u64,
    /// The first half of the log head after that entry.
    pub seen_head: [u8; 16],
    /// What the content is.
    pub kind: u16,
    /// The content.
    pub content: &'a [u8],
    /// Whether the content key is never wrapped under a history key: a message with a timer.
    pub fleeting: bool,
}

/// A sealed message, as it goes on the wire (PROTOCOL section 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The epoch in which it was sealed: right only while the group is in it.
    pub epoch: u64,
    /// The sealed payload.
    pub encrypted_content: Vec<u8>,
    /// Its initialisation vector.
    pub iv: [u8; 12],
    /// SHA-256 of the payload.
    pub message_hash: [u8; 32],
    /// The MLS PrivateMessage with content key and hash.
    pub mls: Vec<u8>,
    /// The content key under the history key.
    pub history_key: Option<Vec<u8>>,
}

/// A message could not be sealed.
#[derive(Debug, Error)]
pub enum SealMessageError {
    /// The content is longer than a payload may be.
    #[error("the content is too long")]
    TooLong,
    /// This device has no leaf any more.
    #[error("this device is not in the room")]
    NotAMember,
    /// The rows could not be written: drop the group and load it again.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The library refused.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

impl Group {
    /// Seals a message in the current epoch.
    ///
    /// # Errors
    /// [`SealMessageError`].
    pub fn seal(
        &mut self,
        device: &Device,
        draft: &Draft<'_>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Sealed, SealMessageError> {
        let _ = (device, draft, rng);
        todo!()
    }
}
