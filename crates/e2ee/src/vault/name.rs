//! The name of a vault item.

use core::fmt;

use crate::ids::RoomId;

/// What an item is about: `account`, `contacts`, `shared-keys`, `room/ID`, `room/ID/PAGE`, or a name that a newer client made.
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

    /// The keys of the rooms of basic encryption.
    #[must_use]
    pub fn shared_keys() -> Self {
        Self("shared-keys".to_owned())
    }

    /// The keys of a room.
    #[must_use]
    pub fn room(room: RoomId) -> Self {
        Self(format!("room/{room}"))
    }

    /// One page of the keys of a room; page 0 is [`ItemName::room`].
    #[must_use]
    pub fn room_page(room: RoomId, page: u64) -> Self {
        match page {
            0 => Self::room(room),
            page => Self(format!("room/{room}/{page}")),
        }
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

    /// The room and the page whose keys the item holds.
    #[must_use]
    pub fn as_room_page(&self) -> Option<(RoomId, u64)> {
        if let Some(room) = self.as_room() {
            return Some((room, 0));
        }
        let (room, page) = self.0.strip_prefix("room/")?.split_once('/')?;
        let (room, page) = (RoomId::new(room.parse().ok()?).ok()?, page.parse().ok()?);
        // Page 0 has another name, and `room/7/01` is none.
        (Self::room_page(room, page) == *self).then_some((room, page))
    }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
