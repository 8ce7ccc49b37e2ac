//! What the page and the worker say to each other, as CBOR in a message.

use client::engine::api::{HistoryChoice, ItemKey};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, DeviceId, LinkId, RoomId},
    role::Role,
};
use serde::{Deserialize, Serialize};

/// From the page to the worker.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// The first message: whose server it is, and whether this browser has had an account.
    Start {
        /// Scheme, host and port of the page.
        origin: String,
        /// An account is known here, so an empty store is a loss.
        known: bool,
        /// Which page this is, by the content of its code.
        version: String,
    },
    /// Something that a person wants; answered by [`Tell::Done`] with the same number.
    Wish(u64, Wish),
    /// The room on the screen, and how many of its last lines.
    Show(Option<RoomId>, usize),
    /// The person agreed to begin anew on this device: what is left in the store goes.
    Erase,
    /// The tab that owns the store does not answer, and the person wants to go on here.
    TakeOver,
}

/// What a person wants. It may hold a password, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// A new account.
    Register {
        /// Its name.
        user: String,
        /// Its password.
        password: String,
    },
    /// A session for an account that exists.
    LogIn {
        /// Its name.
        user: String,
        /// Its password.
        password: String,
    },
    /// The end of the session.
    LogOut,
    /// The same, and whatever this browser keeps is to be gone; [`Tell::Erased`] follows.
    Wipe,
    /// The account's devices.
    Devices,
    /// The end of a device of the account.
    Revoke {
        /// Which; not this one.
        device: DeviceId,
        /// The account's password.
        password: String,
    },
    /// A new room.
    CreateRoom {
        /// Its name.
        name: String,
        /// What later members may read.
        history: HistoryChoice,
    },
    /// A message.
    Send {
        /// Where.
        room: RoomId,
        /// What.
        text: String,
    },
    /// What is typed and not said is to outlive the page.
    KeepTyped {
        /// Where.
        room: RoomId,
        /// All of it.
        text: String,
    },
    /// A message that was refused, once more.
    Retry {
        /// Where.
        room: RoomId,
        /// Which.
        item: ItemKey,
    },
    /// Somebody is to come in.
    Invite {
        /// Where.
        room: RoomId,
        /// Whom.
        user: String,
    },
    /// Somebody is to be out.
    Remove {
        /// Where.
        room: RoomId,
        /// Who.
        account: AccountId,
    },
    /// Somebody is to have a role.
    SetRole {
        /// Where.
        room: RoomId,
        /// Who.
        account: AccountId,
        /// Which.
        role: Role,
    },
    /// The number to compare with somebody.
    SafetyNumber {
        /// With whom.
        account: AccountId,
    },
    /// It was compared, or that is taken back.
    SetVerified {
        /// With whom.
        account: AccountId,
        /// Compared, or not.
        verified: bool,
    },
    /// The digits that everybody in a room sees who has read as far.
    RoomCode {
        /// Which.
        room: RoomId,
    },
    /// A room's name and topic.
    EditRoom {
        /// Which.
        room: RoomId,
        /// Its new name.
        name: String,
        /// Its new topic; may be empty.
        topic: String,
    },
    /// Out of a room.
    Leave {
        /// Which.
        room: RoomId,
    },
    /// The links into a room.
    Links {
        /// Which.
        room: RoomId,
    },
    /// The end of one.
    EndLink {
        /// Where.
        room: RoomId,
        /// Which.
        link: LinkId,
    },
    /// A link into a room.
    MakeLink {
        /// Where.
        room: RoomId,
    },
    /// Yes to an invitation.
    Accept {
        /// Where.
        room: RoomId,
    },
    /// No to an invitation.
    Decline {
        /// Where.
        room: RoomId,
    },
    /// What a link leads to.
    Preview {
        /// The link.
        link: String,
    },
    /// In by a link.
    Join {
        /// The link.
        link: String,
    },
}

impl Wish {
    /// Whether the list of rooms may be another one when it is granted. What messages change in it is told with them.
    pub const fn may_change_rooms(&self) -> bool {
        !matches!(
            self,
            Self::Send { .. }
                | Self::KeepTyped { .. }
                | Self::Retry { .. }
                | Self::Preview { .. }
                | Self::Devices
                | Self::SafetyNumber { .. }
                | Self::RoomCode { .. }
                | Self::Links { .. }
        )
    }
}

/// From the worker to the page.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tell {
    /// The worker listens.
    Ready,
    /// The own account, or that there is none.
    Home(Option<Own>),
    /// Where the connection stands.
    Connection(Connection),
    /// All rooms.
    Rooms(Vec<RoomLine>),
    /// The members of the room on the screen.
    Members(RoomId, Vec<Member>),
    /// The last lines of the room on the screen.
    Lines(Lines),
    /// All that is typed and not said, by room.
    Typed(Vec<(RoomId, String)>),
    /// How a wish ended.
    Done(u64, Result<Done, Trouble>),
    /// Something that a person should see.
    Notice(String),
    /// Nothing goes on in this tab, and why. The worker waits for [`Ask::Erase`] if that helps; else it is done.
    Closed(Trouble),
    /// The store is empty now.
    Erased,
    /// Whether the tab that owns the store is waited for in vain.
    Silent(bool),
}

