//! Sealing and sending, one message after the other.

use e2ee::group::{Draft, SealMessageError, Sealed};
use protocol::{
    bytes::Bytes,
    call::Call,
    error::ErrorCode,
    events::SendMessage,
    ids::{ClientId, RoomId, Seq},
    log::{Key, Message},
    rest::Receipt,
};

use super::State;
use crate::{
    api::{CommandId, Content, ItemKey, Outcome, RoomStage, Ticket},
    content, convert,
    engine::Engine,
    jobs::Job,
    ledger::Effect,
    rooms::Room,
    turn::Turn,
};

impl Engine {
    pub(crate) fn send(
        &mut self,
        command: CommandId,
        id: RoomId,
        content: &Content,
        ticket: Option<Ticket>,
        turn: &mut Turn<'_>,
    ) {
        // A file goes past what is typed.
        let says = !matches!(content, Content::File(_));
        let queued = content::encode(content).and_then(|content| {
            self.with_room(id, turn, |engine, room, turn| {
                room.may_speak()?;
                if says {
                    // In the batch that takes the message down, so that no crash shows what was said as still to be said.
                    room.set_typed(String::new(), turn);
                }
                Ok(room.enqueue(content, engine.home.as_ref(), turn))
            })
            .unwrap_or(Err(ErrorCode::RoomNotFound))
        });
        if let (Ok(item), Some(ticket)) = (&queued, ticket) {
            self.ledger.note(ticket, Effect::Queued(*item), turn);
        }
        let result = queued.map(Outcome::Queued).map_err(Into::into);
        turn.done(command, result);
    }

    pub(crate) fn retry(
        &mut self,
        command: CommandId,
        id: RoomId,
        item: ItemKey,
        turn: &mut Turn<'_>,
    ) {
        let retried = self.with_room(id, turn, |engine, room, turn| {
            room.may_speak()?;
            let ItemKey::Draft(client_id) = item else {
                return Err(ErrorCode::NotFound);
            };
            let number = room
                .outbox
                .number_of(client_id)
                .ok_or(ErrorCode::NotFound)?;
            let waits = room.outbox.items.get(&number);
            if waits.is_some_and(|item| item.state.failure().is_some()) {
                engine.jobs.clear(&Job::Send(id, client_id));
                room.change_item_state(number, State::again, engine.home.as_ref(), turn);
            }
            Ok(item)
        });
        let result = retried.unwrap_or(Err(ErrorCode::RoomNotFound));
        turn.done(command, result.map(Outcome::Queued).map_err(Into::into));
    }

