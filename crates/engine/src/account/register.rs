//! A new account (PROTOCOL section 2): identity, root box, account key, signing key and first device are made
//! between the two legs and posted with the second, all or nothing.
//!
//! What the second leg posts is durable here before it is sent. If its answer is lost, a login with the same
//! password tells whether the account exists; so no account is made twice and none is lost.

use e2ee::{
    account_key::AccountKey,
    contacts::Contacts,
    recovery_code::RecoveryCode,
    root_box::{Lock, RootBox},
    signing::SigningKey,
    vault::AccountItem,
};
use protocol::{
    call::Call,
    error::ErrorCode,
    names::UserName,
    rest::{
        InviteToken, NewDevice, RegisterFinish, RegisterStart, RegisterStarted, RootBoxes,
        Session as Answer,
    },
};

use crate::{
    account::{
        home::Home,
        key_packages::{self, KeyPackages},
        session::Session,
        sign_in::{First, SignIn, Step, hidden},
        unlock::Key,
        vault::Vault,
    },
    api::{CommandId, Password},
    engine::Engine,
    opaque::Registering,
    password,
    turn::Turn,
};

/// The first generation of an account's keys.
const FIRST_GENERATION: u32 = 1;

impl Engine {
    pub(crate) fn register(
        &mut self,
        command: CommandId,
        user: UserName,
        password: Password,
        invite: Option<InviteToken>,
        turn: &mut Turn<'_>,
    ) {
        if !self.may_sign_in(command, turn) {
            return;
        }
        if let Err(weakness) = password::check_of(self.config.rule, &password, &user) {
            let refusal = password::refusal(weakness, turn.rng);
            turn.done(command, Err(refusal));
            return;
        }
        let key = Key::Password(password);
        let sign_in = |register_after| SignIn {
            invite,
            ..SignIn::new(command, user.clone(), key, register_after)
        };
        match &self.home {
            Some(home) if home.is_registered() => {
                let code = if home.user == user {
                    ErrorCode::NameTaken
                } else {
                    ErrorCode::OtherAccount
                };
                turn.done(command, Err(code.into()));
            }
            Some(home) if home.user == user => {
                self.begin_sign_in(sign_in(true), First::Login, turn);
            }
            Some(_) => {
                self.forget_home(turn);
                self.begin_sign_in(sign_in(false), First::Registration, turn);
            }
            None => self.begin_sign_in(sign_in(false), First::Registration, turn),
        }
    }

    pub(crate) fn start_registration(&mut self, mut sign_in: SignIn, turn: &mut Turn<'_>) {
        sign_in.register_after = false;
        let Key::Password(password) = &sign_in.key else {
            return;
        };
        match Registering::start(password, turn.rng) {
            Ok((state, start)) => {
                let call = Call::RegisterStart(RegisterStart {
                    username: sign_in.user.clone(),
                    start,
                    invite: sign_in.invite.clone(),
                });
                self.sign_in_step(sign_in, Step::RegisterStart(Box::new(state)), call, turn);
            }
            Err(code) => turn.done(sign_in.command, Err(code.into())),
        }
    }

    pub(crate) fn registration_started(
        &mut self,
        sign_in: SignIn,
        state: Registering,
        started: &RegisterStarted,
        turn: &mut Turn<'_>,
    ) {
        match self.second_leg(&sign_in, state, started, turn) {
            Ok(finish) => {
                let call = Call::RegisterFinish(Box::new(finish));
                self.sign_in_step(sign_in, Step::RegisterFinish, call, turn);
            }
            Err(code) => self.sign_in_failed(sign_in, code, turn),
        }
    }

    /// Makes the account and writes it down.
    fn second_leg(
        &mut self,
        sign_in: &SignIn,
        state: Registering,
        started: &RegisterStarted,
        turn: &mut Turn<'_>,
    ) -> Result<RegisterFinish, ErrorCode> {
        let SignIn {
            user,
            key: Key::Password(password),
            invite,
            ..
        } = sign_in
        else {
            return Err(ErrorCode::BadAnswer);
        };
        let opaque = state.finish(user, password, &started.response, turn.rng)?;
        let root_box = RootBox::create(&mut turn.rng);
        let code = RecoveryCode::generate(&mut turn.rng);
        let identity = root_box.identity().ok_or(ErrorCode::BadMls)?;
        let signing = SigningKey::generate(identity, FIRST_GENERATION, &mut turn.rng);
        let account_key = AccountKey::generate(FIRST_GENERATION, &mut turn.rng);
        let mut home =
            Home::with_new_device(user.clone(), account_key, AccountItem::new(signing), turn)
                .map_err(|_| ErrorCode::NameInvalid)?;
        home.unregistered = Some(hidden(&code.to_text()));
        let seal = |lock: Lock<'_>, turn: &mut Turn<'_>| {
            root_box
                .seal(&lock, &mut turn.rng)
                .map_err(|_| ErrorCode::BadMls)
        };
        let root_boxes = RootBoxes {
            by_password: seal(Lock::Password(&opaque.export_key), turn)?.into(),
            by_code: seal(Lock::Code(&code), turn)?.into(),
        };
        self.contacts = Contacts::default();
        let (vault, puts) = Vault::create(&home, &self.contacts, root_box.root(), turn)
            .map_err(|_| ErrorCode::BadMls)?;
        self.vault = vault;
        self.key_packages = KeyPackages::default();
        let device = self.new_device(&home, turn).ok_or(ErrorCode::BadMls)?;
        home.save(turn);
        let finish = RegisterFinish {
            username: user.clone(),
            finish: opaque.message,
            account_id: home.account,
            identity_key: identity.public().as_bytes().as_slice().into(),
            root_box: root_boxes,
            token_hash: code.token_hash().as_slice().into(),
            vault: puts,
            device,
            invite: invite.clone(),
        };
        self.home = Some(home);
        Ok(finish)
    }

    /// This device with its first KeyPackages, as the server takes it.
    pub(crate) fn new_device(&mut self, home: &Home, turn: &mut Turn<'_>) -> Option<NewDevice> {
        let kept = &mut self.key_packages;
        let last_resort = kept.make_last_resort(home, &self.config, turn)?;
        Some(NewDevice {
            device_id: crate::convert::device_out(home.device.id()),
            certificate: home.device.certificate().as_bytes().into(),
            key_packages: kept.make(home, &self.config, key_packages::FULL, turn),
            last_resort,
        })
    }

    pub(crate) fn registered(&mut self, sign_in: SignIn, answer: &Answer, turn: &mut Turn<'_>) {
        let ours = self
            .home
            .as_ref()
            .is_some_and(|home| home.account == answer.account_id);
        if ours {
            self.signed_in(sign_in.command, Session::from(answer), true, turn);
        } else {
            self.sign_in_failed(sign_in, ErrorCode::BadAnswer, turn);
        }
    }
}
