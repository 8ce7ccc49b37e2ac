//! Bodies of the REST requests and answers. Paths are given with each type; `docs/WIRE.md` has an example of
//! every one.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{AccountId, ClientId, DeviceId, EntryId, GroupId, LoginId, MailId, RoomId, Seq, Ticket},
    log::Effects,
    names::UserName,
    role::Role,
    time::Timestamp,
};

/// An answer with nothing in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Empty {}

/// `GET /api/server`: what this server is. Needs no session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerInfo {
    /// The newest protocol version that it speaks.
    pub protocol: u32,
    /// The oldest that it still accepts; a client below it pauses and says so.
    pub min_protocol: u32,
    /// Whether a new account may register without an invite.
    pub registration_open: bool,
    /// The server's time.
    pub timestamp: Timestamp,
}

/// `POST /register`, either leg: told apart by `start` or `finish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "crate::legs::RegisterFields")]
pub enum RegisterRequest {
    /// First leg.
    Start(RegisterStart),
    /// Second leg: creates the account and its first device, all or nothing.
    Finish(Box<RegisterFinish>),
}

/// First leg of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterStart {
    /// The wished name.
    pub username: UserName,
    /// OPAQUE RegistrationRequest.
    pub start: Bytes,
}

/// Answer to the first leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterStarted {
    /// OPAQUE RegistrationResponse.
    pub response: Bytes,
}

/// Second leg of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterFinish {
    /// The name of the first leg.
    pub username: UserName,
    /// OPAQUE RegistrationUpload.
    pub finish: Bytes,
    /// The account.
    pub account_id: AccountId,
    /// Ed25519 identity public key, 32 bytes.
    pub identity_key: Bytes,
    /// The root box under password and under recovery code.
    pub root_box: RootBoxes,
    /// The first vault items, sealed.
    pub vault: Vec<VaultPut>,
    /// The first device.
    pub device: NewDevice,
}

/// The root box, sealed twice (PROTOCOL section 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootBoxes {
    /// Under the OPAQUE export key.
    pub by_password: Bytes,
    /// Under the recovery code.
    pub by_code: Bytes,
}

/// `POST /api/devices`, and part of a registration: a device and its first KeyPackages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDevice {
    /// Drawn by the device.
    pub device_id: DeviceId,
    /// Its certificate.
    pub certificate: Bytes,
    /// One-time KeyPackages.
    pub key_packages: Vec<Bytes>,
    /// The KeyPackage that may be handed out more than once.
    pub last_resort: Bytes,
}

/// A session, as answered by registration, login and `POST /api/devices`. The same token is set as cookie.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The account.
    pub account_id: AccountId,
    /// The device that the session is bound to, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    /// Bearer token.
    pub token: String,
    /// When it ends if unused until then.
    pub expires: Timestamp,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("account_id", &self.account_id)
            .field("device_id", &self.device_id)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// `POST /login`, either leg: told apart by `start` or `finish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "crate::legs::LoginFields")]
pub enum LoginRequest {
    /// First leg.
    Start(LoginStart),
    /// Second leg.
    Finish(LoginFinish),
}

/// First leg of a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginStart {
    /// Who.
    pub username: UserName,
    /// OPAQUE CredentialRequest (KE1).
    pub start: Bytes,
}

/// Answer to the first leg; an unknown name gets one that looks the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginStarted {
    /// Names this login in the second leg.
    pub login_id: LoginId,
    /// OPAQUE CredentialResponse (KE2).
    pub response: Bytes,
}

/// Second leg of a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginFinish {
    /// From the first leg's answer.
    pub login_id: LoginId,
    /// OPAQUE CredentialFinalization (KE3).
    pub finish: Bytes,
    /// An existing device of the account that goes on in this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
}

/// Answer to the second leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginFinished {
    /// The session. It has a device if the request named one that the account still has.
    pub session: Session,
    /// Ed25519 identity public key.
    pub identity_key: Bytes,
    /// The root box.
    pub root_box: RootBoxes,
}

