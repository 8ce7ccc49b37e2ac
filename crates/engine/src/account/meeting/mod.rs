//! A further device without a password on it (decisions 52 and 53): the two sides of a meeting on the server, each a
//! machine of a few steps. Both live in memory only: whoever is interrupted begins again, with other keys and another
//! number.

mod host;
mod newcomer;

use protocol::{
    call::{Call, Reply},
    error::ErrorCode,
    ids::MeetingId,
    limits::MEETING_MILLIS,
    rest::{EndMeeting, HearMeeting, Heard, MeetingMessage, ShownToken},
    time::Timestamp,
};

use self::{host::Host, newcomer::Newcomer};
use crate::{
    api::{CallError, CommandId, Failure, Outcome},
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

/// The other side is asked again after so long whether it has said something.
const ASK_MILLIS: u64 = 1_000;

/// What this device has to do with meetings.
#[derive(Default)]
pub(crate) struct Meetings {
    /// This device wants to be let in.
    newcomer: Option<Newcomer>,
    /// This device lets another one in.
    host: Option<Host>,
    /// The other side is to hear that it comes to nothing.
    leaving: Option<Leaving>,
}

/// A side of a meeting that ends, and who hears of it afterwards.
struct Leaving {
    seat: Seat,
    command: Option<(CommandId, Result<Outcome, Failure>)>,
}

/// A side of a meeting.
#[derive(Clone)]
struct Seat {
    meeting: MeetingId,
    token: ShownToken,
}

impl Seat {
    fn say(&self, number: u32, message: Vec<u8>) -> Call {
        let message = MeetingMessage {
            token: self.token.clone(),
            number,
            message: message.into(),
        };
        Call::SayInMeeting(self.meeting, message)
    }

    fn hear(&self, number: u32) -> Call {
        let token = self.token.clone();
        Call::HearInMeeting(self.meeting, HearMeeting { token, number })
    }
}

impl Meetings {
    /// How many are not finished, of those that wait for no person.
    pub(crate) fn pending(&self) -> usize {
        let host = self.host.as_ref().is_some_and(Host::is_under_way);
        usize::from(host) + usize::from(self.leaving.is_some())
    }

    /// Whether something is to be done that needs no session.
    pub(crate) const fn is_outside(&self) -> bool {
        self.newcomer.is_some() || self.leaving.is_some()
    }
}

impl Engine {
    /// What needs no session.
    pub(crate) fn meetings_work(&mut self, turn: &mut Turn<'_>) {
        self.newcomer_work(turn);
        if let Some(leaving) = &self.meetings.leaving
            && self.jobs.may_start(&Job::LeaveMeeting, turn.now)
        {
            let Seat { meeting, token } = leaving.seat.clone();
            let call = Call::EndMeeting(meeting, EndMeeting { token });
            self.jobs.start(Job::LeaveMeeting, call, turn);
        }
    }

    pub(crate) fn meeting_answered(
        &mut self,
        answer: Result<Reply, CallError>,
        turn: &mut Turn<'_>,
    ) {
        self.jobs.clear(&Job::Meeting);
        if self.meetings.newcomer.is_some() {
            self.newcomer_answered(answer, turn);
        } else {
            self.host_answered(answer, turn);
        }
    }

    /// The other side has heard it, or will see it by the clock.
    pub(crate) fn meeting_left(&mut self, turn: &mut Turn<'_>) {
        self.jobs.clear(&Job::LeaveMeeting);
        let leaving = self.meetings.leaving.take();
        if let Some((command, result)) = leaving.and_then(|leaving| leaving.command) {
            turn.done(command, result);
        }
    }

    /// The person does not want it any more.
    pub(crate) fn end_device_link(&mut self, command: CommandId, turn: &mut Turn<'_>) {
        let newcomer = self.meetings.newcomer.take();
        let host = self.meetings.host.take();
        self.jobs.clear(&Job::Meeting);
        let (waits, seat) = match (newcomer, host) {
            (Some(newcomer), _) => newcomer.leave(),
            (None, Some(host)) => host.leave(),
            (None, None) => (None, None),
        };
        if let Some(waits) = waits {
            turn.done(waits, Err(ErrorCode::LinkStopped.into()));
        }
        self.leave_meeting(seat, Some((command, Ok(Outcome::Done))), turn);
    }

    /// Tells the other side, and then whoever waits here.
    fn leave_meeting(
        &mut self,
        seat: Option<Seat>,
        command: Option<(CommandId, Result<Outcome, Failure>)>,
        turn: &mut Turn<'_>,
    ) {
        // One that is still being left has been told as far as it can be.
        self.meeting_left(turn);
        match (seat, command) {
            (Some(seat), command) => self.meetings.leaving = Some(Leaving { seat, command }),
            (None, Some((command, result))) => turn.done(command, result),
            (None, None) => {}
        }
    }

    /// The session is over: nobody is let in by it.
    pub(crate) fn meetings_interrupted(&mut self, turn: &mut Turn<'_>) {
        let host = self.meetings.host.take();
        if let Some(command) = host.and_then(|host| host.leave().0) {
            turn.done(command, Err(ErrorCode::SessionExpired.into()));
        }
    }
}

/// When a meeting that begins now is over.
const fn end(now: Timestamp) -> Timestamp {
    now.plus(MEETING_MILLIS)
}

/// What the other side said; none if it has not yet.
fn heard(reply: Reply) -> Result<Option<Vec<u8>>, ErrorCode> {
    match reply {
        Reply::Heard(Heard { messages }) => Ok(messages.into_iter().next().map(|first| first.0)),
        _ => Err(ErrorCode::BadAnswer),
    }
}

/// Whether the same may be asked again.
const fn is_passing(error: &CallError) -> bool {
    match error {
        CallError::Gone => true,
        CallError::Refused(body) => matches!(
            body.code,
            ErrorCode::RateLimited | ErrorCode::ServerError | ErrorCode::ShuttingDown
        ),
        CallError::Malformed => false,
    }
}

/// Something does not fit together that an honest server cannot bring about.
fn between(what: &str) -> Failure {
    Failure {
        code: ErrorCode::IdentityMismatch,
        sentence: format!(
            "{what}: somebody stands between the two devices. Nothing was handed over."
        ),
    }
}
