//! What a person asks about the account and waits for: its sessions, its second factor. One request after the other, each
//! once: nothing of them is kept, so whoever is interrupted asks again.

use std::collections::VecDeque;

use protocol::{
    bytes::Bytes,
    call::{Call, Reply},
    error::ErrorCode,
    ids::{ApiTokenId, PasskeyId, RoomId, SessionId},
    names::UserName,
    rest::{
        AskReset, DeleteAccount, EnrolFinish, EnrolStart, FactorCode, LoginStart, MakeApiToken,
        PasswordProof, Proof as Shown, RemovePasskey, Room, Scope, Session as Answer, StepUp,
    },
};
use zeroize::Zeroizing;

use super::{otpauth, refusal, session::Session};
use crate::{
    api::{CallError, CommandId, Failure, Outcome, Password},
    engine::Engine,
    jobs::Job,
    opaque::LoggingIn,
    shared::{NewShared, creation},
    turn::Turn,
};

/// Those that wait; the first is the one that is asked.
#[derive(Default)]
pub(crate) struct Requests {
    waiting: VecDeque<Request>,
    /// While the token was about to change, something said that the session is over.
    ended_meanwhile: bool,
}

struct Request {
    command: CommandId,
    wanted: Wanted,
    proof: Proof,
}

/// What is asked for.
pub(crate) enum Wanted {
    Sessions,
    EndSession(SessionId),
    EndOtherSessions,
    SecondFactor,
    Enrol,
    Confirm(FactorCode),
    Remove(FactorCode),
    BackupCodes(FactorCode),
    Prove,
    Passkeys,
    RemovePasskey(PasskeyId, FactorCode),
    ApiTokens,
    MakeApiToken(NewApiToken),
    EndApiToken(ApiTokenId),
    Reset,
    AskReset(Option<FactorCode>),
    CancelReset,
    /// A room of basic encryption.
    CreateShared(Box<NewShared>),
    /// Out of one.
    LeaveShared(RoomId),
    /// The account's end, by its recovery code if there is a token.
    Delete {
        code: Option<FactorCode>,
        token: Option<Bytes>,
        /// Also where others have yet to let it go.
        at_once: bool,
    },
}

/// An API token to make.
pub(crate) struct NewApiToken {
    pub(crate) name: String,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) lasts_ms: u64,
    pub(crate) code: Option<FactorCode>,
}

/// Where the proof of the password stands.
enum Proof {
    NotNeeded,
    Needed(Password),
    Started(Password, Box<LoggingIn>),
    Done(PasswordProof),
}

impl Requests {
    /// How many are not finished.
    pub(crate) fn pending(&self) -> usize {
        self.waiting.len()
    }

    /// Whether the next call would end the account: at once, or when it is out of its rooms.
    fn deletes(&self) -> Option<bool> {
        let first = self.waiting.front()?;
        match (&first.wanted, &first.proof) {
            (Wanted::Delete { at_once, .. }, Proof::Done(_) | Proof::NotNeeded) => Some(*at_once),
            _ => None,
        }
    }

    /// Whether the answer that is waited for brings a new token: until then others may be told that the old one is over.
    pub(crate) fn turns_token(&self) -> bool {
        let first = self.waiting.front();
        first.is_some_and(|it| matches!(it.wanted, Wanted::Confirm(_) | Wanted::Remove(_)))
    }

    /// Something says that the session is over, while it may only have a new token.
    pub(crate) const fn session_ended(&mut self) {
        self.ended_meanwhile = true;
    }
}

