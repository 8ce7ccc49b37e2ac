//! Accounts, devices and sessions.

use std::collections::{BTreeMap, VecDeque};

use protocol::{
    bytes::Bytes,
    call::Reply,
    error::ErrorCode,
    events::Push,
    ids::{AccountId, DeviceId, LoginId, MailId},
    limits,
    names::UserName,
    rest::{
        ACCOUNT_KEY, Account, AddDevice, Changed, LoginFinish, LoginFinished, LoginStart,
        LoginStarted, Mail, NewDevice, RegisterFinish, RegisterStart, RegisterStarted, RootBoxes,
        Session,
    },
    time::Timestamp,
};

use super::{
    Caller, ModelServer, Origin, Refusal, SessionRecord, passwords::PasswordFile,
    passwords::Passwords,
};

/// One account.
#[derive(Clone)]
pub(super) struct AccountRecord {
    pub(super) name: UserName,
    identity_key: Bytes,
    pub(super) password_file: PasswordFile,
    pub(super) root_box: RootBoxes,
    /// SHA-256 of the recovery code's token.
    pub(super) token_hash: Bytes,
    pub(super) password_changed: Option<Changed>,
    pub(super) recovery_changed: Option<Changed>,
    /// Version and sealed bytes of each item.
    pub(super) vault: BTreeMap<String, (u64, Bytes)>,
    pub(super) devices: BTreeMap<DeviceId, DeviceRecord>,
}

/// One device.
#[derive(Clone)]
pub(super) struct DeviceRecord {
    pub(super) certificate: Bytes,
    pub(super) created: Timestamp,
    /// When a session of it was last opened.
    pub(super) used: Timestamp,
    pub(super) one_time: VecDeque<Bytes>,
    pub(super) last_resort: Bytes,
    pub(super) mails: BTreeMap<MailId, Mail>,
}

impl DeviceRecord {
    fn new(new: NewDevice, now: Timestamp) -> Self {
        Self {
            certificate: new.certificate,
            created: now,
            used: now,
            one_time: new.key_packages.into(),
            last_resort: new.last_resort,
            mails: BTreeMap::new(),
        }
    }
}

impl ModelServer {
    pub(super) fn register_start(&self, start: &RegisterStart) -> Result<Reply, Refusal> {
        if self.names.contains_key(&start.username) {
            return Err(ErrorCode::NameTaken.into());
        }
        let response = self.passwords.register(&start.username, &start.start)?;
        Ok(Reply::RegisterStarted(RegisterStarted { response }))
    }

    pub(super) fn register_finish(&mut self, finish: RegisterFinish) -> Result<Reply, Refusal> {
        if self.names.contains_key(&finish.username) {
            return Err(ErrorCode::NameTaken.into());
        }
        if self.accounts.contains_key(&finish.account_id) {
            return Err(ErrorCode::BadRequest.into());
        }
        let password_file = Passwords::file(&finish.finish)?;
        let account = finish.account_id;
        let device = finish.device.device_id;
        let vault = finish
            .vault
            .into_iter()
            .map(|put| (put.name, (put.expected + 1, put.sealed)))
            .collect();
        let record = AccountRecord {
            name: finish.username.clone(),
            identity_key: finish.identity_key,
            password_file,
            root_box: finish.root_box,
            token_hash: finish.token_hash,
            password_changed: None,
            recovery_changed: None,
            vault,
            devices: BTreeMap::from([(device, DeviceRecord::new(finish.device, self.now))]),
        };
        self.names.insert(finish.username, account);
        self.accounts.insert(account, record);
        Ok(Reply::Session(self.open_session(account, Some(device))))
    }

    pub(super) fn login_start(&mut self, start: &LoginStart) -> Result<Reply, Refusal> {
        let known = self.names.get(&start.username).and_then(|account| {
            let record = self.accounts.get(account)?;
            Some((*account, record.password_file.clone()))
        });
        let (pending, response) = self.passwords.login(
            &start.username,
            known,
            &start.start,
            self.now,
            &mut self.rng,
        )?;
        let login_id = LoginId::from_bytes(self.draw_16());
        self.logins.insert(login_id, pending);
        Ok(Reply::LoginStarted(LoginStarted { login_id, response }))
    }

    pub(super) fn login_finish(&mut self, finish: &LoginFinish) -> Result<Reply, Refusal> {
        let account = self.knows_password(finish.login_id, &finish.finish)?;
        self.let_in(account, finish.device_id)
    }

    /// A session of somebody who has shown what opens the account, or a further leg for a code.
    pub(super) fn let_in(
        &mut self,
        account: AccountId,
        device: Option<DeviceId>,
    ) -> Result<Reply, Refusal> {
        if self.factors.guards(account) {
            return Ok(self.code_wanted(account, device));
        }
        self.log_in(account, device)
    }

