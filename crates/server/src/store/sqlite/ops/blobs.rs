//! Sealed files: begun, finished and taken away.

use protocol::{
    ids::{AccountId, BlobId, RoomId},
    role::Role,
};

use super::{Never, inside::role_inside};
use crate::store::{
    Failure, StoreError,
    blob::{BlobRefusal, NewBlob, OldBlobs, StoredBlob},
    sqlite::{
        blob_rows::{SELECT_BLOB, stored},
        columns::{id16, int, number},
        operation::Apply,
        scope::Scope,
    },
};

/// So many go in one transaction; messages wait meanwhile.
const OLD_BATCH: i64 = 64;

/// Begins an upload, or finds the one that was begun.
pub(in crate::store::sqlite) struct OpenBlob(pub(in crate::store::sqlite) NewBlob);

impl Apply for OpenBlob {
    type Output = StoredBlob;
    type Refusal = BlobRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<StoredBlob, Failure<BlobRefusal>> {
        let new = self.0;
        role_inside::<BlobRefusal>(scope, new.room, new.account).await?;
        if let Some(known) = blob(scope, new.blob).await? {
            let same = (known.room, known.account, known.length);
            return if same == (new.room, new.account, new.length) {
                Ok(known)
            } else {
                Err(Failure::Refused(BlobRefusal::IdTaken))
            };
        }
        if used(scope, new.account).await?.saturating_add(new.length) > new.quota {
            return Err(Failure::Refused(BlobRefusal::Quota));
        }
        sqlx::query(
            "INSERT INTO blobs (blob_id, room_id, account_id, length, begun_at, stored_at)
             VALUES (?, ?, ?, ?, ?, 0)",
        )
        .bind(new.blob.as_bytes().as_slice())
        .bind(int(new.room.get()))
        .bind(new.account.as_bytes().as_slice())
        .bind(int(new.length))
        .bind(int(scope.now.millis()))
        .execute(&mut *scope.db)
        .await?;
        Ok(StoredBlob {
            room: new.room,
            account: new.account,
            length: new.length,
            complete: false,
        })
    }
}

async fn blob(scope: &mut Scope<'_>, blob: BlobId) -> Result<Option<StoredBlob>, StoreError> {
    let row = sqlx::query(SELECT_BLOB)
        .bind(blob.as_bytes().as_slice())
        .fetch_optional(&mut *scope.db)
        .await?;
    row.as_ref().map(stored).transpose()
}

/// What all files of an account have, whether or not they are whole yet.
async fn used(scope: &mut Scope<'_>, account: AccountId) -> Result<u64, StoreError> {
    let row =
        sqlx::query("SELECT COALESCE(SUM(length), 0) AS used FROM blobs WHERE account_id = ?")
            .bind(account.as_bytes().as_slice())
            .fetch_one(&mut *scope.db)
            .await?;
    number(&row, "used")
}

/// Notes that all chunks are there and durable.
pub(in crate::store::sqlite) struct FinishBlob(pub(in crate::store::sqlite) BlobId);

impl Apply for FinishBlob {
    type Output = ();
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<Never>> {
        sqlx::query("UPDATE blobs SET stored_at = ? WHERE blob_id = ? AND stored_at = 0")
            .bind(int(scope.now.millis()))
            .bind(self.0.as_bytes().as_slice())
            .execute(&mut *scope.db)
            .await?;
        Ok(())
    }
}

/// Takes a file away; its bytes are the caller's to remove afterwards.
pub(in crate::store::sqlite) struct DropBlob {
    pub(in crate::store::sqlite) room: RoomId,
    pub(in crate::store::sqlite) account: AccountId,
    pub(in crate::store::sqlite) blob: BlobId,
}

impl Apply for DropBlob {
    type Output = ();
    type Refusal = BlobRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<BlobRefusal>> {
        let role = role_inside::<BlobRefusal>(scope, self.room, self.account).await?;
        let known = blob(scope, self.blob).await?;
        let Some(known) = known.filter(|known| known.room == self.room) else {
            return Err(Failure::Refused(BlobRefusal::NotFound));
        };
        if known.account != self.account && role < Role::Moderator {
            return Err(Failure::Refused(BlobRefusal::RoleTooLow));
        }
        Ok(delete(scope, self.blob).await?)
    }
}

async fn delete(scope: &mut Scope<'_>, blob: BlobId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM blobs WHERE blob_id = ?")
        .bind(blob.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}

/// Takes some of the old ones away, and answers which.
pub(in crate::store::sqlite) struct DropOldBlobs(pub(in crate::store::sqlite) OldBlobs);

impl Apply for DropOldBlobs {
    type Output = Vec<BlobId>;
    type Refusal = Never;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<Vec<BlobId>, Failure<Never>> {
        let OldBlobs {
            unfinished,
            finished,
        } = self.0;
        let rows = sqlx::query(
            "SELECT blob_id FROM blobs
             WHERE begun_at < ? AND stored_at = 0 OR begun_at < ? AND stored_at > 0 AND stored_at < ?
                OR NOT EXISTS (SELECT 1 FROM members WHERE members.room_id = blobs.room_id AND left_seq = 0)
             LIMIT ?",
        )
        .bind(int(unfinished.millis()))
        .bind(int(finished.map_or(0, |finished| finished.millis())))
        .bind(int(finished.map_or(0, |finished| finished.millis())))
        .bind(OLD_BATCH)
        .fetch_all(&mut *scope.db)
        .await?;
        let mut gone = Vec::new();
        for row in &rows {
            let blob = BlobId::from_bytes(id16(row, "blob_id")?);
            delete(scope, blob).await?;
            gone.push(blob);
        }
        Ok(gone)
    }
}
