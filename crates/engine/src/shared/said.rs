//! What a message of a room of basic encryption says, as any client with Web Crypto writes and reads it.
//!
//! Own clients seal JSON with the room's number, so that a text cannot be shown in another room, and with a salt, so that
//! the hash beside it does not tell a short text. Others may seal their text as it is.

use e2ee::{
    codec::unhex,
    shared_key::{SealedText, SharedKey, TextError},
};
use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    ids::{RoomId, Seq},
    log::{Key, Message},
};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};

use super::seen::{self, Mark};
use crate::{
    api::{ItemBody, TombstoneCause},
    content::TEXT_MAX,
    json,
};

/// The plaintext of own clients.
#[derive(Serialize, Deserialize)]
struct Said {
    room_id: u64,
    #[serde(default)]
    salt: String,
    text: String,
    /// The place of the message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<Seq>,
}

/// Seals what a person says. Files are for sealed rooms.
pub(super) fn seal(
    key: &SharedKey,
    room: RoomId,
    body: &ItemBody,
    rng: &mut dyn CryptoRngCore,
) -> Result<Message, ErrorCode> {
    let (text, reply_to) = match body {
        ItemBody::Text(text) => (text.clone(), None),
        ItemBody::Reply { to, text } => (text.clone(), Some(*to)),
        _ => return Err(ErrorCode::WrongRoomKind),
    };
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    let said = Said {
        room_id: room.get(),
        salt: Bytes(salt.to_vec()).to_base64(),
        text,
        reply_to,
    };
    let plain = serde_json::to_vec(&said).map_err(|_| ErrorCode::BadContent)?;
    let mut rng = rng;
    let sealed = key.seal(&plain, &mut rng);
    let sealed = sealed.map_err(|_| ErrorCode::BadContent)?;
    Ok(Message {
        encrypted_content: numbers(&sealed.encrypted_content),
        iv: numbers(&sealed.iv),
        message_hash: crate::outbox::hex(&sealed.message_hash),
        key: Key::default(),
        history_key: None,
    })
}

/// Opens a message: what it says, and by what it is known when it comes again.
pub(super) fn open(
    key: &SharedKey,
    room: RoomId,
    message: &Message,
) -> Result<(ItemBody, Mark), TombstoneCause> {
    if matches!(message.key, Key::Mls(_)) {
        return Err(TombstoneCause::WrongKind);
    }
    let sealed = read(message).ok_or(TombstoneCause::Malformed)?;
    let plain = key.open(&sealed).map_err(|error| match error {
        TextError::Closed => TombstoneCause::DoesNotOpen,
        TextError::Hash => TombstoneCause::Mismatch,
    })?;
    Ok((body(room, &plain)?, seen::mark(&sealed)))
}

/// What a plaintext says in a room.
pub(crate) fn body(room: RoomId, plain: &[u8]) -> Result<ItemBody, TombstoneCause> {
    let text = std::str::from_utf8(plain).map_err(|_| TombstoneCause::Malformed)?;
    // Only an object is read by its fields, not a list in their order.
    let said = text.starts_with('{').then(|| json::read(text));
    let body = match said {
        Some(Ok(Said { room_id, .. })) if room_id != room.get() => {
            return Err(TombstoneCause::Mismatch);
        }
        Some(Ok(Said {
            text,
            reply_to: Some(to),
            ..
        })) if Seq::new(to.0).is_some() => ItemBody::Reply { to, text },
        Some(Ok(Said { text, .. })) => ItemBody::Text(text),
        _ => ItemBody::Unsalted(text.to_owned()),
    };
    match &body {
        ItemBody::Text(text) | ItemBody::Reply { text, .. } | ItemBody::Unsalted(text)
            if text.len() > TEXT_MAX =>
        {
            Err(TombstoneCause::Malformed)
        }
        _ => Ok(body),
    }
}

