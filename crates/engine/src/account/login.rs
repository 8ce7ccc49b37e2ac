//! Login (PROTOCOL section 2): OPAQUE or the recovery code, then either this home's own device goes on, or an empty home opens the root
//! box and the vault and makes itself a device.

use e2ee::{
    account_key::AccountKey,
    contacts::Contacts,
    identity::IdentityKey,
    ids::AccountId,
    root_box::RootBox,
    secret::Secret,
    vault::{AccountItem, ItemName, VaultRoot},
};
use protocol::{
    call::Call,
    error::ErrorCode,
    names::UserName,
    rest::{
        ACCOUNT_KEY, AddDevice, LoginCode, LoginFinish, LoginFinished, LoginStart, LoginStarted,
        RecoveryLogin, SecondFactorKind, SecondFactorWanted, Session as Answer, TicketLogin,
        VaultItem,
    },
};

use crate::{
    account::{
        home::Home,
        session::Session,
        sign_in::{First, SignIn, Step},
        unlock::{Key, token},
        vault::{self, Vault},
    },
    api::{CodeText, CommandId},
    convert,
    engine::Engine,
    opaque::LoggingIn,
    turn::Turn,
};

impl Engine {
    pub(crate) fn log_in(
        &mut self,
        command: CommandId,
        user: UserName,
        key: Key,
        code: Option<CodeText>,
        turn: &mut Turn<'_>,
    ) {
        if self.may_sign_in_as(command, &user, turn) {
            let mut sign_in = SignIn::new(command, user, key, false);
            sign_in.code = code;
            self.begin_sign_in(sign_in, First::Login, turn);
        }
    }

    /// Whether a login may begin here for an account of that name; answers the command otherwise.
    pub(crate) fn may_sign_in_as(
        &self,
        command: CommandId,
        user: &UserName,
        turn: &mut Turn<'_>,
    ) -> bool {
        if !self.may_sign_in(command, turn) {
            return false;
        }
        let other = self.home.as_ref().is_some_and(|home| home.user != *user);
        if other {
            turn.done(command, Err(ErrorCode::OtherAccount.into()));
        }
        !other
    }

    pub(crate) fn start_login(&mut self, sign_in: SignIn, turn: &mut Turn<'_>) {
        let password = match &sign_in.key {
            Key::Password(password) => password,
            Key::Linked(linked) => {
                let call = Call::TicketLogin(TicketLogin {
                    ticket: linked.ticket.clone(),
                    device_id: self.own_device(),
                });
                let step = Step::LoginFinish { export_key: None };
                return self.sign_in_step(sign_in, step, call, turn);
            }
            Key::Code(code) => {
                let call = Call::RecoveryLogin(RecoveryLogin {
                    username: sign_in.user.clone(),
                    recovery: token(code),
                    device_id: self.own_device(),
                });
                let step = Step::LoginFinish { export_key: None };
                return self.sign_in_step(sign_in, step, call, turn);
            }
        };
        match LoggingIn::start(password, turn.rng) {
            Ok((state, start)) => {
                let call = Call::LoginStart(LoginStart {
                    username: sign_in.user.clone(),
                    start,
                });
                self.sign_in_step(sign_in, Step::LoginStart(Box::new(state)), call, turn);
            }
            Err(code) => self.sign_in_failed(sign_in, code, turn),
        }
    }

    pub(crate) fn login_started(
        &mut self,
        sign_in: SignIn,
        state: LoggingIn,
        started: &LoginStarted,
        turn: &mut Turn<'_>,
    ) {
        let Key::Password(password) = &sign_in.key else {
            return;
        };
        let opaque = state.finish(&sign_in.user, password, &started.response, turn.rng);
        match opaque {
            Ok(opaque) => {
                let device_id = self.own_device();
                let call = Call::LoginFinish(LoginFinish {
                    login_id: started.login_id,
                    finish: opaque.message,
                    device_id,
                });
                let step = Step::LoginFinish {
                    export_key: Some(opaque.export_key),
                };
                self.sign_in_step(sign_in, step, call, turn);
            }
            Err(ErrorCode::LoginFailed) if sign_in.register_after => {
                // The client itself finds that the password opens nothing: the account was never made.
                self.forget_home(turn);
                self.start_registration(sign_in, turn);
            }
            Err(code) => self.sign_in_failed(sign_in, code, turn),
        }
    }