    /// The session and what the password opens.
    pub(super) fn log_in(
        &mut self,
        account: AccountId,
        device: Option<DeviceId>,
    ) -> Result<Reply, Refusal> {
        let record = self.accounts.get(&account).ok_or(ErrorCode::LoginFailed)?;
        let (identity_key, root_box) = (record.identity_key.clone(), record.root_box.clone());
        let device = device.filter(|device| record.devices.contains_key(device));
        self.cancel_reset(account)?;
        Ok(Reply::LoginFinished(Box::new(LoginFinished {
            session: self.open_session(account, device),
            identity_key,
            root_box,
            must_change_password: false,
        })))
    }

    pub(super) fn logout(&mut self, origin: &Origin) -> Result<Reply, Refusal> {
        let token = origin.token.clone().unwrap_or_default();
        self.session(origin)?;
        if let Some(session) = self.sessions.get_mut(&token) {
            session.ended = true;
        }
        self.close_sockets_of(&token);
        Ok(Reply::Done)
    }

    pub(super) fn add_device(
        &mut self,
        origin: &Origin,
        request: AddDevice,
    ) -> Result<Reply, Refusal> {
        let AddDevice {
            device,
            account_key,
        } = request;
        let (account, now) = (self.session(origin)?.account, self.now);
        if self.revoked.contains(&device.device_id) {
            return Err(ErrorCode::BadRequest.into());
        }
        let record = self
            .accounts
            .get_mut(&account)
            .ok_or(ErrorCode::AccountNotFound)?;
        if record.vault_version(ACCOUNT_KEY) != account_key {
            return Err(ErrorCode::VersionConflict.into());
        }
        let id = device.device_id;
        // A repeated request finds its device there already.
        if !record.devices.contains_key(&id) {
            if record.devices.len() >= limits::DEVICES_MAX {
                return Err(ErrorCode::DeviceLimit.into());
            }
            record.devices.insert(id, DeviceRecord::new(device, now));
            if !self.hides_new_devices {
                self.push_to_account(account, &Push::DevicesChanged);
            }
        }
        let token = origin.token.clone().unwrap_or_default();
        if let Some(session) = self.sessions.get_mut(&token) {
            session.device = Some(id);
        }
        Ok(Reply::Session(self.show_session(account, Some(id), token)))
    }

    pub(super) fn account_by_name(&self, name: &UserName) -> Result<Reply, Refusal> {
        let account = self.names.get(name).ok_or(ErrorCode::AccountNotFound)?;
        let record = self
            .accounts
            .get(account)
            .ok_or(ErrorCode::AccountNotFound)?;
        Ok(Reply::Account(Account {
            account_id: *account,
            username: record.name.clone(),
            identity_key: record.identity_key.clone(),
        }))
    }

    /// The session behind a token.
    pub(super) fn session(&self, origin: &Origin) -> Result<&SessionRecord, Refusal> {
        let session = origin
            .token
            .as_ref()
            .and_then(|token| self.sessions.get(token))
            .ok_or(ErrorCode::Unauthenticated)?;
        if self.deleted.contains(&session.account) {
            return Err(ErrorCode::AccountDeleted.into());
        }
        if session.ended {
            return Err(ErrorCode::SessionExpired.into());
        }
        Ok(session)
    }

    pub(super) fn session_account(&self, origin: &Origin) -> Result<AccountId, Refusal> {
        self.session(origin).map(|session| session.account)
    }

    /// Account and device behind a token.
    pub(super) fn caller(&self, origin: &Origin) -> Result<Caller, Refusal> {
        let session = self.session(origin)?;
        let device = session.device.ok_or(ErrorCode::DeviceRequired)?;
        Ok(Caller {
            account: session.account,
            device,
        })
    }

    pub(super) fn device(&mut self, caller: Caller) -> Result<&mut DeviceRecord, Refusal> {
        self.accounts
            .get_mut(&caller.account)
            .and_then(|account| account.devices.get_mut(&caller.device))
            .ok_or_else(|| ErrorCode::DeviceRequired.into())
    }

    /// Ends every session of an account, as an operator may.
    pub(crate) fn end_sessions(&mut self, account: AccountId) {
        let tokens: Vec<String> = self
            .sessions
            .iter_mut()
            .filter(|(_, session)| session.account == account)
            .map(|(token, session)| {
                session.ended = true;
                token.clone()
            })
            .collect();
        for token in tokens {
            self.close_sockets_of(&token);
        }
    }

    fn open_session(&mut self, account: AccountId, device: Option<DeviceId>) -> Session {
        let token = AccountId::from_bytes(self.draw_16()).to_string();
        let record = SessionRecord {
            account,
            device,
            started: self.now,
            ended: false,
        };
        self.sessions.insert(token.clone(), record);
        let now = self.now;
        let used = device.and_then(|device| {
            let record = self.accounts.get_mut(&account)?;
            record.devices.get_mut(&device)
        });
        if let Some(device) = used {
            device.used = now;
        }
        self.show_session(account, device, token)
    }

    pub(super) fn show_session(
        &self,
        account_id: AccountId,
        device_id: Option<DeviceId>,
        token: String,
    ) -> Session {
        Session {
            account_id,
            device_id,
            token,
            expires: self.now.plus(limits::SESSION_IDLE_MILLIS),
        }
    }
}
