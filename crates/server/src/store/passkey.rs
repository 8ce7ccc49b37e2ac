//! Passkeys as stored: ids and public keys.

use protocol::{ids::AccountId, time::Timestamp};

use super::{
    Failure, StoreError,
    credentials::{Proven, Unproven},
};

/// A passkey to keep.
pub(crate) struct NewPasskey {
    pub(crate) account: AccountId,
    pub(crate) proven: Proven,
    pub(crate) credential: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) counter: u32,
    pub(crate) name: String,
}

/// A passkey.
pub(crate) struct PasskeyRow {
    pub(crate) credential: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) name: String,
    pub(crate) made_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
    /// When its counter went back.
    pub(crate) cloned_at: Option<Timestamp>,
}

/// A passkey that was shown, with a signature that holds.
pub(crate) struct PasskeyUse {
    pub(crate) account: AccountId,
    pub(crate) credential: Vec<u8>,
    pub(crate) counter: u32,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Used {
    /// It counts.
    Taken,
    /// There is none any more, or its counter went back before.
    Gone,
    /// Its counter went back: it counts no more, and it is on record.
    Cloned,
}

/// Why passkeys were not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasskeyRefusal {
    /// What was proven is not what the account has.
    Unproven,
    /// The account has no second factor beside which it would be.
    NoSecondFactor,
    /// That passkey is there already, here or at somebody else's.
    Exists,
    /// The account has as many as it may have.
    TooMany,
    /// There is none.
    None,
}

impl From<Unproven> for PasskeyRefusal {
    fn from(Unproven: Unproven) -> Self {
        Self::Unproven
    }
}

/// The part of the storage that is about them. Every method is one atomic step.
#[allow(
    async_fn_in_trait,
    reason = "used through its concrete types, whose futures are Send"
)]
pub(crate) trait PasskeyStore {
    /// Those of an account, oldest first.
    async fn passkeys(&self, account: AccountId) -> Result<Vec<PasskeyRow>, StoreError>;
    /// Keeps one, beside the second factor that is there.
    async fn keep_passkey(&self, new: NewPasskey) -> Result<(), Failure<PasskeyRefusal>>;
    /// Takes one away.
    async fn remove_passkey(
        &self,
        account: AccountId,
        proven: Proven,
        credential: Vec<u8>,
    ) -> Result<(), Failure<PasskeyRefusal>>;
    /// Uses one, if its counter says that nobody has a copy.
    async fn use_passkey(&self, used: PasskeyUse) -> Result<Used, StoreError>;
}
