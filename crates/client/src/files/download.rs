//! A file from the server.

use engine::api::{Failure, FileContent};
use protocol::{error::ErrorCode, limits::FILE_TAG_BYTES};
use sha2::{Digest as _, Sha256};

use super::{FileRoad, Sink};
use crate::platform;

/// Fetches a file that a message named, opens it chunk by chunk and gives it to `sink`, which must show nothing of it
/// before this has ended well. `progress` hears how many chunks of how many are there.
///
/// # Errors
/// `FILE_DAMAGED` where any byte is not what the sender meant, `FILE_GONE` where the server has it no more, `FILE_FAILED`
/// where the sink fails, and the errors of the network after some attempts.
pub async fn download(
    road: &FileRoad,
    file: &FileContent,
    sink: &mut impl Sink,
    mut progress: impl FnMut(u32, u32),
) -> Result<(), Failure> {
    let damaged = || Failure::from(ErrorCode::FileDamaged);
    let layout = file.layout().ok_or_else(damaged)?;
    let (mut hash, mut rest, chunks) = (Sha256::new(), file.length, layout.chunks());
    for index in 0..chunks {
        let sealed = match road.get(file.blob, index).await {
            // The server has another file under that name.
            Err(failure) if failure.code == ErrorCode::NotFound => return Err(damaged()),
            other => other?,
        };
        let len = layout.chunk_len(index).unwrap_or_default();
        if sealed.len() != len + FILE_TAG_BYTES {
            return Err(damaged());
        }
        hash.update(&sealed);
        let key = file.key.chunk(index, index + 1 == chunks);
        let opened = platform::open_chunk(&key, sealed).await?;
        let content = usize::try_from(rest).map_or(len, |rest| rest.min(len));
        sink.write(opened.get(..content).ok_or_else(damaged)?)
            .await?;
        rest -= content as u64;
        platform::carried(index);
        progress(index + 1, chunks);
    }
    if hash.finalize().as_slice() == file.hash {
        Ok(())
    } else {
        Err(damaged())
    }
}
