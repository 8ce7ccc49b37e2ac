//! Frames and packets.

use serde::{Deserialize, Serialize};

use super::PacketError;
use engine::json;

/// No frame is larger: a page of history whose last entry is one large commit.
pub(crate) const FRAME_BYTES: usize = 16 * 1024 * 1024;

/// The longest pause between pings that a server may ask for, and the longest wait for one, in milliseconds.
const INTERVAL_MAX: u64 = 10 * 60_000;

/// What a server sends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// Engine.IO 0: the connection stands.
    Open(Opening),
    /// Engine.IO 1: the server closes.
    Close,
    /// Engine.IO 2: answer at once.
    Ping,
    /// Engine.IO 6: nothing.
    Noop,
    /// Socket.IO 0: the session is accepted.
    Connected,
    /// Socket.IO 1: the session is closed.
    Disconnected,
    /// Socket.IO 2: an event; its JSON array.
    Event(&'a str),
    /// Socket.IO 3: an acknowledgement; its JSON array.
    Ack(u64, &'a str),
    /// Socket.IO 4: the session is refused; its JSON object.
    Refused(&'a str),
}

/// The server's first packet.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Opening {
    ping_interval: u64,
    ping_timeout: u64,
}

impl Opening {
    /// After so many milliseconds without a ping the server is gone.
    pub(crate) fn silence_millis(&self) -> u64 {
        self.ping_interval.min(INTERVAL_MAX) + self.ping_timeout.min(INTERVAL_MAX)
    }
}

/// Reads one text frame.
pub(crate) fn parse(frame: &str) -> Result<Packet<'_>, PacketError> {
    if frame.len() > FRAME_BYTES {
        return Err(PacketError::TooLarge);
    }
    let (kind, rest) = first(frame)?;
    match (kind, rest) {
        ('0', rest) => json::read(rest)
            .map(Packet::Open)
            .map_err(|_| PacketError::Malformed),
        ('1', "") => Ok(Packet::Close),
        ('2', "") => Ok(Packet::Ping),
        ('6', "") => Ok(Packet::Noop),
        ('4', rest) => message(rest),
        // A pong or a probe belongs to transports that are not used here.
        ('3' | '5', _) => Err(PacketError::Unused),
        _ => Err(PacketError::Malformed),
    }
}

fn message(text: &str) -> Result<Packet<'_>, PacketError> {
    let (kind, rest) = first(text)?;
    if rest.starts_with('/') {
        return Err(PacketError::Unused);
    }
    match kind {
        '0' => object(rest).map(|_| Packet::Connected),
        '1' if rest.is_empty() => Ok(Packet::Disconnected),
        '2' => array(rest).map(Packet::Event),
        '3' => {
            let (id, rest) = number(rest)?;
            array(rest).map(|body| Packet::Ack(id, body))
        }
        '4' => object(rest).map(Packet::Refused),
        '5' | '6' => Err(PacketError::Unused),
        _ => Err(PacketError::Malformed),
    }
}

fn first(text: &str) -> Result<(char, &str), PacketError> {
    let mut characters = text.chars();
    let kind = characters.next().ok_or(PacketError::Malformed)?;
    Ok((kind, characters.as_str()))
}

/// An acknowledgement's number: one spelling, no sign, no leading zero.
fn number(text: &str) -> Result<(u64, &str), PacketError> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(PacketError::Malformed);
    }
    let id = digits.parse().map_err(|_| PacketError::Malformed)?;
    Ok((id, rest))
}

fn array(text: &str) -> Result<&str, PacketError> {
    let is_array = text.starts_with('[') && text.ends_with(']');
    is_array.then_some(text).ok_or(PacketError::Malformed)
}

fn object(text: &str) -> Result<&str, PacketError> {
    let is_object = text.is_empty() || (text.starts_with('{') && text.ends_with('}'));
    is_object.then_some(text).ok_or(PacketError::Malformed)
}

/// The answer to a ping.
pub(crate) const PONG: &str = "3";

/// The wish to leave.
pub(crate) const DISCONNECT: &str = "41";

/// The packet that opens a session. `auth` is JSON-encoded by serde, so nothing in it ends the packet early.
pub(crate) fn connect(auth: &impl Serialize) -> serde_json::Result<String> {
    Ok(format!("40{}", serde_json::to_string(auth)?))
}

/// An event that wants the acknowledgement `id`. `payload` is one JSON value.
pub(crate) fn event(id: u64, name: &str, payload: &str) -> serde_json::Result<String> {
    Ok(format!(
        "42{id}[{},{payload}]",
        serde_json::to_string(name)?
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn frames_of_a_real_server_are_read() {
        let open = "0{\"sid\":\"abc\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":100000}";
        let Ok(Packet::Open(opening)) = parse(open) else {
            panic!("not read");
        };
        assert_eq!(opening.silence_millis(), 45_000);
        let rows = [
            ("1", Packet::Close),
            ("2", Packet::Ping),
            ("6", Packet::Noop),
            ("40{\"sid\":\"x\"}", Packet::Connected),
            ("41", Packet::Disconnected),
            ("42[\"a\",1]", Packet::Event("[\"a\",1]")),
            ("4317[{}]", Packet::Ack(17, "[{}]")),
            ("430[]", Packet::Ack(0, "[]")),
            (
                "44{\"message\":\"no\"}",
                Packet::Refused("{\"message\":\"no\"}"),
            ),
        ];
        for (frame, wanted) in rows {
            assert_eq!(parse(frame), Ok(wanted), "{frame}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let rows = [
            ("", PacketError::Malformed),
            ("4", PacketError::Malformed),
            ("7", PacketError::Malformed),
            ("2probe", PacketError::Malformed),
            ("3probe", PacketError::Unused),
            ("0[]", PacketError::Malformed),
            ("42", PacketError::Malformed),
            ("42{}", PacketError::Malformed),
            ("42/admin,[\"a\"]", PacketError::Unused),
            ("43[1]", PacketError::Malformed),
            ("4301[1]", PacketError::Malformed),
            ("43+1[1]", PacketError::Malformed),
            ("4399999999999999999999[1]", PacketError::Malformed),
            ("451-[\"a\"]", PacketError::Unused),
            ("411", PacketError::Malformed),
            ("é", PacketError::Malformed),
        ];
        for (frame, wanted) in rows {
            assert_eq!(parse(frame), Err(wanted), "{frame}");
        }
    }

    #[test]
    fn a_greedy_server_does_not_stop_the_watch() {
        let open = "0{\"pingInterval\":18446744073709551615,\"pingTimeout\":18446744073709551615}";
        let Ok(Packet::Open(opening)) = parse(open) else {
            panic!("not read");
        };
        assert_eq!(opening.silence_millis(), 2 * INTERVAL_MAX);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_frame_breaks_the_parser(frame in "\\PC{0,64}") {
            let _ = parse(&frame);
        }

        #[test]
        fn packets_with_junk_are_read_or_refused(kind in "[0-6]{1,2}[0-9]{0,20}", rest in "\\PC{0,32}") {
            let _ = parse(&format!("{kind}{rest}"));
        }

        #[test]
        fn an_event_comes_back_as_its_ack_would(id in any::<u64>(), name in "\\PC{0,16}") {
            let sent = event(id, &name, "{}").unwrap();
            let echo = sent.replacen("42", "43", 1);
            let wanted = format!("[{},{{}}]", serde_json::to_string(&name).unwrap());
            prop_assert_eq!(parse(&echo), Ok(Packet::Ack(id, wanted.as_str())));
        }
    }
}
