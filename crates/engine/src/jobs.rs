//! Calls in flight, by what they are for, and when one that failed may be tried again.
//!
//! What is to be done follows from durable state each time ([`crate::engine::Engine::handle`] asks all parts of
//! the engine after each input), so nothing is lost with this table: a fresh engine asks the same questions.

use e2ee::ordered::Map;

use protocol::{
    call::Call,
    ids::{ClientId, LinkId, RoomId, Seq},
    time::Timestamp,
};
use rand_core::CryptoRngCore;

use crate::{api::CallId, shared::Leg, turn::Turn};

/// No server makes this client ask more often.
const SHORTEST_WAIT: u64 = 100;
/// First wait after a call that got no answer.
const FIRST_WAIT: u64 = 1_000;
/// Longest wait for somebody who may be there again at any moment.
const LONGEST_WAIT: u64 = 60_000;
/// Longest wait for somebody who may be away for days.
const LONGEST_PAUSE: u64 = 20 * 60_000;

/// What a call is for. At most one call of each job is in flight.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Job {
    /// The current leg of a registration or login.
    SignIn,
    Logout,
    ServerInfo,
    Mailbox,
    AckMail,
    Rooms,
    KeyPackageCount,
    KeyPackageUpload,
    Devices,
    Recovery,
    /// The current step of a meeting with another device of the account.
    Meeting,
    /// The other side of a meeting is to hear that it comes to nothing.
    LeaveMeeting,
    /// What a person asks about sessions or the second factor.
    Request,
    /// The current step of a revocation.
    Revoke,
    /// The current step of a change of password or recovery code.
    Reseal,
    Create(RoomId),
    Join(RoomId),
    History(RoomId),
    Entry(RoomId),
    Attestation(RoomId, Seq),
    Backfill(RoomId),
    Side(RoomId),
    Lookup(RoomId),
    Claim(RoomId),
    Commit(RoomId, ClientId),
    Propose(RoomId, ClientId),
    Send(RoomId, ClientId),
    AskStatus(RoomId),
    AnswerStatus(RoomId),
    TellStatus(RoomId),
    Links(RoomId),
    PutLink(RoomId, LinkId),
    EndLink(RoomId, LinkId),
    Enter(RoomId),
    Follow(RoomId),
    Seat(RoomId, ClientId),
    AskReadmission(RoomId),
    DropReadmission(RoomId),
    Readmissions(RoomId),
    AskHistory(RoomId),
    AnswerHistory(RoomId),
    AskRepair(RoomId),
    Inspect(RoomId),
    Repair(RoomId),
    /// In a room of basic encryption.
    Shared(RoomId, Leg),
    VaultRead,
    VaultWrite,
}

impl Job {
    /// Whether a sync is not over before it is answered.
    pub(crate) const fn is_of_sync(&self) -> bool {
        matches!(
            self,
            Self::ServerInfo
                | Self::Mailbox
                | Self::AckMail
                | Self::Rooms
                | Self::Devices
                | Self::KeyPackageCount
                | Self::KeyPackageUpload
                | Self::Join(_)
                | Self::History(_)
                | Self::Entry(_)
                | Self::Shared(_, Leg::Join | Leg::Members | Leg::History)
                | Self::VaultRead
        )
    }
}

#[derive(Default)]
struct State {
    call: Option<CallId>,
    on_socket: bool,
    failures: u32,
    not_before: Timestamp,
    /// How long it waits at most from when that was decided.
    wait: u64,
}

/// The table.
#[derive(Default)]
pub(crate) struct Jobs {
    last: Option<u64>,
    in_flight: Map<CallId, Job>,
    states: Map<Job, State>,
}

impl Jobs {
    /// Whether the job is neither in flight nor waiting.
    pub(crate) fn may_start(&self, job: &Job, now: Timestamp) -> bool {
        self.states
            .get(job)
            .is_none_or(|state| state.call.is_none() && state.not_before <= now)
    }

