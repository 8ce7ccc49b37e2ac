//! What a client sends over a socket of this road.

use std::io::{self, Cursor, Read, Write};

use protocol::events::{Auth, Ephemeral, JoinRoom, RoomHistory, SendMessage, name};
use tungstenite::Message;

use super::{
    packet::{Event, Packet, Transport},
    wire,
};
use crate::socket::{PACKET_BYTES, event::Payload};

/// Bytes of a connection: frames, and the packets in them.
pub(crate) fn frames(bytes: &[u8]) -> bool {
    let mut frames = wire::frames();
    let mut stream = Stream(Cursor::new(bytes));
    let mut taken = false;
    while let Ok(message) = frames.read(&mut stream) {
        assert!(message.len() <= PACKET_BYTES);
        if let Message::Text(text) = message {
            taken |= packet(text.as_bytes());
        }
    }
    taken
}

/// A packet, its event, and what the event asks.
pub(crate) fn packet(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let Ok(Transport::Message(message)) = Transport::parse(text) else {
        return false;
    };
    match Packet::parse(message) {
        Ok((Packet::Event(call), _)) => Event::parse(call.array).is_ok_and(asks),
        Ok((Packet::Connect(auth), _)) => serde_json::from_str::<Auth>(auth).is_ok(),
        Ok(_) => true,
        Err(_) => false,
    }
}

fn asks(event: Event<'_>) -> bool {
    let payload = Payload::Text(event.payload);
    match &*event.name {
        name::JOIN_ROOM => payload.parse::<JoinRoom>().is_ok(),
        name::SEND_MESSAGE => payload.parse::<SendMessage>().is_ok(),
        name::ROOM_HISTORY => payload.parse::<RoomHistory>().is_ok(),
        name::EPHEMERAL => payload.parse::<Ephemeral>().is_ok(),
        _ => false,
    }
}

/// What a client sent, to its end; what is answered goes nowhere.
struct Stream<'a>(Cursor<&'a [u8]>);

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
