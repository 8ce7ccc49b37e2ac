//! The bytes of sealed files: one file each, in a directory beside the database. The database says which there are;
//! a file without a row is left from a crash and goes at the next start.

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::body::Bytes;
use protocol::{ids::BlobId, limits::SEALED_CHUNK_BYTES, rest::OpenBlob};
use tokio::sync::Mutex;

/// Files that are written at once without waiting for each other, at most.
const STRIPES: usize = 64;

/// Why a chunk was not kept or given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BlobError {
    /// The chunks before it are not there.
    #[error("chunks before it are missing")]
    Gap,
    /// There is no such file, or no such part of it.
    #[error("the file is gone")]
    Gone,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The file system says no.
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof => Self::Gone,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}

/// The directory.
pub(crate) struct Blobs {
    root: PathBuf,
    /// Two requests for one file take turns.
    turns: Vec<Arc<Mutex<()>>>,
}

impl Blobs {
    /// Uses `root`, which is made when the first file comes.
    pub(crate) fn new(root: PathBuf) -> Self {
        Self {
            root,
            turns: (0..STRIPES).map(|_| Arc::default()).collect(),
        }
    }

    /// Keeps a chunk behind those that are there; one that is there already stays. Durable when it is the last.
    pub(crate) async fn put(
        &self,
        blob: BlobId,
        layout: OpenBlob,
        index: u32,
        bytes: Bytes,
    ) -> Result<(), BlobError> {
        self.on_disk(blob, move |path| put(path, layout, index, &bytes))
            .await
    }

    /// How many chunks are there, from the first on.
    pub(crate) async fn chunks(&self, blob: BlobId, layout: OpenBlob) -> Result<u32, BlobError> {
        self.on_disk(blob, move |path| match fs::metadata(path) {
            Ok(about) => Ok(whole_chunks(layout, about.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error.into()),
        })
        .await
    }

    /// A chunk's bytes.
    pub(crate) async fn read(
        &self,
        blob: BlobId,
        layout: OpenBlob,
        index: u32,
    ) -> Result<Vec<u8>, BlobError> {
        self.on_disk(blob, move |path| {
            let len = layout.chunk_len(index).ok_or(BlobError::Gone)?;
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(start(index)))?;
            let mut bytes = vec![0; len];
            file.read_exact(&mut bytes)?;
            Ok(bytes)
        })
        .await
    }

    /// What is free on their disk, where the system says.
    #[cfg(unix)]
    pub(crate) fn free_bytes(&self) -> Option<u64> {
        // The directory is made with the first file.
        let there = self.root.ancestors().find(|path| path.is_dir())?;
        let about = rustix::fs::statvfs(there).ok()?;
        about.f_bavail.checked_mul(about.f_frsize)
    }

    /// What is free on their disk, where the system says.
    #[cfg(not(unix))]
    pub(crate) fn free_bytes(&self) -> Option<u64> {
        let _ = &self.root;
        None
    }

    /// Removes a file, if it is there.
    pub(crate) async fn remove(&self, blob: BlobId) -> Result<(), BlobError> {
        self.on_disk(blob, |path| match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        })
        .await
    }

    /// Removes all files that are not among these. For the start, when nobody uploads.
    pub(crate) fn remove_others(&self, known: &HashSet<BlobId>) -> io::Result<()> {
        let directories = match fs::read_dir(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        for directory in directories {
            for file in fs::read_dir(directory?.path())? {
                let file = file?;
                let blob = file.file_name().to_str().and_then(|name| name.parse().ok());
                // What is no file of ours is not ours to remove.
                if blob.is_some_and(|blob: BlobId| !known.contains(&blob)) {
                    fs::remove_file(file.path())?;
                }
            }
        }
        Ok(())
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        blob: BlobId,
        work: impl FnOnce(&Path) -> Result<T, BlobError> + Send + 'static,
    ) -> Result<T, BlobError> {
        let first = blob.as_bytes().first().copied().unwrap_or_default();
        let turn = self.turns.get(usize::from(first) % STRIPES).cloned();
        let _turn = match turn {
            Some(turn) => Some(turn.lock_owned().await),
            None => None,
        };
        let path = self
            .root
            .join(format!("{first:02x}"))
            .join(blob.to_string());
        let done = tokio::task::spawn_blocking(move || work(&path)).await;
        // Why, if it panicked, was said where it did; the error would tell the panic's words.
        done.map_err(|_| BlobError::Io(io::Error::other("the work on a file was cut short")))?
    }
}

const fn start(index: u32) -> u64 {
    index as u64 * SEALED_CHUNK_BYTES as u64
}

