//! What a server says unasked.

use protocol::events::{Push, name};
use serde::de::DeserializeOwned;

use super::PacketError;

/// Reads the JSON array of an event. `None` for names that this version does not know: a newer server may
/// say more.
pub(super) fn parse(array: &str) -> Result<Option<Push>, PacketError> {
    let (event, payload) = split(array)?;
    Ok(Some(match event {
        name::NEW_MESSAGE => Push::NewMessage(Box::new(json(payload)?)),
        name::MAIL => Push::Mail(Box::new(json(payload)?)),
        name::EPHEMERAL => Push::Ephemeral(json(payload)?),
        name::MISSED => Push::Missed,
        name::ROOM_OPENED => Push::RoomOpened(json(payload)?),
        name::ROOM_CLOSED => Push::RoomClosed(json(payload)?),
        name::READMISSION => Push::Readmission(json(payload)?),
        name::DOOR_SHUT => Push::DoorShut(json(payload)?),
        name::DEVICES_CHANGED => Push::DevicesChanged,
        name::SESSION_ENDED => Push::SessionEnded(json(payload)?),
        _ => return Ok(None),
    }))
}

/// The name and the text of the one argument (empty if there is none).
fn split(array: &str) -> Result<(&str, &str), PacketError> {
    let inside = array
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .ok_or(PacketError::Malformed)?;
    let rest = inside.trim_start().strip_prefix('"');
    let rest = rest.ok_or(PacketError::Malformed)?;
    // A name with an escape is none that is known here.
    let mut escaped = false;
    let end = rest.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    let split = end.and_then(|end| Some((rest.get(..end)?, rest.get(end + 1..)?)));
    let (event, rest) = split.ok_or(PacketError::Malformed)?;
    let rest = rest.trim();
    if rest.is_empty() {
        return Ok((event, ""));
    }
    let payload = rest.strip_prefix(',').ok_or(PacketError::Malformed)?;
    Ok((event, payload))
}

fn json<T: DeserializeOwned>(text: &str) -> Result<T, PacketError> {
    engine::json::read(text).map_err(|_| PacketError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_escapes_is_none_that_is_known() {
        for array in ["[\"a\\\"b\",{}]", "[\"mail\\\\\"]", "[ \"later\" , 1 ]"] {
            assert!(matches!(parse(array), Ok(None)), "{array}");
        }
        for array in ["[\"mail", "[mail]", "[\"mail\" 1]", "[7]", "[]"] {
            assert!(parse(array).is_err(), "{array}");
        }
    }

    #[test]
    fn events_are_read_by_name() {
        let room = "[\"room_opened\",{\"room_id\":7}]";
        assert!(
            matches!(parse(room), Ok(Some(Push::RoomOpened(opened))) if opened.room_id.get() == 7)
        );
        let room = "[\"room_closed\",{\"room_id\":7}]";
        assert!(
            matches!(parse(room), Ok(Some(Push::RoomClosed(closed))) if closed.room_id.get() == 7)
        );
        let asked = "[\"readmission\",{\"room_id\":7}]";
        assert!(
            matches!(parse(asked), Ok(Some(Push::Readmission(asked))) if asked.room_id.get() == 7)
        );
        assert_eq!(parse("[\"missed\"]"), Ok(Some(Push::Missed)));
        assert_eq!(parse("[\"missed\",{}]"), Ok(Some(Push::Missed)));
        let changed = "[\"devices_changed\",{}]";
        assert_eq!(parse(changed), Ok(Some(Push::DevicesChanged)));
        assert_eq!(parse("[\"something_new\",{\"a\":[1]}]"), Ok(None));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "[]",
            "[1]",
            "[\"room_closed\"]",
            "[\"room_closed\",{\"room_id\":7},1]",
            "[\"room_closed\" {\"room_id\":7}]",
            "[\"room_closed\",{\"room_id\":-7}]",
            "[\"new_message\",{}]",
        ] {
            assert_eq!(parse(text), Err(PacketError::Malformed), "{text}");
        }
    }
}
