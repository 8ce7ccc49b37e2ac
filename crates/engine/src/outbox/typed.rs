//! What stands in the field where one writes: kept on this device, sent to nobody.

use protocol::{error::ErrorCode, ids::RoomId};

use crate::{
    api::{CommandId, Event, Outcome, Space},
    engine::Engine,
    records,
    rooms::Room,
    turn::Turn,
};

/// The name of its row in a room's outbox space.
pub(crate) const ROW: &[u8] = b"typed";

/// More than a message can hold, so that what is too long to send can still be made shorter.
const MAX: usize = 256 * 1024;

impl Engine {
    pub(crate) fn keep_typed(
        &mut self,
        command: CommandId,
        id: RoomId,
        text: String,
        turn: &mut Turn<'_>,
    ) {
        let kept = if text.len() > MAX {
            Err(ErrorCode::BadContent)
        } else {
            self.with_room(id, turn, |_, room, turn| room.set_typed(text, turn))
                .ok_or(ErrorCode::RoomNotFound)
        };
        turn.done(command, kept.map(|()| Outcome::Done).map_err(Into::into));
    }

    /// What stands in the fields of all rooms where something does.
    pub fn typed(&self) -> Vec<(RoomId, String)> {
        let rooms = self
            .rooms
            .values()
            .map(|room| (room.id, &room.outbox.typed));
        rooms
            .chain(self.shared_typed())
            .filter(|(_, text)| !text.is_empty())
            .map(|(room, text)| (room, text.clone()))
            .collect()
    }
}

impl Room {
    /// Nothing is written where nothing changes.
    pub(crate) fn set_typed(&mut self, text: String, turn: &mut Turn<'_>) {
        if self.outbox.typed == text {
            return;
        }
        let space = Space::Outbox(self.id);
        if text.is_empty() {
            turn.delete(space, ROW);
        } else {
            turn.put(space, ROW, records::encode(&text));
        }
        self.outbox.typed = text;
        turn.event(Event::TypedChanged);
    }
}
