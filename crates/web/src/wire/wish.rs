//! What a person wants.

use client::engine::api::{FileContent, HistoryChoice, ItemKey};
use protocol::{
    ids::{AccountId, DeviceId, LinkId, RoomId, Seq},
    role::Role,
};
use serde::{Deserialize, Serialize};

use super::{AccountWish, AdminWish};

/// What a person wants. It may hold a password, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// A new account.
    Register {
        /// Its name.
        user: String,
        /// Its password.
        password: String,
        /// What the page was opened with, for a server that wants it.
        invite: Option<String>,
    },
    /// A session for an account that exists.
    LogIn {
        /// Its name.
        user: String,
        /// Its password.
        password: String,
        /// Another one in its place, if the server wants that first.
        new_password: Option<String>,
        /// Of its second factor; empty where nobody asked for one.
        code: String,
    },
    /// Something of the account itself.
    Account(AccountWish),
    /// Something of the server.
    Admin(AdminWish),
    /// A login of just now that waits for a code, where a passkey would do.
    WaitingLogin,
    /// A proof of the password, for a request that the page makes itself.
    Prove {
        /// Of the account.
        password: String,
    },
    /// The end of the session.
    LogOut,
    /// The same, and whatever this browser keeps is to be gone; [`Tell::Erased`](super::Tell::Erased) follows.
    Wipe {
        /// Nor is the name suggested any more.
        name_too: bool,
    },
    /// Whether the recovery code that was kept opens the account.
    TestCode {
        /// As it was typed.
        code: String,
    },
    /// The passphrase that opens what this browser keeps.
    Unlock {
        /// Of this browser, not of the account.
        passphrase: String,
    },
    /// Another passphrase for what this browser keeps, or none.
    SetLock {
        /// The one until now, if there is one.
        old: Option<String>,
        /// The one from now on.
        new: Option<String>,
    },
    /// Nobody reads on in this browser without the passphrase; [`Tell::Locked`](super::Tell::Locked) follows.
    Lock,
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
    /// A new room of basic encryption.
    CreateShared {
        /// Its public name.
        name: String,
        /// What its key is made of.
        passphrase: String,
    },
    /// Into one.
    JoinShared {
        /// What stands behind the `#`.
        link: String,
        /// As it was typed.
        passphrase: String,
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
    /// The person has seen what is said in a room.
    Read {
        /// Where.
        room: RoomId,
        /// Up to which entry.
        seq: Seq,
    },
    /// The person does not want to be told of what is said in a room, or does again.
    Mute {
        /// Where.
        room: RoomId,
        /// Silent, or not.
        muted: bool,
    },
    /// A file that is on the server.
    SendFile {
        /// Where.
        room: RoomId,
        /// Which.
        file: Box<FileContent>,
    },
    /// What opens a file of a room.
    File {
        /// Where.
        room: RoomId,
        /// Which.
        item: ItemKey,
    },
    /// The session's token, for a transfer.
    Token,
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
        if let Self::Account(wish) = self {
            return wish.logs_in();
        }
        !matches!(
            self,
            Self::Admin(_)
                | Self::Send { .. }
                | Self::SendFile { .. }
                | Self::KeepTyped { .. }
                | Self::Read { .. }
                | Self::Mute { .. }
                | Self::RoomCode { .. }
                | Self::File { .. }
                | Self::Token
                | Self::Retry { .. }
                | Self::Preview { .. }
                | Self::TestCode { .. }
                | Self::Unlock { .. }
                | Self::SetLock { .. }
                | Self::Lock
                | Self::Devices
                | Self::SafetyNumber { .. }
                | Self::Links { .. }
        )
    }
}
