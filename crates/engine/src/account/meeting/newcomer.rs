//! The side of the new device: it waits under three words, shows the number, and goes in with what it is given.

use e2ee::device_link::{self, Answer, DeviceCode, Keys, Offer, Transcript};
use protocol::{
    call::{Call, Reply},
    error::ErrorCode,
    ids::MeetingId,
    names::UserName,
    rest::{MeetingOpened, OpenMeeting, ShownToken},
    time::Timestamp,
};

use super::{ASK_MILLIS, Seat, between, end, heard, is_passing};
use crate::{
    account::{
        sign_in::{First, SignIn},
        unlock::{Key, Linked},
    },
    api::{CallError, CommandId, Failure, Outcome},
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

/// A device that wants to be let in.
pub(super) struct Newcomer {
    /// Who waits for the next thing to be shown. Nothing is asked while nobody does.
    command: Option<CommandId>,
    offer: Offer,
    code: DeviceCode,
    until: Timestamp,
    /// Once the server has it waiting.
    seat: Option<Seat>,
    stage: Stage,
}

/// What is waited for.
enum Stage {
    /// The server's word that this device waits there.
    Open,
    /// Somebody's answer.
    Answer,
    /// The server's word that it has what was revealed. It goes out after the answer has come, and never before.
    Reveal(Box<Answered>),
    /// What a device hands out once the number was typed there.
    Keys(Box<Answered>),
}

/// Who has answered, and what both have seen of each other.
struct Answered {
    answer: Answer,
    user: UserName,
    transcript: Transcript,
}

/// What an answer of the server leads to.
enum Next {
    Stage(Stage),
    /// Asked again in a while.
    Wait(Stage),
    Show(Stage, Outcome),
    In(Box<Answered>, Keys),
}

impl Newcomer {
    fn call(&self) -> Call {
        match (&self.stage, &self.seat) {
            (Stage::Open, _) | (_, None) => Call::OpenMeeting(OpenMeeting {
                meeting_id: self.place(),
                commitment: self.code.commitment.as_slice().into(),
            }),
            (Stage::Answer, Some(seat)) => seat.hear(0),
            (Stage::Reveal(_), Some(seat)) => seat.say(1, self.offer.reveal().encode()),
            (Stage::Keys(_), Some(seat)) => seat.hear(1),
        }
    }

    fn place(&self) -> MeetingId {
        MeetingId::from_bytes(self.code.meeting.place())
    }

    /// Who waits, and the side that is given up.
    pub(super) fn leave(self) -> (Option<CommandId>, Option<Seat>) {
        (self.command, self.seat)
    }

    fn take(&mut self, stage: Stage, reply: Reply) -> Result<Next, Failure> {
        Ok(match (stage, reply) {
            (Stage::Open, Reply::MeetingOpened(opened)) => self.opened(opened),
            (Stage::Answer, reply) => match heard(reply)? {
                None => Next::Wait(Stage::Answer),
                Some(message) => {
                    let answered = self.answered(&message)?;
                    Next::Stage(Stage::Reveal(Box::new(answered)))
                }
            },
            (Stage::Reveal(answered), Reply::Done) => {
                let shown = Outcome::DeviceAnswered {
                    user: answered.user.clone(),
                    number: answered.transcript.number().to_string(),
                };
                Next::Show(Stage::Keys(answered), shown)
            }
            (Stage::Keys(answered), reply) => match heard(reply)? {
                None => Next::Wait(Stage::Keys(answered)),
                Some(message) => {
                    let Answered {
                        answer, transcript, ..
                    } = &*answered;
                    let keys = device_link::open(&message, &self.offer, answer, transcript);
                    let keys = keys.map_err(|_| between("What came is not for this device"))?;
                    Next::In(answered, keys)
                }
            },
            _ => return Err(ErrorCode::BadAnswer.into()),
        })
    }

    fn opened(&mut self, opened: MeetingOpened) -> Next {
        self.seat = Some(Seat {
            meeting: self.place(),
            token: opened.token,
        });
        let shown = Outcome::DeviceWaits {
            words: self.code.meeting.to_words(),
            code: self.code.to_fragment(),
        };
        Next::Show(Stage::Answer, shown)
    }

    fn answered(&self, message: &[u8]) -> Result<Answered, Failure> {
        let answer = Answer::parse(message).map_err(|_| ErrorCode::BadAnswer)?;
        let user = UserName::parse(answer.name.as_str()).map_err(|_| ErrorCode::BadAnswer)?;
        let reveal = self.offer.reveal();
        let transcript = Transcript::new(&self.code.commitment, &answer, reveal);
        Ok(Answered {
            transcript: transcript.map_err(|_| ErrorCode::ProgramFailed)?,
            answer,
            user,
        })
    }
}

impl Engine {
    /// Begins to wait for a device of the account. A former attempt is forgotten: its words lead nowhere any more.
    pub(crate) fn open_device_link(&mut self, command: CommandId, turn: &mut Turn<'_>) {
        if !self.may_sign_in(command, turn) {
            return;
        }
        if self.session.is_some() {
            let failure = Failure {
                code: ErrorCode::BadRequest,
                sentence: "This device is logged in already.".to_owned(),
            };
            turn.done(command, Err(failure));
            return;
        }
        self.newcomer_stopped(ErrorCode::LinkStopped.into(), turn);
        let Ok(offer) = Offer::new(self.config.suite, &mut turn.rng) else {
            turn.done(command, Err(ErrorCode::ProgramFailed.into()));
            return;
        };
        let code = DeviceCode {
            meeting: device_link::MeetingId::random(&mut turn.rng),
            commitment: offer.commitment(),
        };
        self.meetings.newcomer = Some(Newcomer {
            command: Some(command),
            offer,
            code,
            until: end(turn.now),
            seat: None,
            stage: Stage::Open,
        });
    }

    /// Waits for the next thing to be shown: who has answered, with the number, and then that this device is in.
    pub(crate) fn follow_device_link(&mut self, command: CommandId, turn: &mut Turn<'_>) {
        match &mut self.meetings.newcomer {
            Some(newcomer) if newcomer.command.is_none() => newcomer.command = Some(command),
            _ => turn.done(command, Err(ErrorCode::NoDeviceWaits.into())),
        }
    }

    pub(super) fn newcomer_work(&mut self, turn: &mut Turn<'_>) {
        let Some(newcomer) = &self.meetings.newcomer else {
            return;
        };
        if turn.now >= newcomer.until {
            self.newcomer_stopped(too_late(), turn);
        } else if newcomer.command.is_some() && self.jobs.may_start(&Job::Meeting, turn.now) {
            self.jobs.start(Job::Meeting, newcomer.call(), turn);
        }
    }

    pub(super) fn newcomer_answered(
        &mut self,
        answer: Result<Reply, CallError>,
        turn: &mut Turn<'_>,
    ) {
        let Some(newcomer) = &mut self.meetings.newcomer else {
            return;
        };
        let next = match answer {
            Ok(reply) => {
                let stage = std::mem::replace(&mut newcomer.stage, Stage::Open);
                newcomer.take(stage, reply)
            }
            // The words were never shown: whoever asked asks again.
            Err(error) if is_passing(&error) && !matches!(newcomer.stage, Stage::Open) => {
                return self.jobs.back_off(Job::Meeting, turn.now, turn.rng);
            }
            Err(error) if error.code() == ErrorCode::NoDeviceWaits => Err(too_late()),
            Err(error) => Err(error.code().into()),
        };
        match next {
            Ok(Next::Stage(stage)) => newcomer.stage = stage,
            Ok(Next::Wait(stage)) => {
                newcomer.stage = stage;
                self.jobs.delay(Job::Meeting, turn.now, ASK_MILLIS);
            }
            Ok(Next::Show(stage, outcome)) => {
                newcomer.stage = stage;
                if let Some(command) = newcomer.command.take() {
                    turn.done(command, Ok(outcome));
                }
            }
            Ok(Next::In(answered, keys)) => self.go_in(*answered, keys, turn),
            Err(failure) => self.newcomer_stopped(failure, turn),
        }
    }

    /// It comes to nothing.
    fn newcomer_stopped(&mut self, failure: Failure, turn: &mut Turn<'_>) {
        let Some(newcomer) = self.meetings.newcomer.take() else {
            return;
        };
        self.jobs.clear(&Job::Meeting);
        let (command, seat) = newcomer.leave();
        self.leave_meeting(seat, command.map(|command| (command, Err(failure))), turn);
    }

    /// This device is in, by whatever way.
    pub(crate) fn wait_no_longer(&mut self, turn: &mut Turn<'_>) {
        self.newcomer_stopped(ErrorCode::LinkStopped.into(), turn);
    }

    /// From here on it is a login, by the ticket and with the account key.
    fn go_in(&mut self, answered: Answered, keys: Keys, turn: &mut Turn<'_>) {
        let newcomer = self.meetings.newcomer.take();
        let Some(command) = newcomer.and_then(|newcomer| newcomer.command) else {
            return;
        };
        let Answered { answer, user, .. } = answered;
        let Ok(ticket) = String::from_utf8(keys.ticket.to_vec()) else {
            turn.done(command, Err(ErrorCode::BadAnswer.into()));
            return;
        };
        if !self.may_sign_in_as(command, &user, turn) {
            return;
        }
        let linked = Linked {
            account: answer.account,
            account_key: keys.account_key,
            ticket: ShownToken(ticket),
        };
        let key = Key::Linked(Box::new(linked));
        self.begin_sign_in(SignIn::new(command, user, key, false), First::Login, turn);
    }
}

fn too_late() -> Failure {
    Failure {
        code: ErrorCode::NoDeviceWaits,
        sentence: "Ten minutes are over, so those words lead nowhere any more. Begin again."
            .to_owned(),
    }
}
