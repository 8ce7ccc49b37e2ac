//! Tokens beside the session's own: short access tokens with a refresh token for native clients, and API tokens for bots.
//!
//! Paths that no engine asks for:
//!
//! * `POST /api/token`
//! * `POST /api/token/refresh`

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ApiTokenId, DeviceId},
    rest::{FactorCode, PasswordProof},
    time::Timestamp,
};

/// What a request is allowed by. `Debug` shows its type only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct BearerToken(pub String);

impl std::fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BearerToken")
    }
}

/// Answer to `POST /api/token` and `POST /api/token/refresh`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenPair {
    /// A JWT that counts as the session does, for ten minutes.
    pub access_token: BearerToken,
    /// When it ends.
    pub expires: Timestamp,
    /// For the next pair. It counts once.
    pub refresh_token: BearerToken,
    /// When that ends if unused until then.
    pub refresh_expires: Timestamp,
}

/// `POST /api/token/refresh`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefreshPair {
    /// The last one that was answered.
    pub refresh_token: BearerToken,
}

/// What an API token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// See rooms, members, entries and who has a name; hear what comes.
    Read,
    /// Post messages, make rooms, and come into rooms of basic encryption.
    Write,
    /// Fetch, upload and take away sealed files.
    Files,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Files];

    /// As it is spelt on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Files => "files",
        }
    }
}

/// `POST /api/tokens`: an API token to make. A session alone, which may be stolen, makes none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MakeApiToken {
    /// Of the password.
    pub proof: PasswordProof,
    /// Of the second factor, where the account has one and the session did not just show one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FactorCode>,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for; at least one.
    pub scopes: Vec<Scope>,
    /// How long it counts, in milliseconds.
    pub lasts_ms: u64,
}

/// Answer to [`MakeApiToken`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MadeApiToken {
    /// Names it from now on.
    pub token_id: ApiTokenId,
    /// It is shown this once; the server keeps its hash.
    pub token: BearerToken,
    /// When it ends.
    pub expires: Timestamp,
}

/// An API token as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiToken {
    /// To take it back by; it opens nothing.
    pub token_id: ApiTokenId,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// The device that made it, as which it acts: it ends with it.
    pub device_id: DeviceId,
    /// When it was made.
    pub created: Timestamp,
    /// The day on which it was last used, midnight UTC, never finer; none if it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Timestamp>,
    /// When it ends.
    pub expires: Timestamp,
}

/// `GET /api/tokens`: those of the account that count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ApiTokens {
    /// Oldest first.
    pub tokens: Vec<ApiToken>,
}
