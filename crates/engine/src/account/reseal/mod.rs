//! Another password, or another recovery code (PROTOCOL section 2): the root box is opened by the old one, sealed anew, and
//! posted with a proof, all or nothing.
//!
//! What tells whether the server has taken it is durable here before it is sent: the new seal, the token under which the
//! session goes on, and a new code, until somebody has kept it. So after whatever crash either the old one counts or the
//! new one, and it is said which.

mod ask;
mod intent;
mod reset;

use protocol::{call::Reply, error::ErrorCode};

use crate::{
    account::unlock::Key,
    api::{CallError, CodeText, CommandId, Failure, Others, Outcome, Password, Unlock},
    engine::Engine,
    jobs::Job,
    password,
    records::RecordError,
    turn::Turn,
};

pub(crate) use ask::draw_token;

use ask::{Asking, Wish};
use intent::Intent;

pub(crate) use intent::ROW;

/// What is typed: what opens the account, and a code of the second factor if there is one.
type Opener = (Unlock, Option<CodeText>);

/// A change of what opens the account, on its way.
#[derive(Default)]
pub(crate) struct Reseal {
    /// In memory only: it holds what a person typed, or what that opened.
    asking: Option<Asking>,
    /// What is posted.
    intent: Option<Intent>,
}

impl Reseal {
    pub(crate) fn load(row: &[u8]) -> Result<Self, RecordError> {
        Ok(Self {
            asking: None,
            intent: Some(Intent::load(row)?),
        })
    }

    /// How much is not finished.
    pub(crate) fn pending(&self) -> usize {
        let posted = self.intent.as_ref().is_some_and(|intent| !intent.taken);
        usize::from(self.asking.is_some()) + usize::from(posted)
    }

    /// Whether the password may be another one soon.
    pub(crate) fn is_of_password(&self) -> bool {
        let asked = self.asking.as_ref().is_some_and(Asking::is_of_password);
        let posted = self.intent.as_ref().filter(|intent| !intent.taken);
        asked || posted.is_some_and(Intent::is_of_password)
    }
}

impl Engine {
    /// A recovery code that counts and that nobody has kept yet, because a former life of this program ended first.
    pub fn unkept_code(&self) -> Option<CodeText> {
        let intent = self.reseal.intent.as_ref()?;
        let code = intent.code.clone().filter(|_| intent.taken)?;
        Some(CodeText::new(code))
    }

    /// Somebody has kept the new code: from here on it is nowhere here.
    pub(crate) fn code_kept(&mut self, command: CommandId, turn: &mut Turn<'_>) {
        if self.reseal.intent.as_ref().is_some_and(|it| it.taken) {
            self.forget_intent(turn);
        }
        turn.done(command, Ok(Outcome::Done));
    }

    pub(crate) fn change_password(
        &mut self,
        command: CommandId,
        opener: Opener,
        (new, others): (Password, Others),
        turn: &mut Turn<'_>,
    ) {
        let weak = self
            .home
            .as_ref()
            .map(|home| password::check(&new, &home.user));
        if let Some(Err(weakness)) = weak {
            let refusal = password::refusal(weakness, turn.rng);
            return turn.done(command, Err(refusal));
        }
        if others == Others::Revoked && self.home.as_ref().is_some_and(|home| home.reduced) {
            return turn.done(command, Err(ErrorCode::NoIdentity.into()));
        }
        if others == Others::Revoked && self.devices.revocation.is_under_way() {
            return turn.done(command, Err(busy()));
        }
        let wish = Wish::Password { new, others };
        self.begin_reseal(command, opener, wish, turn);
    }

    pub(crate) fn replace_code(&mut self, command: CommandId, opener: Opener, turn: &mut Turn<'_>) {
        self.begin_reseal(command, opener, Wish::Code, turn);
    }

    fn begin_reseal(
        &mut self,
        command: CommandId,
        (unlock, code): Opener,
        wish: Wish,
        turn: &mut Turn<'_>,
    ) {
        let revokes = matches!(
            wish,
            Wish::Password {
                others: Others::Revoked,
                ..
            }
        );
        let begun = match (&self.session, self.reseal.pending(), Key::read(&unlock)) {
            (None, ..) => Err(ErrorCode::NotLoggedIn.into()),
            (_, 1.., _) => Err(busy()),
            (.., key) => key,
        };
        match begun {
            Ok(key) => {
                if revokes {
                    self.devices.revocation.prepare_all(key);
                }
                self.reseal.asking = {
                    let code = code.map(|code| code.shown());
                    Some(Asking::new(command, unlock, code, wish))
                };
            }
            Err(failure) => turn.done(command, Err(failure)),
        }
    }

    /// Asks what a change needs next.
    pub(crate) fn reseal_work(&mut self, turn: &mut Turn<'_>) {
        if !self.jobs.may_start(&Job::Reseal, turn.now) {
            return;
        }
        let Some(home) = &self.home else { return };
        let reseal = &mut self.reseal;
        let call = match (&reseal.intent, &mut reseal.asking) {
            (Some(intent), _) if !intent.taken => Ok(intent.call()),
            // A code that nobody has kept yet stays where it is until the next one takes its place.
            (_, Some(asking)) => match asking.call(home, &self.devices.revocation, turn) {
                Some(call) => call,
                None => return,
            },
            _ => return,
        };
        match call {
            Ok(call) => self.jobs.start(Job::Reseal, call, turn),
            Err(code) => self.reseal_failed(code.into(), turn),
        }
    }

    pub(crate) fn reseal_answered(
        &mut self,
        answer: Result<Reply, CallError>,
        turn: &mut Turn<'_>,
    ) {
        if self.reseal.intent.as_ref().is_some_and(|it| !it.taken) {
            return self.reseal_intent_answered(answer, turn);
        }
        self.jobs.clear(&Job::Reseal);
        let taken = match answer {
            Ok(reply) => self.reseal_asked(reply, turn),
            Err(error) => Err(error.code()),
        };
        if let Err(code) = taken {
            self.reseal_failed(code.into(), turn);
        }
    }

    /// Nothing has changed on the server.
    pub(crate) fn reseal_failed(&mut self, why: Failure, turn: &mut Turn<'_>) {
        self.jobs.clear(&Job::Reseal);
        if let Some(asking) = self.reseal.asking.take() {
            turn.done(asking.command, Err(why));
        }
    }

    /// The session is over. What is posted may stand or not: the next session tells.
    pub(crate) fn reseal_interrupted(&mut self, turn: &mut Turn<'_>) {
        self.reseal_failed(ErrorCode::SessionExpired.into(), turn);
        if let Some(intent) = &mut self.reseal.intent {
            intent.call = None;
            if let Some(command) = intent.command.take() {
                turn.done(command, Err(ErrorCode::SessionExpired.into()));
            }
        }
    }
}

fn busy() -> Failure {
    Failure {
        code: ErrorCode::RateLimited,
        sentence: "Another change of your account is under way.".to_owned(),
    }
}
