//! What opens an account, and how it is changed: password, recovery code, and the proof of one of them.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{DeviceId, LoginId},
    names::UserName,
    rest::FactorCode,
    time::Timestamp,
};

/// `POST /login` with the recovery code in place of the password; answered as the second leg of a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecoveryLogin {
    /// Who.
    pub username: UserName,
    /// The token K(code, "recovery token"), 32 bytes (PROTOCOL section 2).
    pub recovery: Bytes,
    /// An existing device of the account that goes on in this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
}

/// That whoever asks knows what opens the account: a session alone changes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A login of this account that has had its first leg.
    Password(PasswordProof),
    /// The token of the recovery code, 32 bytes.
    Recovery(Bytes),
}

/// The second leg of a login that begins no session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasswordProof {
    /// From the first leg's answer.
    pub login_id: LoginId,
    /// OPAQUE CredentialFinalization (KE3).
    pub finish: Bytes,
}

/// `POST /api/password`, either leg: told apart by `start` or `finish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "crate::legs::PasswordFields")]
pub enum PasswordRequest {
    /// First leg, answered as that of a registration.
    Start(PasswordStart),
    /// Second leg: changes the password, all or nothing.
    Finish(Box<PasswordFinish>),
}

/// First leg of a change of password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasswordStart {
    /// OPAQUE RegistrationRequest.
    pub start: Bytes,
}

/// Second leg of a change of password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasswordFinish {
    /// OPAQUE RegistrationUpload.
    pub finish: Bytes,
    /// The root box under the export key of the new password.
    pub by_password: Bytes,
    /// Of the old password, or of the recovery code.
    pub proof: Proof,
    /// Of the second factor, where the account has one and the session did not just show one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FactorCode>,
    /// The token with which this session goes on, drawn by the client: 43 URL-safe characters. So a client that gets no
    /// answer can tell whether the change was made.
    pub token: String,
    /// Whether all other sessions of the account end with it.
    #[serde(default, skip_serializing_if = "crate::rest::is_false")]
    pub end_others: bool,
}

impl std::fmt::Debug for PasswordFinish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordFinish")
            .field("proof", &self.proof)
            .field("end_others", &self.end_others)
            .finish_non_exhaustive()
    }
}

/// `PUT /api/recovery`: another recovery code in place of the one that there was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PutRecovery {
    /// The root box under the new code.
    pub by_code: Bytes,
    /// SHA-256 of the new code's token, 32 bytes.
    pub token_hash: Bytes,
    /// Of the password, or of the code that there was.
    pub proof: Proof,
    /// Of the second factor, where the account has one and the session did not just show one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FactorCode>,
}

/// When something that opens the account was changed last, and from which device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changed {
    /// By the server's clock.
    pub at: Timestamp,
    /// By the server's word.
    pub device_id: DeviceId,
}
