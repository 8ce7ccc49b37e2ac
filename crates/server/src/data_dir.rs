//! The data directory: created for its owner only, held by one process, home of the development key.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    entropy::Entropy,
    secrets::{SecretKey, SecretKeyTooShort},
};

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// The file system says no.
    #[error("{path}: {error}", path = .0.display(), error = .1)]
    Io(PathBuf, #[source] io::Error),
    /// Another server process holds it.
    #[error("another server is using {}", .0.display())]
    Busy(PathBuf),
    /// `secret.key` is damaged.
    #[error("{path}: {error}", path = .0.display(), error = .1)]
    Key(PathBuf, #[source] SecretKeyTooShort),
}

/// A data directory that this process alone uses, for as long as the value lives.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    _locks: Vec<File>,
}

impl DataDir {
    /// Creates the directory if need be and takes the locks on it and on the database file.
    pub(crate) fn open(path: &Path, database: &Path) -> Result<Self, DataDirError> {
        create_private(path).map_err(|error| DataDirError::Io(path.to_owned(), error))?;
        let mut beside = database.as_os_str().to_owned();
        beside.push(".lock");
        let locks = vec![lock(&path.join("server.lock"))?, lock(Path::new(&beside))?];
        Ok(Self {
            path: path.to_owned(),
            _locks: locks,
        })
    }

    /// Whether a development key is kept here.
    pub(crate) fn has_secret_key(&self) -> bool {
        key_file(&self.path).is_file()
    }

    /// The development key: the one that is kept here, else a new one.
    pub(crate) fn secret_key(&self, entropy: &Entropy) -> Result<SecretKey, DataDirError> {
        let path = key_file(&self.path);
        let failed = |error| DataDirError::Io(path.clone(), error);
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = Zeroizing::new(hex::encode(entropy.bytes::<32>()));
                write_private(&path, &text).map_err(failed)?;
                text
            }
            Err(error) => return Err(failed(error)),
        };
        SecretKey::from_text(&text).map_err(|error| DataDirError::Key(path, error))
    }
}

/// The development key that is kept in a data directory which somebody else may be using.
pub(crate) fn kept_key(data: &Path) -> Option<SecretKey> {
    let text = Zeroizing::new(fs::read_to_string(key_file(data)).ok()?);
    SecretKey::from_text(&text).ok()
}

fn key_file(data: &Path) -> PathBuf {
    data.join("secret.key")
}

fn lock(path: &Path) -> Result<File, DataDirError> {
    let failed = |error| DataDirError::Io(path.to_owned(), error);
    let file = private()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DataDirError::Busy(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Writes a file for its owner only, whole or not at all.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = private()
        .create(true)
        .truncate(true)
        .write(true)
        .open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

/// Makes a directory and those above it, for their owner only.
#[cfg(unix)]
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
pub(crate) fn create_private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_holds_it_and_the_key_stays() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("data");
        let database = path.join("a.db");
        let entropy = Entropy::from_seed([1; 32]);
        let first = DataDir::open(&path, &database).unwrap();
        first.secret_key(&entropy).unwrap();
        let kept = fs::read_to_string(path.join("secret.key")).unwrap();
        assert!(matches!(
            DataDir::open(&path, &database),
            Err(DataDirError::Busy(_))
        ));
        drop(first);
        let again = DataDir::open(&path, &database).unwrap();
        again.secret_key(&entropy).unwrap();
        assert_eq!(fs::read_to_string(path.join("secret.key")).unwrap(), kept);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("data");
        let data = DataDir::open(&path, &path.join("a.db")).unwrap();
        data.secret_key(&Entropy::from_seed([1; 32])).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("secret.key")), 0o600);
    }

    #[test]
    fn two_data_directories_do_not_share_a_database() {
        let home = tempfile::tempdir().unwrap();
        let database = home.path().join("shared.db");
        let _first = DataDir::open(&home.path().join("a"), &database).unwrap();
        let second = DataDir::open(&home.path().join("b"), &database);
        assert!(matches!(second, Err(DataDirError::Busy(_))));
    }
}
