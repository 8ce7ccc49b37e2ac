//! Revoking devices (PROTOCOL section 2): new account key, new signing key, the vault sealed anew, all in one request.
//!
//! What the request says is durable here before it is sent, with the home that stands once it is taken. It is sent
//! until the server's own copy of the account key tells which of two things holds: nothing has changed, or all has.

mod ask;
mod fresh;
mod intent;
mod read;

use protocol::{call::Reply, error::ErrorCode, ids::DeviceId};

use crate::{
    api::{CallError, CommandId, Failure, Outcome, Password},
    convert,
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

use ask::Asking;
use intent::Intent;

pub(crate) use intent::ROW;

/// A revocation on its way.
#[derive(Default)]
pub(crate) struct Revocation {
    /// In memory only: it holds a password, or what that opened.
    asking: Option<Asking>,
    /// What is posted.
    intent: Option<Intent>,
}

impl Revocation {
    pub(crate) fn load(row: &[u8]) -> Result<Self, crate::records::RecordError> {
        Ok(Self {
            asking: None,
            intent: Some(Intent::load(row)?),
        })
    }

    /// Whether the vault and the KeyPackages on the server are about to be replaced: nothing else is written there
    /// meanwhile.
    pub(crate) const fn is_under_way(&self) -> bool {
        self.asking.is_some() || self.intent.is_some()
    }
}

impl Engine {
    pub(crate) fn revoke_devices(
        &mut self,
        command: CommandId,
        devices: Vec<DeviceId>,
        password: Password,
        turn: &mut Turn<'_>,
    ) {
        let own = self
            .home
            .as_ref()
            .map(|home| convert::device_out(home.device.id()));
        let refusal = if self.session.is_none() {
            Some(ErrorCode::NotLoggedIn.into())
        } else if devices.is_empty() || devices.iter().any(|device| Some(*device) == own) {
            Some(ErrorCode::BadRequest.into())
        } else if self.devices.revocation.is_under_way() {
            Some(Failure {
                code: ErrorCode::RateLimited,
                sentence: "Another revocation is under way.".to_owned(),
            })
        } else {
            None
        };
        match refusal {
            Some(failure) => turn.done(command, Err(failure)),
            None => {
                self.devices.revocation.asking = Some(Asking::new(command, devices, password));
            }
        }
    }

    /// Asks what the revocation needs next.
    pub(crate) fn revocation_work(&mut self, turn: &mut Turn<'_>) {
        if !self.jobs.may_start(&Job::Revoke, turn.now) {
            return;
        }
        let revocation = &mut self.devices.revocation;
        let call = match (&revocation.intent, &mut revocation.asking) {
            (Some(intent), _) => Ok(intent.call()),
            (None, Some(asking)) => {
                let Some(home) = &self.home else { return };
                asking.call(home, turn)
            }
            (None, None) => return,
        };
        match call {
            Ok(call) => self.jobs.start(Job::Revoke, call, turn),
            Err(code) => self.revocation_failed(code, turn),
        }
    }

    pub(crate) fn revocation_answered(
        &mut self,
        answer: Result<Reply, CallError>,
        turn: &mut Turn<'_>,
    ) {
        if self.devices.revocation.intent.is_some() {
            self.intent_answered(answer, turn);
            return;
        }
        self.jobs.clear(&Job::Revoke);
        let taken = match answer {
            Ok(reply) => self.asked(reply, turn),
            Err(error) => Err(error.code()),
        };
        if let Err(code) = taken {
            self.revocation_failed(code, turn);
        }
    }

    /// Nothing has changed on the server.
    fn revocation_failed(&mut self, code: ErrorCode, turn: &mut Turn<'_>) {
        self.jobs.clear(&Job::Revoke);
        let Some(asking) = self.devices.revocation.asking.take() else {
            return;
        };
        if asking.made_key_packages() {
            self.key_packages.replace_last_resort();
        }
        turn.done(asking.command, Err(code.into()));
    }

    /// The session is over. What is posted may stand or not: the next session tells.
    pub(crate) fn revocation_interrupted(&mut self, turn: &mut Turn<'_>) {
        self.revocation_failed(ErrorCode::SessionExpired, turn);
        for command in std::mem::take(&mut self.devices.listing) {
            turn.done(command, Err(ErrorCode::SessionExpired.into()));
        }
        self.recovery_refused(ErrorCode::SessionExpired, turn);
    }

    fn revocation_done(&mut self, turn: &mut Turn<'_>) {
        self.jobs.clear(&Job::Revoke);
        if let Some(asking) = self.devices.revocation.asking.take() {
            turn.done(asking.command, Ok(Outcome::Done));
        }
    }
}
