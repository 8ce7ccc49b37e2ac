//! How large files may be, how much of them an account may have here, and for how long.

use protocol::limits::{FILE_BYTES, FILE_TAG_BYTES};

const MEGABYTE: u64 = 1024 * 1024;
const DAY: u64 = 24 * 3_600_000;

/// What the operator allows of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Files {
    /// The largest file, in bytes.
    pub largest: u64,
    /// All files of one account together, in bytes as they lie on the disk.
    pub quota: u64,
    /// How long they are kept, in milliseconds; none for as long as their room.
    pub kept_millis: Option<u64>,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            largest: FILE_BYTES,
            quota: 4096 * MEGABYTE,
            kept_millis: None,
        }
    }
}

impl Files {
    /// The most that a file of so many chunks has when it is sealed.
    pub(crate) const fn largest(&self, chunks: u32) -> u64 {
        self.largest
            .saturating_add(chunks as u64 * FILE_TAG_BYTES as u64)
    }
}

/// A variable that is no whole number above zero.
#[derive(Debug, thiserror::Error)]
#[error("{name} is a whole number of {unit}, not {said:?}")]
pub struct FilesError {
    name: &'static str,
    unit: &'static str,
    said: String,
}

/// Reads `SECURE_CHAT_FILE_MB`, `SECURE_CHAT_FILE_QUOTA_MB` and `SECURE_CHAT_FILE_DAYS`.
pub(super) fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Files, FilesError> {
    let number = |name, unit, of: u64| match variable(name) {
        None => Ok(None),
        Some(said) => match said.trim().parse::<u64>().ok().filter(|n| *n > 0) {
            Some(number) => Ok(Some(number.saturating_mul(of))),
            None => Err(FilesError { name, unit, said }),
        },
    };
    let usual = Files::default();
    Ok(Files {
        largest: number("SECURE_CHAT_FILE_MB", "megabytes", MEGABYTE)?.unwrap_or(usual.largest),
        quota: number("SECURE_CHAT_FILE_QUOTA_MB", "megabytes", MEGABYTE)?.unwrap_or(usual.quota),
        kept_millis: number("SECURE_CHAT_FILE_DAYS", "days", DAY)?,
    })
}
