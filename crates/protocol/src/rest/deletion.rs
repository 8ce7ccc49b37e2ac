//! The end of an account, by its owner.

use serde::{Deserialize, Serialize};

use crate::rest::{FactorCode, Proof};

/// `POST /api/account/delete`: all that the server keeps for the account alone, and every session of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteAccount {
    /// Of the password, or of the recovery code.
    pub proof: Proof,
    /// Of the second factor, where the account has one and the session did not just show one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FactorCode>,
}