impl Request {
    fn call(&mut self, user: &UserName, turn: &mut Turn<'_>) -> Result<Call, ErrorCode> {
        let proof = match std::mem::replace(&mut self.proof, Proof::NotNeeded) {
            Proof::NotNeeded => None,
            Proof::Done(proof) => Some(proof),
            Proof::Needed(password) => {
                let (state, start) = LoggingIn::start(&password, turn.rng)?;
                self.proof = Proof::Started(password, Box::new(state));
                return Ok(Call::LoginStart(LoginStart {
                    username: user.clone(),
                    start,
                }));
            }
            // Its answer was lost.
            Proof::Started(..) => return Err(ErrorCode::ServerGone),
        };
        let proof = proof.ok_or(ErrorCode::ServerGone);
        Ok(match &self.wanted {
            Wanted::Sessions => Call::Sessions,
            Wanted::EndSession(id) => Call::EndSession(*id),
            Wanted::EndOtherSessions => Call::EndOtherSessions,
            Wanted::SecondFactor => Call::SecondFactor,
            Wanted::Enrol => Call::EnrolStart(EnrolStart { proof: proof? }),
            Wanted::Confirm(code) => Call::EnrolFinish(EnrolFinish { code: code.clone() }),
            Wanted::Remove(code) => Call::RemoveSecondFactor(StepUp {
                proof: proof?,
                code: code.clone(),
            }),
            Wanted::BackupCodes(code) => Call::NewBackupCodes(StepUp {
                proof: proof?,
                code: code.clone(),
            }),
            // It is done before there is anything to ask.
            Wanted::Prove => return Err(ErrorCode::ServerGone),
            Wanted::Passkeys => Call::Passkeys,
            Wanted::RemovePasskey(id, code) => Call::RemovePasskey(RemovePasskey {
                passkey_id: *id,
                proof: proof?,
                code: code.clone(),
            }),
            Wanted::ApiTokens => Call::ApiTokens,
            Wanted::MakeApiToken(new) => Call::MakeApiToken(MakeApiToken {
                proof: proof?,
                code: new.code.clone(),
                name: new.name.clone(),
                scopes: new.scopes.clone(),
                lasts_ms: new.lasts_ms,
            }),
            Wanted::EndApiToken(id) => Call::EndApiToken(*id),
            Wanted::Reset => Call::Reset,
            Wanted::AskReset(code) => Call::AskReset(AskReset { code: code.clone() }),
            Wanted::CancelReset => Call::CancelReset,
            Wanted::CreateShared(new) => creation(new),
            Wanted::LeaveShared(room) => Call::LeaveRoom(*room),
            Wanted::Delete { code, token, .. } => {
                let proof = match token {
                    Some(token) => Shown::Recovery(token.clone()),
                    None => Shown::Password(proof?),
                };
                let code = code.clone();
                Call::DeleteAccount(Box::new(DeleteAccount { proof, code }))
            }
        })
    }
}

impl Engine {
    /// Asks for something, with the password where a session alone does not do.
    pub(crate) fn ask_of_account(
        &mut self,
        command: CommandId,
        wanted: Wanted,
        password: Option<Password>,
        turn: &mut Turn<'_>,
    ) {
        if self.session.is_none() {
            turn.done(command, Err(ErrorCode::NotLoggedIn.into()));
            return;
        }
        self.requests.waiting.push_back(Request {
            command,
            wanted,
            proof: password.map_or(Proof::NotNeeded, Proof::Needed),
        });
    }

    pub(crate) fn account_requests_work(&mut self, turn: &mut Turn<'_>) {
        if !self.jobs.may_start(&Job::Request, turn.now) {
            return;
        }
        if (self.requests.deletes()).is_some_and(|at_once| self.is_inside(at_once)) {
            return self.request_done(Err(ErrorCode::StillInRooms.into()), turn);
        }
        let Some(home) = &self.home else { return };
        let Some(request) = self.requests.waiting.front_mut() else {
            return;
        };
        match request.call(&home.user, turn) {
            Ok(call) => self.jobs.start(Job::Request, call, turn),
            Err(code) => self.request_done(Err(code.into()), turn),
        }
    }

    pub(crate) fn request_answered(
        &mut self,
        answer: Result<Reply, CallError>,
        turn: &mut Turn<'_>,
    ) {
        self.jobs.clear(&Job::Request);
        let ended = std::mem::take(&mut self.requests.ended_meanwhile);
        let result = match answer {
            Ok(reply) => self.request_replied(reply, turn),
            Err(error) => {
                let code = error.code();
                self.request_done(Err(refusal::failure(&error, turn.now)), turn);
                if code == ErrorCode::AccountDeleted {
                    self.account_gone(turn);
                } else if ended
                    || matches!(code, ErrorCode::SessionExpired | ErrorCode::Unauthenticated)
                {
                    self.signed_out(turn);
                }
                return;
            }
        };
        match result {
            Ok(None) => {}
            Ok(Some(outcome)) => self.request_done(Ok(outcome), turn),
            Err(code) => self.request_done(Err(code.into()), turn),
        }
    }

