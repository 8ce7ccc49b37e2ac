//! Registration and login as steps of one machine. Each step waits for one answer; a lost answer ends the command,
//! except where the account may exist already (see [`super::register`]).

use e2ee::{
    account_key::AccountKey, ids::AccountId, root_box::RootBox, secret::Secret, vault::VaultRoot,
};
use protocol::{
    call::{Call, Reply},
    error::ErrorCode,
    names::UserName,
    rest::{ACCOUNT_KEY, InviteToken},
};
use zeroize::Zeroizing;

use crate::{
    account::{
        first_password::{Proving, Sealing},
        refusal,
        session::Session,
        unlock::Key,
    },
    api::{CallError, CodeText, CommandId, Failure, Outcome, Password},
    engine::Engine,
    jobs::Job,
    opaque::{LoggingIn, Registering},
    turn::Turn,
    version,
};

/// So often the account's vault may change while a device is on its way in.
const CHANGES: u32 = 5;

/// A registration or login on its way. Lives in memory only: it holds a password.
pub(crate) struct SignIn {
    pub(crate) command: CommandId,
    pub(crate) user: UserName,
    pub(crate) key: Key,
    /// A registration asked for this, so a failing login leads to a fresh registration.
    pub(crate) register_after: bool,
    /// What a registration shows, where the server wants it.
    pub(crate) invite: Option<InviteToken>,
    /// What takes the place of a password that everybody knows.
    pub(crate) new_password: Option<Password>,
    /// The version of the sealed account key that was opened.
    pub(crate) account_key: u64,
    /// How often what the vault holds did not fit together.
    pub(crate) changes: u32,
    /// For a second factor; counts once.
    pub(crate) code: Option<CodeText>,
    /// Open until the device is in: what the vault holds may have to be read again.
    pub(crate) root_box: Option<Box<RootBox>>,
    pub(crate) step: Step,
}

impl SignIn {
    pub(crate) const fn new(
        command: CommandId,
        user: UserName,
        key: Key,
        register_after: bool,
    ) -> Self {
        Self {
            command,
            user,
            key,
            register_after,
            invite: None,
            new_password: None,
            account_key: 0,
            changes: 0,
            code: None,
            root_box: None,
            step: Step::AddDevice,
        }
    }
}

/// What a sign-in begins with once the server is known to take this version.
#[derive(Clone, Copy)]
pub(crate) enum First {
    Registration,
    Login,
}

/// What the answer in flight is for.
pub(crate) enum Step {
    ServerInfo(First),
    RegisterStart(Box<Registering>),
    RegisterFinish,
    LoginStart(Box<LoggingIn>),
    LoginFinish {
        /// None of a login by the recovery code.
        export_key: Option<Secret<64>>,
    },
    LoginCode {
        export_key: Option<Secret<64>>,
    },
    FirstPassword(Sealing),
    FirstProof(Proving),
    FirstPosted,
    FirstEnd,
    AccountKey {
        root_box: Box<RootBox>,
    },
    /// Of the account key that another device has handed over.
    Version,
    VaultRoot {
        account: AccountId,
        account_key: AccountKey,
    },
    AccountItem {
        account: AccountId,
        account_key: AccountKey,
        root: VaultRoot,
    },
    ContactsItem,
    AddDevice,
}

impl Engine {
    /// Sends the call of a step and waits for its answer there.
    pub(crate) fn sign_in_step(
        &mut self,
        mut sign_in: SignIn,
        step: Step,
        call: Call,
        turn: &mut Turn<'_>,
    ) {
        sign_in.step = step;
        self.sign_in = Some(sign_in);
        self.jobs.clear(&Job::SignIn);
        self.jobs.start(Job::SignIn, call, turn);
    }

    /// The beginning of every way in: nothing is made or sent for a server that is too new.
    pub(crate) fn begin_sign_in(&mut self, sign_in: SignIn, first: First, turn: &mut Turn<'_>) {
        self.sign_in_step(sign_in, Step::ServerInfo(first), Call::ServerInfo, turn);
    }

    /// Whether a new sign-in may begin; answers the command otherwise.
    pub(crate) fn may_sign_in(&self, command: CommandId, turn: &mut Turn<'_>) -> bool {
        let busy = self.sign_in.is_some();
        if busy {
            let failure = Failure {
                code: ErrorCode::RateLimited,
                sentence: "Another login is under way.".to_owned(),
            };
            turn.done(command, Err(failure));
        }
        !busy
    }

    pub(crate) fn sign_in_answered(
        &mut self,
        answer: Result<Reply, CallError>,
        turn: &mut Turn<'_>,
    ) {
        let Some(sign_in) = self.sign_in.take() else {
            return;
        };
        match answer {
            Ok(reply) => self.sign_in_replied(sign_in, reply, turn),
            Err(CallError::Gone) if matches!(sign_in.step, Step::RegisterFinish) => {
                // The account may exist: only a login can tell.
                self.start_login(sign_in, turn);
            }
            Err(error) => self.sign_in_refused(sign_in, &error, turn),
        }
    }

