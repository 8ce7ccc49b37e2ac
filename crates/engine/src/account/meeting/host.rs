//! The side of the device that is in: it proves the password, answers the new device, and hands over the account key once a
//! person has typed the number that the new device shows.
//!
//! What the new device has committed to is fixed here before anything is said: a server that knew this side's nonce first
//! could choose a commitment by it, until the numbers agree.

use e2ee::device_link::{
    self, Answer, Commitment, DeviceCode, DeviceCodeError, Keys, MeetingId as Words, Number,
    Reveal, Transcript,
};
use protocol::{
    call::{Call, Reply},
    error::ErrorCode,
    ids::MeetingId,
    rest::{DrawTicket, LoginStart, MeetingJoined, PasswordProof, ShownToken},
    time::Timestamp,
};
use zeroize::Zeroizing;

use super::{ASK_MILLIS, Seat, between, end, heard, is_passing};
use crate::{
    account::{home::Home, refusal},
    api::{CallError, CodeText, CommandId, Failure, Outcome, Password},
    engine::Engine,
    jobs::Job,
    opaque::LoggingIn,
    turn::Turn,
};

/// Lets a new device in.
pub(super) struct Host {
    /// Who waits; nobody while the number is to be typed.
    command: Option<CommandId>,
    meeting: MeetingId,
    /// What a camera has read of the new device.
    seen: Option<Commitment>,
    password: Password,
    /// Of the second factor; counts once.
    code: Option<CodeText>,
    until: Timestamp,
    /// Once it has joined.
    seat: Option<Seat>,
    step: Step,
}

enum Step {
    Prove,
    Proving(Box<LoggingIn>),
    Ticket(PasswordProof),
    Join(ShownToken),
    Answer(Box<Joined>),
    Reveal(Box<Joined>),
    Number(Box<Joined>, Box<Reveal>, Transcript),
    Keys(Vec<u8>),
}

/// What will be handed over, and what was said so far.
struct Joined {
    ticket: ShownToken,
    commitment: Commitment,
    answer: Answer,
}

/// What an answer of the server leads to.
enum Next {
    Step(Step),
    /// Asked again in a while.
    Wait(Step),
    Show(Step, Outcome),
    Done,
}

impl Host {
    fn call(&mut self, home: &Home, turn: &mut Turn<'_>) -> Result<Option<Call>, Failure> {
        let seat = self.seat.as_ref().ok_or(ErrorCode::ProgramFailed);
        Ok(Some(match &self.step {
            Step::Prove => {
                let (state, start) = LoggingIn::start(&self.password, turn.rng)?;
                self.step = Step::Proving(Box::new(state));
                Call::LoginStart(LoginStart {
                    username: home.user.clone(),
                    start,
                })
            }
            // Its answer was lost.
            Step::Proving(_) => return Err(ErrorCode::ServerGone.into()),
            Step::Ticket(proof) => Call::DrawTicket(DrawTicket {
                proof: proof.clone(),
                code: self.code.take().map(|code| code.shown()),
            }),
            Step::Join(_) => Call::JoinMeeting(self.meeting),
            Step::Answer(joined) => seat?.say(0, joined.answer.encode()),
            Step::Reveal(_) => seat?.hear(1),
            Step::Number(..) => return Ok(None),
            Step::Keys(sealed) => seat?.say(1, sealed.clone()),
        }))
    }

