//! What a screen shows: plain values, read from the engine or from timeline rows.

use protocol::{
    error::ErrorCode,
    ids::{AccountId, ClientId, DeviceId, RoomId, Seq},
    role::Role,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{FileContent, LinkText};

/// The own account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// Its id.
    pub account: AccountId,
    /// Its name.
    pub user: String,
    /// This device.
    pub device: DeviceId,
    /// Whether there is a session.
    pub signed_in: bool,
    /// It was reset from a device alone: it can revoke nothing any more, and whoever has another device of it stays in.
    pub reduced: bool,
    /// It was deleted: this home is of no use any more.
    pub deleted: bool,
}

/// What later members may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HistoryChoice {
    /// Nothing, not even one's own new device.
    None,
    /// From when they joined.
    SinceJoin,
    /// Everything.
    Shared,
}

/// Where a room stands for this person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RoomStage {
    /// Invited, not answered.
    Invited,
    /// In.
    Joined,
    /// Wants out; the others have yet to notice.
    Leaving,
    /// Left or declined.
    Left,
    /// Removed by somebody, and the others confirm it.
    Removed,
    /// Told to be removed; not confirmed by anybody yet.
    RemovedUnconfirmed,
    /// Paused: checking with the others.
    Suspect,
    /// Paused: the room's rules need a newer version of this program.
    TooNew,
    /// The account is in the room, this device is not.
    NotOnThisDevice,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomView {
    /// Its id.
    pub room: RoomId,
    /// Its name; none before acceptance.
    pub name: Option<String>,
    /// Its topic.
    pub topic: Option<String>,
    /// Where it stands.
    pub stage: RoomStage,
    /// What later members may read.
    pub history: HistoryChoice,
    /// The own role.
    pub role: Role,
    /// Who invited this account, if it was invited.
    pub inviter: Option<AccountId>,
    /// How many accounts are in.
    pub accounts: usize,
    /// The last entry that was taken in.
    pub last_seq: Seq,
    /// Entries up to here are known to exist.
    pub known_seq: Seq,
    /// MLS epoch, for the curious and for tests.
    pub epoch: u64,
    /// Epoch authenticator, for tests and the room code.
    pub authenticator: Vec<u8>,
    /// Running log head at `last_seq`.
    pub head: [u8; 32],
    /// Entries that could not be shown.
    pub tombstones: u64,
    /// Messages of others since this person last looked, on this device.
    pub unread: u32,
    /// The person does not want to be told of them.
    pub muted: bool,
    /// This device came in by a link, and nobody whom it knows has confirmed yet that they see it in the room.
    pub unconfirmed: bool,
    /// This device has asked the others to let it in, and waits until one of them is there.
    pub waiting: bool,
    /// The link into a room of basic encryption, which opens nothing without the passphrase; none in a sealed room.
    pub shared_key: Option<LinkText>,
}

/// A member account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberView {
    /// The account.
    pub account: AccountId,
    /// The name in its certificate.
    pub user: String,
    /// Its role by the room's policy.
    pub role: Role,
    /// In the room but has not answered yet.
    pub invited: bool,
    /// Its safety number was compared.
    pub verified: bool,
    /// Another account shows the same name.
    pub name_twin: bool,
    /// Its devices.
    pub devices: Vec<DeviceId>,
    /// Whether it is this account.
    pub own: bool,
}

/// What is not finished yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pending {
    /// Messages not yet in a log.
    pub messages: usize,
    /// Changes of rooms not yet in a log.
    pub changes: usize,
    /// Calls in flight.
    pub calls: usize,
    /// Vault items to write.
    pub vault: usize,
    /// Rooms or mail known to be behind the server.
    pub behind: usize,
}

impl Pending {
    /// Whether nothing is left to do.
    pub const fn is_idle(&self) -> bool {
        self.messages == 0
            && self.changes == 0
            && self.calls == 0
            && self.vault == 0
            && self.behind == 0
    }
}

/// Names a timeline item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ItemKey {
    /// In the log.
    Logged(Seq),
    /// Not in the log yet.
    Draft(ClientId),
}

impl ItemKey {
    /// Its place in the log, if it has one.
    pub const fn seq(self) -> Option<Seq> {
        match self {
            Self::Logged(seq) => Some(seq),
            Self::Draft(_) => None,
        }
    }
}

