//! What the server keeps, behind one trait: accounts, sessions, mail, vaults, rooms and their logs.
//!
//! A write answers only when its bytes are on disk. What others must learn of a write leaves the store as a
//! [`Committed`] event, in the order of commits and never before durability.

pub(crate) mod account;
pub(crate) mod admin;
pub(crate) mod blob;
pub(crate) mod classic;
pub(crate) mod credentials;
pub(crate) mod deletion;
pub(crate) mod device;
mod failure;
pub(crate) mod link;
pub(crate) mod log;
pub(crate) mod mail;
pub(crate) mod passkey;
pub(crate) mod relay;
pub(crate) mod reset;
pub(crate) mod room;
pub(crate) mod second_factor;
pub(crate) mod session;
pub(crate) mod sqlite;
pub(crate) mod token;
pub(crate) mod vault;

#[cfg(test)]
mod conformance;

use std::{collections::HashSet, sync::Arc};

use protocol::{
    ids::{AccountId, BlobId, DeviceId, LinkId, MailId, RoomId, Seq},
    log::Entry,
    names::UserName,
    rest::{
        Account, ClaimedKeyPackage, Device, Entrance, Handshakes, Link, Mail, Mailbox, Member,
        PendingReset, ReadmissionRequest, Receipt, Room, SideFiles, SideRepair, VaultItem,
        VaultPut, VaultVersion,
    },
    time::Timestamp,
};

pub(crate) use failure::{Failure, StoreError};

use account::{LoginRecord, NewAccount, RegisterRefusal};
use blob::{BlobRefusal, NewBlob, OldBlobs, StoredBlob};
use credentials::{ChangeRefusal, CodeChange, Credentials, PasswordChange, Proven};
use deletion::{DeleteRefusal, Deletion};
use device::{
    AddDevice, AddDeviceRefusal, ClaimRefusal, Revocation, RevokeRefusal, Upload, UploadRefusal,
};
use link::{EntranceRefusal, Entrant, Follow, LinkPut, LinkRefusal};
use log::{
    CommitPost, CommitRefusal, HistoryPage, MessagePost, MessageRefusal, Poster, ProposalPost,
};
use mail::{MailPost, MailRefusal};
use reset::{ResetFinish, ResetRefusal};
use room::{CreateRefusal, CreateSealedRoom, ReadmissionRefusal, RepairRefusal, RoomView};
use second_factor::{Enrol, FactorRefusal, SecondFactorRow, TokenTurn, UseCode, Verdict};
use session::{LoginRefusal, NewSession, SessionRow, Started, TokenHash};
use vault::VaultRefusal;

/// Something that others must learn, after it became durable.
#[derive(Debug, Clone)]
pub(crate) enum Committed {
    /// A room's log grew.
    Entry(Arc<Entry>),
    /// A device got mail.
    Mail(DeviceId, Arc<Mail>),
    /// An account came into a room.
    In(RoomId, AccountId),
    /// An account went out of a room.
    Out(RoomId, AccountId),
    /// A device of a member asks to be let into the group again.
    Readmission(RoomId),
    /// The account has a further device, or another password or recovery code.
    DevicesChanged(AccountId),
}

