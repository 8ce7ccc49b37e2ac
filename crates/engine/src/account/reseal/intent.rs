//! The request on its way, and which of old and new holds.

use protocol::{
    call::{Call, Reply},
    error::ErrorCode,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    account::{refusal, revoke::is_final, session::Session},
    api::{CallError, CommandId, Event, Failure, Outcome, Settled, Space},
    engine::Engine,
    jobs::Job,
    records::{self, RecordError},
    turn::Turn,
};

/// The row of a change that was posted.
pub(crate) const ROW: &[u8] = b"reseal";

/// What a change was, and whether it is one.
#[derive(Serialize, Deserialize)]
pub(super) struct Intent {
    /// The server's box, if it was taken.
    #[serde(with = "serde_bytes")]
    sealed: Vec<u8>,
    /// A new recovery code; none if the password is another one.
    pub(super) code: Option<String>,
    /// Password and code are others, by a reset.
    #[serde(default)]
    reset: bool,
    /// The server has taken it, and nobody has kept the code yet, or heard that the password is another one.
    pub(super) taken: bool,
    /// Who waits for it, or the screen, was told in this turn or in one before.
    #[serde(skip)]
    told: Told,
    /// The request. A later life does not know what was typed any more, and only looks what became of it.
    #[serde(skip)]
    pub(super) call: Option<Call>,
    /// Who waits for it.
    #[serde(skip)]
    pub(super) command: Option<CommandId>,
    /// Why the server refused it.
    #[serde(skip)]
    refused: Option<Failure>,
}

/// What is told may be lost with the program in the same turn, so what tells of it stays for one turn more.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Told {
    #[default]
    No,
    Now,
    Before,
}

impl Intent {
    pub(super) fn new(sealed: Vec<u8>, code: Option<Zeroizing<String>>, call: Call) -> Self {
        Self {
            sealed,
            code: code.as_deref().cloned(),
            reset: false,
            taken: false,
            told: Told::No,
            call: Some(call),
            command: None,
            refused: None,
        }
    }

    /// Of a reset: the box under the new code tells whether it was taken.
    pub(super) fn of_reset(by_code: Vec<u8>, code: Zeroizing<String>, call: Call) -> Self {
        Self {
            reset: true,
            ..Self::new(by_code, Some(code), call)
        }
    }

    pub(super) fn load(row: &[u8]) -> Result<Self, RecordError> {
        records::decode(row)
    }

    pub(super) const fn is_of_password(&self) -> bool {
        self.code.is_none()
    }

    /// Whether the session goes on under another token.
    const fn turns_token(&self) -> bool {
        self.reset || self.is_of_password()
    }

    /// Whether it was refused for good. A code counts for half a minute: one that has to wait is of no use afterwards.
    fn is_refused(&self, error: &CallError) -> bool {
        let shows_code = match &self.call {
            Some(Call::PasswordFinish(finish)) => finish.code.is_some(),
            Some(Call::PutRecovery(put)) => put.code.is_some(),
            Some(Call::FinishReset(finish)) => finish.code.is_some(),
            _ => false,
        };
        let waits = shows_code && error.code() == ErrorCode::RateLimited;
        self.call.is_some() && (waits || is_final(error.code()))
    }

    pub(super) fn call(&self) -> Call {
        self.call.clone().unwrap_or(Call::RootBoxes)
    }
}

impl Engine {
    pub(super) fn keep_reseal(
        &mut self,
        mut intent: Intent,
        command: CommandId,
        turn: &mut Turn<'_>,
    ) {
        intent.command = Some(command);
        turn.put(Space::Account, ROW, records::encode(&intent));
        self.reseal.intent = Some(intent);
    }

    pub(super) fn forget_intent(&mut self, turn: &mut Turn<'_>) -> Option<Intent> {
        self.jobs.clear(&Job::Reseal);
        turn.delete(Space::Account, ROW);
        self.reseal.intent.take()
    }