    /// Sends the first message that is not with the server yet.
    pub(crate) fn outbox_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        // A commit that is on its way would make the message stale.
        if !room.is_open() || room.roster.is_posting() {
            return;
        }
        let first = room
            .outbox
            .items
            .iter()
            .find(|(_, item)| matches!(item.state, State::Draft | State::Sealed { .. }));
        let Some((number, item)) = first else { return };
        let (number, job) = (*number, Job::Send(room.id, item.client_id));
        if !self.jobs.may_start(&job, turn.now) {
            return;
        }
        if matches!(item.state, State::Draft)
            && !(room.is_caught_up() && self.seal(room, number, turn))
        {
            return;
        }
        if let Some(call) = room.send_call(number) {
            self.jobs.start(job, call, turn);
        }
    }

    /// Seals a draft in the current epoch; `false` if it stays unsent for now or for good.
    fn seal(&mut self, room: &mut Room, number: u64, turn: &mut Turn<'_>) -> bool {
        let Some(home) = &self.home else { return false };
        let counter = room.record().next_counter;
        let seen = room.record().log_head().seen();
        let handshake = Seq(room.record().handshake);
        let (Some(item), Some(group)) = (room.outbox.items.get(&number), room.group.as_mut())
        else {
            return false;
        };
        let mark = self.vault_mark(turn);
        let draft = Draft {
            client_id: convert::client(item.client_id),
            counter,
            sent_at_ms: item.at.millis(),
            seen,
            kind: item.kind,
            content: &item.content,
            fleeting: false,
            mark: &mark,
        };
        match group.seal(&home.device, &draft, &mut turn.rng) {
            Ok(sealed) => {
                room.change().next_counter = counter + 1;
                Self::count_sealed(room, turn);
                room.set_sealed(number, message(sealed), handshake, self.home.as_ref(), turn);
                true
            }
            Err(SealMessageError::Rows(_)) => {
                room.poison();
                false
            }
            Err(SealMessageError::Message(_)) => {
                let state = State::Failed(ErrorCode::BadContent);
                room.set_item_state(number, state, self.home.as_ref(), turn);
                false
            }
            Err(SealMessageError::Mls(_)) => {
                let state = State::Failed(ErrorCode::BadMls);
                room.set_item_state(number, state, self.home.as_ref(), turn);
                false
            }
        }
    }

    pub(crate) fn message_sent(
        &mut self,
        id: RoomId,
        client_id: ClientId,
        receipt: &Receipt,
        turn: &mut Turn<'_>,
    ) {
        self.jobs.clear(&Job::Send(id, client_id));
        self.with_room(id, turn, |engine, room, turn| {
            room.expect(receipt.seq, turn.now);
            if let Some(number) = room.outbox.number_of(client_id) {
                if receipt.seq.0 <= room.record().cursor {
                    // The log was there before the receipt, and what stands in this place is not the message.
                    room.log_contradicts(receipt.seq, turn);
                }
                room.set_item_state(number, State::Sent, engine.home.as_ref(), turn);
            }
        });
    }

    /// The room changed before the message arrived: it is sealed again, under the same id, when the change is known.
    pub(crate) fn message_stale(&mut self, id: RoomId, client_id: ClientId, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |engine, room, turn| {
            let Some(number) = room.outbox.number_of(client_id) else {
                return;
            };
            let sealed_after = room
                .outbox
                .items
                .get(&number)
                .and_then(|item| match item.state {
                    State::Sealed { handshake, .. } => Some(handshake.0),
                    _ => None,
                });
            if sealed_after.is_none_or(|handshake| handshake >= room.record().handshake) {
                // What made it stale is not here yet.
                room.live.refetch = true;
                if room.live.stale_at == sealed_after {
                    let job = Job::Send(id, client_id);
                    engine.jobs.back_off(job, turn.now, turn.rng);
                }
                room.live.stale_at = sealed_after;
            }
            room.set_item_state(number, State::Draft, engine.home.as_ref(), turn);
        });
    }

    pub(crate) fn message_refused(
        &mut self,
        id: RoomId,
        client_id: ClientId,
        code: ErrorCode,
        turn: &mut Turn<'_>,
    ) {
        self.jobs.clear(&Job::Send(id, client_id));
        self.with_room(id, turn, |engine, room, turn| {
            if let Some(number) = room.outbox.number_of(client_id) {
                let home = engine.home.as_ref();
                room.change_item_state(number, |state| state.refused(code), home, turn);
            }
        });
        if matches!(code, ErrorCode::NotAMember | ErrorCode::RoomNotFound) {
            self.room_refused(id, code, turn);
        }
    }
}

impl Room {
    /// Whether this person may speak here, by what this device knows.
    pub(crate) fn may_speak(&self) -> Result<(), ErrorCode> {
        match self.stage() {
            RoomStage::Joined => Ok(()),
            RoomStage::Invited => Err(ErrorCode::NotAccepted),
            RoomStage::Suspect => Err(ErrorCode::RoomPaused),
            RoomStage::TooNew => Err(ErrorCode::PolicyTooNew),
            RoomStage::Leaving
            | RoomStage::Left
            | RoomStage::Removed
            | RoomStage::RemovedUnconfirmed
            | RoomStage::NotOnThisDevice => Err(ErrorCode::NotAMember),
        }
    }

    fn send_call(&self, number: u64) -> Option<Call> {
        let item = self.outbox.items.get(&number)?;
        let State::Sealed { message, handshake } = &item.state else {
            return None;
        };
        Some(Call::SendMessage(Box::new(SendMessage {
            room_id: self.id,
            client_id: Some(item.client_id),
            handshake_seq: Some(*handshake),
            message: (**message).clone(),
        })))
    }

    /// The receipt names a place where the log shows something else.
    fn log_contradicts(&self, seq: Seq, turn: &mut Turn<'_>) {
        let room = self.id;
        let alarm = crate::api::Alarm::LogBroken { room, seq };
        turn.event(crate::api::Event::Alarm(alarm));
    }
}

pub(crate) fn message(sealed: Sealed) -> Message {
    Message {
        encrypted_content: Bytes(sealed.encrypted_content).to_base64(),
        iv: Bytes(sealed.iv.to_vec()).to_base64(),
        message_hash: hex(&sealed.message_hash),
        key: Key::Mls(sealed.mls.into()),
        history_key: sealed.history_key.map(Into::into),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _written: std::fmt::Result = write!(text, "{byte:02x}");
    }
    text
}