/// The own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// Its id.
    pub account: AccountId,
    /// Its name.
    pub user: String,
    /// Whether there is a session.
    pub signed_in: bool,
}

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Connection {
    /// None is wanted.
    SignedOut,
    /// Being opened.
    Connecting,
    /// Open.
    Online,
    /// Lost; it comes back by itself.
    Offline,
}

/// How a room stands for this person, as far as the screen differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Invited, and by whom the line says.
    Invited,
    /// In, and may write.
    In,
    /// In by a link, and nobody has confirmed it yet.
    Unconfirmed,
    /// The account is in, this device not yet.
    Waiting,
    /// Paused; the line says why.
    Paused,
    /// Over: left or removed.
    Over,
}

impl Standing {
    /// Whether one is in, on this device too.
    pub const fn is_inside(self) -> bool {
        matches!(self, Self::In | Self::Unconfirmed)
    }
}

/// One room of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomLine {
    /// Its id.
    pub room: RoomId,
    /// Its name, or what stands for it.
    pub name: String,
    /// Its topic.
    pub topic: String,
    /// How it stands.
    pub standing: Standing,
    /// One line under the name: who invited, why it is paused, or what was said last.
    pub about: String,
    /// How many accounts are in.
    pub people: usize,
    /// What later members may read, in words.
    pub history: String,
    /// The own role.
    pub role: Role,
}

/// A member of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub user: String,
    /// Its role.
    pub role: Role,
    /// Invited and not answered yet.
    pub invited: bool,
    /// The safety number was compared.
    pub verified: bool,
    /// Oneself.
    pub own: bool,
}

/// The last lines of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// The room.
    pub room: RoomId,
    /// How many were asked for.
    pub count: usize,
    /// Those that there are, oldest first, and below them what is on its way.
    pub lines: Vec<Line>,
    /// Whether there are earlier ones.
    pub earlier: bool,
}

/// One line of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its name.
    pub key: ItemKey,
    /// Who, where that is known.
    pub sender: Option<AccountId>,
    /// The sender's name.
    pub name: String,
    /// Oneself.
    pub own: bool,
    /// Milliseconds since 1970.
    pub at: u64,
    /// What.
    pub body: Body,
    /// Where it stands.
    pub mark: Mark,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Somebody's words.
    Text(String),
    /// Something happened.
    Notice(String),
    /// Something is missing, and why.
    Missing(String),
}

/// Where a line stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// Kept here, on its way.
    Sending,
    /// In the room.
    Sent,
    /// Refused, and why; it can be tried again.
    Failed(String),
}

/// How a wish that succeeded ended.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Done {
    /// As wished.
    Yes,
    /// The account exists; the recovery code is shown once.
    Registered(String),
    /// The room is there, or this account is in it.
    Room(RoomId),
    /// The link, from its `#` on.
    Link(String),
    /// What a link leads to.
    Preview(Preview),
    /// The account's devices, oldest first.
    Devices(Vec<Device>),
    /// Groups of digits to compare.
    Digits(String),
    /// The links into a room.
    Links(Vec<LinkLine>),
}

/// A device of the own account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub device: DeviceId,
    /// When it was added, in milliseconds since 1970.
    pub added: u64,
    /// When the server last saw it.
    pub seen: u64,
    /// This one.
    pub own: bool,
    /// What is worth a look, in words; mostly empty.
    pub remark: String,
}

/// A link into a room.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkLine {
    /// Its id.
    pub link: LinkId,
    /// Who made it.
    pub maker: String,
    /// Oneself did.
    pub own: bool,
    /// When, in milliseconds since 1970.
    pub made: u64,
    /// When it ends by itself.
    pub ends: Option<u64>,
    /// How often it was used, in words.
    pub uses: String,
    /// The link, from its `#` on, where this device knows it.
    pub text: Option<String>,
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The room.
    pub room: RoomId,
    /// Its name.
    pub name: String,
    /// Its topic.
    pub topic: String,
    /// Who made the link.
    pub maker: String,
    /// Whether the maker's safety number was compared.
    pub verified: bool,
    /// Who will read what is said.
    pub members: Vec<String>,
    /// What will be readable, in words.
    pub history: String,
    /// In already.
    pub inside: bool,
}

/// Why something did not work, for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// From the closed list.
    pub code: ErrorCode,
    /// What happened, and what to do.
    pub sentence: String,
}

impl Trouble {
    /// Whether to begin anew on this device helps; the worker waits for that.
    pub const fn is_mended_by_erasing(&self) -> bool {
        matches!(self.code, ErrorCode::StoreGone | ErrorCode::StoreCorrupt)
    }
}

#[cfg(test)]
mod tests {
    use client::engine::cbor;

    use super::*;

    #[test]
    fn messages_survive_the_way() {
        let room = RoomId::new(7).unwrap();
        let ask = Ask::Wish(
            3,
            Wish::Send {
                room,
                text: "a \"quoted\" \u{1F600} word".to_owned(),
            },
        );
        let mut bytes = Vec::new();
        cbor::write(&ask, &mut bytes).unwrap();
        assert!(cbor::read::<Ask>(&bytes).unwrap() == ask);
        let tell = Tell::Done(
            3,
            Err(Trouble {
                code: ErrorCode::StoreGone,
                sentence: "gone".to_owned(),
            }),
        );
        let mut bytes = Vec::new();
        cbor::write(&tell, &mut bytes).unwrap();
        assert!(cbor::read::<Tell>(&bytes).unwrap() == tell);
    }
}