    /// How it ended; none if there is a further leg.
    fn request_replied(
        &mut self,
        reply: Reply,
        turn: &mut Turn<'_>,
    ) -> Result<Option<Outcome>, ErrorCode> {
        let Some((request, home)) = self.requests.waiting.front_mut().zip(self.home.as_ref())
        else {
            return Ok(None);
        };
        let proof = std::mem::replace(&mut request.proof, Proof::NotNeeded);
        let outcome = match (&request.wanted, proof, reply) {
            (_, Proof::Started(password, state), Reply::LoginStarted(started)) => {
                let opaque = state.finish(&home.user, &password, &started.response, turn.rng)?;
                let proof = PasswordProof {
                    login_id: started.login_id,
                    finish: opaque.message,
                };
                if matches!(request.wanted, Wanted::Prove) {
                    return Ok(Some(Outcome::Proof(proof)));
                }
                request.proof = Proof::Done(proof);
                return Ok(None);
            }
            (Wanted::Sessions, _, Reply::Sessions(listed)) => Outcome::Sessions(listed.sessions),
            (
                Wanted::EndSession(_)
                | Wanted::EndOtherSessions
                | Wanted::EndApiToken(_)
                | Wanted::CancelReset,
                _,
                Reply::Done,
            ) => Outcome::Done,
            (Wanted::LeaveShared(room), _, Reply::Done) => {
                let room = *room;
                self.shared_left(room, turn);
                Outcome::Done
            }
            (Wanted::CreateShared(_), _, Reply::Room(made)) => {
                return self.room_was_made(&made, turn).map(Some);
            }
            (Wanted::Delete { .. }, _, Reply::Done) => {
                // Whoever waits is answered before the session's end answers for it.
                self.request_done(Ok(Outcome::Done), turn);
                self.account_gone(turn);
                return Ok(None);
            }
            (Wanted::Passkeys | Wanted::RemovePasskey(..), _, Reply::Passkeys(listed)) => {
                Outcome::Passkeys(listed.passkeys)
            }
            (Wanted::ApiTokens, _, Reply::ApiTokens(listed)) => Outcome::ApiTokens(listed.tokens),
            (Wanted::MakeApiToken(_), _, Reply::MadeApiToken(made)) => Outcome::MadeApiToken(made),
            (Wanted::Reset | Wanted::AskReset(_), _, Reply::Reset(found)) => {
                Outcome::Reset(found.pending)
            }
            (Wanted::SecondFactor, _, Reply::SecondFactor(has)) => Outcome::SecondFactor(has),
            (Wanted::Enrol, _, Reply::EnrolStarted(started)) => {
                let made = otpauth::enrolment(&home.user, &started.seed);
                Outcome::Enrolment(made.ok_or(ErrorCode::BadAnswer)?)
            }
            (Wanted::Confirm(_), _, Reply::Enrolled(enrolled)) => {
                self.token_turned(&enrolled.session, turn)?;
                codes(enrolled.backup_codes)
            }
            (Wanted::Remove(_), _, Reply::Session(session)) => {
                self.token_turned(&session, turn)?;
                Outcome::Done
            }
            (Wanted::BackupCodes(_), _, Reply::BackupCodes(new)) => codes(new.backup_codes),
            _ => return Err(ErrorCode::BadAnswer),
        };
        Ok(Some(outcome))
    }

    fn room_was_made(&mut self, made: &Room, turn: &mut Turn<'_>) -> Result<Outcome, ErrorCode> {
        let Some(request) = self.requests.waiting.front_mut() else {
            return Err(ErrorCode::BadAnswer);
        };
        // It is answered by this, so nobody asks for its call again.
        match std::mem::replace(&mut request.wanted, Wanted::CancelReset) {
            Wanted::CreateShared(new) => self.shared_created(&new, made, turn),
            _ => Err(ErrorCode::BadAnswer),
        }
    }

    /// The session goes on under a new token. What was asked under the old one is asked again.
    fn token_turned(&mut self, answer: &Answer, turn: &mut Turn<'_>) -> Result<(), ErrorCode> {
        let session = Session::from(answer);
        let same = |former: &Session| former.device == session.device;
        if !self.session.as_ref().is_some_and(same) {
            return Err(ErrorCode::BadAnswer);
        }
        session.save(turn);
        self.session = Some(session);
        self.token_changed(turn);
        Ok(())
    }

    fn request_done(&mut self, result: Result<Outcome, Failure>, turn: &mut Turn<'_>) {
        if let Some(request) = self.requests.waiting.pop_front() {
            turn.done(request.command, result);
        }
    }

    /// The session is over.
    pub(crate) fn requests_interrupted(&mut self, turn: &mut Turn<'_>) {
        self.requests.ended_meanwhile = false;
        let deleted = self.is_deleted();
        while let Some(request) = self.requests.waiting.front() {
            // The word that the account is gone may be faster than the answer to whoever asked for that.
            let done = deleted && matches!(request.wanted, Wanted::Delete { .. });
            let result = if done {
                Ok(Outcome::Done)
            } else {
                Err(ErrorCode::SessionExpired.into())
            };
            self.request_done(result, turn);
        }
    }
}

fn codes(codes: Vec<FactorCode>) -> Outcome {
    Outcome::BackupCodes(
        codes
            .into_iter()
            .map(|code| Zeroizing::new(code.0))
            .collect(),
    )
}
