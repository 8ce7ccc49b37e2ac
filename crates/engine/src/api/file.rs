//! A file as a message names it.

use e2ee::file::{FileKey, Layout};
use protocol::ids::BlobId;
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The longest name, in bytes of UTF-8.
pub const FILE_NAME_MAX: usize = 255;
/// The longest media type.
pub const MEDIA_TYPE_MAX: usize = 100;
/// The largest thumbnail.
pub const THUMBNAIL_MAX: usize = 24 * 1024;

/// The key of one file. Wiped when dropped; has no `Debug` content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[u8; 32]", into = "[u8; 32]")]
pub struct FileSecret(Zeroizing<[u8; 32]>);

impl From<[u8; 32]> for FileSecret {
    fn from(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<FileSecret> for [u8; 32] {
    fn from(secret: FileSecret) -> Self {
        *secret.0
    }
}

impl std::fmt::Debug for FileSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileSecret")
    }
}

impl FileSecret {
    /// A new key, for one upload of one file.
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        Self::from_bytes(FileKey::random(rng).expose())
    }

    /// The key that a message named.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*bytes))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The AES-256-GCM key of one chunk, to be used once, with an IV of zeros (PROTOCOL section 7).
    pub fn chunk(&self, index: u32, last: bool) -> Zeroizing<[u8; 32]> {
        let key = FileKey::from_bytes(&self.0).chunk(index, last);
        Zeroizing::new(*key.expose())
    }
}

/// A file: where its sealed chunks are, what opens them, and what it is.
///
/// Name and media type are the sender's word and may be anything: for a file system and for a screen they are cleaned
/// where they come there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileContent {
    /// The blob on the server.
    pub blob: BlobId,
    /// What opens it.
    pub key: FileSecret,
    /// SHA-256 of all sealed chunks: the message proves which bytes its author meant.
    pub hash: [u8; 32],
    /// The length of the file itself.
    pub length: u64,
    /// Its name.
    pub name: String,
    /// What the sender says it is, such as `image/png`; may be empty.
    pub media_type: String,
    /// A small picture of it; may be empty.
    #[serde(with = "serde_bytes")]
    pub thumbnail: Vec<u8>,
}

impl FileContent {
    /// How it lies on the server; none if no file is so long.
    pub fn layout(&self) -> Option<Layout> {
        Layout::of(self.length)
    }
}
