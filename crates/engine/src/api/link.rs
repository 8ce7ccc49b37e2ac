//! What a screen shows of invite links.

use protocol::{
    ids::{AccountId, LinkId, RoomId},
    time::Timestamp,
};

use super::{HistoryChoice, LinkText};

/// A link into a room, as its members see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    /// Its id.
    pub link: LinkId,
    /// What its maker calls it; none where the room's sealed state does not list it.
    pub label: Option<String>,
    /// Who made it, by the room's state where it is listed, else by the server's word.
    pub maker: AccountId,
    /// Whether this account made it.
    pub own: bool,
    /// When, by the server's clock.
    pub created: Timestamp,
    /// When it ends, by the server's clock.
    pub expires: Option<Timestamp>,
    /// How many accounts may still come in by it.
    pub uses_left: Option<u32>,
    /// How many came in by it.
    pub used: u32,
    /// The link itself, to be handed on, where this account made it and this device knows it.
    pub text: Option<LinkText>,
}

/// What a link leads to, as far as its holder may know before coming in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPreview {
    /// The room.
    pub room: RoomId,
    /// Its name; none where the sealed state does not open.
    pub name: Option<String>,
    /// Its topic; empty if there is none.
    pub topic: String,
    /// What this account will be able to read, and others after it.
    pub history: HistoryChoice,
    /// Who made the link, proven by the link itself; for a link that was said, only by knowing the words.
    pub maker: AccountId,
    /// The name in the maker's certificate.
    pub maker_name: String,
    /// Names of those who will read what this account says, by their certificates, in order.
    pub members: Vec<String>,
    /// This account is in the room already.
    pub inside: bool,
}
