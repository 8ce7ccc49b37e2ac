//! One room's log: what an entry is, and the bytes that the running log head hashes (PROTOCOL section 6).

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{AccountId, ClientId, DeviceId, EntryId, RoomId, Seq},
    role::Role,
    time::Timestamp,
};

/// An entry of a room's log, as the server keeps and pushes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    /// Counted over all rooms.
    pub id: EntryId,
    /// The room.
    pub room_id: RoomId,
    /// The place in the room's log: gapless from 1.
    pub seq: Seq,
    /// Who posted it, by the server's word. What a client shows is what the signature says.
    pub sender: AccountId,
    /// From which device; classic accounts have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// When the server took it.
    pub timestamp: Timestamp,
    /// Drawn by the sender.
    pub client_id: ClientId,
    /// The last handshake that the sender had seen.
    pub handshake_seq: Seq,
    /// What it is.
    #[serde(flatten)]
    pub body: Body,
}

/// The kinds of entries, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// A sealed message.
    Message(Message),
    /// A change of the room: an MLS commit as PublicMessage, with what it declares to the server.
    Commit(Commit),
    /// A wish to leave: an MLS SelfRemove proposal as PublicMessage.
    Proposal(Proposal),
    /// The server's own word, shown as such.
    Notice(Notice),
    /// A message whose content was deleted. `body_hash` keeps the log head computable.
    Deleted(Deleted),
    /// In pushes: the entry is too large to push; fetch it.
    Large(Large),
}

/// A sealed message; every field is opaque to the server. In a relay room the strings are whatever the
/// clients agreed on; in a sealed room they are base64 and hex as documented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// AES-256-GCM(content key, iv, payload).
    pub encrypted_content: String,
    /// 12 random bytes.
    pub iv: String,
    /// SHA-256 of the payload, lower-case hex.
    pub message_hash: String,
    /// How the content key travels. Left out, it is the relay room's one shared key.
    #[serde(default, skip_serializing_if = "Key::is_unnamed")]
    pub key: Key,
    /// The content key wrapped under the room's history key, where policy and timer allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history_key: Option<Bytes>,
}

/// How a message's content key travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// An MLS PrivateMessage that carries content key and hash.
    Mls(Bytes),
    /// The id of the room's shared key; empty where the clients have no name for it.
    Shared(String),
}

impl Default for Key {
    fn default() -> Self {
        Self::Shared(String::new())
    }
}

impl Key {
    /// Whether it is the nameless shared key, which the wire leaves out.
    pub fn is_unnamed(&self) -> bool {
        matches!(self, Self::Shared(id) if id.is_empty())
    }
}

/// A commit and its declared effects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Commit {
    /// The MLS PublicMessage.
    pub commit: Bytes,
    /// What the committer declares to the server's own table.
    pub effects: Effects,
    /// Whether a tree snapshot came with it: the server's word, for who counts the commits since. Not in the log head.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_tree: bool,
}

/// What a commit does to the server's table of members. It decides who may fetch and post, nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Effects {
    /// Accounts that come in, ascending.
    #[serde(default, rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub accounts_in: Vec<AccountId>,
    /// Accounts that go out, ascending.
    #[serde(default, rename = "out", skip_serializing_if = "Vec::is_empty")]
    pub accounts_out: Vec<AccountId>,
    /// Roles that change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleChange>,
}

/// An account's new role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoleChange {
    /// Whose.
    pub account: AccountId,
    /// From now on.
    pub role: Role,
}

/// A SelfRemove proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Proposal {
    /// The MLS PublicMessage.
    pub proposal: Bytes,
}

/// The server's own word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Notice {
    /// What happened.
    pub notice: NoticeKind,
}

/// What a server may tell a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The message at `of` was deleted on the server.
    MessageDeleted {
        /// Its place.
        of: Seq,
    },
    /// A device of a member asks to reset what opens the account, without password and recovery code.
    ResetAsked {
        /// The member.
        account: AccountId,
    },
    /// Whoever knows what opens the account, or one of its devices, has cancelled that.
    ResetCancelled {
        /// The member.
        account: AccountId,
    },
    /// The account of a member was deleted before the others had let it go.
    AccountDeleted {
        /// The member.
        account: AccountId,
    },
    /// It has waited, and is done: the account goes on with another password, in the hands of that device.
    ResetDone {
        /// The member.
        account: AccountId,
    },
}

/// What stays of a deleted message, or of a commit or proposal that was dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Deleted {
    /// SHA-256 of the canonical bytes of the former body, 32 bytes.
    pub body_hash: Bytes,
    /// The kind byte of the former body.
    pub was: u8,
}

