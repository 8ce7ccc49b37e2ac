//! Messages that no honest program sends.

use e2ee::{
    counters::CounterSet,
    group::{Draft, Sealed},
    hostile::{self, BadMessage, Heard},
    ids::ClientId as LockId,
    message::{LineKey, Wire},
};
use protocol::{
    events::SendMessage,
    ids::RoomId,
    log::{Body, Entry},
    time::Timestamp,
};
use rand_core::CryptoRngCore;

use super::client_id;
use crate::{
    api::{Batch, Content, KeptLine},
    content::{self, Encoded},
    convert,
    engine::Engine,
    outbox::wire_message,
    rooms::{Fields, Room},
    turn::Turn,
};

impl Engine {
    /// A message of this device that breaks one rule, and what must be durable before it is posted: else a crash
    /// breaks a second rule, for the next message has the same counter. `heard` is what it has read of somebody else's,
    /// and what opens that. `None` where it has nothing to break the rule with.
    pub fn break_message(
        &mut self,
        room: RoomId,
        rule: BadMessage,
        text: &str,
        heard: Option<(&Entry, &KeptLine)>,
        mut rng: &mut dyn CryptoRngCore,
    ) -> Option<(SendMessage, Batch)> {
        let content = content::encode(&Content::Text(text.to_owned())).ok()?;
        let client_id = convert::client(client_id(rng));
        let device = &self.home.as_ref()?.device;
        let heard = heard.and_then(|(entry, kept)| hear(entry, kept));
        let room = self.rooms.get_mut(&room)?;
        let mut draft = draft(room, client_id, &content);
        if rule == BadMessage::ReusedCounter {
            let used = room.counters.device(device.id());
            draft.counter = used.and_then(CounterSet::highest)?;
        }
        let group = room.group.as_mut()?;
        let (client_id, sealed) =
            hostile::bad_message(group, device, rule, &draft, heard.as_ref(), &mut rng)?;
        Some(posted(room, client_id, sealed, rng))
    }

    /// A message of this device that breaks no rule of the seal, of any kind and with any content; and what must be
    /// durable before it is posted.
    pub fn say_anything(
        &mut self,
        room: RoomId,
        kind: u16,
        content: &[u8],
        mut rng: &mut dyn CryptoRngCore,
    ) -> Option<(SendMessage, Batch)> {
        let bytes = content.to_vec();
        let client_id = convert::client(client_id(rng));
        let device = &self.home.as_ref()?.device;
        let room = self.rooms.get_mut(&room)?;
        let content = Encoded { kind, bytes };
        let draft = draft(room, client_id, &content);
        let sealed = room.group.as_mut()?.seal(device, &draft, &mut rng).ok()?;
        Some(posted(room, client_id, sealed, rng))
    }
}

fn draft<'a>(room: &Room, client_id: LockId, content: &'a Encoded) -> Draft<'a> {
    Draft {
        client_id,
        counter: room.record().next_counter,
        sent_at_ms: 0,
        seen: room.record().log_head().seen(),
        kind: content.kind,
        content: &content.bytes,
        fleeting: false,
        mark: &[],
    }
}

/// As the wire carries it, with its counter used up.
fn posted(
    room: &mut Room,
    client_id: LockId,
    sealed: Sealed,
    rng: &mut dyn CryptoRngCore,
) -> (SendMessage, Batch) {
    room.change().next_counter += 1;
    let message = SendMessage {
        room_id: room.id,
        client_id: Some(protocol::ids::ClientId::from_bytes(*client_id.as_bytes())),
        handshake_seq: Some(room.next_place()),
        message: wire_message(sealed),
    };
    let mut turn = Turn::new(Timestamp::default(), rng);
    room.save(&mut turn);
    (message, turn.batch)
}

/// What an entry's author has signed.
fn hear(entry: &Entry, kept: &KeptLine) -> Option<Heard> {
    let Body::Message(message) = &entry.body else {
        return None;
    };
    let line = LineKey::decode(kept.key.as_deref()?)?;
    let fields = Fields::read(message).ok()?;
    let wire = Wire {
        encrypted_content: &fields.encrypted_content,
        iv: &fields.iv,
        message_hash: &fields.message_hash,
        history_key: None,
        client_id: convert::client(entry.client_id),
        device: convert::device(entry.device?),
    };
    hostile::heard(convert::room(entry.room_id), &line, &wire)
}
