//! The rows of an outbox.

use e2ee::ordered::Map;

use protocol::{
    error::ErrorCode,
    ids::{ClientId, Seq},
    log::{Entry, Message},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    account::home::Home,
    api::{Delivery, ItemBody, ItemKey, Key, Space, TimelineChange, TimelineItem, TombstoneCause},
    content, convert, records,
    records::RecordError,
    rooms::Room,
    turn::Turn,
};

/// A message that is not in the log yet.
#[derive(Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) client_id: ClientId,
    pub(crate) kind: u16,
    #[serde(with = "serde_bytes")]
    pub(crate) content: Vec<u8>,
    /// When it was said.
    pub(crate) at: Timestamp,
    pub(crate) state: State,
    /// SHA-256 of the message as it was sealed last: so it is known again in the log where no key opens it any more.
    #[serde(default)]
    pub(crate) sealed: Option<[u8; 32]>,
}

/// Where a message stands.
#[derive(Serialize, Deserialize)]
pub(crate) enum State {
    /// To be sealed in the epoch that is current when it is sent.
    Draft,
    /// These bytes are or may be with the server. They are sent again until it answers.
    Sealed {
        /// As sent.
        message: Box<Message>,
        /// The handshake that it was sealed after.
        handshake: Seq,
    },
    /// In the log; the echo is on its way.
    Sent,
    /// It cannot be sent, or was refused before it was sealed.
    Failed(ErrorCode),
    /// The server refused these bytes. The same ones go out if it is tried again: nothing is sealed twice in one epoch.
    Refused {
        /// Why.
        code: ErrorCode,
        /// As sent.
        message: Box<Message>,
        /// The handshake that it was sealed after.
        handshake: Seq,
    },
}

impl State {
    /// Why it does not go out, if it does not.
    pub(crate) const fn failure(&self) -> Option<ErrorCode> {
        match self {
            Self::Failed(code) | Self::Refused { code, .. } => Some(*code),
            Self::Draft | Self::Sealed { .. } | Self::Sent => None,
        }
    }

    /// After a refusal.
    pub(crate) fn refused(self, code: ErrorCode) -> Self {
        match self {
            Self::Sealed { message, handshake } => Self::Refused {
                code,
                message,
                handshake,
            },
            _ => Self::Failed(code),
        }
    }

    /// To be tried again.
    pub(crate) fn again(self) -> Self {
        match self {
            Self::Refused {
                message, handshake, ..
            } => Self::Sealed { message, handshake },
            Self::Failed(_) => Self::Draft,
            other => other,
        }
    }
}

/// The messages of one room, in order.
#[derive(Default)]
pub(crate) struct Outbox {
    pub(crate) items: Map<u64, Item>,
    /// What is typed and not said; empty if nothing is.
    pub(crate) typed: String,
}

impl Outbox {
    pub(crate) fn load(&mut self, number: u64, row: &[u8]) -> Result<(), RecordError> {
        self.items.insert(number, records::decode(row)?);
        Ok(())
    }

    pub(crate) fn pending(&self) -> usize {
        let waits = |item: &&Item| item.state.failure().is_none();
        self.items.values().filter(waits).count()
    }

    /// Puts a message behind all others; its number.
    pub(crate) fn add(&mut self, item: Item) -> u64 {
        let last = self.items.last_key_value();
        let number = last.map_or(1, |(number, _)| number + 1);
        self.items.insert(number, item);
        number
    }

    pub(crate) fn number_of(&self, client_id: ClientId) -> Option<u64> {
        let mut items = self.items.iter();
        items.find_map(|(number, item)| (item.client_id == client_id).then_some(*number))
    }
}

fn fingerprint(message: &Message) -> [u8; 32] {
    Sha256::digest(records::encode(message)).into()
}

impl Item {
    /// Notes what it was sealed to, which is or may be with the server from here on.
    pub(crate) fn seal(&mut self, message: Message, handshake: Seq) {
        self.sealed = Some(fingerprint(&message));
        let message = Box::new(message);
        self.state = State::Sealed { message, handshake };
    }

    /// Whether this is what it was sealed to last.
    pub(crate) fn is_sealed_to(&self, message: &Message) -> bool {
        self.sealed == Some(fingerprint(message))
    }

    /// What it says.
    pub(crate) fn body(&self) -> ItemBody {
        content::decode(self.kind, &self.content)
            .unwrap_or(ItemBody::Tombstone(TombstoneCause::Malformed))
    }

