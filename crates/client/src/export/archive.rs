//! All rooms as one JSON document. Its names are those of `secure-chat tail --json`.

use engine::api::{AccountView, ItemBody, RoomView, TimelineItem};
use protocol::{
    ids::{AccountId, DeviceId, RoomId, Seq},
    time::Timestamp,
};
use serde::Serialize;

/// What an account can read on a device.
#[derive(Serialize)]
pub struct Archive {
    user: String,
    account: AccountId,
    device: DeviceId,
    server: String,
    exported: Timestamp,
    rooms: Vec<Room>,
}

/// A room and its lines, in their order.
#[derive(Serialize)]
pub struct Room {
    id: RoomId,
    name: Option<String>,
    topic: Option<String>,
    lines: Vec<Line>,
}

/// What is of no use for a kind of line is left out.
#[derive(Serialize)]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<Seq>,
    sender: Option<AccountId>,
    user: Option<String>,
    device: Option<DeviceId>,
    time: Timestamp,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
}

impl Archive {
    /// One without rooms.
    #[must_use]
    pub fn of(account: AccountView, server: String, exported: Timestamp) -> Self {
        Self {
            user: account.user,
            account: account.account,
            device: account.device,
            server,
            exported,
            rooms: Vec::new(),
        }
    }

    /// Another room.
    pub fn push(&mut self, room: Room) {
        self.rooms.push(room);
    }

    /// The document.
    ///
    /// # Errors
    /// Never in practice: everything in it has a JSON form.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

impl Room {
    /// One without lines.
    #[must_use]
    pub fn of(room: &RoomView) -> Self {
        Self {
            id: room.room,
            name: room.name.clone(),
            topic: room.topic.clone(),
            lines: Vec::new(),
        }
    }

    /// Another line; `words` says what happened, where nobody said something.
    pub fn push(&mut self, item: TimelineItem, words: String) {
        let mut line = Line {
            seq: item.key.seq(),
            sender: item.sender,
            user: item.sender_name,
            device: item.device,
            time: item.time,
            kind: "text",
            text: None,
            to: None,
            notice: None,
            name: None,
            media_type: None,
            length: None,
        };
        match item.body {
            ItemBody::Text(text) | ItemBody::Unsalted(text) => line.text = Some(text),
            ItemBody::Reply { to, text } => {
                line.kind = "reply";
                (line.to, line.text) = (Some(to), Some(text));
            }
            ItemBody::File(file) => {
                line.kind = "file";
                line.length = Some(file.length);
                (line.name, line.media_type) = (Some(file.name), Some(file.media_type));
            }
            ItemBody::Unknown { .. } => (line.kind, line.notice) = ("unknown", Some(words)),
            ItemBody::Notice(_) => (line.kind, line.notice) = ("notice", Some(words)),
            ItemBody::Tombstone(_) => (line.kind, line.notice) = ("tombstone", Some(words)),
        }
        self.lines.push(line);
    }
}
