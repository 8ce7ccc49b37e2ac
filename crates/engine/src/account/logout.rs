//! The end of a session: the vault is written first, then the server forgets the session. Device and rooms stay.

use protocol::{call::Call, error::ErrorCode};

use crate::{
    api::{CallError, CommandId, Event, Outcome},
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

impl Engine {
    pub(crate) fn log_out(&mut self, command: CommandId, turn: &mut Turn<'_>) {
        if self.session.is_none() {
            turn.done(command, Err(ErrorCode::NotLoggedIn.into()));
            return;
        }
        self.logging_out.push(command);
    }

    /// Sends the logout once the vault is written, or at once where it cannot be written now.
    pub(crate) fn logout_work(&mut self, turn: &mut Turn<'_>) {
        let wanted = !self.logging_out.is_empty() && self.session.is_some();
        if !wanted || self.jobs.is_in_flight(&Job::Logout) {
            return;
        }
        if self.is_online() && self.vault.is_dirty() && self.vault_may_write() {
            return;
        }
        self.jobs.start(Job::Logout, Call::Logout, turn);
    }

    pub(crate) fn logged_out(&mut self, answer: &Result<(), CallError>, turn: &mut Turn<'_>) {
        // Gone or refused: the server's session may stand until it ends unused, but this home has left it.
        let result = match answer {
            Err(CallError::Gone) => Err(ErrorCode::ServerGone.into()),
            _ => Ok(Outcome::Done),
        };
        self.end_session(turn);
        for command in std::mem::take(&mut self.logging_out) {
            turn.done(command, result.clone());
        }
    }

    /// The session is over, by the server's word or the person's.
    pub(crate) fn end_session(&mut self, turn: &mut Turn<'_>) {
        if let Some(session) = self.session.take() {
            self.former_token = Some(session.end(turn));
        }
        self.revocation_interrupted(turn);
        self.requests_interrupted(turn);
        self.shared_interrupted(turn);
        self.meetings_interrupted(turn);
        self.token_changed(turn);
        turn.event(Event::RoomsChanged);
    }

    /// What was asked under the former token is asked again in the next connection.
    pub(crate) fn token_changed(&mut self, turn: &mut Turn<'_>) {
        self.link.connected = false;
        self.jobs.session_over();
        self.key_package_upload_lost();
        self.vault_written(&Err(CallError::Gone), turn);
    }

    /// The server says that the session has ended.
    pub(crate) fn signed_out(&mut self, turn: &mut Turn<'_>) {
        if self.session.is_none() || self.goes_on_as_next(turn) {
            return;
        }
        self.end_session(turn);
        for command in std::mem::take(&mut self.logging_out) {
            turn.done(command, Ok(Outcome::Done));
        }
        turn.event(Event::SignedOut);
    }
}
