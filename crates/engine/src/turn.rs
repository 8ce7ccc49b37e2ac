//! One input's work: what it writes, asks and shows, collected until the input is done.

use e2ee::ordered::Set;

use protocol::{
    call::Call,
    ids::{ClientId, RoomId},
    time::Timestamp,
};
use rand_core::CryptoRngCore;

use crate::api::{
    Batch, CallId, CommandId, Event, Failure, Key, Outcome, Output, Space, TimelineChange,
};

/// The effects of the input at hand, and the clock and randomness that came with it.
pub(crate) struct Turn<'a> {
    pub(crate) now: Timestamp,
    pub(crate) rng: &'a mut dyn CryptoRngCore,
    pub(crate) batch: Batch,
    /// Rooms whose record or group changed.
    pub(crate) touched: Set<RoomId>,
    calls: Vec<(CallId, Call)>,
    events: Vec<Event>,
}

impl<'a> Turn<'a> {
    pub(crate) fn new(now: Timestamp, rng: &'a mut dyn CryptoRngCore) -> Self {
        Self {
            now,
            rng,
            batch: Batch::default(),
            touched: Set::new(),
            calls: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Writes a named row.
    pub(crate) fn put(&mut self, space: Space, name: &[u8], value: Vec<u8>) {
        self.batch.put(Key::Named(space, name.to_vec()), value);
    }

    /// Removes a named row.
    pub(crate) fn delete(&mut self, space: Space, name: &[u8]) {
        self.batch.delete(Key::Named(space, name.to_vec()));
    }

    pub(crate) fn call(&mut self, id: CallId, call: Call) {
        self.calls.push((id, call));
    }

    /// Shows an event; a second word that something changed says nothing new.
    pub(crate) fn event(&mut self, event: Event) {
        let once = matches!(
            event,
            Event::RoomsChanged
                | Event::MembersChanged(_)
                | Event::TypedChanged
                | Event::MarksChanged
        );
        if !(once && self.events.contains(&event)) {
            self.events.push(event);
        }
    }

    pub(crate) fn timeline(&mut self, room: RoomId, change: TimelineChange) {
        match self.events.last_mut() {
            Some(Event::Timeline(last, changes)) if *last == room => changes.push(change),
            _ => self.events.push(Event::Timeline(room, vec![change])),
        }
    }

    pub(crate) fn done(&mut self, command: CommandId, result: Result<Outcome, Failure>) {
        self.events.push(Event::Done(command, result));
    }

    /// A fresh id for something that is posted.
    pub(crate) fn client_id(&mut self) -> ClientId {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        ClientId::from_bytes(bytes)
    }

    pub(crate) fn finish(self, wake: Option<Timestamp>) -> Output {
        Output {
            batch: self.batch,
            calls: self.calls,
            events: self.events,
            wake,
        }
    }
}
