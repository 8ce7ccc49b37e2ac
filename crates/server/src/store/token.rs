//! Tokens beside the session's own, as stored: families of refresh tokens, and API tokens. No token itself is kept.

use protocol::{
    ids::{AccountId, ApiTokenId, DeviceId},
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};

use super::{
    Failure, StoreError,
    credentials::{Proven, Unproven},
    session::{SessionRow, TokenHash},
};
use crate::{
    labels,
    session::{FamilyId, Scopes},
};

impl TokenHash {
    /// What an API token is called in lists: a hash of the hash, from which nothing leads back.
    pub(crate) fn api_token_id(&self) -> ApiTokenId {
        let hash: [u8; 32] = Sha256::new()
            .chain_update(labels::API_TOKEN_ID)
            .chain_update(self.0)
            .finalize()
            .into();
        let (id, _) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        ApiTokenId::from_bytes(*id)
    }
}

/// A family to begin.
pub(crate) struct NewFamily {
    pub(crate) family: FamilyId,
    /// Of its first refresh token.
    pub(crate) token: TokenHash,
    /// With which it ends.
    pub(crate) session: TokenHash,
}

/// A family and the session behind it.
pub(crate) struct FamilyRow {
    pub(crate) session: SessionRow,
    pub(crate) ended: bool,
}

/// A refresh token is shown.
pub(crate) struct Refresh {
    pub(crate) family: FamilyId,
    pub(crate) shown: TokenHash,
    /// The one after it.
    pub(crate) next: TokenHash,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refreshed {
    /// The next one counts.
    Next,
    /// The family is over, or was unused for too long.
    Over,
    /// It was used before: the family has ended now, and it is on record.
    Reused,
}

/// Why there is no further token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenRefusal {
    /// What was proven is not what the account has.
    Unproven,
    /// The session, or the device, has ended meanwhile.
    SessionOver,
    /// The account has as many as it may have.
    TooMany,
}

impl From<Unproven> for TokenRefusal {
    fn from(Unproven: Unproven) -> Self {
        Self::Unproven
    }
}

/// An API token to keep.
pub(crate) struct NewApiToken {
    pub(crate) token: TokenHash,
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) proven: Proven,
    pub(crate) name: String,
    pub(crate) scopes: Scopes,
    pub(crate) expires: Timestamp,
}

/// An API token.
pub(crate) struct ApiTokenRow {
    pub(crate) token: TokenHash,
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) name: String,
    pub(crate) scopes: Scopes,
    pub(crate) made_at: Timestamp,
    pub(crate) used_at: Option<Timestamp>,
    pub(crate) expires_at: Timestamp,
    /// The account is disabled.
    pub(crate) disabled: bool,
    /// The account has yet to get a password of its own.
    pub(crate) must_change_password: bool,
}

/// The part of the storage that is about them. Every method is one atomic step.
#[allow(
    async_fn_in_trait,
    reason = "used through its concrete types, whose futures are Send"
)]
pub(crate) trait TokenStore {
    /// Begins a family of refresh tokens; the oldest of the session's gives way.
    async fn begin_family(&self, new: NewFamily) -> Result<(), Failure<TokenRefusal>>;
    /// A family, live or ended.
    async fn family(&self, family: FamilyId) -> Result<Option<FamilyRow>, StoreError>;
    /// Puts the next refresh token in the place of the one that is shown, or ends the family.
    async fn refresh(&self, refresh: Refresh) -> Result<Refreshed, StoreError>;

    /// Keeps an API token.
    async fn make_api_token(&self, new: NewApiToken) -> Result<(), Failure<TokenRefusal>>;
    /// An API token.
    async fn api_token(&self, token: TokenHash) -> Result<Option<ApiTokenRow>, StoreError>;
    /// Those of an account, oldest first.
    async fn api_tokens(&self, account: AccountId) -> Result<Vec<ApiTokenRow>, StoreError>;
    /// Notes that an API token was used.
    async fn touch_api_token(&self, token: TokenHash) -> Result<(), StoreError>;
    /// Takes one back.
    async fn end_api_token(&self, token: TokenHash) -> Result<(), StoreError>;
    /// Forgets those whose time is over. Answers which.
    async fn end_old_api_tokens(&self) -> Result<Vec<TokenHash>, StoreError>;
}
