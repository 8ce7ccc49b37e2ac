//! What an administrator of a server sees and does. It is a role of an account on that server and nothing in any room: it
//! reaches no key, no membership and no content.
//!
//! Paths, for the session of an administrator's account, else `FORBIDDEN`:
//!
//! * `GET /api/admin`: for any session
//! * `GET /api/admin/users?after=NAME`
//! * `POST /api/admin/users/{account_id}`
//! * `GET /api/admin/rooms?after=ID`
//! * `GET /api/admin/storage`
//! * `GET /api/admin/limits`
//! * `GET /api/admin/audit?before=ID`
//! * `GET /api/admin/sees`
//! * `POST /api/admin/canary`

use serde::{Deserialize, Serialize};

use crate::{
    ids::{AccountId, ActId, RoomId},
    names::UserName,
    rest::{Encryption, is_false},
    time::Timestamp,
};

/// `GET /api/admin`: whether whoever asks is an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminStanding {
    /// Whether it is.
    pub administrator: bool,
}

/// An account as the server sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminUser {
    /// The account.
    pub account_id: AccountId,
    /// Its name. One that was freed has a drawn one in its place.
    pub username: UserName,
    /// When it registered.
    pub created: Timestamp,
    /// The day of its last use, while that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// How many devices it has.
    pub devices: u32,
    /// Whether it is an administrator of this server.
    #[serde(default, skip_serializing_if = "is_false")]
    pub administrator: bool,
    /// It cannot log in until it is enabled again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub disabled: bool,
    /// Its name was freed, and it never logs in again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub freed: bool,
    /// Its owner has deleted it. Its name stays taken until it is freed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deleted: bool,
    /// It has yet to get a password of its own.
    #[serde(default, skip_serializing_if = "is_false")]
    pub must_change_password: bool,
}

/// `GET /api/admin/users?after=NAME`: a page of accounts, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminUsers {
    /// The accounts.
    pub users: Vec<AdminUser>,
    /// There are more after the last one.
    pub more: bool,
}

/// `POST /api/admin/users/{account_id}`: what becomes of an account. The answer is the [`AdminUser`] that it is then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserAct {
    /// One that is about an account.
    pub act: Act,
}

/// What administrators do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The account's sessions end and it cannot log in.
    Disable,
    /// It can log in again.
    Enable,
    /// Its name is for others; its sessions end and it never logs in again. Its rooms live on.
    FreeName,
    /// Its sessions end.
    EndSessions,
    /// It becomes an administrator.
    Grant,
    /// It is an administrator no more.
    Withdraw,
    /// An invite was made.
    MakeInvite,
    /// An invite was taken back.
    WithdrawInvite,
    /// An account was made by an invite that makes an administrator.
    BecomeAdmin,
    /// The stored files were searched for canaries.
    SearchCanary,
    /// A refresh token was shown a second time: whoever had it is signed out, by the server itself.
    RefreshReuse,
    /// A passkey's counter went back, as that of a copy does: it counts no more, by the server itself.
    PasskeyCloned,
}

/// A room as the server sees it: no name, no text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminRoom {
    /// Which.
    pub room_id: RoomId,
    /// Its kind.
    pub encryption: Encryption,
    /// When it was made.
    pub created: Timestamp,
    /// Accounts that are in it.
    pub members: u64,
    /// Entries of its log.
    pub entries: u64,
    /// Their bytes, as they lie in the database.
    pub bytes: u64,
    /// Sealed files.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
}

/// `GET /api/admin/rooms?after=ID`: a page of rooms, by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminRooms {
    /// The rooms.
    pub rooms: Vec<AdminRoom>,
    /// There are more after the last one.
    pub more: bool,
}

/// What one table takes, with its indices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StoredTable {
    /// Its name.
    pub table: String,
    /// Bytes.
    pub bytes: u64,
}

/// `GET /api/admin/storage`: what is stored, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Storage {
    /// The tables, largest first.
    pub tables: Vec<StoredTable>,
    /// The database file.
    pub database_bytes: u64,
    /// Its write-ahead log.
    pub log_bytes: u64,
    /// How many sealed files there are.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// What is free on the disk; none where the system does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_bytes: Option<u64>,
}

/// One limit or time of retention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limit {
    /// What is limited.
    pub what: String,
    /// By how much; none for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<u64>,
    /// In what.
    pub unit: String,
    /// The environment variable that sets it; none where it is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
}

/// `GET /api/admin/limits`: what is kept for how long, and what an account may have, as configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limits {
    /// The limits.
    pub limits: Vec<Limit>,
}

/// An administrator's act as it was recorded with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEntry {
    /// Counted from 1.
    pub id: ActId,
    /// When.
    pub time: Timestamp,
    /// Who; none is the server itself, or its operator on the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<AccountId>,
    /// Its name then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_name: Option<UserName>,
    /// What.
    pub act: Act,
    /// On which account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<AccountId>,
    /// Its name then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_name: Option<UserName>,
    /// What else belongs to it, such as the number of an invite.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// `GET /api/admin/audit?before=ID`: a page of acts, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Audit {
    /// The acts.
    pub acts: Vec<AuditEntry>,
    /// There are older ones.
    pub more: bool,
}

/// How much of a stored value the server can make out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// It reads it.
    Readable,
    /// A public key or a signed statement about one.
    PublicKey,
    /// A hash of something that it does not have.
    Hash,
    /// Sealed by clients; it has no key to it.
    Sealed,
    /// Sealed under the server's own key: who steals the file alone does not read it, the server does.
    ServerSealed,
}

/// A stored column with its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StoredColumn {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// How much the server makes out of it.
    pub sight: Sight,
    /// What it is, in plain words.
    pub meaning: String,
}

/// `GET /api/admin/sees`: everything that the server stores, and what it sees besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sees {
    /// Every column of the database.
    pub columns: Vec<StoredColumn>,
    /// What it sees elsewhere, in plain words.
    pub elsewhere: Vec<String>,
}

/// `POST /api/admin/canary`: texts that the asking client has sealed and sent a moment ago. Each is
/// [`CANARY_PREFIX`](Canaries::PREFIX) and 32 lower-case hex digits, so that nobody searches for anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Canaries {
    /// One to eight of them.
    pub canaries: Vec<String>,
}

impl Canaries {
    /// How each of them begins.
    pub const PREFIX: &'static str = "canary-";
    /// The most of one request.
    pub const MAX: usize = 8;

    /// Whether a text is a canary.
    pub fn is_one(text: &str) -> bool {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        text.strip_prefix(Self::PREFIX)
            .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(digit))
    }
}

/// A file that was searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SearchedPlace {
    /// What it is, without its path.
    pub place: String,
    /// How many bytes of it were searched.
    pub bytes: u64,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CanaryHit {
    /// Where.
    pub place: String,
    /// How it was spelt: `text`, `hex`, `base64`, `utf16`.
    pub form: String,
    /// How often.
    pub count: u64,
}

/// Answer to [`Canaries`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CanaryReport {
    /// What was searched.
    pub places: Vec<SearchedPlace>,
    /// Where canaries were found; there should be none.
    pub hits: Vec<CanaryHit>,
    /// Where the asking account's own name was found, which the server does know: a search that works finds some.
    pub control: Vec<CanaryHit>,
}
