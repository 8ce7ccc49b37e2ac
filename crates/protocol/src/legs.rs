//! Requests of some legs that share a path. Which leg it is follows from the fields `start`, `finish` and `code`;
//! reading them by hand keeps the reason of a refusal, which an untagged enum would swallow.

use serde::Deserialize;

use crate::{
    bytes::Bytes,
    ids::{AccountId, DeviceId, LoginId},
    names::UserName,
    rest::{
        FactorCode, InviteToken, LoginCode, LoginFinish, LoginRequest, LoginStart, NewDevice,
        PasswordFinish, PasswordRequest, PasswordStart, Proof, RecoveryLogin, RegisterFinish,
        RegisterRequest, RegisterStart, RootBoxes, VaultPut,
    },
};

/// Why the fields are neither leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LegError {
    /// More than one of the fields is there, or none.
    #[error("the body has either `start` or `finish`")]
    NotOneLeg,
    /// The same, of a login.
    #[error("the body has one of `start`, `finish`, `recovery` and `code`")]
    NotOneLoginLeg,
    /// A field of the leg is not there.
    #[error("missing field `{0}`")]
    Missing(&'static str),
}

/// The fields of both legs of a registration.
#[derive(Deserialize)]
pub(crate) struct RegisterFields {
    username: UserName,
    start: Option<Bytes>,
    finish: Option<Bytes>,
    account_id: Option<AccountId>,
    identity_key: Option<Bytes>,
    root_box: Option<RootBoxes>,
    token_hash: Option<Bytes>,
    vault: Option<Vec<VaultPut>>,
    device: Option<NewDevice>,
    invite: Option<InviteToken>,
}

impl TryFrom<RegisterFields> for RegisterRequest {
    type Error = LegError;

    fn try_from(fields: RegisterFields) -> Result<Self, LegError> {
        let username = fields.username;
        match (fields.start, fields.finish) {
            (Some(start), None) => Ok(Self::Start(RegisterStart {
                username,
                start,
                invite: fields.invite,
            })),
            (None, Some(finish)) => Ok(Self::Finish(Box::new(RegisterFinish {
                username,
                finish,
                account_id: required(fields.account_id, "account_id")?,
                identity_key: required(fields.identity_key, "identity_key")?,
                root_box: required(fields.root_box, "root_box")?,
                token_hash: required(fields.token_hash, "token_hash")?,
                vault: required(fields.vault, "vault")?,
                device: required(fields.device, "device")?,
                invite: fields.invite,
            }))),
            _ => Err(LegError::NotOneLeg),
        }
    }
}

/// The fields of all legs of a login.
#[derive(Deserialize)]
pub(crate) struct LoginFields {
    username: Option<UserName>,
    start: Option<Bytes>,
    login_id: Option<LoginId>,
    finish: Option<Bytes>,
    recovery: Option<Bytes>,
    code: Option<FactorCode>,
    device_id: Option<DeviceId>,
}

impl TryFrom<LoginFields> for LoginRequest {
    type Error = LegError;

    fn try_from(fields: LoginFields) -> Result<Self, LegError> {
        match (fields.start, fields.finish, fields.recovery, fields.code) {
            (Some(start), None, None, None) => Ok(Self::Start(LoginStart {
                username: required(fields.username, "username")?,
                start,
            })),
            (None, Some(finish), None, None) => Ok(Self::Finish(LoginFinish {
                login_id: required(fields.login_id, "login_id")?,
                finish,
                device_id: fields.device_id,
            })),
            (None, None, Some(recovery), None) => Ok(Self::Recovery(RecoveryLogin {
                username: required(fields.username, "username")?,
                recovery,
                device_id: fields.device_id,
            })),
            (None, None, None, Some(code)) => Ok(Self::Code(LoginCode {
                login_id: required(fields.login_id, "login_id")?,
                code,
            })),
            _ => Err(LegError::NotOneLoginLeg),
        }
    }
}

/// The fields of both legs of a change of password.
#[derive(Deserialize)]
pub(crate) struct PasswordFields {
    start: Option<Bytes>,
    finish: Option<Bytes>,
    by_password: Option<Bytes>,
    proof: Option<Proof>,
    code: Option<FactorCode>,
    token: Option<String>,
    end_others: Option<bool>,
}

impl TryFrom<PasswordFields> for PasswordRequest {
    type Error = LegError;

    fn try_from(fields: PasswordFields) -> Result<Self, LegError> {
        match (fields.start, fields.finish) {
            (Some(start), None) => Ok(Self::Start(PasswordStart { start })),
            (None, Some(finish)) => Ok(Self::Finish(Box::new(PasswordFinish {
                finish,
                by_password: required(fields.by_password, "by_password")?,
                proof: required(fields.proof, "proof")?,
                code: fields.code,
                token: required(fields.token, "token")?,
                end_others: fields.end_others.unwrap_or_default(),
            }))),
            _ => Err(LegError::NotOneLeg),
        }
    }
}

fn required<T>(field: Option<T>, name: &'static str) -> Result<T, LegError> {
    field.ok_or(LegError::Missing(name))
}
