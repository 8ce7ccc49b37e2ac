//! From what a person types to the request: the box is opened, and sealed anew.

use e2ee::{recovery_code::RecoveryCode, root_box::Lock};
use protocol::{
    bytes::Bytes,
    call::{Call, Reply},
    error::ErrorCode,
    rest::{ACCOUNT_KEY, FactorCode, PasswordFinish, PasswordStart, PutRecovery, RegisterStarted},
};

use super::{intent::Intent, reset};
use crate::{
    account::{
        home::Home,
        revoke::Revocation,
        unlock::{Key, Taken, Unlocked, Unlocking},
    },
    api::{CommandId, Others, Password, Unlock},
    engine::Engine,
    opaque::Registering,
    turn::Turn,
};

/// A change before it is posted.
pub(super) struct Asking {
    pub(super) command: CommandId,
    /// What was typed; nothing where the account is reset.
    unlock: Option<Unlock>,
    /// Of the second factor; counts once.
    code: Option<FactorCode>,
    wish: Wish,
    step: Step,
}

/// What is to be another one.
pub(super) enum Wish {
    Password {
        new: Password,
        others: Others,
    },
    Code,
    /// Both are to be others, and nothing opens the box of before.
    Reset {
        new: Password,
    },
}

enum Step {
    /// The revocation that goes with it is being prepared, if there is one.
    Start,
    Unlock(Unlocking),
    Open(Unlocked),
    Password(Box<Registering>, Unlocked),
    /// The item of the account key is at this version.
    Reset(u64),
    Resetting(Box<Registering>, u64),
}

impl Asking {
    pub(super) const fn new(
        command: CommandId,
        unlock: Unlock,
        code: Option<FactorCode>,
        wish: Wish,
    ) -> Self {
        Self {
            command,
            unlock: Some(unlock),
            code,
            wish,
            step: Step::Start,
        }
    }

    pub(super) const fn reset(command: CommandId, new: Password, code: Option<FactorCode>) -> Self {
        Self {
            command,
            unlock: None,
            code,
            wish: Wish::Reset { new },
            step: Step::Start,
        }
    }

    pub(super) const fn is_of_password(&self) -> bool {
        matches!(self.wish, Wish::Password { .. })
    }

    /// What is asked next; none while something else is waited for.
    pub(super) fn call(
        &mut self,
        home: &Home,
        revocation: &Revocation,
        turn: &mut Turn<'_>,
    ) -> Option<Result<Call, ErrorCode>> {
        if matches!(self.step, Step::Start) {
            if revocation.is_being_prepared() {
                return None;
            }
            let Some(unlock) = &self.unlock else {
                return Some(Ok(Call::VaultItem(ACCOUNT_KEY.to_owned())));
            };
            match Key::read(unlock) {
                Ok(key) => self.step = Step::Unlock(Unlocking::new(key)),
                Err(failure) => return Some(Err(failure.code)),
            }
        }
        if let Step::Unlock(unlocking) = &mut self.step {
            return Some(unlocking.call(home, turn));
        }
        match (std::mem::replace(&mut self.step, Step::Start), &self.wish) {
            (Step::Open(unlocked), Wish::Password { new, .. }) => {
                let started = Registering::start(new, turn.rng).map(|(state, start)| {
                    self.step = Step::Password(Box::new(state), unlocked);
                    Call::PasswordStart(PasswordStart { start })
                });
                Some(started)
            }
            (Step::Reset(version), Wish::Reset { new }) => {
                let started = Registering::start(new, turn.rng).map(|(state, start)| {
                    self.step = Step::Resetting(Box::new(state), version);
                    Call::PasswordStart(PasswordStart { start })
                });
                Some(started)
            }
            // Its answer was lost with the connection.
            _ => Some(Err(ErrorCode::ServerGone)),
        }
    }
}

