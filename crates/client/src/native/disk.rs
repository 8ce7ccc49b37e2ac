//! Files of this machine as sources and sinks.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use engine::api::Failure;
use protocol::error::ErrorCode;

use crate::files::{Sink, Source};

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure {
        code: ErrorCode::FileFailed,
        sentence: format!("{}: {error}", path.display()),
    }
}

/// A file to send.
pub struct FileSource {
    file: File,
    path: PathBuf,
    length: u64,
}

impl FileSource {
    /// Opens it.
    ///
    /// # Errors
    /// `FILE_FAILED`, with the system's words.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (about, file) = opened.map_err(|error| failed(path, &error))?;
        if !about.is_file() {
            return Err(failed(path, &std::io::ErrorKind::IsADirectory.into()));
        }
        Ok(Self {
            file,
            path: path.to_owned(),
            length: about.len(),
        })
    }
}

impl Source for FileSource {
    fn length(&self) -> u64 {
        self.length
    }

    async fn read(&mut self, from: u64, len: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = vec![0; len];
        let sought = self.file.seek(SeekFrom::Start(from));
        sought
            .and_then(|_| self.file.read_exact(&mut bytes))
            .map_err(|error| failed(&self.path, &error))?;
        Ok(bytes)
    }
}

/// A file to keep: it has its name only when it is whole. Dropped before, nothing stays of it.
pub struct FileSink {
    file: File,
    path: PathBuf,
    draft: PathBuf,
}

impl FileSink {
    /// Begins a new file at `path`, readable by its owner only.
    ///
    /// # Errors
    /// `FILE_FAILED`, with the system's words, where there is a file already or none can be made.
    pub fn create(path: &Path) -> Result<Self, Failure> {
        if path.exists() {
            return Err(failed(path, &std::io::ErrorKind::AlreadyExists.into()));
        }
        let mut draft = path.as_os_str().to_owned();
        draft.push(".part");
        let draft = PathBuf::from(draft);
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&draft);
        Ok(Self {
            file: file.map_err(|error| failed(&draft, &error))?,
            path: path.to_owned(),
            draft,
        })
    }

    /// Gives the file its name, now that it is whole.
    ///
    /// # Errors
    /// `FILE_FAILED`, with the system's words, where meanwhile there is another of that name.
    pub fn keep(self) -> Result<(), Failure> {
        // A hard link takes no name that exists, which a rename would. Where there are none, the name is taken first.
        let kept = self.file.sync_all().and_then(|()| {
            fs::hard_link(&self.draft, &self.path).or_else(|error| match error.kind() {
                std::io::ErrorKind::Unsupported | std::io::ErrorKind::PermissionDenied => {
                    File::create_new(&self.path).and_then(|_| fs::rename(&self.draft, &self.path))
                }
                _ => Err(error),
            })
        });
        kept.map_err(|error| failed(&self.path, &error))
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        // After a rename it is not there any more.
        let _ = fs::remove_file(&self.draft);
    }
}

impl Sink for FileSink {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file
            .write_all(bytes)
            .map_err(|error| failed(&self.draft, &error))
    }
}
