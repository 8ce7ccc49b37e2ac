//! Second factors as stored.

use protocol::{ids::AccountId, time::Timestamp};

use super::{
    credentials::{Proven, Unproven},
    session::TokenHash,
};

/// What is kept of an account's second factor.
pub(crate) struct SecondFactorRow {
    /// Sealed under the server's key.
    pub(crate) seed: Vec<u8>,
    pub(crate) backup_codes_left: u32,
    /// Passkeys that count.
    pub(crate) passkeys: u32,
    pub(crate) enrolled_at: Timestamp,
}

/// A second factor to keep, and the session of its account under a new token.
pub(crate) struct Enrol {
    pub(crate) account: AccountId,
    pub(crate) proven: Proven,
    /// Sealed under the server's key.
    pub(crate) seed: Vec<u8>,
    /// The step whose code was shown: it counts no more.
    pub(crate) step: u64,
    /// Hashes of the backup codes.
    pub(crate) backup_codes: Vec<[u8; 32]>,
    pub(crate) turn: TokenTurn,
}

/// A session goes on under another token.
#[derive(Clone, Copy)]
pub(crate) struct TokenTurn {
    pub(crate) old: TokenHash,
    pub(crate) new: TokenHash,
}

/// What somebody shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShownCode {
    /// The code of a step of now.
    Step(u64),
    /// The hash of what may be a backup code.
    Backup([u8; 32]),
    /// Neither.
    Wrong,
}

/// A code to use up.
pub(crate) struct UseCode {
    pub(crate) account: AccountId,
    /// The sealed seed that the step was reckoned with.
    pub(crate) seed: Vec<u8>,
    pub(crate) shown: ShownCode,
}

/// What comes of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It counts, and counts no more.
    Taken,
    /// It does not count; one more wrong one.
    Wrong,
    /// It was not looked at: too many wrong ones before. For so many milliseconds.
    Wait(u64),
}

/// Why a second factor was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FactorRefusal {
    /// There is one.
    Exists,
    /// There is none.
    None,
    /// The session has ended meanwhile.
    SessionOver,
    /// What was proven is not what the account has.
    Unproven,
}

impl From<Unproven> for FactorRefusal {
    fn from(Unproven: Unproven) -> Self {
        Self::Unproven
    }
}