    fn take(
        &mut self,
        step: Step,
        reply: Reply,
        home: &Home,
        turn: &mut Turn<'_>,
    ) -> Result<Next, Failure> {
        Ok(match (step, reply) {
            (Step::Proving(state), Reply::LoginStarted(started)) => {
                let response = &started.response;
                let opaque = state.finish(&home.user, &self.password, response, turn.rng)?;
                Next::Step(Step::Ticket(PasswordProof {
                    login_id: started.login_id,
                    finish: opaque.message,
                }))
            }
            (Step::Ticket(_), Reply::DeviceTicket(drawn)) => Next::Step(Step::Join(drawn.ticket)),
            (Step::Join(ticket), Reply::MeetingJoined(joined)) => {
                let answer = Answer::of(&home.device, &mut turn.rng);
                Next::Step(Step::Answer(Box::new(self.joined(joined, ticket, answer)?)))
            }
            (Step::Answer(joined), Reply::Done) => Next::Step(Step::Reveal(joined)),
            (Step::Reveal(joined), reply) => match heard(reply)? {
                None => Next::Wait(Step::Reveal(joined)),
                Some(message) => {
                    let reveal = Reveal::parse(&message).map_err(|_| ErrorCode::BadAnswer)?;
                    let seen = Transcript::new(&joined.commitment, &joined.answer, &reveal);
                    let seen = seen.map_err(|_| other_commitment())?;
                    let step = Step::Number(joined, Box::new(reveal), seen);
                    Next::Show(step, Outcome::NumberWanted)
                }
            },
            (Step::Keys(_), Reply::Done) => Next::Done,
            _ => return Err(ErrorCode::BadAnswer.into()),
        })
    }

    fn joined(
        &mut self,
        joined: MeetingJoined,
        ticket: ShownToken,
        answer: Answer,
    ) -> Result<Joined, Failure> {
        self.seat = Some(Seat {
            meeting: self.meeting,
            token: joined.token,
        });
        let commitment = Commitment::try_from(joined.commitment.as_slice());
        let commitment = commitment.map_err(|_| ErrorCode::BadAnswer)?;
        if self.seen.is_some_and(|seen| seen != commitment) {
            return Err(other_commitment());
        }
        Ok(Joined {
            ticket,
            commitment,
            answer,
        })
    }

    /// Whether something goes on without the person.
    pub(super) const fn is_under_way(&self) -> bool {
        self.command.is_some()
    }

    /// Who waits, and the side that is given up.
    pub(super) fn leave(self) -> (Option<CommandId>, Option<Seat>) {
        // The keys may be there already: the new device takes them or it does not.
        let seat = self.seat.filter(|_| !matches!(self.step, Step::Keys(_)));
        (self.command, seat)
    }
}

impl Engine {
    /// Answers the new device that waits under these words, or whose code a camera has read.
    pub(crate) fn answer_device(
        &mut self,
        command: CommandId,
        code: &str,
        (password, second_factor): (Password, Option<CodeText>),
        turn: &mut Turn<'_>,
    ) {
        if self.session.is_none() {
            return turn.done(command, Err(ErrorCode::NotLoggedIn.into()));
        }
        let (words, seen) = match read(code) {
            Ok(read) => read,
            Err(failure) => return turn.done(command, Err(failure)),
        };
        self.host_stopped(ErrorCode::LinkStopped.into(), turn);
        self.jobs.clear(&Job::Meeting);
        self.meetings.host = Some(Host {
            command: Some(command),
            meeting: MeetingId::from_bytes(words.place()),
            seen,
            password,
            code: second_factor,
            until: end(turn.now),
            seat: None,
            step: Step::Prove,
        });
    }

    /// The person has typed what the new device shows. Another number ends it: nothing was handed over.
    pub(crate) fn confirm_number(&mut self, command: CommandId, typed: &str, turn: &mut Turn<'_>) {
        let Some(number) = Number::parse(typed) else {
            let sentence = "The number has six digits: type what the new device shows.";
            return turn.done(command, Err(failure(ErrorCode::NumberWrong, sentence)));
        };
        let (Some(home), Some(host)) = (&self.home, &mut self.meetings.host) else {
            return turn.done(command, Err(ErrorCode::NoDeviceWaits.into()));
        };
        let Step::Number(joined, reveal, transcript) = &host.step else {
            return turn.done(command, Err(ErrorCode::NoDeviceWaits.into()));
        };
        host.command = Some(command);
        if number != transcript.number() {
            return self.host_stopped(ErrorCode::NumberWrong.into(), turn);
        }
        let keys = Keys {
            account_key: home.account_key.duplicate(),
            ticket: Zeroizing::new(joined.ticket.0.clone().into_bytes()),
        };
        let suite = self.config.suite;
        match device_link::seal(&keys, reveal, transcript, &home.device, suite) {
            Ok(sealed) => host.step = Step::Keys(sealed),
            Err(_) => self.host_stopped(ErrorCode::BadMls.into(), turn),
        }
    }

