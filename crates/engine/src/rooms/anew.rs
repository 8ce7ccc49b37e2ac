//! Where the log leads this device on no more: it drops the group, keeps what waits to be sent, and comes in anew by what
//! the vault keeps ([`crate::arrival`]).

use protocol::log::Entry;

use super::{Live, Room, take::Flow};
use crate::{
    api::{Event, RoomNotice, RoomStage},
    engine::Engine,
    turn::Turn,
};

impl Engine {
    /// The server keeps the commit or wish to leave no more: this device was away for longer than that, and nothing leads
    /// it on from where it stands. Where the account is out, the log cannot show that any more.
    pub(super) fn lose_place(
        &mut self,
        room: &mut Room,
        entry: &Entry,
        turn: &mut Turn<'_>,
    ) -> Flow {
        if room.record().closed {
            self.unconfirmed(room, turn);
            return Flow::Stop;
        }
        let words = "An old change of this room is kept no more. This device comes in anew.";
        room.show_notice(entry, None, RoomNotice::Server(words.to_owned()), turn);
        self.come_in_anew(room, turn);
        Flow::Next
    }

    pub(super) fn come_in_anew(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        self.lose_race(room, turn);
        room.remember_last();
        room.drop_group(turn);
        room.live = Live::default();
        room.set_stage(RoomStage::NotOnThisDevice, turn);
        turn.event(Event::MembersChanged(room.id));
    }
}
