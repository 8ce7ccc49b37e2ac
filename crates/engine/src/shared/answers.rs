//! Answers of the server about rooms of basic encryption.

use protocol::{call::Reply, error::ErrorCode, ids::RoomId};

use super::Leg;
use crate::{
    account::refusal,
    api::{CallError, CommandId, Failure},
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

impl Engine {
    pub(crate) fn shared_replied(
        &mut self,
        (id, leg): (RoomId, Leg),
        reply: Reply,
        turn: &mut Turn<'_>,
    ) {
        match (&leg, reply) {
            (Leg::Join, Reply::JoinedRoom(joined)) if joined.room_id == id => {
                self.let_in(&joined, turn);
                self.with_shared(id, turn, |_, room, _| {
                    room.live.subscribed = true;
                    room.note_known(joined.last_seq);
                });
            }
            (Leg::Probe, Reply::History(history)) if history.room_id == id => {
                self.probed(&history, turn);
            }
            (Leg::History, Reply::History(history)) if history.room_id == id => {
                self.jobs.clear(&Job::Shared(id, leg));
                self.shared_history_came(&history, turn);
                return;
            }
            (Leg::Members, Reply::Members(members)) => {
                self.shared_members_came(id, members, turn);
            }
            (Leg::Send(client_id), Reply::Receipt(receipt)) => {
                self.shared_sent(id, *client_id, &receipt, turn);
            }
            (Leg::Withdraw, Reply::Done) => {
                self.turn_away(id, ErrorCode::PassphraseWrong.into(), turn);
            }
            // An answer to another question than was asked.
            _ => {
                let job = Job::Shared(id, leg);
                return self.failed(job, &CallError::Malformed, turn);
            }
        }
        self.jobs.clear(&Job::Shared(id, leg));
    }

    /// The server refuses, and would again.
    pub(crate) fn shared_refused(
        &mut self,
        (id, leg): (RoomId, Leg),
        code: ErrorCode,
        turn: &mut Turn<'_>,
    ) {
        let job = Job::Shared(id, leg.clone());
        match leg {
            Leg::Send(client_id) => self.shared_not_sent((id, client_id), code, turn),
            Leg::Withdraw => {
                self.jobs.clear(&job);
                self.turn_away(id, ErrorCode::PassphraseWrong.into(), turn);
            }
            Leg::Join | Leg::Probe if self.shared.comes_into(id).is_some() => {
                self.jobs.clear(&job);
                self.turn_away(id, code.into(), turn);
            }
            _ => self.jobs.back_off(job, turn.now, turn.rng),
        }
        let out = matches!(code, ErrorCode::NotAMember | ErrorCode::RoomNotFound);
        if out {
            self.with_shared(id, turn, |_, room, _| {
                // By the server's word, which is asked for again in the next connection.
                room.live.subscribed = false;
                room.live.shut = code == ErrorCode::RoomNotFound;
            });
        }
    }

    /// No answer came, and somebody waits for one.
    pub(crate) fn shared_unanswered(
        &mut self,
        (id, leg): (RoomId, &Leg),
        error: &CallError,
        turn: &mut Turn<'_>,
    ) -> bool {
        let asks = matches!(leg, Leg::Join | Leg::Probe | Leg::Withdraw);
        let waits = asks && self.shared.comes_into(id).is_some();
        if waits {
            self.jobs.clear(&Job::Shared(id, leg.clone()));
            self.turn_away(id, refusal::failure(error, turn.now), turn);
        }
        waits
    }

    /// Says no more than that it is another kind of room.
    pub(super) fn not_in_shared(command: CommandId, turn: &mut Turn<'_>) {
        turn.done(command, Err(Failure::from(ErrorCode::WrongRoomKind)));
    }

    pub(super) fn shared_stuck(&mut self, room: &mut super::SharedRoom, turn: &mut Turn<'_>) {
        let job = Job::Shared(room.id, Leg::History);
        self.jobs.back_off(job, turn.now, turn.rng);
    }
}
