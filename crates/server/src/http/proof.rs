//! Whether somebody knows what opens the account: a session alone, which may be stolen, changes nothing of it.

use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    ids::{AccountId, DeviceId},
    limits::CODE_STANDS_MILLIS,
    rest::{FactorCode, PasswordProof, Proof},
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::login::guess_of_device;
use crate::{
    app::App,
    failure::Refusal,
    login::OpaqueServer,
    second_factor::{self, Shown},
    session::Caller,
    store::{
        Store as _,
        credentials::{CodeHash, Credentials, Proven},
    },
};

/// What was shown to be known of an account.
pub(super) fn check(
    app: &App,
    (account, device): (AccountId, Option<DeviceId>),
    credentials: &Credentials,
    proof: &Proof,
) -> Result<Proven, Refusal> {
    match proof {
        Proof::Password(proof) => by_password(app, account, proof),
        Proof::Recovery(token) => {
            let device = device.ok_or(Refusal::of(ErrorCode::DeviceRequired))?;
            guess_of_device(app, device)?;
            by_code(token, credentials.code)
        }
    }
}

/// Whether it is of the password of this account. It counts once.
pub(super) fn by_password(
    app: &App,
    account: AccountId,
    proof: &PasswordProof,
) -> Result<Proven, Refusal> {
    Ok(of_password(app, account, proof)?.proven)
}

/// The same, with all that a session can rest on.
pub(super) fn of_password(
    app: &App,
    account: AccountId,
    proof: &PasswordProof,
) -> Result<Shown, Refusal> {
    let failed = Refusal::of(ErrorCode::LoginFailed);
    let pending = app.logins.take(proof.login_id, app.clock.now());
    let pending = pending.ok_or(failed)?;
    OpaqueServer::login_finish(&pending.name, pending.state, proof.finish.as_slice())?;
    let (of, identity_key, root_box) = pending.account.ok_or(failed)?;
    if of != account {
        return Err(failed);
    }
    Ok(Shown {
        account,
        identity_key,
        proven: Proven::Password(root_box.by_password.0.clone()),
        root_box,
        device: None,
    })
}

/// A code, where the account has a second factor. A session that began by showing one has shown it, for a while: the next
/// one would be half a minute away. A session from before the second factor has shown none.
pub(super) async fn second_factor(
    app: &App,
    caller: &Caller,
    code: Option<&FactorCode>,
) -> Result<(), Refusal> {
    let Some(kept) = app.store.second_factor(caller.account).await? else {
        return Ok(());
    };
    let began = caller.started;
    if began > kept.enrolled_at && app.clock.now().since(began) < CODE_STANDS_MILLIS {
        return Ok(());
    }
    let code = code.ok_or(Refusal::of(ErrorCode::SecondFactorRequired))?;
    second_factor::check(app, caller.account, code).await
}

/// Whether a token is that of the code. It takes the same for a name that nobody has.
pub(super) fn by_code(token: &Bytes, known: Option<CodeHash>) -> Result<Proven, Refusal> {
    let shown: [u8; 32] = Sha256::digest(token.as_slice()).into();
    let CodeHash(hash) = known.unwrap_or(CodeHash([0; 32]));
    if known.is_some() & bool::from(shown.ct_eq(&hash)) {
        Ok(Proven::Code(CodeHash(hash)))
    } else {
        Err(Refusal::of(ErrorCode::LoginFailed))
    }
}
