//! The first login of an account that was made with a password which everybody knows (decision 50): another one takes its
//! place before anything else, for the session that such a login gets has no other use.
//!
//! The box is opened with the old password and sealed under the new one; a second login of the old password is the proof
//! that the server wants (decision 49). Then this login begins again, with the new password. Where an answer is lost on the
//! way, the one or the other password counts, and whoever tries finds out which.

use e2ee::root_box::{Lock, RootBox};
use protocol::{
    bytes::Bytes,
    call::Call,
    error::ErrorCode,
    names::UserName,
    rest::{
        LoginFinished, LoginStart, LoginStarted, PasswordFinish, PasswordProof, PasswordStart,
        Proof, RegisterStarted, Session as Answer,
    },
};

use super::{
    login::account_of,
    reseal,
    session::Session,
    sign_in::{First, SignIn, Step},
    unlock::Key,
};
use crate::{
    api::{CommandId, Password},
    engine::Engine,
    opaque::{LoggingIn, Registering},
    password,
    turn::Turn,
};

/// The open box, and the new password's first leg.
pub(crate) struct Sealing {
    root_box: Box<RootBox>,
    new: Box<Registering>,
}

/// All but the proof.
pub(crate) struct Proving {
    upload: Bytes,
    by_password: Bytes,
    old: Box<LoggingIn>,
}

impl Engine {
    pub(crate) fn log_in_first(
        &mut self,
        command: CommandId,
        user: UserName,
        (old, new): (Password, Password),
        turn: &mut Turn<'_>,
    ) {
        if let Err(weakness) = password::check(&new, &user) {
            let refusal = password::refusal(weakness, turn.rng);
            return turn.done(command, Err(refusal));
        }
        if self.may_sign_in_as(command, &user, turn) {
            let mut sign_in = SignIn::new(command, user, Key::Password(old), false);
            sign_in.new_password = Some(new);
            self.begin_sign_in(sign_in, First::Login, turn);
        }
    }

    /// The login's password counts, and is one to be replaced.
    pub(crate) fn begin_first_password(
        &mut self,
        sign_in: SignIn,
        export_key: Option<&e2ee::secret::Secret<64>>,
        finished: &LoginFinished,
        turn: &mut Turn<'_>,
    ) {
        let Some(new) = &sign_in.new_password else {
            // Nothing else would be answered in this session.
            return self.sign_in_failed(sign_in, ErrorCode::PasswordChangeRequired, turn);
        };
        let opened = account_of(finished)
            .and_then(|account| sign_in.key.open(export_key, &finished.root_box, account))
            .and_then(|root_box| Ok((root_box, Registering::start(new, turn.rng)?)));
        match opened {
            Ok((root_box, (new, start))) => {
                self.session = Some(Session::from(&finished.session));
                let step = Step::FirstPassword(Sealing {
                    root_box: Box::new(root_box),
                    new: Box::new(new),
                });
                let call = Call::PasswordStart(PasswordStart { start });
                self.sign_in_step(sign_in, step, call, turn);
            }
            Err(code) => self.sign_in_failed(sign_in, code, turn),
        }
    }

    pub(crate) fn first_password_started(
        &mut self,
        sign_in: SignIn,
        sealing: Sealing,
        started: &RegisterStarted,
        turn: &mut Turn<'_>,
    ) {
        match seal(&sign_in, sealing, started, turn) {
            Ok((proving, start)) => {
                let call = Call::LoginStart(LoginStart {
                    username: sign_in.user.clone(),
                    start,
                });
                self.sign_in_step(sign_in, Step::FirstProof(proving), call, turn);
            }
            Err(code) => self.sign_in_failed(sign_in, code, turn),
        }
    }

    pub(crate) fn first_password_proven(
        &mut self,
        sign_in: SignIn,
        proving: Proving,
        started: &LoginStarted,
        turn: &mut Turn<'_>,
    ) {
        match prove(&sign_in, proving, started, turn) {
            Ok(finish) => {
                let call = Call::PasswordFinish(Box::new(finish));
                self.sign_in_step(sign_in, Step::FirstPosted, call, turn);
            }
            Err(code) => self.sign_in_failed(sign_in, code, turn),
        }
    }

    /// It counts, and the session that it was set in has done what it was for.
    pub(crate) fn first_password_taken(
        &mut self,
        sign_in: SignIn,
        session: &Answer,
        turn: &mut Turn<'_>,
    ) {
        self.session = Some(Session::from(session));
        self.sign_in_step(sign_in, Step::FirstEnd, Call::Logout, turn);
    }

    /// From here on this is a login like any other.
    pub(crate) fn first_password_counts(&mut self, mut sign_in: SignIn, turn: &mut Turn<'_>) {
        self.session = None;
        if let Some(new) = sign_in.new_password.take() {
            sign_in.key = Key::Password(new);
        }
        self.start_login(sign_in, turn);
    }
}

fn seal(
    sign_in: &SignIn,
    sealing: Sealing,
    started: &RegisterStarted,
    turn: &mut Turn<'_>,
) -> Result<(Proving, Bytes), ErrorCode> {
    let (Key::Password(old), Some(new)) = (&sign_in.key, &sign_in.new_password) else {
        return Err(ErrorCode::BadAnswer);
    };
    let registered = sealing
        .new
        .finish(&sign_in.user, new, &started.response, turn.rng)?;
    let lock = Lock::Password(&registered.export_key);
    let sealed = sealing.root_box.seal(&lock, &mut turn.rng);
    let (old, start) = LoggingIn::start(old, turn.rng)?;
    let proving = Proving {
        upload: registered.message,
        by_password: sealed.map_err(|_| ErrorCode::BadMls)?.into(),
        old: Box::new(old),
    };
    Ok((proving, start))
}

fn prove(
    sign_in: &SignIn,
    proving: Proving,
    started: &LoginStarted,
    turn: &mut Turn<'_>,
) -> Result<PasswordFinish, ErrorCode> {
    let Key::Password(old) = &sign_in.key else {
        return Err(ErrorCode::BadAnswer);
    };
    let proven = proving
        .old
        .finish(&sign_in.user, old, &started.response, turn.rng)?;
    Ok(PasswordFinish {
        finish: proving.upload,
        by_password: proving.by_password,
        proof: Proof::Password(PasswordProof {
            login_id: started.login_id,
            finish: proven.message,
        }),
        code: None,
        token: reseal::draw_token(turn),
        end_others: true,
    })
}