/// How many whole chunks of the layout a file of this length has.
fn whole_chunks(layout: OpenBlob, length: u64) -> u32 {
    if length >= layout.length {
        return layout.chunks().unwrap_or_default();
    }
    u32::try_from(length / SEALED_CHUNK_BYTES as u64).unwrap_or(u32::MAX)
}

fn put(path: &Path, layout: OpenBlob, index: u32, bytes: &[u8]) -> Result<(), BlobError> {
    let mut file = create(path)?;
    let there = whole_chunks(layout, file.metadata()?.len());
    if index < there {
        // It may have come before a crash, and not be on the disk yet.
        return end(&file, path, layout, index);
    }
    if index > there {
        return Err(BlobError::Gap);
    }
    // Behind the whole chunks there may be a part of one, from a crash or a full disk.
    file.set_len(start(index))?;
    file.seek(SeekFrom::Start(start(index)))?;
    if let Err(error) = file.write_all(bytes) {
        file.set_len(start(index))?;
        return Err(error.into());
    }
    end(&file, path, layout, index)
}

/// The last chunk makes the file durable, and its name in the directory.
fn end(file: &File, path: &Path, layout: OpenBlob, index: u32) -> Result<(), BlobError> {
    if layout.chunk_len(index + 1).is_none() {
        file.sync_all()?;
        for directory in path.ancestors().skip(1).take(3) {
            File::open(directory)?.sync_all()?;
        }
    }
    Ok(())
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(directory) = path.parent() {
                crate::data_dir::create_private(directory)?;
            }
            options.open(path)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use protocol::limits::FILE_TAG_BYTES;

    use super::*;

    const BLOB: BlobId = BlobId::from_bytes([7; 16]);

    fn layout() -> OpenBlob {
        let length = (2 * SEALED_CHUNK_BYTES + FILE_TAG_BYTES + 1) as u64;
        OpenBlob { length }
    }

    fn chunk(index: u32) -> Bytes {
        let byte = u8::try_from(index).unwrap() + 1;
        vec![byte; layout().chunk_len(index).unwrap()].into()
    }

    async fn put(blobs: &Blobs, index: u32) -> Result<(), BlobError> {
        blobs.put(BLOB, layout(), index, chunk(index)).await
    }

    #[tokio::test]
    async fn chunks_come_in_order_and_may_come_twice() {
        let home = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(home.path().join("blobs"));
        let there = async || blobs.chunks(BLOB, layout()).await.unwrap();
        assert_eq!(there().await, 0);
        assert!(matches!(put(&blobs, 1).await, Err(BlobError::Gap)));
        for index in [0, 0, 1] {
            put(&blobs, index).await.unwrap();
        }
        // The first of three is not written over by what came later under its number.
        let other = vec![9; SEALED_CHUNK_BYTES].into();
        blobs.put(BLOB, layout(), 0, other).await.unwrap();
        assert_eq!(there().await, 2);
        put(&blobs, 2).await.unwrap();
        assert_eq!(there().await, 3);
        for index in 0..3 {
            let read = blobs.read(BLOB, layout(), index).await.unwrap();
            assert_eq!(read, chunk(index));
        }
    }

    #[tokio::test]
    async fn what_a_crash_left_of_a_chunk_is_written_over() {
        let home = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(home.path().to_owned());
        put(&blobs, 0).await.unwrap();
        let path = home.path().join("07").join(BLOB.to_string());
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&[5; 1000]).unwrap();
        assert_eq!(blobs.chunks(BLOB, layout()).await.unwrap(), 1);
        for index in [1, 2] {
            put(&blobs, index).await.unwrap();
        }
        assert_eq!(blobs.read(BLOB, layout(), 1).await.unwrap(), chunk(1));
        assert_eq!(fs::metadata(&path).unwrap().len(), layout().length);
    }

    #[tokio::test]
    async fn files_without_a_row_go() {
        let home = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(home.path().to_owned());
        put(&blobs, 0).await.unwrap();
        fs::write(home.path().join("07").join("notes.txt"), "mine").unwrap();
        blobs.remove_others(&HashSet::from([BLOB])).unwrap();
        assert_eq!(blobs.chunks(BLOB, layout()).await.unwrap(), 1);
        blobs.remove_others(&HashSet::new()).unwrap();
        assert_eq!(blobs.chunks(BLOB, layout()).await.unwrap(), 0);
        assert!(home.path().join("07").join("notes.txt").exists());
        blobs.remove(BLOB).await.unwrap();
    }
}
