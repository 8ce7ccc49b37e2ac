//! What opens an account, as stored, and how it is changed.

use protocol::{
    ids::{AccountId, DeviceId},
    names::UserName,
    rest::{Changed, RootBoxes},
};

use super::session::TokenHash;

/// SHA-256 of the token of a recovery code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct CodeHash(pub(crate) [u8; 32]);

/// What somebody was found to know. It counts as long as it is what the account has: a login whose password was changed
/// meanwhile begins no session, and a code that was replaced changes nothing.
#[derive(Clone)]
pub(crate) enum Proven {
    /// The password under whose export key this box is sealed; each password seals another one.
    Password(Vec<u8>),
    /// The code.
    Code(CodeHash),
    /// The password of a classic account, of which the server keeps this; each password, and each time that it is sealed,
    /// gives another one.
    Classic(Vec<u8>),
}

/// It is not what the account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unproven;

/// What an account is opened with.
pub(crate) struct Credentials {
    pub(crate) name: UserName,
    pub(crate) root_box: RootBoxes,
    /// None where the code is no way in.
    pub(crate) code: Option<CodeHash>,
    /// When the password was changed last.
    pub(crate) password_changed: Option<Changed>,
    /// When the code was replaced last.
    pub(crate) recovery_changed: Option<Changed>,
}

/// Another password, and the session that goes on with it.
pub(crate) struct PasswordChange {
    pub(crate) account: AccountId,
    /// The device that asks; none where a first password is replaced before there is a device.
    pub(crate) device: Option<DeviceId>,
    pub(crate) proven: Proven,
    /// Sealed under the server's key.
    pub(crate) password_file: Vec<u8>,
    pub(crate) by_password: Vec<u8>,
    /// The session that asks; it ends.
    pub(crate) old_token: TokenHash,
    /// The session that goes on, bound to the device.
    pub(crate) new_token: TokenHash,
    /// Whether all other sessions of the account end.
    pub(crate) end_others: bool,
}

/// Another recovery code.
pub(crate) struct CodeChange {
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) proven: Proven,
    pub(crate) by_code: Vec<u8>,
    pub(crate) code: CodeHash,
}

/// Why neither was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeRefusal {
    /// What was proven is not what the account has.
    Unproven,
    /// The session that asks has ended, or its device was revoked.
    Ended,
    /// There is a session with the new token.
    TokenTaken,
}

impl From<Unproven> for ChangeRefusal {
    fn from(Unproven: Unproven) -> Self {
        Self::Unproven
    }
}
