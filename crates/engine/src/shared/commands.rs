//! What a person wants in a room of basic encryption.

use protocol::{
    error::ErrorCode,
    ids::{RoomId, Seq},
};

use super::SharedRoom;
use crate::{
    account::requests::Wanted,
    api::{Command, CommandId, Event, Outcome},
    engine::Engine,
    turn::Turn,
};

/// As in sealed rooms.
const TYPED_MAX: usize = 256 * 1024;

impl Engine {
    /// Does what is asked in such a room; gives the command back if it is about another one, or none.
    pub(crate) fn obey_shared(
        &mut self,
        id: CommandId,
        command: Command,
        turn: &mut Turn<'_>,
    ) -> Option<Command> {
        if !command.room().is_some_and(|room| self.shared.knows(room)) {
            return Some(command);
        }
        match command {
            Command::Send {
                room,
                content,
                ticket,
            } => self.say_shared(id, room, &content, ticket, turn),
            Command::Retry { room, item } => self.retry_shared(id, room, item, turn),
            Command::KeepTyped { room, text } => self.keep_shared(id, room, text, turn),
            Command::MarkRead { room, seq } => {
                self.mark_shared(id, room, turn, |room| room.mark_read(seq));
            }
            Command::SetMuted { room, muted } => {
                self.mark_shared(id, room, turn, |room| {
                    std::mem::replace(&mut room.record.muted, muted) != muted
                });
            }
            Command::Leave { room } | Command::Decline { room } => {
                self.leave_shared(id, room, turn);
            }
            Command::Report { .. } => turn.done(id, Err(ErrorCode::NoReport.into())),
            _ => Self::not_in_shared(id, turn),
        }
        None
    }

    fn keep_shared(&mut self, id: CommandId, room: RoomId, text: String, turn: &mut Turn<'_>) {
        if text.len() > TYPED_MAX {
            turn.done(id, Err(ErrorCode::BadContent.into()));
            return;
        }
        let changed = self.with_shared(room, turn, |_, room, turn| room.set_typed(text, turn));
        if changed == Some(true) {
            turn.event(Event::TypedChanged);
        }
        turn.done(id, Ok(Outcome::Done));
    }

    fn mark_shared(
        &mut self,
        id: CommandId,
        room: RoomId,
        turn: &mut Turn<'_>,
        mark: impl FnOnce(&mut SharedRoom) -> bool,
    ) {
        if self.with_shared(room, turn, |_, room, _| mark(room)) == Some(true) {
            turn.event(Event::MarksChanged);
        }
        turn.done(id, Ok(Outcome::Done));
    }

    fn leave_shared(&mut self, id: CommandId, room: RoomId, turn: &mut Turn<'_>) {
        if self.shared.inside(room).is_some() {
            self.ask_of_account(id, Wanted::LeaveShared(room), None, turn);
        } else {
            turn.done(id, Ok(Outcome::Done));
        }
    }
}

impl SharedRoom {
    /// Nothing is written where nothing changes.
    fn mark_read(&mut self, seq: Seq) -> bool {
        let all = self.record.unread > 0 && seq.0 >= self.record.last_said;
        if all {
            self.record.unread = 0;
        }
        all
    }
}