impl Deleted {
    /// Whether it was a commit or a proposal: without its body nobody can follow the room past it.
    pub fn was_handshake(&self) -> bool {
        matches!(self.was, 2 | 3)
    }
}

/// An entry too large to push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Large {
    /// Bytes of the entry as JSON.
    pub size: u64,
}

impl Body {
    /// The kind byte in the log head. A push stub has none.
    pub fn kind_byte(&self) -> Option<u8> {
        match self {
            Self::Message(_) => Some(1),
            Self::Commit(_) => Some(2),
            Self::Proposal(_) => Some(3),
            Self::Notice(_) => Some(4),
            Self::Deleted(deleted) => Some(deleted.was),
            Self::Large(_) => None,
        }
    }

    /// The bytes whose SHA-256 stands for the body in the log head: the fields as received, length-prefixed.
    /// `None` where the body is not here (deleted, or a push stub).
    pub fn canonical(&self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        match self {
            Self::Message(message) => message.canonical(&mut out),
            Self::Commit(commit) => commit.canonical(&mut out),
            Self::Proposal(proposal) => vector(&mut out, proposal.proposal.as_slice()),
            Self::Notice(notice) => match notice.notice {
                NoticeKind::MessageDeleted { of } => {
                    out.push(1);
                    out.extend(of.0.to_be_bytes());
                }
                NoticeKind::ResetAsked { account } => about(&mut out, 2, account),
                NoticeKind::ResetCancelled { account } => about(&mut out, 3, account),
                NoticeKind::ResetDone { account } => about(&mut out, 4, account),
                NoticeKind::AccountDeleted { account } => about(&mut out, 5, account),
            },
            Self::Deleted(_) | Self::Large(_) => return None,
        }
        Some(out)
    }

    /// Whether the entry changes or may change the room's keys.
    pub fn is_handshake(&self) -> bool {
        matches!(self, Self::Commit(_) | Self::Proposal(_))
    }
}

impl Message {
    fn canonical(&self, out: &mut Vec<u8>) {
        vector(out, self.encrypted_content.as_bytes());
        vector(out, self.iv.as_bytes());
        vector(out, self.message_hash.as_bytes());
        match &self.key {
            Key::Mls(bytes) => {
                out.push(1);
                vector(out, bytes.as_slice());
            }
            Key::Shared(id) => {
                out.push(2);
                vector(out, id.as_bytes());
            }
        }
        match &self.history_key {
            Some(wrapped) => {
                out.push(1);
                vector(out, wrapped.as_slice());
            }
            None => out.push(0),
        }
    }
}

impl Commit {
    fn canonical(&self, out: &mut Vec<u8>) {
        vector(out, self.commit.as_slice());
        for accounts in [&self.effects.accounts_in, &self.effects.accounts_out] {
            out.extend((accounts.len() as u64).to_be_bytes());
            for account in accounts {
                out.extend(account.as_bytes());
            }
        }
        out.extend((self.effects.roles.len() as u64).to_be_bytes());
        for change in &self.effects.roles {
            out.extend(change.account.as_bytes());
            out.push(change.role as u8);
        }
    }
}

impl Entry {
    /// The bytes whose SHA-256 is `h_i` of the running log head, given the SHA-256 of [`Body::canonical`]:
    /// room, seq, kind, sender, device, time in ms, client id, handshake seq, body hash. All numbers are
    /// big-endian; a missing device is sixteen zero bytes. `None` for a push stub.
    pub fn head_input(&self, body_hash: &[u8; 32]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(8 + 8 + 1 + 16 + 16 + 8 + 16 + 8 + 32);
        out.extend(self.room_id.get().to_be_bytes());
        out.extend(self.seq.0.to_be_bytes());
        out.push(self.body.kind_byte()?);
        out.extend(self.sender.as_bytes());
        out.extend(self.device.map_or([0; 16], |device| *device.as_bytes()));
        out.extend(self.timestamp.millis().to_be_bytes());
        out.extend(self.client_id.as_bytes());
        out.extend(self.handshake_seq.0.to_be_bytes());
        out.extend(body_hash);
        Some(out)
    }
}

/// A notice about an account.
fn about(out: &mut Vec<u8>, kind: u8, account: AccountId) {
    out.push(kind);
    out.extend(account.as_bytes());
}

/// A length of eight bytes and the bytes.
fn vector(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u64).to_be_bytes());
    out.extend(bytes);
}
