//! The end of an account: first it leaves its rooms, as anybody does, then the server is asked. Everything before that can be
//! done again, and after it the server says to every device that there is no account any more.

use protocol::{ids::RoomId, role::Role};

use super::{
    requests::Wanted,
    unlock::{read_code, token},
};
use crate::{
    api::{CodeText, CommandId, Event, Outcome, RoomStage, Unlock},
    engine::Engine,
    turn::Turn,
};

impl Engine {
    /// The rooms with others in them that this account alone owns: they would be left without an owner.
    pub fn last_owner_of(&self) -> Vec<RoomId> {
        let rooms = self.rooms().into_iter();
        let owned = rooms.filter(|room| {
            let members = self.members(room.room);
            room.role == Role::Owner
                && members.len() > 1
                && members.iter().filter(|it| it.role == Role::Owner).count() == 1
        });
        owned.map(|room| room.room).collect()
    }

    pub(crate) fn delete_account(
        &mut self,
        command: CommandId,
        (unlock, code): (Unlock, Option<CodeText>),
        at_once: bool,
        turn: &mut Turn<'_>,
    ) {
        if self.is_deleted() {
            return turn.done(command, Ok(Outcome::Done));
        }
        let code = code.map(|code| code.shown());
        match unlock {
            Unlock::Password(password) => {
                let wanted = Wanted::Delete {
                    code,
                    token: None,
                    at_once,
                };
                self.ask_of_account(command, wanted, Some(password), turn);
            }
            Unlock::Code(text) => match read_code(&text) {
                Ok(recovery) => {
                    let token = Some(token(&recovery));
                    let wanted = Wanted::Delete {
                        code,
                        token,
                        at_once,
                    };
                    self.ask_of_account(command, wanted, None, turn);
                }
                Err(why) => turn.done(command, Err(why)),
            },
        }
    }

    /// Whether the account is in rooms still, those aside that it need not wait for. It is asked when the password was found
    /// to be right, so that nobody leaves a room for a slip of the pen.
    pub(crate) fn is_inside(&self, at_once: bool) -> bool {
        self.rooms().iter().any(|room| {
            // Nobody else is there to be told.
            let alone = room.accounts <= 1 && room.stage == RoomStage::Joined;
            holds(room.stage, at_once) && !alone
        })
    }

    pub(crate) fn is_deleted(&self) -> bool {
        self.home.as_ref().is_some_and(|home| home.deleted)
    }

    /// There is no account any more.
    pub(crate) fn account_gone(&mut self, turn: &mut Turn<'_>) {
        let Some(home) = self.home.as_mut().filter(|home| !home.deleted) else {
            return;
        };
        home.deleted = true;
        home.save(turn);
        self.end_session(turn);
        turn.event(Event::SignedOut);
    }
}

/// Whether the account is in such a room still. What this device has no key to it cannot leave.
const fn holds(stage: RoomStage, at_once: bool) -> bool {
    match stage {
        RoomStage::Joined | RoomStage::Invited => true,
        RoomStage::Leaving | RoomStage::Suspect | RoomStage::NotOnThisDevice => !at_once,
        RoomStage::TooNew | RoomStage::RemovedUnconfirmed => !at_once,
        RoomStage::Left | RoomStage::Removed => false,
    }
}