/// One line of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineItem {
    /// Its name.
    pub key: ItemKey,
    /// Who: by signature for messages and changes; none for the server's word and tombstones without proof. In a room of basic
    /// encryption, who the server says.
    pub sender: Option<AccountId>,
    /// The name in the sender's certificate.
    pub sender_name: Option<String>,
    /// From which device; none where nothing proves who it is from.
    pub device: Option<DeviceId>,
    /// When it was sent, by the sender's signed word; the server's for everything else.
    pub time: Timestamp,
    /// What.
    pub body: ItemBody,
    /// Where it stands.
    pub delivery: Delivery,
}

impl TimelineItem {
    /// Whether somebody is named as its sender by the server alone.
    pub fn is_unproven(&self) -> bool {
        self.sender.is_some() && self.device.is_none()
    }

    /// The accounts that it speaks of.
    pub fn mentioned(&self) -> Vec<AccountId> {
        let mut accounts = Vec::from_iter(self.sender);
        if let ItemBody::Notice(notice) = &self.body {
            match notice {
                RoomNotice::Invited(who) | RoomNotice::Removed(who) | RoomNotice::Left(who) => {
                    accounts.extend(who);
                }
                RoomNotice::Roles(changes) => accounts.extend(changes.iter().map(|(who, _)| who)),
                RoomNotice::DeviceAdded(who)
                | RoomNotice::DeviceRemoved(who)
                | RoomNotice::DeviceBack(who)
                | RoomNotice::Devices(who)
                | RoomNotice::ResetAsked(who)
                | RoomNotice::ResetCancelled(who)
                | RoomNotice::ResetDone(who)
                | RoomNotice::AccountDeleted(who) => accounts.push(*who),
                _ => {}
            }
        }
        accounts
    }
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemBody {
    /// Text.
    Text(String),
    /// Text that answers another.
    Reply {
        /// Which.
        to: Seq,
        /// The text.
        text: String,
    },
    /// Text in a room of basic encryption whose hash reveals it if it is short.
    Unsalted(String),
    /// A file.
    File(Box<FileContent>),
    /// A signed message of a kind that this version does not know.
    Unknown {
        /// Its kind.
        kind: u16,
    },
    /// Something happened to the room.
    Notice(RoomNotice),
    /// Something that cannot be shown, and why.
    Tombstone(TombstoneCause),
}

/// Something that happened to a room, by verified signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoomNotice {
    /// The room was made.
    Created,
    /// The sender brought these in.
    Invited(Vec<AccountId>),
    /// The sender said yes.
    Accepted,
    /// The sender came in by a link.
    CameByLink,
    /// The sender removed these.
    Removed(Vec<AccountId>),
    /// These left; the sender's device noticed.
    Left(Vec<AccountId>),
    /// The sender changed name or topic.
    Edited {
        /// The new name, where it is readable.
        name: Option<String>,
        /// The new topic, where it is readable.
        topic: Option<String>,
    },
    /// The sender made or ended an invite link.
    Links,
    /// The sender changed roles.
    Roles(Vec<(AccountId, Role)>),
    /// A further device of the account came in.
    DeviceAdded(AccountId),
    /// A device of the account went.
    DeviceRemoved(AccountId),
    /// A device of the account that could not follow came back.
    DeviceBack(AccountId),
    /// Devices of the account came in and went at once.
    Devices(AccountId),
    /// A change that broke the rules was ignored by everybody.
    RefusedChange,
    /// The sender's change could not be followed; checking with the others.
    Checking,
    /// The server says that a device asks to reset what opens this account, without password and recovery code.
    ResetAsked(AccountId),
    /// The server says that this was cancelled.
    ResetCancelled(AccountId),
    /// The server says that it is done.
    ResetDone(AccountId),
    /// The server says that this account was deleted; it is still to be let go.
    AccountDeleted(AccountId),
    /// The server's own word.
    Server(String),
}

/// Why something cannot be shown. Closed; each has a plain sentence in the clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TombstoneCause {
    /// Sent before this device or account joined.
    BeforeJoin,
    /// Sealed in another epoch than that of its place.
    WrongEpoch,
    /// It does not open.
    DoesNotOpen,
    /// It opens, but what it says of itself does not match its place.
    Mismatch,
    /// It was shown before.
    Replayed,
    /// Its sender was not in the room.
    NotAMember,
    /// It is not of this room's kind.
    WrongKind,
    /// It is not well-formed.
    Malformed,
    /// It was deleted.
    Deleted,
    /// The own copy of the key is gone.
    OwnKeyLost,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// Durable here, on its way.
    Sending,
    /// In the log.
    Sent,
    /// Refused; can be tried again.
    Failed(ErrorCode),
}
