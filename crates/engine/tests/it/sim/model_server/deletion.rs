//! The end of an account: what is its own goes, and its rooms are told where it still stands.

use protocol::{
    call::Reply,
    ids::{AccountId, ClientId, DeviceId, RoomId},
    log::{Body, Notice, NoticeKind},
    rest::DeleteAccount,
};

use super::{Caller, ModelServer, Origin, Refusal};

impl ModelServer {
    pub(super) fn delete_account(
        &mut self,
        caller: Caller,
        origin: &Origin,
        delete: &DeleteAccount,
    ) -> Result<Reply, Refusal> {
        let account = caller.account;
        self.check_proof(account, &delete.proof)?;
        self.check_code(origin, account, delete.code.as_ref())?;
        self.deleted.insert(account);
        self.end_sessions(account);
        self.logins
            .retain(|_, login| login.account != Some(account));
        self.drop_waiting(account);
        self.resets.remove(&account);
        self.names.retain(|_, of| *of != account);
        let record = self.record_mut(account)?;
        record.vault.clear();
        let devices: Vec<DeviceId> = std::mem::take(&mut record.devices).into_keys().collect();
        self.revoked.extend(devices);
        let rooms = self.rooms.iter();
        let rooms = rooms.filter(|(_, room)| room.table.role(account).is_some());
        let rooms: Vec<RoomId> = rooms.map(|(id, _)| *id).collect();
        for room in rooms {
            let client_id = ClientId::from_bytes(self.draw_16());
            let notice = NoticeKind::AccountDeleted { account };
            self.say(account, room, client_id, Body::Notice(Notice { notice }));
        }
        Ok(Reply::Done)
    }

    /// Whether the account is no more.
    pub(crate) fn has_deleted(&self, account: AccountId) -> bool {
        self.deleted.contains(&account)
    }

    /// Whether it is in a room, by the server's table.
    pub(crate) fn is_inside(&self, account: AccountId) -> bool {
        let mut rooms = self.rooms.values();
        rooms.any(|room| room.table.role(account).is_some())
    }
}
