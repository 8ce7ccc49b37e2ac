//! Devices that ask to be let into a group again.

use protocol::ids::{AccountId, RoomId};

use super::{devices::belongs, inside::role_inside};
use crate::store::{
    Committed, Failure, StoreError,
    log::Poster,
    room::ReadmissionRefusal,
    sqlite::{columns::int, operation::Apply, scope::Scope},
};

/// A device asks, in place of what it asked before.
pub(in crate::store::sqlite) struct AskReadmission {
    pub(in crate::store::sqlite) room: RoomId,
    pub(in crate::store::sqlite) asker: Poster,
    pub(in crate::store::sqlite) request: Vec<u8>,
}

impl Apply for AskReadmission {
    type Output = ();
    type Refusal = ReadmissionRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<ReadmissionRefusal>> {
        let Poster { account, device } = self.asker;
        role_inside::<ReadmissionRefusal>(scope, self.room, account).await?;
        if !belongs(scope, device, account).await? {
            return Err(Failure::Refused(ReadmissionRefusal::Revoked));
        }
        sqlx::query(
            "INSERT INTO readmissions (room_id, device_id, account_id, request, posted_at)
             VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (room_id, device_id) DO UPDATE
             SET request = excluded.request, posted_at = excluded.posted_at",
        )
        .bind(int(self.room.get()))
        .bind(device.as_bytes().as_slice())
        .bind(account.as_bytes().as_slice())
        .bind(self.request)
        .bind(int(scope.now.millis()))
        .execute(&mut *scope.db)
        .await?;
        scope.events.push(Committed::Readmission(self.room));
        Ok(())
    }
}

/// A device asks no more.
pub(in crate::store::sqlite) struct DropReadmission {
    pub(in crate::store::sqlite) room: RoomId,
    pub(in crate::store::sqlite) asker: Poster,
}

impl Apply for DropReadmission {
    type Output = ();
    type Refusal = ReadmissionRefusal;

    async fn apply(self, scope: &mut Scope<'_>) -> Result<(), Failure<ReadmissionRefusal>> {
        role_inside::<ReadmissionRefusal>(scope, self.room, self.asker.account).await?;
        sqlx::query("DELETE FROM readmissions WHERE room_id = ? AND device_id = ?")
            .bind(int(self.room.get()))
            .bind(self.asker.device.as_bytes().as_slice())
            .execute(&mut *scope.db)
            .await?;
        Ok(())
    }
}

/// What an account asked of a room goes with it.
pub(super) async fn forget_readmissions(
    scope: &mut Scope<'_>,
    room: RoomId,
    account: AccountId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM readmissions WHERE room_id = ? AND account_id = ?")
        .bind(int(room.get()))
        .bind(account.as_bytes().as_slice())
        .execute(&mut *scope.db)
        .await?;
    Ok(())
}
