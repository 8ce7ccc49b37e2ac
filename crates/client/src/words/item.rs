//! Lines of a room.

use engine::api::{Delivery, ItemBody, ItemKey, TimelineItem};
use protocol::ids::RoomId;
use serde_json::{Value, json};

use super::{
    Names,
    notice::{notice_word, notice_words, tombstone_words},
};

/// A line of a room as JSON.
pub fn item(room: RoomId, item: &TimelineItem, names: &Names) -> Value {
    let mut object = json!({
        "room": room,
        "sender": item.sender,
        "user": item.sender_name,
        "device": item.device,
        "time": item.time,
    });
    match item.key {
        ItemKey::Logged(seq) => put(&mut object, "seq", json!(seq)),
        ItemKey::Draft(id) => put(&mut object, "draft", json!(id)),
    }
    if let Delivery::Failed(code) = item.delivery {
        put(&mut object, "failed", json!(code));
    }
    body(&mut object, item, names);
    object
}

/// Sets a field of an object.
pub fn put(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = object {
        map.insert(key.to_owned(), value);
    }
}

fn body(object: &mut Value, item: &TimelineItem, names: &Names) {
    let sender = || {
        let name = item.sender.map(|account| names.get(account));
        name.unwrap_or_else(|| "someone".to_owned())
    };
    let kind = match &item.body {
        ItemBody::Text(text) => {
            put(object, "text", json!(text));
            "text"
        }
        ItemBody::Unsalted(text) => {
            put(object, "text", json!(text));
            put(object, "unsalted", json!(true));
            "text"
        }
        ItemBody::Reply { to, text } => {
            put(object, "to", json!(to));
            put(object, "text", json!(text));
            "reply"
        }
        ItemBody::File(file) => {
            put(object, "name", json!(file.name));
            put(object, "media_type", json!(file.media_type));
            put(object, "length", json!(file.length));
            "file"
        }
        ItemBody::Unknown { kind } => {
            put(object, "unknown_kind", json!(kind));
            "unknown"
        }
        ItemBody::Notice(notice) => {
            put(
                object,
                "notice",
                json!(notice_words(notice, &sender(), names)),
            );
            put(object, "what", json!(notice_word(notice)));
            "notice"
        }
        ItemBody::Tombstone(cause) => {
            put(object, "notice", json!(tombstone_words(*cause)));
            put(object, "cause", json!(format!("{cause:?}")));
            "tombstone"
        }
    };
    put(object, "kind", json!(kind));
}
