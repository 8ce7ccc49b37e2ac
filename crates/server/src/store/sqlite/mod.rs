//! The store on SQLite: one writer with group commit, a pool of readers. WAL, `synchronous=FULL`.

mod admin;
mod blob_rows;
mod classic;
mod columns;
mod kinds;
mod link_rows;
mod memory;
mod messages;
mod open;
mod operation;
mod ops;
mod passkeys;
mod read;
mod relay;
mod reseal;
mod scope;
mod search;
mod sees;
mod tokens;
mod writer;

use std::{collections::HashSet, sync::Arc};

use protocol::{
    ids::{AccountId, BlobId, DeviceId, LinkId, MailId, RoomId, Seq},
    log::Entry,
    names::UserName,
    rest::{
        Account, ClaimedKeyPackage, Device, Entrance, Handshakes, Link, Mailbox, Member,
        PendingReset, ReadmissionRequest, Receipt, Room, SideFiles, SideRepair, VaultItem,
        VaultPut, VaultVersion,
    },
    time::Timestamp,
};
use sqlx::SqlitePool;

use crate::clock::Clock;

use super::{
    Failure, Store, StoreError,
    account::{LoginRecord, NewAccount, RegisterRefusal},
    blob::{BlobRefusal, NewBlob, OldBlobs, StoredBlob},
    credentials::{ChangeRefusal, CodeChange, Credentials, PasswordChange, Proven},
    deletion::{DeleteRefusal, Deletion},
    device::{
        AddDevice, AddDeviceRefusal, ClaimRefusal, Revocation, RevokeRefusal, Upload, UploadRefusal,
    },
    link::{EntranceRefusal, Entrant, Follow, LinkPut, LinkRefusal},
    log::{
        CommitPost, CommitRefusal, HistoryPage, MessagePost, MessageRefusal, Poster, ProposalPost,
    },
    mail::{MailPost, MailRefusal},
    reset::{ResetFinish, ResetRefusal},
    room::{CreateRefusal, CreateSealedRoom, ReadmissionRefusal, RepairRefusal, RoomView},
    second_factor::{Enrol, FactorRefusal, SecondFactorRow, TokenTurn, UseCode, Verdict},
    session::{LoginRefusal, NewSession, SessionRow, Started, TokenHash},
    vault::VaultRefusal,
};
pub(crate) use open::{Limits, OpenError, open};
pub(crate) use reseal::{ResealError, reseal, secrets};
use writer::Writer;

/// The store on one SQLite file.
pub(crate) struct SqliteStore {
    writer: Writer,
    readers: SqlitePool,
    clock: Arc<dyn Clock>,
    searched: Arc<search::Searched>,
}

