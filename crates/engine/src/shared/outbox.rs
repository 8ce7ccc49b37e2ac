//! Messages that are not in the log yet. Each is sealed once, when it is said: there is no epoch that it depends on.

use e2ee::shared_key::MESSAGES_MAX;
use protocol::{
    call::Call,
    error::ErrorCode,
    events::SendMessage,
    ids::{ClientId, RoomId, Seq},
    log::{Entry, Message},
    rest::Receipt,
};

use super::{Leg, SharedRoom, said};
use crate::{
    account::home::Home,
    api::{
        CommandId, Content, Event, Failure, ItemKey, Outcome, Ticket, TimelineChange, TimelineItem,
    },
    content,
    engine::Engine,
    jobs::Job,
    ledger::Effect,
    outbox::{Item, State},
    turn::Turn,
};

impl SharedRoom {
    pub(super) fn drafts(&self, home: Option<&Home>) -> Vec<TimelineItem> {
        let items = self.outbox.items.values();
        items.map(|item| item.line(home)).collect()
    }

    /// The first that waits: one goes out after the other, so that they stand in the log in their order.
    pub(super) fn next_call(&self) -> Option<(ClientId, Call)> {
        let mut items = self.outbox.items.values();
        let (client_id, message) = items.find_map(|item| match &item.state {
            State::Sealed { message, .. } => Some((item.client_id, message)),
            _ => None,
        })?;
        let call = Call::SendMessage(Box::new(SendMessage {
            room_id: self.id,
            client_id: Some(client_id),
            handshake_seq: None,
            message: (**message).clone(),
        }));
        Some((client_id, call))
    }

    /// Seals a message that is not sealed yet.
    fn seal(&self, item: &mut Item, turn: &mut Turn<'_>) -> Result<(), ErrorCode> {
        if matches!(item.state, State::Draft) {
            let key = &self.record.entry.key;
            let message = said::seal(key, self.id, &item.body(), turn.rng)?;
            item.seal(message, Seq::START);
        }
        Ok(())
    }

    /// Where a message stands from now on; nothing where it is not there any more.
    fn change(
        &mut self,
        client_id: ClientId,
        next: impl FnOnce(State) -> State,
        home: Option<&Home>,
        turn: &mut Turn<'_>,
    ) {
        let number = self.outbox.number_of(client_id);
        let Some(number) = number else { return };
        if let Some(item) = self.outbox.items.get_mut(&number) {
            item.state = next(std::mem::replace(&mut item.state, State::Draft));
            turn.timeline(self.id, TimelineChange::Set(item.line(home)));
        }
        self.save_item(number, turn);
    }

    /// An own message stands in the log as this device sent it: its draft goes. If under its id stands something else, the
    /// person hears that it did not arrive. Whether it is the own message.
    pub(super) fn logged(
        &mut self,
        entry: &Entry,
        message: &Message,
        home: Option<&Home>,
        turn: &mut Turn<'_>,
    ) -> bool {
        let Some(number) = self.outbox.number_of(entry.client_id) else {
            return false;
        };
        let item = self.outbox.items.get(&number);
        let same = item.is_some_and(|item| item.is_sealed_to(message));
        if same {
            self.outbox.items.remove(&number);
            self.save_item(number, turn);
            let key = ItemKey::Draft(entry.client_id);
            turn.timeline(self.id, TimelineChange::Remove(key));
        } else {
            let next = |state: State| state.refused(ErrorCode::BadAnswer);
            self.change(entry.client_id, next, home, turn);
        }
        same
    }

    /// There is no room to send them to.
    pub(super) fn forget_messages(&mut self, turn: &mut Turn<'_>) {
        for (number, item) in std::mem::take(&mut self.outbox.items) {
            self.save_item(number, turn);
            let key = ItemKey::Draft(item.client_id);
            turn.timeline(self.id, TimelineChange::Remove(key));
        }
    }
}

