//! Passkeys (WebAuthn), as a further kind of second factor. Bytes are as the browser hands them out; they go as all bytes
//! do, in standard base64.
//!
//! Paths that no engine asks for:
//!
//! * `GET /api/passkeys`
//! * `POST /api/passkeys`
//! * `POST /api/passkeys/remove`
//! * `POST /api/passkeys/ask`
//! * `POST /api/passkeys/code`

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{LoginId, PasskeyId},
    rest::{FactorCode, PasswordProof},
    time::Timestamp,
};

/// `GET /api/passkeys`, and the answer to what changes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Passkeys {
    /// Oldest first.
    pub passkeys: Vec<Passkey>,
}

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Passkey {
    /// To take it away by; it opens nothing.
    pub passkey_id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// The day on which it was last used, midnight UTC, never finer; none if it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
    /// When its counter went back, as that of a copy does. It counts no more since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloned: Option<Timestamp>,
}

/// What an authenticator is asked: answer to the first leg of `POST /api/passkeys`, and to `POST /api/passkeys/ask`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeyAsked {
    /// 32 bytes, for one answer.
    pub challenge: Bytes,
    /// The name that passkeys of this server are for.
    pub rp_id: String,
    /// Ids of the account's passkeys: those that would do, or that an authenticator which has one makes no further one beside.
    pub credentials: Vec<Bytes>,
}

/// Second leg of `POST /api/passkeys`: a passkey that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeyMade {
    /// What its owner calls it.
    pub name: String,
    /// `clientDataJSON`.
    pub client_data: Bytes,
    /// `attestationObject`, which attests nothing.
    pub attestation: Bytes,
}

/// `POST /api/passkeys/remove`: password and code together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RemovePasskey {
    /// Which.
    pub passkey_id: PasskeyId,
    /// Of the password.
    pub proof: PasswordProof,
    /// Of any kind.
    pub code: FactorCode,
}

/// `POST /api/passkeys/ask`: for a login that waits for its code, or else for the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskPasskey {
    /// From the answer to the second leg of the login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_id: Option<LoginId>,
}

/// `POST /api/passkeys/code`: what an authenticator showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeyShown {
    /// Which passkey: `rawId`.
    pub credential: Bytes,
    /// `clientDataJSON`.
    pub client_data: Bytes,
    /// `authenticatorData`.
    pub authenticator_data: Bytes,
    /// `signature`.
    pub signature: Bytes,
}

/// Answer to [`PasskeyShown`]: a code that does once, for two minutes, wherever a code of a second factor is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeyCode {
    /// The code.
    pub code: FactorCode,
}