    pub(crate) fn host_work(&mut self, turn: &mut Turn<'_>) {
        let (Some(home), Some(host)) = (&self.home, &mut self.meetings.host) else {
            return;
        };
        if turn.now >= host.until {
            return self.host_stopped(ErrorCode::NoDeviceWaits.into(), turn);
        }
        if !self.jobs.may_start(&Job::Meeting, turn.now) {
            return;
        }
        match host.call(home, turn) {
            Ok(Some(call)) => self.jobs.start(Job::Meeting, call, turn),
            Ok(None) => {}
            Err(failure) => self.host_stopped(failure, turn),
        }
    }

    pub(super) fn host_answered(&mut self, answer: Result<Reply, CallError>, turn: &mut Turn<'_>) {
        let (Some(home), Some(host)) = (&self.home, &mut self.meetings.host) else {
            return;
        };
        // A proof and a code count once; all that comes after them may be asked again.
        let once = matches!(host.step, Step::Prove | Step::Proving(_) | Step::Ticket(_));
        let next = match answer {
            Ok(reply) => {
                let step = std::mem::replace(&mut host.step, Step::Prove);
                host.take(step, reply, home, turn)
            }
            Err(error) if is_passing(&error) && !once => {
                return self.jobs.back_off(Job::Meeting, turn.now, turn.rng);
            }
            Err(error) => {
                let code = error.code();
                self.host_stopped(refusal::failure(&error, turn.now), turn);
                if matches!(code, ErrorCode::SessionExpired | ErrorCode::Unauthenticated) {
                    self.signed_out(turn);
                }
                return;
            }
        };
        match next {
            Ok(Next::Step(step)) => host.step = step,
            Ok(Next::Wait(step)) => {
                host.step = step;
                self.jobs.delay(Job::Meeting, turn.now, ASK_MILLIS);
            }
            Ok(Next::Show(step, outcome)) => {
                host.step = step;
                if let Some(command) = host.command.take() {
                    turn.done(command, Ok(outcome));
                }
            }
            Ok(Next::Done) => {
                let host = self.meetings.host.take();
                if let Some(command) = host.and_then(|host| host.command) {
                    turn.done(command, Ok(Outcome::Done));
                }
            }
            Err(failure) => self.host_stopped(failure, turn),
        }
    }

    /// It comes to nothing; the other side hears so.
    fn host_stopped(&mut self, failure: Failure, turn: &mut Turn<'_>) {
        let Some(host) = self.meetings.host.take() else {
            return;
        };
        self.jobs.clear(&Job::Meeting);
        let (command, seat) = host.leave();
        self.leave_meeting(seat, command.map(|command| (command, Err(failure))), turn);
    }
}

/// Three words, or what stands behind the `#` of the URL that the new device shows.
fn read(code: &str) -> Result<(Words, Option<Commitment>), Failure> {
    let code = code.trim();
    let fragment = code.rsplit_once('#').map(|(_, fragment)| fragment);
    // Three words of five letters are much shorter than a code.
    let fragment = fragment.or_else(|| Some(code).filter(|it| it.len() > WORDS_CHARS));
    match fragment {
        None => Words::parse(code)
            .map(|words| (words, None))
            .map_err(|error| {
                failure(
                    ErrorCode::BadLink,
                    &format!("Those are not the words of a device: {error}."),
                )
            }),
        Some(fragment) => match DeviceCode::parse(fragment) {
            Ok(code) => Ok((code.meeting, Some(code.commitment))),
            Err(DeviceCodeError::Kind(_)) => {
                let sentence =
                    "That is a link into a room, not the code of a new device. Nothing was sent.";
                Err(failure(ErrorCode::BadLink, sentence))
            }
            Err(error) => Err(failure(
                ErrorCode::BadLink,
                &format!("That is not the code of a new device: {error}."),
            )),
        },
    }
}

/// More than three words have, with what people put between them.
const WORDS_CHARS: usize = 40;

fn other_commitment() -> Failure {
    between("What the server says of the new device is not what it has committed to")
}

fn failure(code: ErrorCode, sentence: &str) -> Failure {
    Failure {
        code,
        sentence: sentence.to_owned(),
    }
}