    pub(super) fn reseal_intent_answered(
        &mut self,
        answer: Result<Reply, CallError>,
        turn: &mut Turn<'_>,
    ) {
        let Some(intent) = &mut self.reseal.intent else {
            return;
        };
        match answer {
            Ok(Reply::Session(session)) if intent.turns_token() && intent.call.is_some() => {
                let session = Session::from(&session);
                session.save(turn);
                self.session = Some(session);
                self.token_changed(turn);
                self.reseal_taken(turn);
            }
            Ok(Reply::Done) if !intent.turns_token() && intent.call.is_some() => {
                self.reseal_taken(turn);
            }
            Ok(Reply::RootBoxes(boxes)) if intent.call.is_none() => {
                let found = if intent.is_of_password() {
                    boxes.by_password
                } else {
                    boxes.by_code
                };
                if found.as_slice() == intent.sealed {
                    self.reseal_taken(turn);
                } else {
                    self.reseal_lapsed(turn);
                }
            }
            // It says nothing of an earlier sending of the same request: the box does.
            Err(error @ CallError::Refused(_)) if intent.is_refused(&error) => {
                intent.call = None;
                intent.refused = Some(refusal::failure(&error, turn.now));
                self.jobs.clear(&Job::Reseal);
            }
            Err(CallError::Refused(body)) if body.retry_after_ms.is_some() => {
                let wait = body.retry_after_ms.unwrap_or_default();
                self.jobs.delay(Job::Reseal, turn.now, wait);
            }
            _ => self.jobs.back_off(Job::Reseal, turn.now, turn.rng),
        }
    }

    /// The new one counts.
    fn reseal_taken(&mut self, turn: &mut Turn<'_>) {
        let Some(intent) = &mut self.reseal.intent else {
            return;
        };
        let command = intent.command.take();
        intent.taken = true;
        intent.call = None;
        turn.put(Space::Account, ROW, records::encode(&*intent));
        self.jobs.clear(&Job::Reseal);
        if intent.reset
            && let Some(home) = &mut self.home
        {
            home.reduced = true;
            home.save(turn);
        }
        if let Some(code) = &intent.code {
            let settled = if intent.reset {
                Settled::AccountReset
            } else {
                Settled::CodeReplaced
            };
            let recovery_code = Zeroizing::new(code.clone());
            match command {
                Some(command) => turn.done(command, Ok(Outcome::CodeReplaced { recovery_code })),
                None => turn.event(Event::Settled(settled)),
            }
            return;
        }
        if command.is_some() {
            intent.told = Told::Now;
        }
        // Whoever waits does so until the other devices are out, too.
        let waits = self.release_revocation(command, turn);
        if let Some(command) = command.filter(|_| !waits) {
            turn.done(command, Ok(Outcome::Done));
        }
    }

    /// Tells that the password is another one where nobody waits for that, and forgets it once it was told.
    pub(crate) fn tell_reseal(&mut self, turn: &mut Turn<'_>) {
        let Some(intent) = &mut self.reseal.intent else {
            return;
        };
        if !(intent.taken && intent.is_of_password()) {
            return;
        }
        match intent.told {
            Told::No => turn.event(Event::Settled(Settled::PasswordChanged)),
            Told::Now => {}
            Told::Before => {
                self.forget_intent(turn);
                return;
            }
        }
        intent.told = Told::Before;
    }

    /// The old one counts, and will: what was posted is no proof any more.
    fn reseal_lapsed(&mut self, turn: &mut Turn<'_>) {
        let Some(intent) = self.forget_intent(turn) else {
            return;
        };
        match intent.command {
            Some(command) => {
                let why = intent.refused;
                let why = why.unwrap_or_else(|| Failure::from(ErrorCode::LoginFailed));
                turn.done(command, Err(why));
            }
            None if intent.is_of_password() => {
                turn.event(Event::Settled(Settled::PasswordKept));
            }
            None if intent.reset => turn.event(Event::Settled(Settled::AccountKept)),
            None => turn.event(Event::Settled(Settled::CodeKept)),
        }
    }

    /// The session is over under the token that it had. If a change of password went with it, it goes on under the next.
    pub(crate) fn goes_on_as_next(&mut self, turn: &mut Turn<'_>) -> bool {
        let Some(session) = &mut self.session else {
            return false;
        };
        let Some(next) = session.next.take() else {
            return false;
        };
        session.token = next;
        session.save(turn);
        self.token_changed(turn);
        if let Some(intent) = self.reseal.intent.as_mut().filter(|it| it.turns_token()) {
            intent.call = None;
        }
        true
    }
}
