//! Where a new device and one of its account find each other, in memory (decision 53): a table of meetings, each with two
//! messages of either side, and the tickets by which new devices come in.
//!
//! What is said is for the two to judge: the server is the one who could be between them. What it looks after is that
//! nobody else takes a side: each has a token, and the first device to join a meeting is the only one.

use std::array;

use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    ids::{AccountId, MeetingId},
    limits::{MEETING_MESSAGES, MEETING_MILLIS},
    time::Timestamp,
};

use crate::{failure::Refusal, login::Pending, second_factor::Shown, store::session::TokenHash};

/// What waits, of both kinds.
pub(crate) struct Meetings {
    /// By the hash of their words.
    table: Pending<MeetingId, Meeting>,
    /// The meeting that a device of the account has joined last: there is one of each account.
    joined: Pending<AccountId, MeetingId>,
    /// By the hash of their text.
    pub(crate) tickets: Pending<TokenHash, Ticket>,
}

/// One of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    New,
    Account,
}

/// A new device, and who has answered it.
struct Meeting {
    /// By the hash of its token.
    new: TokenHash,
    account: Option<Host>,
    /// What was said, of each side; the first message of the new device is its commitment.
    said: [Vec<Bytes>; 2],
    ended: bool,
}

/// The device of the account.
struct Host {
    token: TokenHash,
    /// By its session it may join once more, if the answer was lost.
    session: TokenHash,
}

/// Lets one new device in.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) shown: Shown,
    /// It counts while this session stands under this token.
    pub(crate) drawn_by: TokenHash,
    pub(crate) drawn_at: Timestamp,
}

const GONE: Refusal = Refusal::of(ErrorCode::NoDeviceWaits);
const STOPPED: Refusal = Refusal::of(ErrorCode::LinkStopped);

impl Meetings {
    /// Nothing waits.
    pub(crate) fn new() -> Self {
        Self {
            table: Pending::new(MEETING_MILLIS),
            joined: Pending::new(MEETING_MILLIS),
            tickets: Pending::new(MEETING_MILLIS),
        }
    }

    /// A new device waits. Who knows the words of a meeting cannot open another one in its place.
    pub(crate) fn open(
        &self,
        id: MeetingId,
        token: TokenHash,
        commitment: Bytes,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let meeting = Meeting {
            new: token,
            account: None,
            said: [vec![commitment], Vec::new()],
            ended: false,
        };
        let kept = self.table.keep_first(id, meeting, now);
        kept.then_some(()).ok_or(GONE)
    }

    /// A device of an account answers it; the commitment. Another meeting of the account comes to nothing.
    pub(crate) fn join(
        &self,
        id: MeetingId,
        (account, session): (AccountId, TokenHash),
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Bytes, Refusal> {
        let joined = self.table.change(id, now, |meeting| {
            if meeting.ended {
                return Err(STOPPED);
            }
            let [of_new, of_account] = &meeting.said;
            let again = |host: &Host| host.session == session && of_account.is_empty();
            let commitment = of_new.first().cloned();
            if !meeting.account.as_ref().is_none_or(again) {
                return Err(GONE);
            }
            meeting.account = Some(Host { token, session });
            commitment.ok_or(GONE)
        });
        let commitment = joined.ok_or(GONE)??;
        let former = self.joined.take(account, now);
        if let Some(former) = former.filter(|former| *former != id) {
            self.table
                .change(former, now, |meeting| meeting.ended = true);
        }
        self.joined.keep(account, id, now);
        Ok(commitment)
    }

    /// One side says its message of this number.
    pub(crate) fn say(
        &self,
        id: MeetingId,
        token: TokenHash,
        (number, message): (u32, Bytes),
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.of_side(id, token, now, |meeting, side| {
            let said = meeting.said_by(side);
            let bad = Refusal::of(ErrorCode::BadRequest);
            let number = usize::try_from(number).map_err(|_| bad)?;
            match said.get(number) {
                Some(before) if *before == message => Ok(()),
                None if number == said.len() && number < MEETING_MESSAGES => {
                    said.push(message);
                    Ok(())
                }
                _ => Err(bad),
            }
        })
    }

    /// What the other side has said from this number on.
    pub(crate) fn hear(
        &self,
        id: MeetingId,
        token: TokenHash,
        number: u32,
        now: Timestamp,
    ) -> Result<Vec<Bytes>, Refusal> {
        self.of_side(id, token, now, |meeting, side| {
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            let said = meeting.said_by(side.other());
            Ok(said.get(number..).unwrap_or_default().to_vec())
        })
    }

    /// It comes to nothing.
    pub(crate) fn end(
        &self,
        id: MeetingId,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.of_side(id, token, now, |meeting, _| {
            meeting.ended = true;
            meeting.said = array::from_fn(|_| Vec::new());
            Ok(())
        })
    }

    fn of_side<T>(
        &self,
        id: MeetingId,
        token: TokenHash,
        now: Timestamp,
        work: impl FnOnce(&mut Meeting, Side) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let worked = self.table.change(id, now, |meeting| {
            let side = meeting.side(token).ok_or(GONE)?;
            if meeting.ended {
                return Err(STOPPED);
            }
            work(meeting, side)
        });
        worked.ok_or(GONE)?
    }
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::New => Self::Account,
            Self::Account => Self::New,
        }
    }
}

