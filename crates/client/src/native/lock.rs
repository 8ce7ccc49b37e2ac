//! One process per home.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use crate::store::StoreError;

/// Held as long as a process uses a home. The operating system gives it back when the process ends, however.
#[derive(Debug)]
pub struct HomeLock {
    // Never read: the lock lives as long as the open file.
    _file: File,
}

impl HomeLock {
    /// Takes the lock of a home.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another process holds it; [`StoreError::Failed`] if the file cannot be opened.
    pub fn take(home: &Path) -> Result<Self, StoreError> {
        let failed = |error: std::io::Error| StoreError::Failed(error.to_string());
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(home.join("lock"))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_owner_is_refused_until_the_first_is_gone() {
        let home = tempfile::tempdir().unwrap();
        let first = HomeLock::take(home.path()).unwrap();
        assert_eq!(HomeLock::take(home.path()).unwrap_err(), StoreError::Busy);
        drop(first);
        assert!(HomeLock::take(home.path()).is_ok());
    }
}