    fn sign_in_replied(&mut self, mut sign_in: SignIn, reply: Reply, turn: &mut Turn<'_>) {
        // The step is taken out; each arm puts the next one in.
        let step = std::mem::replace(&mut sign_in.step, Step::AddDevice);
        match (step, reply) {
            (Step::ServerInfo(first), Reply::ServerInfo(info)) => {
                if !version::is_spoken(&info) {
                    return self.sign_in_failed(sign_in, ErrorCode::UpgradeRequired, turn);
                }
                match first {
                    First::Registration => self.start_registration(sign_in, turn),
                    First::Login => self.start_login(sign_in, turn),
                }
            }
            (Step::RegisterStart(state), Reply::RegisterStarted(started)) => {
                self.registration_started(sign_in, *state, &started, turn);
            }
            (Step::RegisterFinish, Reply::Session(session)) => {
                self.registered(sign_in, &session, turn);
            }
            (Step::LoginStart(state), Reply::LoginStarted(started)) => {
                self.login_started(sign_in, *state, &started, turn);
            }
            (Step::LoginFinish { export_key }, Reply::SecondFactorWanted(wanted)) => {
                self.code_wanted(sign_in, export_key, &wanted, turn);
            }
            (
                Step::LoginFinish { export_key } | Step::LoginCode { export_key },
                Reply::LoginFinished(finished),
            ) => self.login_finished(sign_in, export_key.as_ref(), &finished, turn),
            (Step::FirstPassword(sealing), Reply::RegisterStarted(started)) => {
                self.first_password_started(sign_in, sealing, &started, turn);
            }
            (Step::FirstProof(proving), Reply::LoginStarted(started)) => {
                self.first_password_proven(sign_in, proving, &started, turn);
            }
            (Step::FirstPosted, Reply::Session(session)) => {
                self.first_password_taken(sign_in, &session, turn);
            }
            (Step::FirstEnd, Reply::Done) => self.first_password_counts(sign_in, turn),
            (Step::AccountKey { root_box }, Reply::VaultItem(item)) => {
                self.account_key_came(sign_in, root_box, &item, turn);
            }
            (Step::Version, Reply::VaultItem(item)) => self.version_came(sign_in, &item, turn),
            (
                Step::VaultRoot {
                    account,
                    account_key,
                },
                Reply::VaultItem(item),
            ) => {
                self.vault_root_came(sign_in, (account, account_key), &item, turn);
            }
            (
                Step::AccountItem {
                    account,
                    account_key,
                    root,
                },
                Reply::VaultItem(item),
            ) => {
                self.account_item_came(sign_in, (account, account_key), root, &item, turn);
            }
            (Step::ContactsItem, Reply::VaultItem(item)) => {
                self.contacts_came(sign_in, &item, turn);
            }
            (Step::AddDevice, Reply::Session(session)) => {
                self.device_added(sign_in, &session, turn);
            }
            _ => self.sign_in_failed(sign_in, ErrorCode::BadAnswer, turn),
        }
    }

    fn sign_in_refused(&mut self, sign_in: SignIn, error: &CallError, turn: &mut Turn<'_>) {
        let code = error.code();
        if code == ErrorCode::VersionConflict {
            // Another device has revoked one meanwhile: these keys are old ones.
            self.read_vault_again(sign_in, code, turn);
            return;
        }
        let fresh = matches!(code, ErrorCode::LoginFailed) && sign_in.register_after;
        if fresh {
            // The former attempt never arrived: what it made is of no use.
            self.forget_home(turn);
            self.start_registration(sign_in, turn);
            return;
        }
        self.sign_in_failed(sign_in, refusal::failure(error, turn.now), turn);
    }

    /// What the vault holds does not fit together: another device may have written it in between, and then it is read
    /// once more. The login stands: a code would not count again.
    pub(crate) fn read_vault_again(
        &mut self,
        mut sign_in: SignIn,
        code: ErrorCode,
        turn: &mut Turn<'_>,
    ) {
        sign_in.changes += 1;
        if sign_in.changes > CHANGES {
            self.sign_in_failed(sign_in, code, turn);
        } else if let Some(root_box) = sign_in.root_box.take() {
            let call = Call::VaultItem(ACCOUNT_KEY.to_owned());
            self.sign_in_step(sign_in, Step::AccountKey { root_box }, call, turn);
        } else if matches!(sign_in.key, Key::Linked(_)) {
            self.ask_for_version(sign_in, turn);
        } else {
            self.start_login(sign_in, turn);
        }
    }

    pub(crate) fn sign_in_failed(
        &mut self,
        sign_in: SignIn,
        why: impl Into<Failure>,
        turn: &mut Turn<'_>,
    ) {
        self.session = None;
        turn.done(sign_in.command, Err(why.into()));
    }

    /// The end of every way in: the session is kept, and the whole account is looked at anew.
    pub(crate) fn signed_in(
        &mut self,
        command: CommandId,
        session: Session,
        new_device: bool,
        turn: &mut Turn<'_>,
    ) {
        session.save(turn);
        self.session = Some(session);
        self.wait_no_longer(turn);
        let mut outcome = Outcome::LoggedIn { new_device };
        if let Some(home) = &mut self.home
            && let Some(recovery_code) = home.unregistered.take()
        {
            // Kept until now because nobody has seen it; from here on nowhere.
            home.save(turn);
            outcome = Outcome::Registered { recovery_code };
        }
        self.link.resync();
        turn.done(command, Ok(outcome));
    }
}

/// Wipes its copy when dropped.
pub(crate) fn hidden(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}
