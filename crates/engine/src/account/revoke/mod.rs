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
    account::{refusal, unlock::Key},
    api::{CallError, CommandId, Failure, Outcome, Space, Unlock},
    convert,
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

use ask::Asking;
use intent::Intent;

pub(crate) use intent::{ROW, is_final};

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

    /// The first part of a change of password with which all other devices go: everything is ready before anything is
    /// posted, so that nothing is wanted of the person between the two.
    pub(crate) fn prepare_all(&mut self, key: Key) {
        self.asking = Some(Asking::new(None, Vec::new(), key));
    }

    /// Whether it is not ready yet.
    pub(crate) const fn is_being_prepared(&self) -> bool {
        self.asking.is_some() && self.intent.is_none()
    }

    fn is_held(&self) -> bool {
        let asked = self.asking.as_ref();
        let held = asked.is_some_and(|asking| asking.command.is_none() && !asking.after_password);
        self.intent.as_ref().map_or(held, |intent| intent.held)
    }
}

impl Engine {
    pub(crate) fn revoke_devices(
        &mut self,
        command: CommandId,
        devices: Vec<DeviceId>,
        unlock: &Unlock,
        turn: &mut Turn<'_>,
    ) {
        let own = self
            .home
            .as_ref()
            .map(|home| convert::device_out(home.device.id()));
        let begun = if self.session.is_none() {
            Err(ErrorCode::NotLoggedIn.into())
        } else if devices.is_empty() || devices.iter().any(|device| Some(*device) == own) {
            Err(ErrorCode::BadRequest.into())
        } else if self.home.as_ref().is_some_and(|home| home.reduced) {
            Err(ErrorCode::NoIdentity.into())
        } else if self.devices.revocation.is_under_way() {
            Err(Failure {
                code: ErrorCode::RateLimited,
                sentence: "Another revocation is under way.".to_owned(),
            })
        } else {
            Key::read(unlock)
        };
        match begun {
            Err(failure) => turn.done(command, Err(failure)),
            Ok(key) => {
                self.devices.revocation.asking = Some(Asking::new(Some(command), devices, key));
            }
        }
    }

    /// Asks what the revocation needs next.
    pub(crate) fn revocation_work(&mut self, turn: &mut Turn<'_>) {
        if !self.jobs.may_start(&Job::Revoke, turn.now) {
            return;
        }
        if self.devices.revocation.is_held() && !self.reseal.is_of_password() {
            // The password stays as it is, and so do the devices: nothing was posted.
            return self.drop_revocation(turn);
        }
        let revocation = &mut self.devices.revocation;
        let call = match (&revocation.intent, &mut revocation.asking) {
            (Some(intent), _) if intent.held => return,
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
            Ok(reply) => self.asked(reply, turn).map_err(Failure::from),
            Err(error) => Err(refusal::failure(&error, turn.now)),
        };
        if let Err(why) = taken {
            self.revocation_failed(why, turn);
        }
    }

    /// Nothing has changed on the server.
    fn revocation_failed(&mut self, why: impl Into<Failure>, turn: &mut Turn<'_>) {
        self.jobs.clear(&Job::Revoke);
        let Some(asking) = self.devices.revocation.asking.take() else {
            return;
        };
        if asking.made_key_packages() {
            self.key_packages.replace_last_resort();
        }
        let Failure { code, sentence } = why.into();
        match asking.command {
            Some(command) if asking.after_password => {
                let sentence = format!(
                    "Your password was changed and your other devices were signed out, but they are not revoked yet. {sentence}"
                );
                turn.done(command, Err(Failure { code, sentence }));
            }
            Some(command) => turn.done(command, Err(Failure { code, sentence })),
            // The change of password that it was part of ends with it.
            None => self.reseal_failed(Failure { code, sentence }, turn),
        }
    }

    fn drop_revocation(&mut self, turn: &mut Turn<'_>) {
        let revocation = &mut self.devices.revocation;
        let asking = revocation.asking.take();
        let made = revocation.intent.take().is_some();
        if made {
            turn.delete(Space::Account, ROW);
        }
        if made || asking.is_some_and(|asking| asking.made_key_packages()) {
            self.key_packages.replace_last_resort();
        }
        self.jobs.clear(&Job::Revoke);
    }

    /// The password was changed: what was prepared goes out. Whether somebody waits for its end now.
    pub(crate) fn release_revocation(
        &mut self,
        command: Option<CommandId>,
        turn: &mut Turn<'_>,
    ) -> bool {
        let revocation = &mut self.devices.revocation;
        let Some(intent) = revocation.intent.as_mut().filter(|intent| intent.held) else {
            return false;
        };
        intent.release(turn);
        if let Some(asking) = &mut revocation.asking {
            asking.command = command;
            asking.after_password = true;
        }
        revocation.asking.is_some()
    }

    /// The session is over. What is posted may stand or not: the next session tells.
    pub(crate) fn revocation_interrupted(&mut self, turn: &mut Turn<'_>) {
        self.revocation_failed(ErrorCode::SessionExpired, turn);
        for command in std::mem::take(&mut self.devices.listing) {
            turn.done(command, Err(ErrorCode::SessionExpired.into()));
        }
        self.recovery_refused(ErrorCode::SessionExpired, turn);
        self.reseal_interrupted(turn);
    }

    fn revocation_done(&mut self, turn: &mut Turn<'_>) {
        self.jobs.clear(&Job::Revoke);
        let asking = self.devices.revocation.asking.take();
        if let Some(command) = asking.and_then(|asking| asking.command) {
            turn.done(command, Ok(Outcome::Done));
        }
    }
}
