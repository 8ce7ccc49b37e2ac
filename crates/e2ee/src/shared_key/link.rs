//! A link into a room of basic encryption: what stands behind the `#` of its URL. It holds no secret.

use core::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::Stretch;
use crate::ids::RoomId;

/// In front of the fields.
const PREFIX: &str = "shared-key=";

/// `shared-key=ROOM.ROUNDS.SALT`, the salt in base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedLink {
    /// The room.
    pub room: RoomId,
    /// How its passphrase becomes its key.
    pub stretch: Stretch,
}

/// A text is no link into a room of basic encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SharedLinkError {
    /// It is another kind of link, or none.
    #[error("not a link into a room of basic encryption")]
    Kind,
    /// It is one, damaged.
    #[error("the link is damaged")]
    Malformed,
    /// It asks for fewer rounds than are safe, or more than anybody waits for.
    #[error("the link asks for a number of rounds that is refused")]
    Rounds,
}

impl SharedLink {
    /// Reads a fragment.
    ///
    /// # Errors
    /// [`SharedLinkError`] says what does not fit.
    pub fn parse(fragment: &str) -> Result<Self, SharedLinkError> {
        let fields = fragment.strip_prefix(PREFIX).ok_or(SharedLinkError::Kind)?;
        Self::read(fields).ok_or(SharedLinkError::Malformed)?
    }

    fn read(fields: &str) -> Option<Result<Self, SharedLinkError>> {
        let (room, rest) = fields.split_once('.')?;
        let (rounds, salt) = rest.split_once('.')?;
        let room = RoomId::new(number(room)?).ok()?;
        let rounds = u32::try_from(number(rounds)?).ok()?;
        let salt = URL_SAFE_NO_PAD.decode(salt).ok()?.try_into().ok()?;
        let stretch = Stretch::new(salt, rounds).ok_or(SharedLinkError::Rounds);
        Some(stretch.map(|stretch| Self { room, stretch }))
    }
}

/// Digits, and nothing else that Rust takes for a number.
fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

impl fmt::Display for SharedLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let salt = URL_SAFE_NO_PAD.encode(self.stretch.salt());
        let (room, rounds) = (self.room, self.stretch.rounds());
        write!(f, "{PREFIX}{room}.{rounds}.{salt}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_link_is_read_as_it_was_written() {
        let stretch = Stretch::new([0xfb; 16], 600_000).unwrap();
        let room = RoomId::new(4_503_599_627_370_497).unwrap();
        let link = SharedLink { room, stretch };
        let text = link.to_string();
        let written = "shared-key=4503599627370497.600000.-_v7-_v7-_v7-_v7-_v7-w";
        assert_eq!(text, written);
        assert_eq!(SharedLink::parse(&text), Ok(link));
    }

    #[test]
    fn what_is_damaged_or_weak_is_refused_by_its_name() {
        let refused = |text: &str| SharedLink::parse(text).unwrap_err();
        let salt = "AAAAAAAAAAAAAAAAAAAAAA";
        assert_eq!(refused("k=7"), SharedLinkError::Kind);
        for fields in [
            "7",
            "7.600000",
            "7.600000.AAAA",
            &format!("7.600000.{salt}A"),
            &format!("+7.600000.{salt}"),
            &format!("7.-1.{salt}"),
            &format!("7.6000000000.{salt}"),
        ] {
            let text = format!("{PREFIX}{fields}");
            assert_eq!(refused(&text), SharedLinkError::Malformed, "{text}");
        }
        for rounds in [0, 1, 99_999, 10_000_001] {
            let text = format!("{PREFIX}7.{rounds}.{salt}");
            assert_eq!(refused(&text), SharedLinkError::Rounds, "{text}");
        }
    }
}
