//! A reset from a device alone (PROTOCOL section 2), after its wait: a reduced root box, made from what this device has. The
//! identity is lost with the box of before, which nobody can open.

use e2ee::{
    recovery_code::RecoveryCode,
    root_box::{Lock, RootBox},
};
use protocol::{
    call::Call,
    error::ErrorCode,
    rest::{ACCOUNT_KEY, FactorCode, FinishReset, RegisterStarted, VaultItem, VaultPut},
};

use super::{
    ask::{Asking, draw_token},
    busy,
    intent::Intent,
};
use crate::{
    account::home::Home,
    api::{CodeText, CommandId, Password},
    engine::Engine,
    opaque::Registering,
    password,
    turn::Turn,
};

impl Engine {
    pub(crate) fn finish_reset(
        &mut self,
        command: CommandId,
        (new, code): (Password, Option<CodeText>),
        turn: &mut Turn<'_>,
    ) {
        let Some(home) = self.home.as_ref().filter(|_| self.session.is_some()) else {
            return turn.done(command, Err(ErrorCode::NotLoggedIn.into()));
        };
        if let Err(weakness) = password::check(&new, &home.user) {
            let refusal = password::refusal(weakness, turn.rng);
            return turn.done(command, Err(refusal));
        }
        // A revocation changes the account key, which is to be sealed here.
        if self.reseal.pending() > 0 || self.devices.revocation.is_under_way() {
            return turn.done(command, Err(busy()));
        }
        let code = code.map(|code| code.shown());
        self.reseal.asking = Some(Asking::reset(command, new, code));
    }
}

/// Where the account key stands in the vault, by the server's word: only what it holds is replaced there.
pub(super) fn version(item: &VaultItem) -> Result<u64, ErrorCode> {
    (item.name == ACCOUNT_KEY)
        .then_some(item.version)
        .ok_or(ErrorCode::BadAnswer)
}

/// The request, and the token under which the session goes on.
pub(super) fn make(
    (state, version): (Registering, u64),
    started: &RegisterStarted,
    (new, second_factor): (&Password, Option<FactorCode>),
    home: &Home,
    turn: &mut Turn<'_>,
) -> Result<(Intent, Option<String>), ErrorCode> {
    let opaque = state.finish(&home.user, new, &started.response, turn.rng)?;
    let account = home.device.account();
    let root_box = RootBox::reduced(account, &mut turn.rng);
    let code = RecoveryCode::generate(&mut turn.rng);
    let mut seal = |lock: Lock<'_>| {
        let sealed = root_box.seal(&lock, &mut turn.rng);
        sealed.map_err(|_| ErrorCode::BadMls)
    };
    let by_password = seal(Lock::Password(&opaque.export_key))?;
    let by_code = seal(Lock::Code(&code))?;
    let key = &home.account_key;
    let sealed_key = key.seal(root_box.root(), account, &mut turn.rng);
    let token = draw_token(turn);
    let finish = FinishReset {
        finish: opaque.message,
        by_password: by_password.into(),
        by_code: by_code.clone().into(),
        token_hash: code.token_hash().as_slice().into(),
        account_key: VaultPut {
            name: ACCOUNT_KEY.to_owned(),
            expected: version,
            sealed: sealed_key.map_err(|_| ErrorCode::BadMls)?.into(),
        },
        code: second_factor,
        token: token.clone(),
    };
    let call = Call::FinishReset(Box::new(finish));
    let intent = Intent::of_reset(by_code, code.to_text(), call);
    Ok((intent, Some(token)))
}