impl Engine {
    pub(super) fn say_shared(
        &mut self,
        command: CommandId,
        id: RoomId,
        content: &Content,
        ticket: Option<Ticket>,
        turn: &mut Turn<'_>,
    ) {
        let said = self.with_shared(id, turn, |engine, room, turn| {
            let key = engine.enqueue_shared(room, content, turn)?;
            if let Some(ticket) = ticket {
                engine.ledger.note(ticket, Effect::Queued(key), turn);
            }
            Ok(Outcome::Queued(key))
        });
        let said = said.unwrap_or_else(|| Err(ErrorCode::RoomNotFound.into()));
        turn.done(command, said);
    }

    fn enqueue_shared(
        &mut self,
        room: &mut SharedRoom,
        said: &Content,
        turn: &mut Turn<'_>,
    ) -> Result<ItemKey, Failure> {
        if !room.record.entry.inside {
            return Err(ErrorCode::NotAMember.into());
        }
        if room.record.known >= MESSAGES_MAX {
            return Err(Failure {
                code: ErrorCode::UnsafeParameters,
                sentence: "This room has as many messages as one key may seal. Make a new room."
                    .to_owned(),
            });
        }
        let content = content::encode(said)?;
        let client_id = turn.client_id();
        let mut item = Item {
            client_id,
            kind: content.kind,
            content: content.bytes,
            at: turn.now,
            state: State::Draft,
            sealed: None,
        };
        room.seal(&mut item, turn)?;
        let line = item.line(self.home.as_ref());
        turn.timeline(room.id, TimelineChange::Set(line));
        let number = room.outbox.add(item);
        room.save_item(number, turn);
        if room.set_typed(String::new(), turn) {
            turn.event(Event::TypedChanged);
        }
        Ok(ItemKey::Draft(client_id))
    }

    pub(super) fn retry_shared(
        &mut self,
        command: CommandId,
        id: RoomId,
        item: ItemKey,
        turn: &mut Turn<'_>,
    ) {
        let found = self.with_shared(id, turn, |engine, room, turn| {
            let ItemKey::Draft(client_id) = item else {
                return Err(ErrorCode::NotFound);
            };
            let number = room.outbox.number_of(client_id);
            let number = number.ok_or(ErrorCode::NotFound)?;
            room.change(client_id, State::again, engine.home.as_ref(), turn);
            // The server has confirmed it, and shows something else in its place: so it goes out anew.
            if let Some(mut waits) = room.outbox.items.remove(&number) {
                let sealed = room.seal(&mut waits, turn);
                room.outbox.items.insert(number, waits);
                sealed?;
                room.save_item(number, turn);
            }
            Ok(Outcome::Queued(item))
        });
        let result = found.unwrap_or(Err(ErrorCode::RoomNotFound));
        turn.done(command, result.map_err(Into::into));
    }

    pub(super) fn shared_sent(
        &mut self,
        id: RoomId,
        client_id: ClientId,
        receipt: &Receipt,
        turn: &mut Turn<'_>,
    ) {
        self.with_shared(id, turn, |engine, room, turn| {
            room.note_known(receipt.seq);
            // The log was there before the receipt, and what stands in this place is not the message.
            let lies = receipt.seq.0 <= room.record.cursor;
            let next = |state: State| {
                if lies {
                    state.refused(ErrorCode::BadAnswer)
                } else {
                    State::Sent
                }
            };
            room.change(client_id, next, engine.home.as_ref(), turn);
        });
    }

    pub(super) fn shared_not_sent(
        &mut self,
        (id, client_id): (RoomId, ClientId),
        code: ErrorCode,
        turn: &mut Turn<'_>,
    ) {
        self.jobs.clear(&Job::Shared(id, Leg::Send(client_id)));
        self.with_shared(id, turn, |engine, room, turn| {
            let next = |state: State| state.refused(code);
            room.change(client_id, next, engine.home.as_ref(), turn);
        });
    }
}