    /// As a line of the room.
    pub(crate) fn line(&self, home: Option<&Home>) -> TimelineItem {
        TimelineItem {
            key: ItemKey::Draft(self.client_id),
            sender: home.map(|home| home.account),
            sender_name: home.map(|home| home.user.as_str().to_owned()),
            device: home.map(|home| convert::device_out(home.device.id())),
            time: self.at,
            body: self.body(),
            delivery: match self.state.failure() {
                Some(code) => Delivery::Failed(code),
                None => Delivery::Sending,
            },
        }
    }
}

impl Room {
    /// Writes a message down. It is on its way from here on, whatever happens.
    pub(crate) fn enqueue(
        &mut self,
        content: content::Encoded,
        home: Option<&Home>,
        turn: &mut Turn<'_>,
    ) -> ItemKey {
        let client_id = turn.client_id();
        let item = Item {
            client_id,
            kind: content.kind,
            content: content.bytes,
            at: turn.now,
            state: State::Draft,
            sealed: None,
        };
        turn.timeline(self.id, TimelineChange::Set(item.line(home)));
        let number = self.outbox.add(item);
        self.save_item(number, turn);
        ItemKey::Draft(client_id)
    }

    pub(crate) fn save_item(&self, number: u64, turn: &mut Turn<'_>) {
        let key = Key::Numbered(Space::Outbox(self.id), number);
        match self.outbox.items.get(&number) {
            Some(item) => turn.batch.put(key, records::encode(item)),
            None => turn.batch.delete(key),
        }
    }

    /// An own message stands in the log: its draft goes.
    pub(crate) fn outbox_logged(&mut self, client_id: ClientId, own: bool, turn: &mut Turn<'_>) {
        if !own {
            return;
        }
        if let Some(number) = self.outbox.number_of(client_id) {
            self.outbox.items.remove(&number);
            self.save_item(number, turn);
            let key = ItemKey::Draft(client_id);
            turn.timeline(self.id, TimelineChange::Remove(key));
        }
    }

    /// Notes what a message was sealed to, which is or may be with the server from here on.
    pub(crate) fn set_sealed(
        &mut self,
        number: u64,
        message: Message,
        handshake: Seq,
        home: Option<&Home>,
        turn: &mut Turn<'_>,
    ) {
        if let Some(item) = self.outbox.items.get_mut(&number) {
            item.sealed = Some(fingerprint(&message));
        }
        let message = Box::new(message);
        let state = State::Sealed { message, handshake };
        self.set_item_state(number, state, home, turn);
    }

    /// The line of an own message that stands in the log as this device sealed it.
    pub(crate) fn own_line(
        &self,
        entry: &Entry,
        message: &Message,
        home: Option<&Home>,
    ) -> Option<TimelineItem> {
        let number = self.outbox.number_of(entry.client_id)?;
        let item = self.outbox.items.get(&number)?;
        item.is_sealed_to(message).then(|| TimelineItem {
            key: ItemKey::Logged(entry.seq),
            delivery: Delivery::Sent,
            ..item.line(home)
        })
    }

    /// A message is refused for good, or may be tried again.
    pub(crate) fn set_item_state(
        &mut self,
        number: u64,
        state: State,
        home: Option<&Home>,
        turn: &mut Turn<'_>,
    ) {
        self.change_item_state(number, |_| state, home, turn);
    }

    /// The same, where the next state follows from the one before.
    pub(crate) fn change_item_state(
        &mut self,
        number: u64,
        next: impl FnOnce(State) -> State,
        home: Option<&Home>,
        turn: &mut Turn<'_>,
    ) {
        let Some(item) = self.outbox.items.get_mut(&number) else {
            return;
        };
        let before = item.state.failure();
        item.state = next(std::mem::replace(&mut item.state, State::Draft));
        let shown = before.is_some() || item.state.failure().is_some();
        if shown {
            let line = item.line(home);
            turn.timeline(self.id, TimelineChange::Set(line));
        }
        self.save_item(number, turn);
    }

    /// There is no room to send them to: they go, and so do their lines, and what was typed.
    pub(crate) fn forget_messages(&mut self, turn: &mut Turn<'_>) {
        for (number, item) in std::mem::take(&mut self.outbox.items) {
            self.save_item(number, turn);
            let key = ItemKey::Draft(item.client_id);
            turn.timeline(self.id, TimelineChange::Remove(key));
        }
        self.set_typed(String::new(), turn);
    }

    /// Nothing of what waits can be sent any more.
    pub(crate) fn fail_messages(
        &mut self,
        code: ErrorCode,
        home: Option<&Home>,
        turn: &mut Turn<'_>,
    ) {
        let numbers: Vec<u64> = self.outbox.items.keys().copied().collect();
        for number in numbers {
            let item = self.outbox.items.get(&number);
            if item.is_some_and(|item| item.state.failure().is_none()) {
                self.set_item_state(number, State::Failed(code), home, turn);
            }
        }
    }
}
