//! The root box, opened by what a person types: the password or the recovery code (PROTOCOL section 2). Whoever opens it
//! can prove to the server that they know the one or the other, which a session alone does not.

use e2ee::{
    account_key::AccountKey,
    ids::AccountId,
    recovery_code::RecoveryCode,
    root_box::{Lock, RootBox},
    secret::Secret,
};
use protocol::{
    bytes::Bytes,
    call::{Call, Reply},
    error::ErrorCode,
    rest::{LoginStart, PasswordProof, Proof, RootBoxes, ShownToken},
};

use super::home::Home;
use crate::{
    api::{CodeText, Failure, Password, Unlock},
    opaque::LoggingIn,
    turn::Turn,
};

/// What was typed.
pub(crate) enum Key {
    Password(Password),
    Code(RecoveryCode),
    /// Nothing was typed: another device of the account has let this one in.
    Linked(Box<Linked>),
}

/// What a device of the account has handed over (decision 52).
pub(crate) struct Linked {
    pub(crate) account: AccountId,
    pub(crate) account_key: AccountKey,
    /// The server opens a session for it, once.
    pub(crate) ticket: ShownToken,
}

/// On the way to the open box.
pub(crate) struct Unlocking {
    key: Key,
    step: Step,
}

enum Step {
    Start,
    Login(Box<LoggingIn>),
    Boxes(Option<(Secret<64>, PasswordProof)>),
}

/// The open box, and what proves to the server that somebody could open it.
pub(crate) struct Unlocked {
    pub(crate) root_box: Box<RootBox>,
    pub(crate) proof: Proof,
}

/// What an answer leads to.
pub(crate) enum Taken {
    More(Unlocking),
    Open(Unlocked),
}

impl Key {
    pub(crate) fn read(unlock: &Unlock) -> Result<Self, Failure> {
        match unlock {
            Unlock::Password(password) => Ok(Self::Password(password.clone())),
            Unlock::Code(code) => read_code(code).map(Self::Code),
        }
    }

    /// Opens a box of the account. `export_key` is what a login with the password gave.
    pub(crate) fn open(
        &self,
        export_key: Option<&Secret<64>>,
        boxes: &RootBoxes,
        account: AccountId,
    ) -> Result<RootBox, ErrorCode> {
        let (sealed, lock, wrong) = match (self, export_key) {
            (Self::Code(code), _) => (
                &boxes.by_code,
                Lock::Code(code),
                ErrorCode::RecoveryCodeWrong,
            ),
            (Self::Password(_), Some(key)) => (
                &boxes.by_password,
                Lock::Password(key),
                ErrorCode::IdentityMismatch,
            ),
            (Self::Password(_), None) | (Self::Linked(_), _) => return Err(ErrorCode::BadAnswer),
        };
        RootBox::open(sealed.as_slice(), &lock, account).map_err(|_| wrong)
    }
}

/// A code as it was typed: its checksum tells a slip of the pen before anybody is asked.
pub(crate) fn read_code(code: &CodeText) -> Result<RecoveryCode, Failure> {
    RecoveryCode::parse(code.expose()).map_err(|error| Failure {
        code: ErrorCode::RecoveryCodeWrong,
        sentence: format!("That is no recovery code: {error}."),
    })
}

/// What a code shows to the server.
pub(crate) fn token(code: &RecoveryCode) -> Bytes {
    code.token().expose().as_slice().into()
}

impl Unlocking {
    pub(crate) const fn new(key: Key) -> Self {
        Self {
            key,
            step: Step::Start,
        }
    }

    /// What is asked next.
    pub(crate) fn call(&mut self, home: &Home, turn: &mut Turn<'_>) -> Result<Call, ErrorCode> {
        match (&self.step, &self.key) {
            (Step::Start, Key::Password(password)) => {
                let (state, start) = LoggingIn::start(password, turn.rng)?;
                self.step = Step::Login(Box::new(state));
                Ok(Call::LoginStart(LoginStart {
                    username: home.user.clone(),
                    start,
                }))
            }
            (Step::Start, Key::Code(_)) | (Step::Boxes(_), _) => Ok(Call::RootBoxes),
            (Step::Start, Key::Linked(_)) => Err(ErrorCode::BadAnswer),
            // Its answer was lost with the connection, and the server keeps no half of a login.
            (Step::Login(_), _) => Err(ErrorCode::ServerGone),
        }
    }

    pub(crate) fn take(
        mut self,
        reply: Reply,
        home: &Home,
        turn: &mut Turn<'_>,
    ) -> Result<Taken, ErrorCode> {
        let login = match (self.step, &self.key, &reply) {
            (Step::Login(state), Key::Password(password), Reply::LoginStarted(started)) => {
                let opaque = state.finish(&home.user, password, &started.response, turn.rng)?;
                let proof = PasswordProof {
                    login_id: started.login_id,
                    finish: opaque.message,
                };
                self.step = Step::Boxes(Some((opaque.export_key, proof)));
                return Ok(Taken::More(self));
            }
            (Step::Boxes(login), ..) => login,
            (Step::Start, Key::Code(_), _) => None,
            _ => return Err(ErrorCode::BadAnswer),
        };
        let Reply::RootBoxes(boxes) = reply else {
            return Err(ErrorCode::BadAnswer);
        };
        let (export_key, proof) = login.unzip();
        let account = home.device.account();
        let root_box = self.key.open(export_key.as_ref(), &boxes, account)?;
        let proof = match (proof, &self.key) {
            (Some(proof), _) => Proof::Password(proof),
            (None, Key::Code(code)) => Proof::Recovery(token(code)),
            (None, Key::Password(_) | Key::Linked(_)) => return Err(ErrorCode::BadAnswer),
        };
        Ok(Taken::Open(Unlocked {
            root_box: Box::new(root_box),
            proof,
        }))
    }
}
