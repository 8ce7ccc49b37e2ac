//! Whether the recovery code that a person kept opens what the server keeps (PROTOCOL section 2). Nothing changes by it.

use e2ee::{
    recovery_code::RecoveryCode,
    root_box::{Lock, RootBox},
};
use protocol::{call::Call, error::ErrorCode, rest::RootBoxes};

use crate::{
    account::unlock::read_code,
    api::{CodeText, CommandId, Outcome},
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

/// Codes that wait for the box that they are to open.
#[derive(Default)]
pub(crate) struct CodeTests(Vec<(CommandId, RecoveryCode)>);

impl CodeTests {
    /// How much is not finished.
    pub(crate) fn pending(&self) -> usize {
        self.0.len()
    }
}

impl Engine {
    pub(crate) fn test_recovery_code(
        &mut self,
        id: CommandId,
        code: &CodeText,
        turn: &mut Turn<'_>,
    ) {
        if self.session.is_none() {
            turn.done(id, Err(ErrorCode::NotLoggedIn.into()));
            return;
        }
        match read_code(code) {
            Ok(code) => self.code_tests.0.push((id, code)),
            Err(why) => turn.done(id, Err(why)),
        }
    }

    pub(crate) fn recovery_work(&mut self, turn: &mut Turn<'_>) {
        let waits = !self.code_tests.0.is_empty();
        if waits && self.jobs.may_start(&Job::Recovery, turn.now) {
            self.jobs.start(Job::Recovery, Call::RootBoxes, turn);
        }
    }

    pub(crate) fn recovery_box_came(&mut self, found: &RootBoxes, turn: &mut Turn<'_>) {
        let Some(account) = self.home.as_ref().map(|home| home.device.account()) else {
            return;
        };
        let sealed = found.by_code.as_slice();
        for (id, code) in std::mem::take(&mut self.code_tests.0) {
            let opened = RootBox::open(sealed, &Lock::Code(&code), account);
            let wrong = |_| ErrorCode::RecoveryCodeWrong.into();
            turn.done(id, opened.map(|_| Outcome::Done).map_err(wrong));
        }
    }

    /// The server does not show it, or the session is over.
    pub(crate) fn recovery_refused(&mut self, code: ErrorCode, turn: &mut Turn<'_>) {
        for (id, _) in std::mem::take(&mut self.code_tests.0) {
            turn.done(id, Err(code.into()));
        }
    }
}
