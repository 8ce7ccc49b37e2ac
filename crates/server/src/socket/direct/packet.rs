//! Packets from a client: Engine.IO 4, and Socket.IO 5 within its messages.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Attachments of one packet. No event takes any; an event with one is answered that it is malformed.
const ATTACHMENTS: usize = 1;

/// The transport's packets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Transport<'a> {
    Close,
    /// A sign of life.
    Alive,
    Message(&'a str),
}

/// The session's packets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// With the payload of `connect`, which may be empty.
    Connect(&'a str),
    /// `connect` to a namespace that there is not.
    ConnectElsewhere(&'a str),
    Disconnect,
    Event(Call<'a>),
    /// An acknowledgement, which nobody waits for, or a packet to a namespace that there is not.
    Nothing,
}

/// An event: the number of the acknowledgement that its client waits for, and a JSON array of name and payload.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    pub(super) number: Option<u64>,
    pub(super) array: &'a str,
}

/// The client does not speak the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a packet")]
pub(super) struct BadPacket;

/// The array of an event. Further arguments are not looked at.
#[derive(Debug)]
pub(super) struct Event<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) payload: Option<&'a RawValue>,
}

impl<'a> Transport<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, BadPacket> {
        match text.split_at_checked(1) {
            Some(("1", _)) => Ok(Self::Close),
            Some(("2" | "3", "")) => Ok(Self::Alive),
            Some(("4", message)) => Ok(Self::Message(message)),
            _ => Err(BadPacket),
        }
    }
}

impl<'a> Packet<'a> {
    /// Parses a message, `<kind>[<attachments>-][/<namespace>,][<number>][payload]`: the packet, and how many
    /// attachments come after it.
    pub(super) fn parse(message: &'a str) -> Result<(Self, usize), BadPacket> {
        let (kind, rest) = message.split_at_checked(1).ok_or(BadPacket)?;
        let (attachments, rest) = match kind {
            "5" | "6" => attachments(rest)?,
            _ => (0, rest),
        };
        let (namespace, rest) = namespace(rest);
        let packet = match (kind, namespace) {
            ("0", "/") => Self::Connect(rest),
            ("0", elsewhere) => Self::ConnectElsewhere(elsewhere),
            ("1", "/") => Self::Disconnect,
            ("2" | "5", "/") => Self::Event(Call::parse(rest)?),
            ("1" | "2" | "3" | "5" | "6", _) => Self::Nothing,
            _ => return Err(BadPacket),
        };
        Ok((packet, attachments))
    }
}

impl<'a> Call<'a> {
    fn parse(text: &'a str) -> Result<Self, BadPacket> {
        let (digits, array) = digits(text);
        let number = match digits {
            "" => None,
            digits => Some(digits.parse().map_err(|_| BadPacket)?),
        };
        Ok(Self { number, array })
    }
}

fn attachments(text: &str) -> Result<(usize, &str), BadPacket> {
    let (digits, rest) = digits(text);
    let count = digits.parse().map_err(|_| BadPacket)?;
    let rest = rest.strip_prefix('-').ok_or(BadPacket)?;
    if count > ATTACHMENTS {
        return Err(BadPacket);
    }
    Ok((count, rest))
}

/// The namespace, which is `/` where none is named.
fn namespace(text: &str) -> (&str, &str) {
    if text.starts_with('/') {
        text.split_once(',').unwrap_or((text, ""))
    } else {
        ("/", text)
    }
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or((text, ""))
}

impl<'a> Event<'a> {
    pub(super) fn parse(array: &'a str) -> Result<Self, BadPacket> {
        serde_json::from_str(array).map_err(|_| BadPacket)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Event<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Array;
        impl<'de> Visitor<'de> for Array {
            type Value = Event<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name and a payload")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Event<'de>, A::Error> {
                let name = array.next_element::<Name<'de>>()?;
                let Name(name) = name.ok_or(A::Error::custom("an event has a name"))?;
                let payload = array.next_element()?;
                while array.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Event { name, payload })
            }
        }
        deserializer.deserialize_seq(Array)
    }
}

/// Borrowed, unless it has escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn event(number: Option<u64>, array: &str) -> Result<(Packet<'_>, usize), BadPacket> {
        Ok((Packet::Event(Call { number, array }), 0))
    }

    #[test]
    fn packets_of_every_kind() {
        let parse = Packet::parse;
        assert_eq!(parse("0"), Ok((Packet::Connect(""), 0)));
        assert_eq!(parse("0{\"a\":1}"), Ok((Packet::Connect("{\"a\":1}"), 0)));
        assert_eq!(parse("0/,{}"), Ok((Packet::Connect("{}"), 0)));
        assert_eq!(parse("0/a,{}"), Ok((Packet::ConnectElsewhere("/a"), 0)));
        assert_eq!(parse("0/a"), Ok((Packet::ConnectElsewhere("/a"), 0)));
        assert_eq!(parse("1"), Ok((Packet::Disconnect, 0)));
        assert_eq!(parse("2[\"e\"]"), event(None, "[\"e\"]"));
        assert_eq!(parse("217[\"e\",7]"), event(Some(17), "[\"e\",7]"));
        assert_eq!(parse("2/,17[\"e\"]"), event(Some(17), "[\"e\"]"));
        assert_eq!(parse("2/a,17[\"e\"]"), Ok((Packet::Nothing, 0)));
        assert_eq!(parse("31[]"), Ok((Packet::Nothing, 0)));
        let call = Call {
            number: Some(2),
            array: "[\"e\"]",
        };
        assert_eq!(parse("51-2[\"e\"]"), Ok((Packet::Event(call), 1)));
        assert_eq!(parse("61-2[]"), Ok((Packet::Nothing, 1)));
    }

    #[test]
    fn what_is_no_packet() {
        let large = format!("2{}[]", "9".repeat(30));
        for text in [
            "", "4{}", "7", "é", "5[]", "5-[]", "51[]", "52-[]", "51é", &large,
        ] {
            assert_eq!(Packet::parse(text), Err(BadPacket), "{text}");
        }
        for text in ["", "0{}", "2probe", "3probe", "5", "6", "bAAAA", "é"] {
            assert_eq!(Transport::parse(text), Err(BadPacket), "{text}");
        }
        for text in ["", "{}", "[]", "[7]", "[\"a\"", "[\"a\"]x", "7", "[\"a\",]"] {
            assert!(Event::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_event_has_a_name_and_perhaps_a_payload() {
        let event = Event::parse("[\"say\",{\"a\":[1]},7]").unwrap();
        assert_eq!(event.name, "say");
        assert_eq!(event.payload.unwrap().get(), "{\"a\":[1]}");
        let event = Event::parse("[\"s\\u0061y\"]").unwrap();
        assert_eq!(event.name, "say");
        assert!(event.payload.is_none());
    }
}