/// The server's storage. Every method is one atomic step.
#[allow(
    async_fn_in_trait,
    reason = "used through its concrete types, whose futures are Send"
)]
pub(crate) trait Store {
    /// A sealed server secret.
    async fn secret(&self, name: &'static str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Keeps a sealed server secret; the first one stays.
    async fn keep_secret(&self, name: &'static str, sealed: Vec<u8>) -> Result<(), StoreError>;
    /// Writes and flushes one byte: an error says why nothing can be stored now.
    async fn probe(&self) -> Result<(), StoreError>;
    /// Forgets sessions that ended or were last used before the session limit, twice over.
    async fn sweep(&self) -> Result<(), StoreError>;
    /// Drops the bodies of commits and proposals that are older than they are kept and not behind a tree snapshot, in
    /// steps between which others write.
    async fn drop_handshakes(&self, now: Timestamp) -> Result<(), StoreError>;

    /// Creates an account with its first device, vault and session.
    async fn register(&self, new: NewAccount) -> Result<(), Failure<RegisterRefusal>>;
    /// Who a name points at.
    async fn account(&self, name: &UserName) -> Result<Option<Account>, StoreError>;
    /// What a login of that name needs.
    async fn login_record(&self, name: &UserName) -> Result<Option<LoginRecord>, StoreError>;

    /// What opens an account.
    async fn credentials(&self, account: AccountId) -> Result<Option<Credentials>, StoreError>;
    /// Changes the password of an account, and the token of the session that asks. Answers the sessions that ended.
    async fn change_password(
        &self,
        change: PasswordChange,
    ) -> Result<Vec<TokenHash>, Failure<ChangeRefusal>>;
    /// Replaces the recovery code of an account.
    async fn change_code(&self, change: CodeChange) -> Result<(), Failure<ChangeRefusal>>;

    /// Deletes an account with all that is its own. Answers the sessions that ended.
    async fn delete_account(
        &self,
        deletion: Deletion,
    ) -> Result<Vec<TokenHash>, Failure<DeleteRefusal>>;

    /// The reset of an account that waits.
    async fn reset(&self, account: AccountId) -> Result<Option<PendingReset>, StoreError>;
    /// A device asks for a reset; one that waits stays as it is. Its account's sealed rooms are told of it.
    async fn ask_reset(
        &self,
        account: AccountId,
        device: DeviceId,
    ) -> Result<PendingReset, Failure<ResetRefusal>>;
    /// Cancels the reset of an account, if one waits.
    async fn cancel_reset(&self, account: AccountId) -> Result<(), StoreError>;
    /// The device that asked finishes it. Answers the sessions that ended.
    async fn finish_reset(
        &self,
        reset: ResetFinish,
    ) -> Result<Vec<TokenHash>, Failure<ResetRefusal>>;

    /// Starts a session; a device that the account does not have is left out.
    async fn start_session(&self, new: NewSession) -> Result<Started, Failure<LoginRefusal>>;
    /// A session, live or ended.
    async fn session(&self, token: TokenHash) -> Result<Option<SessionRow>, StoreError>;
    /// Notes that a session was used.
    async fn touch_session(&self, token: TokenHash) -> Result<(), StoreError>;
    /// Ends a session.
    async fn end_session(&self, token: TokenHash) -> Result<(), StoreError>;
    /// The account's sessions that did not end, oldest first.
    async fn sessions(&self, account: AccountId) -> Result<Vec<SessionRow>, StoreError>;
    /// Ends the account's sessions but one. Answers which ended.
    async fn end_other_sessions(
        &self,
        account: AccountId,
        but: TokenHash,
    ) -> Result<Vec<TokenHash>, StoreError>;
    /// Ends all sessions that began at this time or before. Answers which ended.
    async fn end_old_sessions(&self, began: Timestamp) -> Result<Vec<TokenHash>, StoreError>;

    /// An account's second factor.
    async fn second_factor(
        &self,
        account: AccountId,
    ) -> Result<Option<SecondFactorRow>, StoreError>;
    /// Keeps a second factor, and turns the session's token.
    async fn enrol(&self, enrol: Enrol) -> Result<(), Failure<FactorRefusal>>;
    /// Takes a second factor away, and turns the session's token.
    async fn remove_second_factor(
        &self,
        account: AccountId,
        proven: Proven,
        turn: TokenTurn,
    ) -> Result<(), Failure<FactorRefusal>>;
    /// Keeps other backup codes.
    async fn replace_backup_codes(
        &self,
        account: AccountId,
        proven: Proven,
        hashes: Vec<[u8; 32]>,
    ) -> Result<(), Failure<FactorRefusal>>;
    /// Uses a code up, or counts a wrong one.
    async fn use_code(&self, code: UseCode) -> Result<Verdict, StoreError>;

    /// Adds a device to an account and moves the session to a new token that is bound to it.
    async fn add_device(&self, add: AddDevice) -> Result<(), Failure<AddDeviceRefusal>>;
    /// How many one-time KeyPackages a device has left.
    async fn key_package_count(&self, device: DeviceId) -> Result<u32, StoreError>;
    /// Takes in new KeyPackages of a device. Answers how many one-time ones there are.
    async fn upload_key_packages(&self, upload: Upload) -> Result<u32, Failure<UploadRefusal>>;
    /// An account's devices, of which one may be asking.
    async fn devices(
        &self,
        account: AccountId,
        current: Option<DeviceId>,
    ) -> Result<Vec<Device>, StoreError>;
    /// Revokes devices with all that changes by it. Answers the sessions that ended.
    async fn revoke_devices(
        &self,
        revocation: Revocation,
    ) -> Result<Vec<TokenHash>, Failure<RevokeRefusal>>;
    /// Takes a KeyPackage of each device of an account: the oldest one-time one if `one_time` and there is one.
    async fn claim_key_packages(
        &self,
        account: AccountId,
        one_time: bool,
    ) -> Result<Vec<ClaimedKeyPackage>, Failure<ClaimRefusal>>;

    /// A page of a device's mail.
    async fn mailbox(&self, device: DeviceId, after: Option<MailId>)
    -> Result<Mailbox, StoreError>;
    /// Deletes mail up to and with this one.
    async fn ack_mail(&self, device: DeviceId, up_to: MailId) -> Result<(), StoreError>;

    /// Drops mail without a commit, all or nothing.
    async fn send_mail(&self, post: MailPost) -> Result<(), Failure<MailRefusal>>;

    /// Names and versions of an account's vault items.
    async fn vault(&self, account: AccountId) -> Result<Vec<VaultVersion>, StoreError>;
    /// One vault item.
    async fn vault_item(
        &self,
        account: AccountId,
        name: &str,
    ) -> Result<Option<VaultItem>, StoreError>;
    /// Writes vault items, all or nothing.
    async fn write_vault(
        &self,
        account: AccountId,
        puts: Vec<VaultPut>,
    ) -> Result<(), Failure<VaultRefusal>>;

    /// Creates a sealed room; its creator is the owner.
    async fn create_sealed_room(
        &self,
        room: CreateSealedRoom,
    ) -> Result<(), Failure<CreateRefusal>>;
    /// The account's rooms, and all relay rooms.
    async fn rooms(&self, account: AccountId) -> Result<Vec<Room>, StoreError>;
    /// A room as an account may see it.
    async fn view(&self, room: RoomId, account: AccountId) -> Result<Option<RoomView>, StoreError>;
    /// The table of members.
    async fn members(&self, room: RoomId) -> Result<Vec<Member>, StoreError>;
    /// A sealed room's side files.
    async fn side_files(&self, room: RoomId) -> Result<Option<SideFiles>, StoreError>;
    /// Replaces side files.
    async fn repair_side(
        &self,
        room: RoomId,
        account: AccountId,
        repair: SideRepair,
    ) -> Result<(), Failure<RepairRefusal>>;

    /// Makes a link, or replaces the grant of one's own.
    async fn put_link(&self, put: LinkPut) -> Result<(), Failure<LinkRefusal>>;
    /// A room's links that have not ended.
    async fn links(&self, room: RoomId, now: Timestamp) -> Result<Vec<Link>, StoreError>;
    /// Takes a link back.
    async fn delete_link(
        &self,
        room: RoomId,
        account: AccountId,
        link: LinkId,
    ) -> Result<(), Failure<LinkRefusal>>;
    /// What one needs to come in, for a member or whoever shows a link.
    async fn entrance(
        &self,
        room: RoomId,
        entrant: Entrant,
    ) -> Result<Entrance, Failure<EntranceRefusal>>;
    /// Commits and proposals after a place, for the same.
    async fn handshakes(
        &self,
        follow: Follow,
        entrant: Entrant,
    ) -> Result<Handshakes, Failure<EntranceRefusal>>;

    /// A device asks to be let into the group again, in place of what it asked before.
    async fn ask_readmission(
        &self,
        room: RoomId,
        asker: Poster,
        request: Vec<u8>,
    ) -> Result<(), Failure<ReadmissionRefusal>>;
    /// A device asks no more.
    async fn drop_readmission(
        &self,
        room: RoomId,
        asker: Poster,
    ) -> Result<(), Failure<ReadmissionRefusal>>;
    /// Who asks, newest first.
    async fn readmissions(&self, room: RoomId) -> Result<Vec<ReadmissionRequest>, StoreError>;

    /// Appends a message, or answers the stored receipt of its client id.
    async fn append_message(&self, post: MessagePost) -> Result<Receipt, Failure<MessageRefusal>>;
    /// Appends a proposal.
    async fn append_proposal(&self, post: ProposalPost) -> Result<Receipt, Failure<CommitRefusal>>;
    /// Appends a commit with everything that belongs to it.
    async fn append_commit(&self, post: CommitPost) -> Result<Receipt, Failure<CommitRefusal>>;
    /// Entries after `since`, up to and with `until`.
    async fn history(
        &self,
        room: RoomId,
        since: Seq,
        until: Seq,
        limit: u32,
    ) -> Result<HistoryPage, StoreError>;
    /// When an entry was posted.
    async fn posted_at(&self, room: RoomId, seq: Seq) -> Result<Option<Timestamp>, StoreError>;
    /// One entry.
    async fn entry(&self, room: RoomId, seq: Seq) -> Result<Option<Entry>, StoreError>;

    /// Begins the upload of a sealed file, or finds the same one that was begun.
    async fn open_blob(&self, new: NewBlob) -> Result<StoredBlob, Failure<BlobRefusal>>;
    /// A sealed file.
    async fn blob(&self, blob: BlobId) -> Result<Option<StoredBlob>, StoreError>;
    /// Notes that a file's bytes are all there and durable.
    async fn finish_blob(&self, blob: BlobId) -> Result<(), StoreError>;
    /// Takes a file away; its bytes are the caller's to remove afterwards.
    async fn drop_blob(
        &self,
        room: RoomId,
        account: AccountId,
        blob: BlobId,
    ) -> Result<(), Failure<BlobRefusal>>;
    /// Takes away some files that were kept long enough, or whose room is over, and answers which; none when all are gone.
    async fn drop_old_blobs(&self, old: OldBlobs) -> Result<Vec<BlobId>, StoreError>;
    /// All files there are.
    async fn blobs(&self) -> Result<HashSet<BlobId>, StoreError>;
}
