//! The name of a vault item.

use core::fmt;

use crate::ids::RoomId;

/// What an item is about: `account`, `contacts`, `room/ID`, or a name that a newer client made.
///
/// 1 to 64 characters of `a-z`, `0-9`, `-` and `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemName(String);

/// A text is no item name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an item name has 1 to 64 characters of a-z, 0-9, '-' and '/'")]
pub struct ItemNameError;

impl ItemName {
    /// The longest name, in bytes.
    pub const MAX_LEN: usize = 64;

    /// The signing key.
    #[must_use]
    pub fn account() -> Self {
        Self("account".to_owned())
    }

    /// The pins.
    #[must_use]
    pub fn contacts() -> Self {
        Self("contacts".to_owned())
    }

    /// The keys of a room.
    #[must_use]
    pub fn room(room: RoomId) -> Self {
        Self(format!("room/{room}"))
    }

    /// Checks a name from the wire.
    ///
    /// # Errors
    /// [`ItemNameError`] if it breaks the rule above.
    pub fn parse(name: &[u8]) -> Result<Self, ItemNameError> {
        let legal = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'/');
        if name.is_empty() || name.len() > Self::MAX_LEN || !name.iter().all(legal) {
            return Err(ItemNameError);
        }
        core::str::from_utf8(name)
            .map(|name| Self(name.to_owned()))
            .map_err(|_| ItemNameError)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The room whose keys the item holds.
    #[must_use]
    pub fn as_room(&self) -> Option<RoomId> {
        let id = self.0.strip_prefix("room/")?.parse().ok()?;
        // `room/007` is not how a room item is called.
        RoomId::new(id)
            .ok()
            .filter(|room| Self::room(*room) == *self)
    }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
