//! What was said in a room since this person last looked, on this device.

use protocol::{
    error::ErrorCode,
    ids::{RoomId, Seq},
};

use super::Room;
use crate::{
    api::{CommandId, Event, ItemBody, Outcome, TimelineItem},
    engine::Engine,
    turn::Turn,
};

impl Room {
    /// Somebody said something. Whoever answers has read what was said before, on whichever device.
    pub(super) fn note_said(&mut self, seq: Seq, item: &TimelineItem, own: bool) {
        if own {
            if self.record().unread > 0 {
                self.change().unread = 0;
            }
        } else if !matches!(item.body, ItemBody::Tombstone(_)) {
            let record = self.change();
            record.unread = record.unread.saturating_add(1);
            record.last_said = seq.0;
        }
    }
}

impl Engine {
    /// Nothing is written where nothing changes.
    pub(crate) fn mark_read(
        &mut self,
        command: CommandId,
        id: RoomId,
        seq: Seq,
        turn: &mut Turn<'_>,
    ) {
        self.mark(command, id, turn, |room| {
            let record = room.record();
            let all = record.unread > 0 && seq.0 >= record.last_said;
            if all {
                room.change().unread = 0;
            }
            all
        });
    }

    pub(crate) fn set_muted(
        &mut self,
        command: CommandId,
        id: RoomId,
        muted: bool,
        turn: &mut Turn<'_>,
    ) {
        self.mark(command, id, turn, |room| {
            let changes = room.record().muted != muted;
            if changes {
                room.change().muted = muted;
            }
            changes
        });
    }

    fn mark(
        &mut self,
        command: CommandId,
        id: RoomId,
        turn: &mut Turn<'_>,
        mark: impl FnOnce(&mut Room) -> bool,
    ) {
        let marked = self.with_room(id, turn, |_, room, _| mark(room));
        if marked == Some(true) {
            turn.event(Event::MarksChanged);
        }
        let done = marked.map(|_| Outcome::Done);
        turn.done(command, done.ok_or_else(|| ErrorCode::RoomNotFound.into()));
    }
}