    /// The password or the recovery code was right, and a code is wanted as well.
    pub(crate) fn code_wanted(
        &mut self,
        mut sign_in: SignIn,
        export_key: Option<Secret<64>>,
        wanted: &SecondFactorWanted,
        turn: &mut Turn<'_>,
    ) {
        let leg = &wanted.second_factor;
        let by_passkey = leg.kinds.contains(&SecondFactorKind::Passkey);
        self.waiting_login = by_passkey.then_some(leg.login_id);
        let Some(code) = sign_in.code.take() else {
            self.sign_in_failed(sign_in, ErrorCode::SecondFactorRequired, turn);
            return;
        };
        let call = Call::LoginCode(LoginCode {
            login_id: wanted.second_factor.login_id,
            code: code.shown(),
        });
        self.sign_in_step(sign_in, Step::LoginCode { export_key }, call, turn);
    }

    pub(crate) fn login_finished(
        &mut self,
        sign_in: SignIn,
        export_key: Option<&Secret<64>>,
        finished: &LoginFinished,
        turn: &mut Turn<'_>,
    ) {
        if let Key::Linked(linked) = &sign_in.key
            && (finished.must_change_password || account_of(finished) != Ok(linked.account))
        {
            return self.sign_in_failed(sign_in, ErrorCode::IdentityMismatch, turn);
        }
        if finished.must_change_password {
            return self.begin_first_password(sign_in, export_key, finished, turn);
        }
        // The session counts from now on, so that the vault can be read under it; it is kept at the end.
        let session = Session::from(&finished.session);
        self.session = Some(session.clone());
        match self.home.take() {
            Some(home) if home.account != finished.session.account_id => {
                self.home = Some(home);
                self.sign_in_failed(sign_in, ErrorCode::IdentityMismatch, turn);
            }
            Some(home) if session.device == Some(convert::device_out(home.device.id())) => {
                let mut home = home;
                let account = home.device.account();
                let opened = sign_in.key.open(export_key, &finished.root_box, account);
                home.learn_of_box(opened.as_ref().ok());
                home.save(turn);
                self.home = Some(home);
                self.signed_in(sign_in.command, session, false, turn);
            }
            home => {
                self.home = home;
                if matches!(sign_in.key, Key::Linked(_)) {
                    self.ask_for_version(sign_in, turn);
                } else {
                    self.open_root_box(sign_in, export_key, finished, turn);
                }
            }
        }
    }

    /// The account key is here already; of the sealed one only the version is wanted.
    pub(super) fn ask_for_version(&mut self, sign_in: SignIn, turn: &mut Turn<'_>) {
        let call = Call::VaultItem(ACCOUNT_KEY.to_owned());
        self.sign_in_step(sign_in, Step::Version, call, turn);
    }

    pub(crate) fn version_came(
        &mut self,
        mut sign_in: SignIn,
        item: &VaultItem,
        turn: &mut Turn<'_>,
    ) {
        let Key::Linked(linked) = &sign_in.key else {
            return;
        };
        let (account, account_key) = (linked.account, linked.account_key.duplicate());
        sign_in.account_key = item.version;
        self.account_key_is_here(sign_in, account, account_key, turn);
    }

    /// A home without a device that the server knows: the password opens the root box, the box opens the account key.
    fn open_root_box(
        &mut self,
        sign_in: SignIn,
        export_key: Option<&Secret<64>>,
        finished: &LoginFinished,
        turn: &mut Turn<'_>,
    ) {
        let opened = account_of(finished)
            .and_then(|account| sign_in.key.open(export_key, &finished.root_box, account));
        match opened {
            Ok(root_box) => {
                let step = Step::AccountKey {
                    root_box: Box::new(root_box),
                };
                let call = Call::VaultItem(ACCOUNT_KEY.to_owned());
                self.sign_in_step(sign_in, step, call, turn);
            }
            Err(code) => self.sign_in_failed(sign_in, code, turn),
        }
    }

    pub(crate) fn account_key_came(
        &mut self,
        mut sign_in: SignIn,
        root_box: Box<RootBox>,
        item: &VaultItem,
        turn: &mut Turn<'_>,
    ) {
        let account = root_box.account();
        let Ok(account_key) = AccountKey::open(item.sealed.as_slice(), root_box.root(), account)
        else {
            self.sign_in_failed(sign_in, ErrorCode::IdentityMismatch, turn);
            return;
        };
        sign_in.account_key = item.version;
        sign_in.root_box = Some(root_box);
        self.account_key_is_here(sign_in, account, account_key, turn);
    }

    fn account_key_is_here(
        &mut self,
        sign_in: SignIn,
        account: AccountId,
        account_key: AccountKey,
        turn: &mut Turn<'_>,
    ) {
        match self.home.take() {
            // The answer to its first greeting was lost, or it was revoked, which the server says.
            Some(home) if home.account_key.version() == account_key.version() || self.was_in() => {
                self.add_device(sign_in, home, turn);
            }
            home => {
                if home.is_some() {
                    self.forget_stillborn(turn);
                }
                let step = Step::VaultRoot {
                    account,
                    account_key,
                };
                let call = Call::VaultItem(vault::ROOT.to_owned());
                self.sign_in_step(sign_in, step, call, turn);
            }
        }
    }

