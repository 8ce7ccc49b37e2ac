//! Every reader of bytes that come from elsewhere, under one signature: for tests that feed them what nobody wrote.
//!
//! A target says whether it took the bytes. What it takes it writes again, and finds the same.

use opaque_ke::{CredentialResponse, RegistrationResponse};
use protocol::{bytes::Bytes, ids::RoomId, log::Message, opaque::Suite};

use crate::{
    api::{Content, ItemBody},
    content,
    links::said,
    records,
    rooms::Fields,
    shared::{read_shared, shared_body},
};

/// A reader: its name, and whether it takes these bytes.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// All of them.
pub const TARGETS: &[Target] = &[
    ("content", content),
    ("login_answer", |bytes| {
        CredentialResponse::<Suite>::deserialize(bytes).is_ok()
    }),
    ("message", message),
    ("register_answer", |bytes| {
        RegistrationResponse::<Suite>::deserialize(bytes).is_ok()
    }),
    ("said_link", said_link),
    ("shared_message", shared_message),
    ("shared_text", shared_text),
];

/// Two bytes of kind, then the content. What this version could have written it writes so; behind a file may stand what a
/// newer one says of it.
fn content(bytes: &[u8]) -> bool {
    let Some((kind, bytes)) = bytes.split_first_chunk() else {
        return false;
    };
    let Some(body) = content::decode(u16::from_be_bytes(*kind), bytes) else {
        return false;
    };
    // It becomes a row, which is read again at every start.
    let row = records::encode(&body);
    let read = records::decode::<ItemBody>(&row);
    assert!(
        read.is_ok_and(|read| records::encode(&read) == row),
        "a row that is not read again"
    );
    let content = match body {
        ItemBody::Text(text) => Content::Text(text),
        ItemBody::Reply { to, text } => Content::Reply { to, text },
        ItemBody::File(file) => Content::File(file),
        _ => return true,
    };
    if let Ok(written) = content::encode(&content) {
        assert_eq!(written.kind.to_be_bytes(), *kind);
        assert!(bytes.starts_with(&written.bytes), "a second spelling");
        let is_file = matches!(content, Content::File(_));
        assert!(is_file || written.bytes.len() == bytes.len());
    }
    true
}

/// The strings of a message in the log, as JSON.
fn message(bytes: &[u8]) -> bool {
    let Ok(message) = serde_json::from_slice::<Message>(bytes) else {
        return false;
    };
    let Ok(fields) = Fields::read(&message) else {
        return false;
    };
    let base64 = |bytes: &[u8]| Bytes::from(bytes).to_base64();
    assert_eq!(
        base64(&fields.encrypted_content),
        message.encrypted_content,
        "a second spelling"
    );
    assert_eq!(base64(&fields.iv), message.iv, "a second spelling");
    let hash: String = fields
        .message_hash
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(hash, message.message_hash, "a second spelling");
    true
}

/// A link as it is said. The words are not stretched, which is meant to take long.
fn said_link(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes);
    text.is_ok_and(|text| said(text.trim()).is_ok())
}

/// The strings of a message in a room of basic encryption, as JSON.
fn shared_message(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Message>(bytes).is_ok_and(|message| read_shared(&message).is_some())
}

/// What such a message opens to, in the room that the tests have.
fn shared_text(bytes: &[u8]) -> bool {
    let Ok(room) = RoomId::new(7) else {
        return false;
    };
    let Ok(body) = shared_body(room, bytes) else {
        return false;
    };
    let row = records::encode(&body);
    let read = records::decode::<ItemBody>(&row);
    assert_eq!(read, Ok(body), "a row that is not read again");
    true
}
