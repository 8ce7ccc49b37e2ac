//! Accounts as stored.

use protocol::{
    ids::AccountId,
    names::UserName,
    rest::{NewDevice, RootBoxes, VaultPut},
};

use super::{admin::ShownInvite, credentials::CodeHash, session::TokenHash};

/// An account to create, with its first device, vault and session, all or nothing.
pub(crate) struct NewAccount {
    pub(crate) account: AccountId,
    pub(crate) name: UserName,
    pub(crate) identity_key: Vec<u8>,
    /// Sealed under the server's key.
    pub(crate) password_file: Vec<u8>,
    pub(crate) root_box: RootBoxes,
    pub(crate) vault: Vec<VaultPut>,
    pub(crate) device: NewDevice,
    pub(crate) code: CodeHash,
    pub(crate) token: TokenHash,
    /// One use of it is this account.
    pub(crate) invite: Option<ShownInvite>,
}

/// Why an account was not created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegisterRefusal {
    /// Somebody has that name.
    NameTaken,
    /// The account or device id is in use, or a vault item stands twice.
    IdTaken,
    /// The invite does not count any more.
    Invite,
}

/// What a login needs of an account.
pub(crate) struct LoginRecord {
    pub(crate) account: AccountId,
    pub(crate) identity_key: Vec<u8>,
    /// Sealed under the server's key.
    pub(crate) password_file: Vec<u8>,
    pub(crate) root_box: RootBoxes,
    /// None where the recovery code is no way in.
    pub(crate) code: Option<CodeHash>,
}
