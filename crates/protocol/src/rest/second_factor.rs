//! The second factor of a login: codes by the clock (TOTP, RFC 6238) and backup codes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::LoginId,
    rest::{PasswordProof, Session},
};

/// A code as a person reads it off: six digits that go by the clock, or a backup code. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct FactorCode(pub String);

impl fmt::Debug for FactorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactorCode")
    }
}

/// What a second factor can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorKind {
    /// A code that goes by the clock.
    Totp,
    /// One of ten codes that were shown once.
    BackupCode,
    /// A passkey, in a browser.
    Passkey,
    /// One that this version does not know: the others still count.
    #[serde(other)]
    Other,
}

/// Answer to the second leg of a login, in place of [`LoginFinished`](crate::rest::LoginFinished), where the account has a
/// second factor: the password was right, and gives nothing yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecondFactorWanted {
    /// What the third leg needs.
    pub second_factor: SecondFactorLeg,
}

/// Part of [`SecondFactorWanted`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecondFactorLeg {
    /// Names this login in the third leg.
    pub login_id: LoginId,
    /// What would do.
    pub kinds: Vec<SecondFactorKind>,
}

/// Third leg of a login. Answers what the second one answers where no second factor is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoginCode {
    /// From the second leg's answer.
    pub login_id: LoginId,
    /// Of either kind.
    pub code: FactorCode,
}

/// `GET /api/second_factor`: what the account has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecondFactor {
    /// Nothing where it has none.
    pub kinds: Vec<SecondFactorKind>,
    /// Backup codes that were not used.
    pub backup_codes_left: u32,
}

/// First leg of `POST /api/second_factor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnrolStart {
    /// Of the password.
    pub proof: PasswordProof,
}

/// Answer to the first leg: nothing counts yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnrolStarted {
    /// The seed of the codes, 20 bytes: HMAC-SHA-1, six digits, 30 seconds (RFC 6238). It is shown this once.
    pub seed: Bytes,
}

/// Second leg of `POST /api/second_factor`: shows that the person's device makes the codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EnrolFinish {
    /// The code of now.
    pub code: FactorCode,
}

/// Answer to the second leg: from now on a login needs a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Enrolled {
    /// Each counts once; they are shown this once.
    pub backup_codes: Vec<FactorCode>,
    /// The session under a new token; the one of the request has ended.
    pub session: Session,
}

/// `POST /api/second_factor/remove` and `POST /api/second_factor/backup_codes`: password and code together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StepUp {
    /// Of the password.
    pub proof: PasswordProof,
    /// Of either kind.
    pub code: FactorCode,
}

/// Answer to `POST /api/second_factor/backup_codes`: those from before count no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BackupCodes {
    /// Each counts once; they are shown this once.
    pub backup_codes: Vec<FactorCode>,
}
