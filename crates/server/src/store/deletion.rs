//! The end of an account, as stored.

use protocol::ids::AccountId;

use super::credentials::{Proven, Unproven};

/// An account that is to go.
pub(crate) struct Deletion {
    pub(crate) account: AccountId,
    pub(crate) proven: Proven,
}

/// Why it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeleteRefusal {
    /// What was proven is not what the account has.
    Unproven,
    /// Nobody else administrates the server.
    LastAdmin,
}

impl From<Unproven> for DeleteRefusal {
    fn from(Unproven: Unproven) -> Self {
        Self::Unproven
    }
}
