//! What a message says, as bytes under its kind.

mod file;

use protocol::{error::ErrorCode, ids::Seq};

use crate::api::{Content, ItemBody, RoomNotice};

/// The longest text, in bytes.
pub(crate) const TEXT_MAX: usize = 32 * 1024;

/// UTF-8 text.
const TEXT: u16 = 1;
/// Eight bytes of the other message's seq, then UTF-8 text.
const REPLY: u16 = 2;
/// "Yes" to an invitation; no content.
const JOINED: u16 = 3;
/// A file: see [`file`].
const FILE: u16 = 4;

/// A kind and its bytes.
pub(crate) struct Encoded {
    pub(crate) kind: u16,
    pub(crate) bytes: Vec<u8>,
}

/// The bytes of what a person says, if it is neither empty nor too long.
pub(crate) fn encode(content: &Content) -> Result<Encoded, ErrorCode> {
    let checked = |text: &str| {
        if text.trim().is_empty() || text.len() > TEXT_MAX {
            Err(ErrorCode::BadContent)
        } else {
            Ok(())
        }
    };
    match content {
        Content::Text(text) => {
            checked(text)?;
            Ok(Encoded {
                kind: TEXT,
                bytes: text.as_bytes().to_vec(),
            })
        }
        Content::Reply { to, text } => {
            checked(text)?;
            Seq::new(to.0).ok_or(ErrorCode::BadContent)?;
            let mut bytes = to.0.to_be_bytes().to_vec();
            bytes.extend(text.as_bytes());
            Ok(Encoded { kind: REPLY, bytes })
        }
        Content::File(file) => Ok(Encoded {
            kind: FILE,
            bytes: file::encode(file)?,
        }),
    }
}

/// The message by which an invited account says yes.
pub(crate) fn joined() -> Encoded {
    Encoded {
        kind: JOINED,
        bytes: Vec::new(),
    }
}

/// What is shown; `None` if the bytes do not have the form of their kind.
pub(crate) fn decode(kind: u16, bytes: &[u8]) -> Option<ItemBody> {
    let text = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok()?;
        (text.len() <= TEXT_MAX).then(|| text.to_owned())
    };
    match kind {
        TEXT => text(bytes).map(ItemBody::Text),
        REPLY => {
            let (to, rest) = bytes.split_first_chunk()?;
            Some(ItemBody::Reply {
                // A place that no log has would be a row that nothing reads again.
                to: Seq::new(u64::from_be_bytes(*to))?,
                text: text(rest)?,
            })
        }
        FILE => file::decode(bytes).map(|file| ItemBody::File(Box::new(file))),
        JOINED => bytes
            .is_empty()
            .then_some(ItemBody::Notice(RoomNotice::Accepted)),
        kind => Some(ItemBody::Unknown { kind }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn content_survives_and_bad_content_is_refused() {
        let reply = Content::Reply {
            to: Seq(9),
            text: "yes".into(),
        };
        let encoded = encode(&reply).unwrap();
        let shown = decode(encoded.kind, &encoded.bytes).unwrap();
        assert_eq!(
            shown,
            ItemBody::Reply {
                to: Seq(9),
                text: "yes".into()
            }
        );
        for text in ["", " \n", &"x".repeat(TEXT_MAX + 1)] {
            let refused = encode(&Content::Text(text.to_owned())).map(|_| ());
            assert_eq!(refused, Err(ErrorCode::BadContent));
        }
    }

    #[test]
    fn bytes_of_another_form_are_not_shown() {
        assert_eq!(decode(TEXT, &[0xff]), None);
        assert_eq!(decode(REPLY, &[0; 7]), None);
        assert_eq!(decode(REPLY, &[0xff; 8]), None);
        assert_eq!(decode(JOINED, &[0]), None);
        // Longer than our own programs write, as long as a payload can be.
        for length in [TEXT_MAX + 1, e2ee::payload::MAX_CONTENT] {
            assert_eq!(decode(TEXT, &vec![b'W'; length]), None);
        }
        assert!(decode(TEXT, &vec![b'W'; TEXT_MAX]).is_some());
        assert_eq!(decode(900, &[0]), Some(ItemBody::Unknown { kind: 900 }));
    }
}