    /// Whether this home has been at work as a device of the account.
    fn was_in(&self) -> bool {
        !self.rooms.is_empty()
    }

    /// This home's device never came to be, and its keys are old ones by now.
    fn forget_stillborn(&mut self, turn: &mut Turn<'_>) {
        let session = self.session.take();
        self.forget_home(turn);
        self.session = session;
    }

    pub(crate) fn vault_root_came(
        &mut self,
        sign_in: SignIn,
        (account, account_key): (AccountId, AccountKey),
        item: &VaultItem,
        turn: &mut Turn<'_>,
    ) {
        match VaultRoot::open(item.sealed.as_slice(), &account_key, account) {
            Ok(root) => {
                let step = Step::AccountItem {
                    account,
                    account_key,
                    root,
                };
                let call = Call::VaultItem(ItemName::account().as_str().to_owned());
                self.sign_in_step(sign_in, step, call, turn);
            }
            Err(_) => self.read_vault_again(sign_in, ErrorCode::IdentityMismatch, turn),
        }
    }

    pub(crate) fn account_item_came(
        &mut self,
        sign_in: SignIn,
        keys: (AccountId, AccountKey),
        root: VaultRoot,
        item: &VaultItem,
        turn: &mut Turn<'_>,
    ) {
        match self.home_from_vault(&sign_in.user, keys, root, item, turn) {
            Some(home) => {
                self.home = Some(home);
                let call = Call::VaultItem(ItemName::contacts().as_str().to_owned());
                self.sign_in_step(sign_in, Step::ContactsItem, call, turn);
            }
            None => self.read_vault_again(sign_in, ErrorCode::IdentityMismatch, turn),
        }
    }

    fn home_from_vault(
        &mut self,
        user: &UserName,
        (account, account_key): (AccountId, AccountKey),
        root: VaultRoot,
        item: &VaultItem,
        turn: &mut Turn<'_>,
    ) -> Option<Home> {
        let opened = vault::open(&root, &account_key, account, item)?;
        let keys = AccountItem::decode(&opened, account).ok()?;
        let home = Home::with_new_device(user.clone(), account_key, keys, turn).ok()?;
        self.vault = Vault::of(root);
        Some(home)
    }

    pub(crate) fn contacts_came(&mut self, sign_in: SignIn, item: &VaultItem, turn: &mut Turn<'_>) {
        let Some(home) = self.home.take() else {
            self.sign_in_failed(sign_in, ErrorCode::BadAnswer, turn);
            return;
        };
        let account = home.device.account();
        let contacts = vault::open(self.vault.root(), &home.account_key, account, item)
            .and_then(|opened| Contacts::decode(&opened).ok());
        match contacts {
            Some(contacts) => {
                self.contacts = contacts;
                self.save_contacts(turn);
                self.vault.save(&home, turn);
                self.add_device(sign_in, home, turn);
            }
            None => self.read_vault_again(sign_in, ErrorCode::IdentityMismatch, turn),
        }
    }

    /// Tells the server of this device. It is durable here first, so a lost answer leads to the same device again.
    fn add_device(&mut self, sign_in: SignIn, mut home: Home, turn: &mut Turn<'_>) {
        home.learn_of_box(sign_in.root_box.as_deref());
        let device = self.new_device(&home, turn);
        home.save(turn);
        self.home = Some(home);
        match device {
            Some(device) => {
                let call = Call::AddDevice(Box::new(AddDevice {
                    device,
                    account_key: sign_in.account_key,
                }));
                self.sign_in_step(sign_in, Step::AddDevice, call, turn);
            }
            None => self.sign_in_failed(sign_in, ErrorCode::BadMls, turn),
        }
    }

    pub(crate) fn device_added(&mut self, sign_in: SignIn, answer: &Answer, turn: &mut Turn<'_>) {
        self.signed_in(sign_in.command, Session::from(answer), true, turn);
    }
}

/// The account of a login, if it is the hash of the identity that the server names.
pub(super) fn account_of(finished: &LoginFinished) -> Result<AccountId, ErrorCode> {
    let account = convert::account(finished.session.account_id);
    <&[u8; 32]>::try_from(finished.identity_key.as_slice())
        .ok()
        .and_then(|bytes| IdentityKey::parse(bytes).ok())
        .filter(|identity| identity.account_id() == account)
        .map(|_| account)
        .ok_or(ErrorCode::IdentityMismatch)
}