impl Engine {
    /// Takes an answer and goes one step on.
    pub(super) fn reseal_asked(
        &mut self,
        reply: Reply,
        turn: &mut Turn<'_>,
    ) -> Result<(), ErrorCode> {
        let (Some(home), Some(asking)) = (&self.home, &mut self.reseal.asking) else {
            return Ok(());
        };
        let step = std::mem::replace(&mut asking.step, Step::Start);
        let code = asking.code.clone();
        let (intent, token) = match (step, reply, &asking.wish) {
            (Step::Start, Reply::VaultItem(item), Wish::Reset { .. }) => {
                asking.step = Step::Reset(reset::version(&item)?);
                return Ok(());
            }
            (
                Step::Resetting(state, version),
                Reply::RegisterStarted(started),
                Wish::Reset { new },
            ) => reset::make((*state, version), &started, (new, code), home, turn)?,
            (Step::Unlock(unlocking), reply, wish) => match unlocking.take(reply, home, turn)? {
                Taken::More(more) => {
                    asking.step = Step::Unlock(more);
                    return Ok(());
                }
                Taken::Open(unlocked) if matches!(wish, Wish::Code) => {
                    (new_code(unlocked, code, turn)?, None)
                }
                Taken::Open(unlocked) => {
                    asking.step = Step::Open(unlocked);
                    return Ok(());
                }
            },
            (
                Step::Password(state, unlocked),
                Reply::RegisterStarted(started),
                Wish::Password { new, others },
            ) => {
                let new = (new, *others != Others::Stay);
                new_password(*state, (unlocked, code), &started, new, home, turn)?
            }
            _ => return Err(ErrorCode::BadAnswer),
        };
        let command = asking.command;
        self.reseal.asking = None;
        if let (Some(token), Some(session)) = (token, &mut self.session) {
            session.next = Some(token);
            session.save(turn);
        }
        self.keep_reseal(intent, command, turn);
        Ok(())
    }
}

fn new_code(
    unlocked: Unlocked,
    second_factor: Option<FactorCode>,
    turn: &mut Turn<'_>,
) -> Result<Intent, ErrorCode> {
    let code = RecoveryCode::generate(&mut turn.rng);
    let sealed = unlocked.root_box.seal(&Lock::Code(&code), &mut turn.rng);
    let sealed = sealed.map_err(|_| ErrorCode::BadMls)?;
    let put = PutRecovery {
        by_code: sealed.clone().into(),
        token_hash: code.token_hash().as_slice().into(),
        proof: unlocked.proof,
        code: second_factor,
    };
    Ok(Intent::new(
        sealed,
        Some(code.to_text()),
        Call::PutRecovery(put),
    ))
}

/// The request, and the token under which the session goes on.
fn new_password(
    state: Registering,
    (unlocked, code): (Unlocked, Option<FactorCode>),
    started: &RegisterStarted,
    (new, end_others): (&Password, bool),
    home: &Home,
    turn: &mut Turn<'_>,
) -> Result<(Intent, Option<String>), ErrorCode> {
    let opaque = state.finish(&home.user, new, &started.response, turn.rng)?;
    let lock = Lock::Password(&opaque.export_key);
    let sealed = unlocked.root_box.seal(&lock, &mut turn.rng);
    let sealed = sealed.map_err(|_| ErrorCode::BadMls)?;
    let token = draw_token(turn);
    let finish = PasswordFinish {
        finish: opaque.message,
        by_password: sealed.clone().into(),
        proof: unlocked.proof,
        code,
        token: token.clone(),
        end_others,
    };
    let call = Call::PasswordFinish(Box::new(finish));
    Ok((Intent::new(sealed, None, call), Some(token)))
}

/// 256 random bits as 43 URL-safe characters.
pub(crate) fn draw_token(turn: &mut Turn<'_>) -> String {
    let mut bytes = [0; 32];
    turn.rng.fill_bytes(&mut bytes);
    let text = Bytes::from(bytes.as_slice()).to_base64();
    let text = text.replace('+', "-").replace('/', "_");
    text.trim_end_matches('=').to_owned()
}
