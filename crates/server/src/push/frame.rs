//! Socket.IO events and acknowledgements as WebSocket text frames. A server's frames are not masked, so one copy serves
//! every socket.

use protocol::rest::Empty;
use serde::Serialize;
use serde_json::value::RawValue;
use tungstenite::Bytes;

/// A final text frame (RFC 6455, section 5.2).
const TEXT: u8 = 0x81;
/// The length follows in two bytes; in eight.
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;

/// A value serialised once, however many sockets it goes to.
pub(crate) fn raw(value: &impl Serialize) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(value)
        .inspect_err(|error| tracing::error!(%error, "a value does not serialise"))
        .ok()
}

/// Appends the frame of an event.
pub(super) fn append_event(buffer: &mut Vec<u8>, name: &str, data: &RawValue) {
    append(
        buffer,
        &["42[\"", name, "\",", data.get(), "]"].map(str::as_bytes),
    );
}

/// The frame of an event.
pub(super) fn event(name: &str, data: &RawValue) -> Bytes {
    let mut buffer = Vec::new();
    append_event(&mut buffer, name, data);
    buffer.into()
}

/// The frame of an event that says nothing but its name.
pub(super) fn bare_event(name: &str) -> Option<Bytes> {
    raw(&Empty {}).map(|empty| event(name, &empty))
}

/// The frame of the acknowledgement with this number.
pub(crate) fn acknowledgement(number: u64, data: &RawValue) -> Vec<u8> {
    let number = number.to_string();
    let mut buffer = Vec::new();
    append(
        &mut buffer,
        &["43", &number, "[", data.get(), "]"].map(str::as_bytes),
    );
    buffer
}

/// Ends the session with a namespace (Socket.IO).
pub(super) const DISCONNECT: &str = "41";

/// The frame of a packet.
pub(crate) fn packet(text: &str) -> Bytes {
    let mut buffer = Vec::new();
    append(&mut buffer, &[text.as_bytes()]);
    buffer.into()
}

/// A frame that keeps something until it is written.
pub(crate) fn held<T: Send + 'static>(frame: Vec<u8>, held: T) -> Bytes {
    struct Held<T>(Vec<u8>, T);
    impl<T> AsRef<[u8]> for Held<T> {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    Bytes::from_owner(Held(frame, held))
}

fn append(buffer: &mut Vec<u8>, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    buffer.reserve(length + 10);
    buffer.push(TEXT);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < TWO_BYTES => buffer.push(short),
        (_, Ok(medium)) => {
            buffer.push(TWO_BYTES);
            buffer.extend(medium.to_be_bytes());
        }
        _ => {
            buffer.push(EIGHT_BYTES);
            buffer.extend((length as u64).to_be_bytes());
        }
    }
    for part in parts {
        buffer.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tungstenite::{
        Message, WebSocket,
        protocol::{Role, WebSocketConfig},
    };

    use super::*;

    fn read(frames: Vec<u8>) -> Vec<String> {
        let config = WebSocketConfig::default();
        let mut socket =
            WebSocket::from_raw_socket(Cursor::new(frames), Role::Client, Some(config));
        let mut texts = Vec::new();
        while let Ok(Message::Text(text)) = socket.read() {
            texts.push(text.to_string());
        }
        texts
    }

    #[test]
    fn another_implementation_reads_frames_of_every_length() {
        let lengths = [0, 1, 117, 118, 119, 65_527, 65_528, 65_529, 200_000];
        let data = lengths.map(|length| raw(&"x".repeat(length)).unwrap());
        let mut frames = Vec::new();
        for data in &data {
            append_event(&mut frames, "e", data);
        }
        let expected = data.map(|data| format!("42[\"e\",{}]", data.get()));
        assert_eq!(read(frames), expected);
    }

    #[test]
    fn packets_have_the_form_of_the_protocol() {
        let data = raw(&7).unwrap();
        assert_eq!(read(acknowledgement(12, &data)), ["4312[7]"]);
        assert_eq!(read(packet("2").to_vec()), ["2"]);
        let missed = bare_event("missed").unwrap();
        assert_eq!(read(missed.to_vec()), ["42[\"missed\",{}]"]);
    }
}