impl SqliteStore {
    /// Finishes what is queued and closes the file; later calls answer [`StoreError::Closed`].
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl Store for SqliteStore {
    async fn secret(&self, name: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        read::secret(&self.readers, name).await
    }

    async fn keep_secret(&self, name: &'static str, sealed: Vec<u8>) -> Result<(), StoreError> {
        Ok(self.writer.apply(ops::KeepSecret { name, sealed }).await?)
    }

    async fn probe(&self) -> Result<(), StoreError> {
        Ok(self.writer.apply(ops::Probe).await?)
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        Ok(self.writer.apply(ops::Sweep).await?)
    }

    async fn drop_handshakes(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut from = 0;
        loop {
            let old = read::old_handshakes(&self.readers, from, now).await?;
            let Some(last) = old.last() else {
                return Ok(());
            };
            from = last.room.get();
            self.writer.apply(ops::DropHandshakes(old)).await?;
        }
    }

    async fn register(&self, new: NewAccount) -> Result<(), Failure<RegisterRefusal>> {
        self.writer.apply(ops::Register(new)).await
    }

    async fn account(&self, name: &UserName) -> Result<Option<Account>, StoreError> {
        read::account(&self.readers, name).await
    }

    async fn login_record(&self, name: &UserName) -> Result<Option<LoginRecord>, StoreError> {
        read::login_record(&self.readers, name).await
    }

    async fn credentials(&self, account: AccountId) -> Result<Option<Credentials>, StoreError> {
        read::credentials(&self.readers, account).await
    }

    async fn change_password(
        &self,
        change: PasswordChange,
    ) -> Result<Vec<TokenHash>, Failure<ChangeRefusal>> {
        self.writer.apply(ops::ChangePassword(change)).await
    }

    async fn change_code(&self, change: CodeChange) -> Result<(), Failure<ChangeRefusal>> {
        self.writer.apply(ops::ChangeCode(change)).await
    }

    async fn delete_account(
        &self,
        deletion: Deletion,
    ) -> Result<Vec<TokenHash>, Failure<DeleteRefusal>> {
        self.writer.apply(ops::DeleteAccount(deletion)).await
    }

    async fn reset(&self, account: AccountId) -> Result<Option<PendingReset>, StoreError> {
        let mut reader = self.readers.acquire().await?;
        read::pending_reset(&mut reader, account).await
    }

    async fn ask_reset(
        &self,
        account: AccountId,
        device: DeviceId,
    ) -> Result<PendingReset, Failure<ResetRefusal>> {
        self.writer.apply(ops::AskReset { account, device }).await
    }

    async fn cancel_reset(&self, account: AccountId) -> Result<(), StoreError> {
        Ok(self.writer.apply(ops::CancelReset(account)).await?)
    }

    async fn finish_reset(
        &self,
        reset: ResetFinish,
    ) -> Result<Vec<TokenHash>, Failure<ResetRefusal>> {
        self.writer.apply(ops::FinishReset(reset)).await
    }

    async fn start_session(&self, new: NewSession) -> Result<Started, Failure<LoginRefusal>> {
        self.writer.apply(ops::StartSession(new)).await
    }

    async fn session(&self, token: TokenHash) -> Result<Option<SessionRow>, StoreError> {
        read::session(&self.readers, token).await
    }

    async fn touch_session(&self, token: TokenHash) -> Result<(), StoreError> {
        Ok(self.writer.apply(ops::TouchSession(token)).await?)
    }

    async fn end_session(&self, token: TokenHash) -> Result<(), StoreError> {
        Ok(self.writer.apply(ops::EndSession(token)).await?)
    }

    async fn sessions(&self, account: AccountId) -> Result<Vec<SessionRow>, StoreError> {
        read::sessions(&self.readers, account).await
    }

    async fn end_other_sessions(
        &self,
        account: AccountId,
        but: TokenHash,
    ) -> Result<Vec<TokenHash>, StoreError> {
        Ok(self.writer.apply(ops::EndOthers { account, but }).await?)
    }

    async fn end_old_sessions(&self, began: Timestamp) -> Result<Vec<TokenHash>, StoreError> {
        Ok(self.writer.apply(ops::EndOld(began)).await?)
    }

    async fn second_factor(
        &self,
        account: AccountId,
    ) -> Result<Option<SecondFactorRow>, StoreError> {
        read::second_factor(&self.readers, account).await
    }

    async fn enrol(&self, enrol: Enrol) -> Result<(), Failure<FactorRefusal>> {
        self.writer.apply(ops::EnrolFactor(enrol)).await
    }

    async fn remove_second_factor(
        &self,
        account: AccountId,
        proven: Proven,
        turn: TokenTurn,
    ) -> Result<(), Failure<FactorRefusal>> {
        let remove = ops::RemoveFactor {
            account,
            proven,
            turn,
        };
        self.writer.apply(remove).await
    }

    async fn replace_backup_codes(
        &self,
        account: AccountId,
        proven: Proven,
        backup_codes: Vec<[u8; 32]>,
    ) -> Result<(), Failure<FactorRefusal>> {
        let replace = ops::ReplaceCodes {
            account,
            proven,
            backup_codes,
        };
        self.writer.apply(replace).await
    }

    async fn use_code(&self, code: UseCode) -> Result<Verdict, StoreError> {
        Ok(self.writer.apply(ops::UseUp(code)).await?)
    }

    async fn add_device(&self, add: AddDevice) -> Result<(), Failure<AddDeviceRefusal>> {
        self.writer.apply(ops::AddDeviceTo(add)).await
    }

    async fn key_package_count(&self, device: DeviceId) -> Result<u32, StoreError> {
        read::key_package_count(&self.readers, device).await
    }

    async fn upload_key_packages(&self, upload: Upload) -> Result<u32, Failure<UploadRefusal>> {
        self.writer.apply(ops::UploadPackages(upload)).await
    }

    async fn devices(
        &self,
        account: AccountId,
        current: Option<DeviceId>,
    ) -> Result<Vec<Device>, StoreError> {
        read::devices(&self.readers, account, current).await
    }

    async fn revoke_devices(
        &self,
        revocation: Revocation,
    ) -> Result<Vec<TokenHash>, Failure<RevokeRefusal>> {
        self.writer.apply(ops::Revoke(revocation)).await
    }

    async fn claim_key_packages(
        &self,
        account: AccountId,
        one_time: bool,
    ) -> Result<Vec<ClaimedKeyPackage>, Failure<ClaimRefusal>> {
        self.writer.apply(ops::Claim { account, one_time }).await
    }

    async fn mailbox(
        &self,
        device: DeviceId,
        after: Option<MailId>,
    ) -> Result<Mailbox, StoreError> {
        read::mailbox(&self.readers, device, after).await
    }

    async fn ack_mail(&self, device: DeviceId, up_to: MailId) -> Result<(), StoreError> {
        Ok(self.writer.apply(ops::AckMail { device, up_to }).await?)
    }

    async fn send_mail(&self, post: MailPost) -> Result<(), Failure<MailRefusal>> {
        self.writer.apply(ops::SendMail(post)).await
    }

    async fn vault(&self, account: AccountId) -> Result<Vec<VaultVersion>, StoreError> {
        read::vault(&self.readers, account).await
    }

    async fn vault_item(
        &self,
        account: AccountId,
        name: &str,
    ) -> Result<Option<VaultItem>, StoreError> {
        read::vault_item(&self.readers, account, name).await
    }

    async fn write_vault(
        &self,
        account: AccountId,
        puts: Vec<VaultPut>,
    ) -> Result<(), Failure<VaultRefusal>> {
        self.writer.apply(ops::WriteVault { account, puts }).await
    }

    async fn create_sealed_room(
        &self,
        room: CreateSealedRoom,
    ) -> Result<(), Failure<CreateRefusal>> {
        self.writer.apply(ops::CreateSealed(room)).await
    }

    async fn rooms(&self, account: AccountId) -> Result<Vec<Room>, StoreError> {
        read::rooms(&self.readers, account).await
    }

    async fn view(&self, room: RoomId, account: AccountId) -> Result<Option<RoomView>, StoreError> {
        read::view(&self.readers, room, account).await
    }

    async fn members(&self, room: RoomId) -> Result<Vec<Member>, StoreError> {
        read::members(&self.readers, room).await
    }

    async fn side_files(&self, room: RoomId) -> Result<Option<SideFiles>, StoreError> {
        read::side_files(&self.readers, room).await
    }

    async fn repair_side(
        &self,
        room: RoomId,
        account: AccountId,
        repair: SideRepair,
    ) -> Result<(), Failure<RepairRefusal>> {
        self.writer
            .apply(ops::RepairSide {
                room,
                account,
                repair,
            })
            .await
    }

    async fn put_link(&self, put: LinkPut) -> Result<(), Failure<LinkRefusal>> {
        self.writer.apply(ops::PutLink(put)).await
    }

    async fn links(&self, room: RoomId, now: Timestamp) -> Result<Vec<Link>, StoreError> {
        read::links(&self.readers, room, now).await
    }

    async fn delete_link(
        &self,
        room: RoomId,
        account: AccountId,
        link: LinkId,
    ) -> Result<(), Failure<LinkRefusal>> {
        self.writer
            .apply(ops::DeleteLink {
                room,
                account,
                link,
            })
            .await
    }

    async fn entrance(
        &self,
        room: RoomId,
        entrant: Entrant,
    ) -> Result<Entrance, Failure<EntranceRefusal>> {
        read::entrance(&self.readers, room, entrant).await
    }

    async fn handshakes(
        &self,
        follow: Follow,
        entrant: Entrant,
    ) -> Result<Handshakes, Failure<EntranceRefusal>> {
        read::handshakes(&self.readers, follow, entrant).await
    }

    async fn ask_readmission(
        &self,
        room: RoomId,
        asker: Poster,
        request: Vec<u8>,
    ) -> Result<(), Failure<ReadmissionRefusal>> {
        self.writer
            .apply(ops::AskReadmission {
                room,
                asker,
                request,
            })
            .await
    }

    async fn drop_readmission(
        &self,
        room: RoomId,
        asker: Poster,
    ) -> Result<(), Failure<ReadmissionRefusal>> {
        self.writer
            .apply(ops::DropReadmission { room, asker })
            .await
    }

    async fn readmissions(&self, room: RoomId) -> Result<Vec<ReadmissionRequest>, StoreError> {
        read::readmissions(&self.readers, room).await
    }

    async fn append_message(&self, post: MessagePost) -> Result<Receipt, Failure<MessageRefusal>> {
        self.writer.append(post).await
    }

    async fn append_proposal(&self, post: ProposalPost) -> Result<Receipt, Failure<CommitRefusal>> {
        self.writer.apply(ops::AppendProposal(post)).await
    }

    async fn append_commit(&self, post: CommitPost) -> Result<Receipt, Failure<CommitRefusal>> {
        self.writer.apply(ops::AppendCommit(post)).await
    }

    async fn history(
        &self,
        room: RoomId,
        since: Seq,
        until: Seq,
        limit: u32,
    ) -> Result<HistoryPage, StoreError> {
        read::history(&self.readers, room, since, until, limit).await
    }

    async fn posted_at(&self, room: RoomId, seq: Seq) -> Result<Option<Timestamp>, StoreError> {
        read::posted_at(&self.readers, room, seq).await
    }

    async fn entry(&self, room: RoomId, seq: Seq) -> Result<Option<Entry>, StoreError> {
        read::entry(&self.readers, room, seq).await
    }

    async fn open_blob(&self, new: NewBlob) -> Result<StoredBlob, Failure<BlobRefusal>> {
        self.writer.apply(ops::OpenBlob(new)).await
    }

    async fn blob(&self, blob: BlobId) -> Result<Option<StoredBlob>, StoreError> {
        read::blob(&self.readers, blob).await
    }

    async fn finish_blob(&self, blob: BlobId) -> Result<(), StoreError> {
        Ok(self.writer.apply(ops::FinishBlob(blob)).await?)
    }

    async fn drop_blob(
        &self,
        room: RoomId,
        account: AccountId,
        blob: BlobId,
    ) -> Result<(), Failure<BlobRefusal>> {
        self.writer
            .apply(ops::DropBlob {
                room,
                account,
                blob,
            })
            .await
    }

    async fn drop_old_blobs(&self, old: OldBlobs) -> Result<Vec<BlobId>, StoreError> {
        Ok(self.writer.apply(ops::DropOldBlobs(old)).await?)
    }

    async fn blobs(&self) -> Result<HashSet<BlobId>, StoreError> {
        read::blobs(&self.readers).await
    }
}
