//! Classic accounts as stored: a name, and what is kept of a password, sealed under the server's key.

use protocol::{ids::AccountId, names::UserName};

use super::{
    Failure, StoreError,
    account::RegisterRefusal,
    admin::ShownInvite,
    credentials::{ChangeRefusal, Proven},
    session::TokenHash,
};

/// A classic account to create, with its first session.
pub(crate) struct NewClassic {
    /// Drawn: no key stands behind it.
    pub(crate) account: AccountId,
    pub(crate) name: UserName,
    pub(crate) kept: Vec<u8>,
    /// None where somebody brings it from another server.
    pub(crate) token: Option<TokenHash>,
    /// One use of it is this account.
    pub(crate) invite: Option<ShownInvite>,
}

/// What a login of a classic account needs.
pub(crate) struct ClassicRecord {
    pub(crate) account: AccountId,
    pub(crate) kept: Vec<u8>,
}

/// Another password, with the one session that goes on.
pub(crate) struct ClassicChange {
    pub(crate) account: AccountId,
    pub(crate) proven: Proven,
    pub(crate) kept: Vec<u8>,
    /// The session that asks; it ends with all others.
    pub(crate) old_token: TokenHash,
    pub(crate) new_token: TokenHash,
}

/// The part of the store that is about classic accounts.
#[allow(
    async_fn_in_trait,
    reason = "used through its concrete types, whose futures are Send"
)]
pub(crate) trait ClassicStore {
    /// Creates a classic account.
    async fn register_classic(&self, new: NewClassic) -> Result<(), Failure<RegisterRefusal>>;
    /// Creates classic accounts, all or none.
    ///
    /// # Errors
    /// The place of the first whose name is taken.
    async fn import_classic(&self, new: Vec<NewClassic>) -> Result<(), Failure<usize>>;
    /// What a login of that name needs, if it is a classic account's.
    async fn classic_named(&self, name: &UserName) -> Result<Option<ClassicRecord>, StoreError>;
    /// The name of an account and what is kept of its password, if it is a classic one.
    async fn classic(&self, account: AccountId) -> Result<Option<(UserName, Vec<u8>)>, StoreError>;
    /// Keeps the same password otherwise.
    async fn keep_anew(
        &self,
        account: AccountId,
        was: Vec<u8>,
        kept: Vec<u8>,
    ) -> Result<(), StoreError>;
    /// Changes a password. Answers the sessions that ended.
    async fn change_classic(
        &self,
        change: ClassicChange,
    ) -> Result<Vec<TokenHash>, Failure<ChangeRefusal>>;
}
