//! Registration, login, sessions, and who a name points at.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{AccountId, DeviceId, LoginId},
    names::UserName,
    rest::{InviteToken, LoginCode, NewDevice, RecoveryLogin, VaultPut, is_false},
    time::Timestamp,
};

/// `POST /register`, either leg: told apart by `start` or `finish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "crate::legs::RegisterFields")]
pub enum RegisterRequest {
    /// First leg.
    Start(RegisterStart),
    /// Second leg: creates the account and its first device, all or nothing.
    Finish(Box<RegisterFinish>),
}

/// First leg of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterStart {
    /// The wished name.
    pub username: UserName,
    /// OPAQUE RegistrationRequest.
    pub start: Bytes,
    /// The invite, where one is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<InviteToken>,
}

/// Answer to the first leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterStarted {
    /// OPAQUE RegistrationResponse.
    pub response: Bytes,
}

/// Second leg of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegisterFinish {
    /// The name of the first leg.
    pub username: UserName,
    /// OPAQUE RegistrationUpload.
    pub finish: Bytes,
    /// The account.
    pub account_id: AccountId,
    /// Ed25519 identity public key, 32 bytes.
    pub identity_key: Bytes,
    /// The root box under password and under recovery code.
    pub root_box: RootBoxes,
    /// SHA-256 of the recovery code's token, 32 bytes.
    pub token_hash: Bytes,
    /// The first vault items, sealed.
    pub vault: Vec<VaultPut>,
    /// The first device.
    pub device: NewDevice,
    /// The invite of the first leg: one use of it is one account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<InviteToken>,
}

/// The root box, sealed twice (PROTOCOL section 2). `GET /api/recovery` answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RootBoxes {
    /// Under the OPAQUE export key.
    pub by_password: Bytes,
    /// Under the recovery code.
    pub by_code: Bytes,
}

/// A session, as answered by registration, login and `POST /api/devices`. The same token is set as cookie.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Session {
    /// The account.
    pub account_id: AccountId,
    /// The device that the session is bound to, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// Bearer token.
    pub token: String,
    /// When it ends if unused until then.
    pub expires: Timestamp,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("account_id", &self.account_id)
            .field("device_id", &self.device_id)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// `POST /login`, any leg or by the recovery code: told apart by `start`, `finish`, `recovery` or `code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "crate::legs::LoginFields")]
pub enum LoginRequest {
    /// First leg.
    Start(LoginStart),
    /// Second leg.
    Finish(LoginFinish),
    /// By the recovery code, in one leg.
    Recovery(RecoveryLogin),
    /// Third leg, where the account has a second factor.
    Code(LoginCode),
}

/// First leg of a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoginStart {
    /// Who.
    pub username: UserName,
    /// OPAQUE CredentialRequest (KE1).
    pub start: Bytes,
}

/// Answer to the first leg; an unknown name gets one that looks the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoginStarted {
    /// Names this login in the second leg.
    pub login_id: LoginId,
    /// OPAQUE CredentialResponse (KE2).
    pub response: Bytes,
}

/// Second leg of a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoginFinish {
    /// From the first leg's answer.
    pub login_id: LoginId,
    /// OPAQUE CredentialFinalization (KE3).
    pub finish: Bytes,
    /// An existing device of the account that goes on in this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
}

/// Answer to the last leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoginFinished {
    /// The session. It has a device if the request named one that the account still has.
    pub session: Session,
    /// Ed25519 identity public key.
    pub identity_key: Bytes,
    /// The root box.
    pub root_box: RootBoxes,
    /// The password is the one that a development server made the account with: the session sets another one, and does
    /// nothing else before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub must_change_password: bool,
}

/// `GET /api/accounts/{name}`: who a name points at. It proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Account {
    /// The account.
    pub account_id: AccountId,
    /// Its name.
    pub username: UserName,
    /// Ed25519 identity public key.
    pub identity_key: Bytes,
}