/// `GET /api/accounts/{name}`: who a name points at. It proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account.
    pub account_id: AccountId,
    /// Its name.
    pub username: UserName,
    /// Ed25519 identity public key.
    pub identity_key: Bytes,
}

/// `POST /api/key_packages`: new KeyPackages of this session's device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPackageUpload {
    /// One-time KeyPackages to add.
    pub key_packages: Vec<Bytes>,
    /// Replaces the last-resort one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_resort: Option<Bytes>,
}

/// `GET /api/key_packages`, and the answer to an upload: how many one-time KeyPackages this device has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPackageCount {
    /// One-time ones.
    pub left: u32,
}

/// `POST /api/accounts/{account_id}/key_packages`: takes one KeyPackage of each device of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedKeyPackages {
    /// One for each device.
    pub key_packages: Vec<ClaimedKeyPackage>,
}

/// One device's KeyPackage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedKeyPackage {
    /// The device.
    pub device_id: DeviceId,
    /// An MLS KeyPackage.
    pub key_package: Bytes,
    /// Whether it is the one that others may have got too.
    pub last_resort: bool,
}

/// `GET /api/mailbox?after=ID`: mail of this device, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// At most a page.
    pub mails: Vec<Mail>,
    /// Whether there is more after the last of these.
    pub more: bool,
}

/// One mail: sealed bytes from a device to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Ascending per device.
    pub id: MailId,
    /// By the server's word.
    pub sender: AccountId,
    /// The room that it is about.
    pub room_id: RoomId,
    /// The log entry that it came with.
    pub seq: Seq,
    /// When the server took it.
    pub timestamp: Timestamp,
    /// What it is.
    #[serde(flatten)]
    pub body: MailBody,
}

/// What a mail carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailBody {
    /// A way into a room: an MLS Welcome and the bundle of the epoch.
    Welcome {
        /// The MLS group.
        group_id: GroupId,
        /// MLS Welcome message.
        welcome: Bytes,
        /// {J_c, H_c if shared}, sealed for that epoch.
        bundle: Bytes,
    },
}

/// `POST /api/mailbox/ack`: everything up to here is durable on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailAck {
    /// The last mail.
    pub up_to: MailId,
}

/// `GET /api/vault`: names and versions of all items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultListing {
    /// All items.
    pub items: Vec<VaultVersion>,
}

/// One item's version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultVersion {
    /// Opaque to the server; at most 64 characters of `a-z 0-9 / -`.
    pub name: String,
    /// Counted from 1.
    pub version: u64,
}

/// `GET /api/vault/item?name=NAME`: one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultItem {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// Sealed.
    pub sealed: Bytes,
}

/// `PUT /api/vault`: several items, all or nothing; `VERSION_CONFLICT` if one is not at `expected`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultWrite {
    /// The items.
    pub puts: Vec<VaultPut>,
}

/// One item to write; it becomes version `expected + 1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultPut {
    /// Its name.
    pub name: String,
    /// The version that it must have now; 0 if it must not exist.
    pub expected: u64,
    /// Sealed.
    pub sealed: Bytes,
}

/// The kinds of rooms, pinned at creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// An MLS group.
    Mls,
    /// A relay room whose clients share a key.
    SharedKey,
}

/// `POST /api/rooms`, either kind: told apart by `encryption`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "encryption", rename_all = "snake_case")]
pub enum CreateRoom {
    /// A sealed room: the creator draws both ids and posts epoch 0.
    Mls(Box<NewSealedRoom>),
    /// A relay room: the server draws the id, every account sees the name and may join.
    SharedKey {
        /// Public name.
        name: String,
    },
}

