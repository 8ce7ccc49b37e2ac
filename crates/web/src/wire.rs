//! What the page and the worker say to each other, as CBOR in a message.

use client::engine::api::{FileContent, ItemKey};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, DeviceId, LinkId, LoginId, RoomId},
    rest::PasswordProof,
    role::Role,
};
use serde::{Deserialize, Serialize};

mod account;
mod admin;
mod things;
mod wish;

pub use account::{AccountWish, Others, Proof};
pub use admin::AdminWish;
pub use things::{Act, Thing, Things};
pub use wish::Wish;

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
    /// A file is to go to the server, or to come from there. The tab's own worker does it, whoever owns the store; it
    /// answers by [`Tell::Progress`], and by [`Tell::Done`] with the same number. The file to send is beside the message.
    Transfer(u64, Transfer),
    /// It is not wanted any more.
    Stop(u64),
}

/// A file on its way. It holds the session's token, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Scheme, host and port of the page.
    pub origin: String,
    /// Of the session.
    pub token: String,
    /// The room whose file it is.
    pub room: RoomId,
    /// Which way.
    pub way: Way,
}

/// Which way a file goes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// To the server.
    Up {
        /// Its name.
        name: String,
        /// Such as `image/png`.
        media_type: String,
        /// A picture goes with everything that its camera wrote into it.
        as_is: bool,
    },
    /// From the server.
    Down(Box<FileContent>),
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
    /// How many parts of how many of a file have gone their way.
    Progress(u64, u32, u32),
    /// Something that a person should see.
    Notice(String),
    /// A recovery code that counts and that nobody has kept yet.
    UnkeptCode(String),
    /// Nothing goes on in this tab, and why. The worker waits for [`Ask::Erase`] if that helps; else it is done.
    Closed(Trouble),
    /// The store is empty now.
    Erased {
        /// Nor is the name suggested any more.
        name_too: bool,
        /// What the page that begins anew says; may be empty.
        words: String,
    },
    /// What this browser keeps opens with a passphrase only; [`Wish::Unlock`] is waited for.
    Locked,
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
    /// Whether this browser asks for a passphrase.
    pub locks: bool,
    /// There is no such account any more.
    pub deleted: bool,
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
    /// Messages of others since this person last looked.
    pub unread: u32,
    /// The person does not want to be told of them.
    pub muted: bool,
    /// The link into a room of basic encryption; none in a sealed one.
    pub shared_key: Option<String>,
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
    /// It is the server's word alone.
    pub unproven: bool,
    /// Oneself.
    pub own: bool,
    /// Milliseconds since 1970.
    pub at: u64,
    /// What.
    pub body: Body,
    /// Where it stands.
    pub mark: Mark,
}

impl Line {
    /// The sender's name, and that nothing proves it, where nothing does.
    pub fn said_by(&self) -> String {
        let remark = if self.unproven { " (unverified)" } else { "" };
        format!("{}{remark}", self.name)
    }
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Somebody's words.
    Text(String),
    /// A file.
    File(FileLine),
    /// Something happened.
    Notice(String),
    /// Something is missing, and why.
    Missing(String),
}

/// A file as a line shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLine {
    /// Its name, made harmless.
    pub name: String,
    /// Its length in words.
    pub size: String,
    /// It says of itself that it is a picture that can be shown.
    pub picture: bool,
    /// There is a small picture of it.
    pub thumbnail: bool,
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
    /// This browser waits to be let in: three words, and what is to stand in a picture.
    Waits(String, String),
    /// Whose device has answered, and the number to be typed there.
    Answered(String, String),
    /// Groups of digits to compare.
    Digits(String),
    /// The links into a room.
    Links(Vec<LinkLine>),
    /// A file: uploaded, or what opens it.
    File(Box<FileContent>),
    /// The session's token.
    Token(String),
    /// A list.
    Things(Things),
    /// It is done, and a person should know this of it.
    Said(String),
    /// All that this browser can read, as the text of a file.
    Copy(String),
    /// Another recovery code, shown once.
    Code(String),
    /// The reset that waits: what there is to know of it, and whether this device asked for it.
    Reset(Option<(String, bool)>),
    /// How many backup codes are left, where a login needs a code.
    SecondFactor(Option<u32>),
    /// To be taken into an authenticator app: what is typed, and what is in the picture.
    Enrolment(String, String),
    /// Each opens a login once; shown once.
    BackupCodes(Vec<String>),
    /// Yes or no.
    Is(bool),
    /// The login that waits for a code.
    Login(Option<LoginId>),
    /// A proof of the password; it counts once.
    Proof(PasswordProof),
    /// The file is here, beside the message; and what it is, if it is a picture.
    Here(Option<String>),
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
