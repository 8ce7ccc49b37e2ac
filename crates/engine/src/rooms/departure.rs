//! This device's leaf is gone: it was let go, thrown out, set aside by another device of the account, or is seated anew.

use e2ee::group::DeviceRef;
use protocol::log::Entry;

use super::{Room, Successor};
use crate::{
    api::{Event, RoomNotice, RoomStage},
    convert,
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

impl Engine {
    /// This device asked to leave, and somebody let it go: there is nothing to doubt.
    pub(super) fn let_go(
        &mut self,
        room: &mut Room,
        entry: &Entry,
        by: DeviceRef,
        turn: &mut Turn<'_>,
    ) {
        let author = room.author(by, &room.names());
        let accounts = self.own_account().into_iter().collect();
        room.show_notice(entry, Some(author), RoomNotice::Left(accounts), turn);
        self.close_room(room, RoomStage::Left, turn);
    }

    /// A commit that the policy allows removes this device. Whether its path is good for those who stay cannot be
    /// seen from here, so nothing is merged and nothing dropped until one of them says so (PROTOCOL section 1).
    pub(super) fn thrown_out(
        &mut self,
        room: &mut Room,
        entry: &Entry,
        by: DeviceRef,
        removal: Successor,
        turn: &mut Turn<'_>,
    ) {
        let author = room.author(by, &room.names());
        let accounts = self.own_account().into_iter().collect();
        room.show_notice(entry, Some(author), RoomNotice::Removed(accounts), turn);
        let committer = convert::account_out(by.account);
        room.doubt(entry, committer, Some(removal));
        room.change().closed = false;
        self.fail_room_work(room, turn);
        room.set_stage(RoomStage::RemovedUnconfirmed, turn);
    }

    /// Another device of the account has taken this one out as unused. It comes in anew by what that one has left in the
    /// vault, and so it does if the commit was bad for all: there is nothing to doubt.
    pub(super) fn set_aside(
        &mut self,
        room: &mut Room,
        entry: &Entry,
        by: DeviceRef,
        turn: &mut Turn<'_>,
    ) {
        let author = room.author(by, &room.names());
        let account = author.account;
        room.show_notice(
            entry,
            Some(author),
            RoomNotice::DeviceRemoved(account),
            turn,
        );
        self.come_in_anew(room, turn);
    }

    /// Somebody has let this device in once more, as if it had asked for it. What it has here leads on no more; it comes
    /// in by the Welcome, or by the door.
    pub(super) fn seated_anew(
        &mut self,
        room: &mut Room,
        entry: &Entry,
        by: DeviceRef,
        behind: Successor,
        turn: &mut Turn<'_>,
    ) {
        let author = room.author(by, &room.names());
        if let Some(account) = self.own_account() {
            room.show_notice(entry, Some(author), RoomNotice::DeviceBack(account), turn);
        }
        if !self.sits_again(room, (entry.seq, behind), turn) {
            self.come_in_anew(room, turn);
        }
    }

    /// Somebody who stayed has shown that the removal stands.
    pub(crate) fn removal_confirmed(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let Some(suspicion) = room.change().suspicion.take() else {
            return;
        };
        let record = room.change();
        record.cursor = suspicion.seq;
        record.handshake = suspicion.seq;
        record.head = suspicion.head;
        record.known = record.known.max(suspicion.seq);
        room.keep_head(suspicion.seq, suspicion.head, turn);
        self.jobs.clear(&Job::AskStatus(room.id));
        self.close_room(room, RoomStage::Removed, turn);
    }

    pub(super) fn own_account(&self) -> Option<protocol::ids::AccountId> {
        self.home.as_ref().map(|home| home.account)
    }

    /// The account or this device is out, and knows it: nothing more is sent, and the keys are gone.
    pub(super) fn close_room(&mut self, room: &mut Room, stage: RoomStage, turn: &mut Turn<'_>) {
        room.remember_last();
        room.drop_group(turn);
        room.change().closed = false;
        room.change().provisional = None;
        room.set_stage(stage, turn);
        room.live = super::Live::default();
        self.fail_room_work(room, turn);
        turn.event(Event::MembersChanged(room.id));
    }
}