/// A sealed room at epoch 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSealedRoom {
    /// Drawn by the client.
    pub room_id: RoomId,
    /// Drawn by the client.
    pub group_id: GroupId,
    /// For a repeated request.
    pub client_id: ClientId,
    /// Door of epoch 0, sealed.
    pub door: Bytes,
    /// Room state, sealed.
    pub state: Bytes,
    /// First roster record, sealed.
    pub roster: Bytes,
    /// Tree snapshot of epoch 0.
    pub tree: Bytes,
}

/// `GET /api/rooms`: the account's rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rooms {
    /// All of them.
    pub rooms: Vec<Room>,
}

/// A room as the server sees it; also the answer to `POST /api/rooms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The room.
    pub room_id: RoomId,
    /// Its kind.
    pub encryption: Encryption,
    /// The MLS group, in sealed rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<GroupId>,
    /// The public name, in relay rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The account's role in the server's table.
    pub role: Role,
    /// The last entry.
    pub last_seq: Seq,
    /// The last commit or proposal.
    pub handshake_seq: Seq,
}

/// `GET /api/rooms/{room_id}/members`: the server's own table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// All of it.
    pub members: Vec<Member>,
}

/// One row of the server's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The account.
    pub account_id: AccountId,
    /// Its name.
    pub username: UserName,
    /// Its role.
    pub role: Role,
}

/// `POST /api/rooms/{room_id}/commits`: a commit with everything that belongs to it, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitRequest {
    /// For a repeated request.
    pub client_id: ClientId,
    /// The last handshake seen: must be the room's.
    pub handshake_seq: Seq,
    /// The right to go first, if a former attempt got one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Ticket>,
    /// The MLS PublicMessage.
    pub commit: Bytes,
    /// What it does to the server's table.
    pub effects: Effects,
    /// Mail to devices that it adds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mails: Vec<MailDrop>,
    /// Door of the new epoch.
    pub door: Bytes,
    /// Room state, where it changed or was sealed anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Bytes>,
    /// Roster log, where membership changed or it was sealed anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<RosterWrite>,
    /// A fresh tree snapshot, where the commits since the last outweigh it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<Bytes>,
    /// A link of the history chain, at a rotation of a `shared` room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Bytes>,
}

/// A mail to drop with a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailDrop {
    /// To which account.
    pub account_id: AccountId,
    /// To which of its devices.
    pub device_id: DeviceId,
    /// What.
    #[serde(flatten)]
    pub body: MailBody,
}

/// What happens to the roster log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RosterWrite {
    /// One sealed record more.
    Append(Bytes),
    /// The whole log, sealed anew.
    Replace(Bytes),
}

/// `POST /api/rooms/{room_id}/proposals`: a SelfRemove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalRequest {
    /// For a repeated request.
    pub client_id: ClientId,
    /// The last handshake seen: must be the room's.
    pub handshake_seq: Seq,
    /// The MLS PublicMessage.
    pub proposal: Bytes,
}

/// The server's receipt for something that now stands in the log, on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Counted over all rooms.
    pub id: EntryId,
    /// The place.
    pub seq: Seq,
    /// When.
    pub timestamp: Timestamp,
}

/// `GET /api/rooms/{room_id}/side`: the room's side files. None is ever part of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideFiles {
    /// Candidates for the newest door, newest first, at most four.
    pub doors: Vec<Bytes>,
    /// Room state.
    pub state: Bytes,
    /// Roster log: sealed records in order.
    pub roster: Vec<Bytes>,
    /// Tree snapshot and the entry that it belongs to.
    pub tree: TreeSnapshot,
    /// History chain links, oldest first.
    pub chain: Vec<Bytes>,
}

/// A tree snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeSnapshot {
    /// The commit that began its epoch; 0 for epoch 0.
    pub seq: Seq,
    /// {GroupInfo, tree}.
    pub snapshot: Bytes,
}

/// `PUT /api/rooms/{room_id}/side`: a member repairs side files. At least one field is there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SideRepair {
    /// A further door candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<Bytes>,
    /// Room state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Bytes>,
    /// The whole roster log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<Bytes>,
}
