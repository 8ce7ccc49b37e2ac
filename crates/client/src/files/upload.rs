//! A file to the server.

use engine::api::{Failure, FileContent, FileSecret, Layout};
use protocol::{error::ErrorCode, ids::BlobId};
use rand_core::CryptoRngCore;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{FileRoad, Source};
use crate::platform;

/// What a message says of a file, besides its bytes.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Its name.
    pub name: String,
    /// Such as `image/png`; may be empty.
    pub media_type: String,
    /// A small picture of it; may be empty.
    pub thumbnail: Vec<u8>,
}

/// Seals a file and puts it on the server as `blob`, which is drawn for it. `progress` hears how many chunks of how many
/// are there. What comes back goes into a message.
///
/// Whoever gives up drops the future, and takes what is on the server away by [`FileRoad::remove`].
///
/// # Errors
/// `TOO_LARGE` and `FILE_QUOTA` before anything is sent, `FILE_FAILED` where the source fails, and the errors of the
/// network after some attempts.
pub async fn upload(
    road: &FileRoad,
    blob: BlobId,
    source: &mut impl Source,
    about: About,
    rng: &mut impl CryptoRngCore,
    mut progress: impl FnMut(u32, u32),
) -> Result<FileContent, Failure> {
    let length = source.length();
    let layout = Layout::of(length).ok_or(Failure::from(ErrorCode::TooLarge))?;
    let key = FileSecret::random(rng);
    road.open(blob, layout.sealed_length()).await?;
    let (mut hash, mut from, chunks) = (Sha256::new(), 0, layout.chunks());
    for index in 0..chunks {
        let len = layout.chunk_len(index).unwrap_or_default();
        let content = usize::try_from(length - from).map_or(len, |rest| rest.min(len));
        let mut plain = Zeroizing::new(source.read(from, content).await?);
        if plain.len() != content {
            return Err(ErrorCode::FileFailed.into());
        }
        from += content as u64;
        // Zeros behind the content hide its exact length.
        plain.resize(len, 0);
        // The key of a chunk seals once: what is sent again is the same sealed bytes.
        let key = key.chunk(index, index + 1 == chunks);
        let sealed = platform::seal_chunk(&key, &plain).await?;
        hash.update(&sealed);
        road.put(blob, index, sealed).await?;
        platform::carried(index);
        progress(index + 1, chunks);
    }
    Ok(FileContent {
        blob,
        key,
        hash: hash.finalize().into(),
        length,
        name: about.name,
        media_type: about.media_type,
        thumbnail: about.thumbnail,
    })
}
