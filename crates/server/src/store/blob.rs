//! Sealed files as the database knows them; their bytes are elsewhere.

use protocol::{
    ids::{AccountId, BlobId, RoomId},
    time::Timestamp,
};

use super::room::NotInside;

/// An upload to begin.
#[derive(Clone, Copy)]
pub(crate) struct NewBlob {
    pub(crate) blob: BlobId,
    pub(crate) room: RoomId,
    pub(crate) account: AccountId,
    /// All sealed chunks together, in bytes.
    pub(crate) length: u64,
    /// What all files of the account together may have.
    pub(crate) quota: u64,
}

/// A file's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StoredBlob {
    pub(crate) room: RoomId,
    pub(crate) account: AccountId,
    pub(crate) length: u64,
    /// All chunks are there and durable.
    pub(crate) complete: bool,
}

/// Which files have been kept long enough.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OldBlobs {
    /// Uploads that began before and are not finished.
    pub(crate) unfinished: Timestamp,
    /// Files that were stored before, where they are not kept for ever.
    pub(crate) finished: Option<Timestamp>,
}

/// Why an upload does not begin, or a file does not go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlobRefusal {
    /// The account may do nothing in the room.
    NotInside(NotInside),
    /// Another file has that id.
    IdTaken,
    /// The account's files would be more than they may be.
    Quota,
    /// There is no such file in the room.
    NotFound,
    /// Only who uploaded it and moderators take it away.
    RoleTooLow,
}

impl From<NotInside> for BlobRefusal {
    fn from(refusal: NotInside) -> Self {
        Self::NotInside(refusal)
    }
}
