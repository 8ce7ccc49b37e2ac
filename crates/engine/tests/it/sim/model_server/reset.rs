//! A reset from a device alone: it waits, all are told, and whoever knows what it replaces cancels it.

use protocol::{
    call::Reply,
    error::{ErrorBody, ErrorCode},
    events::Push,
    ids::{AccountId, ClientId, RoomId},
    limits,
    log::{Body, Notice, NoticeKind},
    rest::{ACCOUNT_KEY, AskReset, FinishReset, PendingReset, Reset},
};

use super::{Caller, ModelServer, Origin, Refusal, SessionRecord, passwords::Passwords};

impl ModelServer {
    pub(super) fn reset(&self, account: AccountId) -> Reply {
        Reply::Reset(Reset {
            pending: self.resets.get(&account).copied(),
        })
    }

    pub(super) fn ask_reset(
        &mut self,
        caller: Caller,
        origin: &Origin,
        ask: &AskReset,
    ) -> Result<Reply, Refusal> {
        let Caller { account, device } = caller;
        self.check_code(origin, account, ask.code.as_ref())?;
        if !self.resets.contains_key(&account) {
            let pending = PendingReset {
                device_id: device,
                asked: self.now,
                ready: self.now.plus(limits::RESET_WAIT_MILLIS),
            };
            self.resets.insert(account, pending);
            self.tell_rooms(account, NoticeKind::ResetAsked { account });
        }
        Ok(self.reset(account))
    }

    /// Also by whatever shows that somebody knows password or code.
    pub(super) fn cancel_reset(&mut self, account: AccountId) -> Result<Reply, Refusal> {
        if self.resets.remove(&account).is_some() {
            self.tell_rooms(account, NoticeKind::ResetCancelled { account });
        }
        Ok(Reply::Done)
    }

    pub(super) fn finish_reset(
        &mut self,
        caller: Caller,
        origin: &Origin,
        finish: FinishReset,
    ) -> Result<Reply, Refusal> {
        let Caller { account, device } = caller;
        let file = Passwords::file(&finish.finish)?;
        let taken = self.sessions.contains_key(&finish.token);
        if taken || finish.token.len() != 43 || finish.account_key.name != ACCOUNT_KEY {
            return Err(ErrorCode::BadRequest.into());
        }
        self.check_code(origin, account, finish.code.as_ref())?;
        let pending = self.resets.get(&account);
        let pending = pending.filter(|pending| pending.device_id == device);
        let wait = pending.ok_or(ErrorCode::NoReset)?.ready.since(self.now);
        if wait > 0 && !self.hastens_resets {
            let mut body = ErrorBody::new(ErrorCode::ResetWaits, self.now);
            body.retry_after_ms = Some(wait);
            return Err(Refusal::Body(Box::new(body)));
        }
        let started = self.session(origin)?.started;
        let changed = self.changed(caller);
        let record = self.record_mut(account)?;
        if !record.vault_fits(std::slice::from_ref(&finish.account_key)) {
            return Err(ErrorCode::VersionConflict.into());
        }
        record.write_vault(vec![finish.account_key]);
        record.password_file = file;
        record.root_box.by_password = finish.by_password;
        record.root_box.by_code = finish.by_code;
        record.token_hash = finish.token_hash;
        record.password_changed = Some(changed);
        record.recovery_changed = Some(changed);
        self.logins
            .retain(|_, login| login.account != Some(account));
        self.drop_waiting(account);
        self.end_sessions(account);
        let session = SessionRecord {
            account,
            device: Some(device),
            started,
            ended: false,
        };
        self.sessions.insert(finish.token.clone(), session);
        self.resets.remove(&account);
        self.tell_rooms(account, NoticeKind::ResetDone { account });
        let session = self.show_session(account, Some(device), finish.token);
        Ok(Reply::Session(session))
    }

    /// Whether one waits.
    pub(crate) fn has_reset(&self, account: AccountId) -> bool {
        self.resets.contains_key(&account)
    }

    fn tell_rooms(&mut self, account: AccountId, notice: NoticeKind) {
        let rooms = self.rooms.iter();
        let rooms = rooms.filter(|(_, room)| room.table.role(account).is_some());
        let rooms: Vec<RoomId> = rooms.map(|(id, _)| *id).collect();
        for room in rooms {
            let client_id = ClientId::from_bytes(self.draw_16());
            self.say(account, room, client_id, Body::Notice(Notice { notice }));
        }
        self.push_to_account(account, &Push::DevicesChanged);
    }
}
