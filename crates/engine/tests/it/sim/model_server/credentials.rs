//! What opens an account, and how it is changed: by whoever proves to know it.

use protocol::{
    bytes::Bytes,
    call::Reply,
    error::ErrorCode,
    events::Push,
    ids::{AccountId, LoginId},
    limits,
    rest::{
        Changed, PasswordFinish, PasswordStart, Proof, PutRecovery, RecoveryLogin, RegisterStarted,
    },
};
use sha2::{Digest as _, Sha256};

use super::{
    Caller, ModelServer, Origin, Refusal, SessionRecord, accounts::AccountRecord,
    passwords::Passwords,
};

impl ModelServer {
    /// Whose password somebody knows who comes with the second leg of a login. The login is over by it.
    pub(super) fn knows_password(
        &mut self,
        login: LoginId,
        finish: &Bytes,
    ) -> Result<AccountId, Refusal> {
        let pending = self
            .logins
            .remove(&login)
            .filter(|login| self.now.since(login.started) <= limits::LOGIN_LEG_MILLIS)
            .ok_or(ErrorCode::LoginFailed)?;
        Ok(Passwords::check(pending, finish)?)
    }

    pub(super) fn recovery_login(&mut self, login: &RecoveryLogin) -> Result<Reply, Refusal> {
        let account = *self
            .names
            .get(&login.username)
            .ok_or(ErrorCode::LoginFailed)?;
        self.record(account)?.knows_code(&login.recovery)?;
        self.let_in(account, login.device_id)
    }

    pub(super) fn root_boxes(&self, caller: Caller) -> Result<Reply, Refusal> {
        Ok(Reply::RootBoxes(
            self.record(caller.account)?.root_box.clone(),
        ))
    }

    pub(super) fn password_start(
        &self,
        caller: Caller,
        start: &PasswordStart,
    ) -> Result<Reply, Refusal> {
        let name = &self.record(caller.account)?.name;
        let response = self.passwords.register(name, &start.start)?;
        Ok(Reply::RegisterStarted(RegisterStarted { response }))
    }

    pub(super) fn password_finish(
        &mut self,
        caller: Caller,
        origin: &Origin,
        finish: PasswordFinish,
    ) -> Result<Reply, Refusal> {
        let Caller { account, device } = caller;
        let file = Passwords::file(&finish.finish)?;
        if finish.token.len() != 43 || self.sessions.contains_key(&finish.token) {
            return Err(ErrorCode::BadRequest.into());
        }
        self.check_proof(account, &finish.proof)?;
        self.check_code(origin, account, finish.code.as_ref())?;
        let started = self.session(origin)?.started;
        let changed = self.changed(caller);
        self.cancel_reset(account)?;
        let record = self.record_mut(account)?;
        record.password_file = file;
        record.root_box.by_password = finish.by_password;
        record.password_changed = Some(changed);
        // A login that began with the former password comes to nothing.
        self.logins
            .retain(|_, login| login.account != Some(account));
        self.drop_waiting(account);
        if finish.end_others {
            self.end_sessions(account);
        } else {
            let own = origin.token.clone().unwrap_or_default();
            if let Some(session) = self.sessions.get_mut(&own) {
                session.ended = true;
            }
            self.close_sockets_of(&own);
        }
        let record = SessionRecord {
            account,
            device: Some(device),
            started,
            ended: false,
        };
        self.sessions.insert(finish.token.clone(), record);
        self.push_to_account(account, &Push::DevicesChanged);
        Ok(Reply::Session(self.show_session(
            account,
            Some(device),
            finish.token,
        )))
    }

    pub(super) fn put_recovery(
        &mut self,
        caller: Caller,
        origin: &Origin,
        put: PutRecovery,
    ) -> Result<Reply, Refusal> {
        if put.token_hash.len() != 32 {
            return Err(ErrorCode::BadRequest.into());
        }
        self.check_proof(caller.account, &put.proof)?;
        self.check_code(origin, caller.account, put.code.as_ref())?;
        let changed = self.changed(caller);
        self.cancel_reset(caller.account)?;
        let record = self.record_mut(caller.account)?;
        record.root_box.by_code = put.by_code;
        record.token_hash = put.token_hash;
        record.recovery_changed = Some(changed);
        self.push_to_account(caller.account, &Push::DevicesChanged);
        Ok(Reply::Done)
    }

    /// Whether the password was changed.
    pub(crate) fn password_changed(&self, account: AccountId) -> bool {
        let record = self.accounts.get(&account);
        record.is_some_and(|record| record.password_changed.is_some())
    }

    /// Whether the recovery code was replaced.
    pub(crate) fn code_changed(&self, account: AccountId) -> bool {
        let record = self.accounts.get(&account);
        record.is_some_and(|record| record.recovery_changed.is_some())
    }

    pub(super) fn check_proof(&mut self, account: AccountId, proof: &Proof) -> Result<(), Refusal> {
        match proof {
            Proof::Password(proof) => {
                let knows = self.knows_password(proof.login_id, &proof.finish)?;
                if knows != account {
                    return Err(ErrorCode::LoginFailed.into());
                }
                Ok(())
            }
            Proof::Recovery(token) => self.record(account)?.knows_code(token),
        }
    }

    pub(super) const fn changed(&self, caller: Caller) -> Changed {
        Changed {
            at: self.now,
            device_id: caller.device,
        }
    }

    fn record(&self, account: AccountId) -> Result<&AccountRecord, Refusal> {
        let record = self.accounts.get(&account);
        record.ok_or_else(|| ErrorCode::AccountNotFound.into())
    }

    pub(super) fn record_mut(&mut self, account: AccountId) -> Result<&mut AccountRecord, Refusal> {
        let record = self.accounts.get_mut(&account);
        record.ok_or_else(|| ErrorCode::AccountNotFound.into())
    }
}

impl AccountRecord {
    fn knows_code(&self, token: &Bytes) -> Result<(), Refusal> {
        if Sha256::digest(token.as_slice()).as_slice() == self.token_hash.as_slice() {
            Ok(())
        } else {
            Err(ErrorCode::LoginFailed.into())
        }
    }
}