    pub(crate) fn is_in_flight(&self, job: &Job) -> bool {
        self.states
            .get(job)
            .is_some_and(|state| state.call.is_some())
    }

    /// How often in a row the job has failed.
    pub(crate) fn failures(&self, job: &Job) -> u32 {
        self.states.get(job).map_or(0, |state| state.failures)
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Sends the call of a job.
    pub(crate) fn start(&mut self, job: Job, call: Call, turn: &mut Turn<'_>) {
        // A random start, so that an answer to a former life's call is not taken for one of this life.
        let last = self.last.get_or_insert_with(|| turn.rng.next_u64() >> 1);
        *last = last.wrapping_add(1);
        let id = CallId(*last);
        let state = self.states.entry(job.clone()).or_default();
        if let Some(former) = state.call.replace(id) {
            self.in_flight.remove(&former);
        }
        state.on_socket = call.is_event();
        self.in_flight.insert(id, job);
        turn.call(id, call);
    }

    /// The job that an answer is for; none if it is not waited for any more.
    pub(crate) fn answered(&mut self, id: CallId) -> Option<Job> {
        let job = self.in_flight.remove(&id)?;
        if let Some(state) = self.states.get_mut(&job) {
            state.call = None;
        }
        Some(job)
    }

    /// The job went well, or is of no interest any more.
    pub(crate) fn clear(&mut self, job: &Job) {
        if let Some(state) = self.states.remove(job)
            && let Some(call) = state.call
        {
            self.in_flight.remove(&call);
        }
    }

    /// Something has happened of which the answer that is on its way may say nothing: it is not waited for, and the job asks
    /// again.
    pub(crate) fn ask_anew(&mut self, job: &Job) {
        let call = self.states.get_mut(job).and_then(|state| state.call.take());
        if let Some(call) = call {
            self.in_flight.remove(&call);
        }
    }

    /// The job failed in passing: it waits 1 s, doubling to 60 s, give or take a quarter.
    pub(crate) fn back_off(&mut self, job: Job, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        let state = self.states.entry(job).or_default();
        let wait = FIRST_WAIT
            .checked_shl(state.failures)
            .unwrap_or(LONGEST_WAIT)
            .min(LONGEST_WAIT);
        state.failures = state.failures.saturating_add(1).min(32);
        let jitter = rng.next_u64() % (wait / 2 + 1);
        state.wait = wait + wait / 4;
        state.not_before = now.plus(wait - wait / 4 + jitter);
    }

    /// The job waits this long, by somebody's explicit word.
    pub(crate) fn delay(&mut self, job: Job, now: Timestamp, millis: u64) {
        self.pause(job, now, millis.min(LONGEST_WAIT));
    }

    /// The job waits this long, by this client's own decision: what it is for may take days, and asking is not for nothing.
    pub(crate) fn pause(&mut self, job: Job, now: Timestamp, millis: u64) {
        let state = self.states.entry(job).or_default();
        state.failures = state.failures.saturating_add(1).min(32);
        state.wait = millis.clamp(SHORTEST_WAIT, LONGEST_PAUSE);
        state.not_before = now.plus(state.wait);
    }

    /// There is news: what waits for somebody to do something may be tried at once.
    pub(crate) fn stir(&mut self, job: &Job) {
        if let Some(state) = self.states.get_mut(job) {
            state.not_before = Timestamp::default();
        }
    }

    /// The socket is gone: what went over it will not be answered.
    pub(crate) fn socket_lost(&mut self) {
        for state in self.states.values_mut().filter(|state| state.on_socket) {
            if let Some(call) = state.call.take() {
                self.in_flight.remove(&call);
            }
        }
    }

    /// The session is over: an answer to what was asked in it must not be taken for one of the next session. What is
    /// still to be done is asked again there. Signing in and out go on.
    pub(crate) fn session_over(&mut self) {
        let stays = |job: &Job| matches!(job, Job::SignIn | Job::Logout);
        self.in_flight.retain(|_, job| stays(job));
        self.states.retain(|job, _| stays(job));
    }

    /// A new connection: nothing waits for an old one's failures.
    pub(crate) fn socket_open(&mut self) {
        for state in self.states.values_mut() {
            state.failures = 0;
            state.not_before = Timestamp::default();
        }
    }

    /// When the next waiting job may be tried. A clock that jumped back holds no job for longer than it was to wait.
    pub(crate) fn next(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.states
            .values_mut()
            .filter(|state| state.call.is_none() && state.not_before > now)
            .map(|state| {
                state.not_before = state.not_before.min(now.plus(state.wait));
                state.not_before
            })
            .min()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use protocol::events::JoinRoom;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn start(jobs: &mut Jobs, job: Job, call: Call, rng: &mut ChaCha20Rng) -> CallId {
        let mut turn = Turn::new(NOW, rng);
        jobs.start(job, call, &mut turn);
        turn.finish(None).calls[0].0
    }

    #[test]
    fn waits_double_up_to_a_minute() {
        let (mut jobs, mut rng) = (Jobs::default(), ChaCha20Rng::from_seed([1; 32]));
        for wait in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            jobs.back_off(Job::Rooms, NOW, &mut rng);
            let millis = jobs.next(NOW).unwrap().since(NOW);
            let around = wait * 750..=wait * 1250;
            assert!(around.contains(&millis), "{wait} s: {millis}");
            assert!(!jobs.may_start(&Job::Rooms, NOW));
            assert!(jobs.may_start(&Job::Rooms, NOW.plus(millis)));
        }
        jobs.socket_open();
        assert!(jobs.may_start(&Job::Rooms, NOW));
    }

    #[test]
    fn a_clock_that_jumps_back_holds_nothing_up_for_long() {
        let (mut jobs, mut rng) = (Jobs::default(), ChaCha20Rng::from_seed([1; 32]));
        jobs.back_off(Job::Rooms, NOW.plus(86_400_000), &mut rng);
        assert!(jobs.next(NOW).unwrap().since(NOW) <= 75_000);
    }

    #[test]
    fn what_may_take_days_waits_longer_unless_there_is_news() {
        let mut jobs = Jobs::default();
        jobs.delay(Job::Rooms, NOW, 3_600_000);
        assert_eq!(jobs.next(NOW), Some(NOW.plus(LONGEST_WAIT)));
        jobs.clear(&Job::Rooms);
        jobs.pause(Job::Rooms, NOW, 600_000);
        assert!(!jobs.may_start(&Job::Rooms, NOW.plus(599_999)));
        jobs.stir(&Job::Rooms);
        assert!(jobs.may_start(&Job::Rooms, NOW));
        jobs.pause(Job::Rooms, NOW.plus(86_400_000), u64::MAX);
        assert_eq!(jobs.next(NOW), Some(NOW.plus(LONGEST_PAUSE)));
    }

    #[test]
    fn a_lost_socket_loses_what_went_over_it_and_no_more() {
        let (mut jobs, mut rng) = (Jobs::default(), ChaCha20Rng::from_seed([1; 32]));
        let room_id = RoomId::new(1).unwrap();
        let event = Call::JoinRoom(JoinRoom { room_id });
        let over_socket = start(&mut jobs, Job::Join(room_id), event, &mut rng);
        let over_http = start(&mut jobs, Job::Rooms, Call::Rooms, &mut rng);
        jobs.socket_lost();
        assert_eq!(jobs.answered(over_socket), None);
        assert!(jobs.may_start(&Job::Join(room_id), NOW));
        assert!(!jobs.may_start(&Job::Rooms, NOW));
        assert_eq!(jobs.answered(over_http), Some(Job::Rooms));
        assert_eq!(jobs.answered(over_http), None);
    }
}
