//! How a command that fails ends: one honest sentence, a code, an exit status.

use client::{engine::api::Failure, store::StoreError};
use protocol::error::ErrorCode;

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) code: ErrorCode,
    pub(crate) sentence: String,
    status: u8,
}

impl Problem {
    /// A code with its own sentence.
    pub(crate) fn of(code: ErrorCode) -> Self {
        Self::new(code, code.sentence())
    }

    /// A code with a sentence of its place.
    pub(crate) fn new(code: ErrorCode, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
            status: status(code),
        }
    }

    /// The command line is wrong.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::BadRequest,
            sentence: sentence.into(),
            status: 2,
        }
    }

    /// Nobody reads what is printed any more (`secure-chat tail ROOM | head`): the end of a program that SIGPIPE stops.
    pub(crate) const fn unread() -> Self {
        Self {
            code: ErrorCode::FileFailed,
            sentence: String::new(),
            status: 141,
        }
    }

    /// Whether there is nothing to say about it.
    pub(crate) const fn is_silent(&self) -> bool {
        self.sentence.is_empty()
    }

    /// The exit status.
    pub(crate) const fn status(&self) -> u8 {
        self.status
    }
}

const fn status(code: ErrorCode) -> u8 {
    match code {
        ErrorCode::NotLoggedIn
        | ErrorCode::SessionExpired
        | ErrorCode::Unauthenticated
        | ErrorCode::DeviceRequired => 3,
        ErrorCode::ServerGone
        | ErrorCode::ServerUntrusted
        | ErrorCode::ServerKeyChanged
        | ErrorCode::BadAnswer
        | ErrorCode::ShuttingDown
        | ErrorCode::UpgradeRequired => 4,
        ErrorCode::StoreLocked
        | ErrorCode::StoreCorrupt
        | ErrorCode::StoreBusy
        | ErrorCode::StoreFailed => 5,
        // As sysexits(3) has it.
        ErrorCode::ProgramFailed => 70,
        _ => 1,
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::new(failure.code, failure.sentence)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let code = error.code();
        match error {
            // What the system says helps the person who can do something about the disk.
            StoreError::Failed(reason) => {
                Self::new(code, format!("{} ({reason})", code.sentence()))
            }
            StoreError::Corrupt(reason) => {
                Self::new(code, format!("{} It says: {reason}.", code.sentence()))
            }
            StoreError::Busy | StoreError::Locked | StoreError::Gone => Self::of(code),
        }
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::new(
            ErrorCode::StoreFailed,
            format!("Reading or writing failed: {error}."),
        )
    }
}
