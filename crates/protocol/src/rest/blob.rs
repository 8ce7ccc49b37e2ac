//! Sealed files: chunks that the server keeps and cannot open (PROTOCOL section 7). They go past the table of calls,
//! because they are octets and no part of what an engine asks:
//!
//! * `PUT /api/rooms/{room_id}/blobs/{blob_id}`: begins an upload, or finds out how far it came.
//! * `GET /api/rooms/{room_id}/blobs/{blob_id}`: how much of a file is there.
//! * `DELETE /api/rooms/{room_id}/blobs/{blob_id}`: takes it away.
//! * `PUT /api/rooms/{room_id}/blobs/{blob_id}/chunks/{index}`: the next chunk.
//! * `GET /api/rooms/{room_id}/blobs/{blob_id}/chunks/{index}`: a chunk of a whole file.
//!
//! All chunks but the last have [`SEALED_CHUNK_BYTES`]; they are put in order.

use serde::{Deserialize, Serialize};

use crate::limits::SEALED_CHUNK_BYTES;

/// `PUT /api/rooms/{room_id}/blobs/{blob_id}`: begins an upload, or finds out how far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenBlob {
    /// All sealed chunks together, in bytes.
    pub length: u64,
}

impl OpenBlob {
    /// How many chunks that makes; none if no file seals to this length.
    pub fn chunks(&self) -> Option<u32> {
        let chunks = u32::try_from(self.length.div_ceil(SEALED_CHUNK_BYTES as u64)).ok()?;
        (self.chunk_len(chunks.checked_sub(1)?)? > crate::limits::FILE_TAG_BYTES).then_some(chunks)
    }

    /// The length of one chunk; none behind the last.
    pub fn chunk_len(&self, index: u32) -> Option<usize> {
        let before = u64::from(index) * SEALED_CHUNK_BYTES as u64;
        let rest = self.length.checked_sub(before).filter(|rest| *rest > 0)?;
        Some(usize::try_from(rest).map_or(SEALED_CHUNK_BYTES, |rest| rest.min(SEALED_CHUNK_BYTES)))
    }
}

/// The answer to [`OpenBlob`], to a chunk that was put, and to `GET` of the blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BlobState {
    /// All sealed chunks together, in bytes.
    pub length: u64,
    /// How many chunks the server has, from the first on without a gap.
    pub chunks: u32,
    /// All are there and durable; only then can others read them.
    pub complete: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_says_what_chunks_there_are() {
        let whole = SEALED_CHUNK_BYTES as u64;
        let lens = |length| {
            let blob = OpenBlob { length };
            let chunks = blob.chunks()?;
            assert_eq!(blob.chunk_len(chunks), None);
            let lens = (0..chunks).map(|index| blob.chunk_len(index));
            lens.collect::<Option<Vec<_>>>()
        };
        assert_eq!(lens(17), Some(vec![17]));
        assert_eq!(lens(whole), Some(vec![SEALED_CHUNK_BYTES]));
        assert_eq!(lens(whole + 17), Some(vec![SEALED_CHUNK_BYTES, 17]));
        for none in [0, 16, whole + 16, u64::MAX] {
            assert_eq!(lens(none), None, "{none}");
        }
    }
}