impl Meeting {
    fn side(&self, token: TokenHash) -> Option<Side> {
        let of_account = self.account.as_ref().map(|host| host.token);
        match () {
            () if token == self.new => Some(Side::New),
            () if Some(token) == of_account => Some(Side::Account),
            () => None,
        }
    }

    const fn said_by(&mut self, side: Side) -> &mut Vec<Bytes> {
        let [new, account] = &mut self.said;
        match side {
            Side::New => new,
            Side::Account => account,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const MEETING: MeetingId = MeetingId::from_bytes([1; 16]);
    const ALICE: (AccountId, TokenHash) = (AccountId::from_bytes([2; 16]), TokenHash([3; 32]));
    const MALLORY: (AccountId, TokenHash) = (AccountId::from_bytes([4; 16]), TokenHash([5; 32]));
    const NEW: TokenHash = TokenHash([6; 32]);
    const OLD: TokenHash = TokenHash([7; 32]);
    const OTHER: TokenHash = TokenHash([8; 32]);

    fn text(text: &str) -> Bytes {
        text.as_bytes().into()
    }

    fn code<T>(result: Result<T, Refusal>) -> ErrorCode {
        result.err().unwrap().code()
    }

    fn waiting() -> Meetings {
        let meetings = Meetings::new();
        meetings.open(MEETING, NEW, text("hash"), NOW).unwrap();
        meetings
    }

    #[test]
    fn two_messages_of_each_side_and_no_more() {
        let meetings = waiting();
        let joined = meetings.join(MEETING, ALICE, OLD, NOW);
        assert_eq!(joined.ok(), Some(text("hash")));
        assert_eq!(meetings.hear(MEETING, NEW, 0, NOW).ok(), Some(vec![]));
        for (side, number) in [(OLD, 0), (NEW, 1), (OLD, 1)] {
            let say = |what| meetings.say(MEETING, side, (number, text(what)), NOW);
            say("once").unwrap();
            say("once").unwrap();
            assert_eq!(code(say("twice")), ErrorCode::BadRequest);
        }
        for side in [NEW, OLD] {
            let more = meetings.say(MEETING, side, (2, text("more")), NOW);
            assert_eq!(code(more), ErrorCode::BadRequest);
            let heard = meetings.hear(MEETING, side, 1, NOW).ok();
            assert_eq!(heard, Some(vec![text("once")]));
        }
    }

    #[test]
    fn who_knows_the_words_takes_nobodys_place() {
        let meetings = waiting();
        let opened = meetings.open(MEETING, OTHER, text("other"), NOW);
        assert_eq!(code(opened), ErrorCode::NoDeviceWaits);
        meetings.join(MEETING, ALICE, OLD, NOW).unwrap();
        let joined = meetings.join(MEETING, MALLORY, OTHER, NOW);
        assert_eq!(code(joined), ErrorCode::NoDeviceWaits);
        let heard = meetings.hear(MEETING, OTHER, 0, NOW);
        assert_eq!(code(heard), ErrorCode::NoDeviceWaits);
        let said = meetings.say(MEETING, OTHER, (0, text("other")), NOW);
        assert_eq!(code(said), ErrorCode::NoDeviceWaits);
        // The same session may lose the answer and ask again, until it has said something.
        meetings.join(MEETING, ALICE, OTHER, NOW).unwrap();
        meetings
            .say(MEETING, OTHER, (0, text("answer")), NOW)
            .unwrap();
        let joined = meetings.join(MEETING, ALICE, OLD, NOW);
        assert_eq!(code(joined), ErrorCode::NoDeviceWaits);
    }

    #[test]
    fn a_meeting_ends_by_either_side_by_another_one_and_by_time() {
        let late = NOW.plus(MEETING_MILLIS);
        let meetings = waiting();
        meetings.join(MEETING, ALICE, OLD, NOW).unwrap();
        meetings.end(MEETING, OLD, NOW).unwrap();
        assert_eq!(
            code(meetings.hear(MEETING, NEW, 0, NOW)),
            ErrorCode::LinkStopped
        );
        assert_eq!(
            code(meetings.hear(MEETING, NEW, 0, late)),
            ErrorCode::NoDeviceWaits
        );

        let meetings = waiting();
        meetings.join(MEETING, ALICE, OLD, NOW).unwrap();
        let second = MeetingId::from_bytes([9; 16]);
        meetings.open(second, OTHER, text("hash"), NOW).unwrap();
        meetings.join(second, ALICE, OTHER, NOW).unwrap();
        assert_eq!(
            code(meetings.hear(MEETING, OLD, 1, NOW)),
            ErrorCode::LinkStopped
        );
    }
}