/// Bytes as the wire has them in such rooms: a JSON array of numbers in a string, or base64.
pub(crate) fn read(message: &Message) -> Option<SealedText> {
    Some(SealedText {
        encrypted_content: bytes(&message.encrypted_content)?,
        iv: bytes(&message.iv)?.try_into().ok()?,
        message_hash: unhex(message.message_hash.to_ascii_lowercase().as_bytes())?,
    })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    if text.trim_start().starts_with('[') {
        json::read(text).ok()
    } else {
        Bytes::from_base64(text).ok().map(Into::into)
    }
}

fn numbers(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 + 2);
    for byte in bytes {
        text.push(if text.is_empty() { '[' } else { ',' });
        text.push_str(&byte.to_string());
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use e2ee::shared_key::Stretch;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;

    fn key() -> SharedKey {
        Stretch::new([7; 16], 100_000)
            .unwrap()
            .key("the passphrase")
    }

    fn room(number: u64) -> RoomId {
        RoomId::new(number).unwrap()
    }

    fn said(number: u64, message: &Message) -> Result<ItemBody, TombstoneCause> {
        open(&key(), room(number), message).map(|(body, _)| body)
    }

    fn plain(text: &str) -> Message {
        let mut rng = ChaCha20Rng::from_seed([2; 32]);
        let sealed = key().seal(text.as_bytes(), &mut rng).unwrap();
        Message {
            encrypted_content: Bytes(sealed.encrypted_content).to_base64(),
            iv: numbers(&sealed.iv),
            message_hash: crate::outbox::hex(&sealed.message_hash).to_uppercase(),
            key: Key::Shared("2026".to_owned()),
            history_key: None,
        }
    }

    #[test]
    fn what_is_said_is_read_in_its_room_and_in_no_other() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        for body in [
            ItemBody::Text("the \"garden\" gate\n".to_owned()),
            ItemBody::Reply {
                to: Seq(9),
                text: "yes".to_owned(),
            },
        ] {
            let message = seal(&key(), room(7), &body, &mut rng).unwrap();
            assert!(message.encrypted_content.starts_with('['));
            assert_eq!(said(7, &message), Ok(body));
            let elsewhere = said(8, &message);
            assert_eq!(elsewhere, Err(TombstoneCause::Mismatch));
        }
    }

    #[test]
    fn one_text_has_another_hash_each_time() {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let body = ItemBody::Text("yes".to_owned());
        let one = seal(&key(), room(7), &body, &mut rng).unwrap();
        let two = seal(&key(), room(7), &body, &mut rng).unwrap();
        assert_ne!(one.message_hash, two.message_hash);
        assert_ne!(one.iv, two.iv);
    }

    #[test]
    fn the_text_of_other_clients_is_shown_as_what_it_is() {
        for text in ["yes", "{", "{\"text\":7}", "[7,\"\",\"yes\"]", "null"] {
            let shown = said(7, &plain(text));
            assert_eq!(shown, Ok(ItemBody::Unsalted(text.to_owned())));
        }
    }

    #[test]
    fn bad_messages_are_refused_by_their_cause() {
        let refused = |change: &dyn Fn(&mut Message)| {
            let mut message = plain("yes");
            change(&mut message);
            said(7, &message).unwrap_err()
        };
        let cause = refused(&|message| message.key = Key::Mls(vec![1].into()));
        assert_eq!(cause, TombstoneCause::WrongKind);
        let cause = refused(&|message| message.message_hash = "00".repeat(32));
        assert_eq!(cause, TombstoneCause::Mismatch);
        let cause = refused(&|message| message.encrypted_content = numbers(&[0; 40]));
        assert_eq!(cause, TombstoneCause::DoesNotOpen);
        for iv in ["", "[]", "[1,2,300]", "[1,2,3]", "{}", "AAAA"] {
            let cause = refused(&|message| message.iv = iv.to_owned());
            assert_eq!(cause, TombstoneCause::Malformed, "{iv}");
        }
        let long = said(7, &plain(&"x".repeat(TEXT_MAX + 1)));
        assert_eq!(long, Err(TombstoneCause::Malformed));
    }
}
