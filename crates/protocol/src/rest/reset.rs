//! A reset of what opens an account, from a device alone: it waits, and whoever still knows what opens it cancels it.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::DeviceId,
    rest::{FactorCode, VaultPut},
    time::Timestamp,
};

/// `PUT /api/reset`: this device asks. The same again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskReset {
    /// Of the second factor, where the account has one and the session did not just show one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FactorCode>,
}

/// `GET /api/reset`, and the answer to an asking: the reset that waits, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reset {
    /// There is at most one for an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingReset>,
}

/// A reset that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PendingReset {
    /// The device that asked, and that alone may finish it.
    pub device_id: DeviceId,
    /// When it asked.
    pub asked: Timestamp,
    /// From when on it may be finished.
    pub ready: Timestamp,
}

/// `POST /api/reset`: the device that asked finishes it, all or nothing. It has had the first leg of a change of password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FinishReset {
    /// OPAQUE RegistrationUpload.
    pub finish: Bytes,
    /// The reduced root box under the export key of the new password.
    pub by_password: Bytes,
    /// The same under a new recovery code.
    pub by_code: Bytes,
    /// SHA-256 of the new code's token, 32 bytes.
    pub token_hash: Bytes,
    /// The account key, sealed under the new root secret.
    pub account_key: VaultPut,
    /// Of the second factor, as when it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FactorCode>,
    /// The token with which this session goes on, drawn by the client: 43 URL-safe characters. All others end.
    pub token: String,
}

impl std::fmt::Debug for FinishReset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FinishReset").finish_non_exhaustive()
    }
}
