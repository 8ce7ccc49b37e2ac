//! A settled suspicion that is looked at again (PROTOCOL section 1): somebody may have gone on past a commit that this
//! device skipped on the word of others.
//!
//! The room checks with the others anew and sends nothing. A verified answer of another state, by an account that made
//! nothing of what is in doubt, leads back to those who gave it. That such a state exists is proved by the door and the
//! commits of the log that lead there; a claim that leads nowhere is dropped after a while, and the next look comes
//! later each time.

use e2ee::ordered::Set;

use e2ee::status::Status;

use crate::{
    api::RoomStage,
    arrival::Arrival,
    convert,
    engine::Engine,
    jobs::Job,
    rooms::{Room, Suspicion},
    turn::Turn,
};

/// How long the others are asked before no answer is one.
const ASK_MS: u64 = 30_000;
/// How long the way back may take.
pub(crate) const RETURN_MS: u64 = 180_000;

impl Engine {
    /// Opens a matter again where there is a reason to, and ends a look that led nowhere.
    pub(crate) fn reopen_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let suspicion = room.record().suspicion.as_ref();
        if let Some(until) = suspicion.and_then(|suspicion| suspicion.until) {
            let posted = self.arrivals.get(&room.id).is_some_and(Arrival::is_posted);
            let waits = (1..=RETURN_MS).contains(&until.since(turn.now));
            if !waits && !posted {
                self.close_again(room, turn);
            }
        } else if room.is_to_reopen(turn.now) {
            self.reopen(room, turn);
        }
    }

    fn reopen(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let (log, stage) = (room.record().log_head(), room.stage());
        let record = room.change();
        let Some(provisional) = record.provisional.as_mut() else {
            return;
        };
        let Some(committer) = provisional.committers.first().copied() else {
            return;
        };
        provisional.reopen(turn.now);
        record.paused_from = Some(stage);
        record.suspicion = Some(Suspicion {
            seq: log.seq,
            head: log.head,
            committer,
            removal: None,
            same: Set::new(),
            different: Set::new(),
            stood: Set::new(),
            until: Some(turn.now.plus(ASK_MS)),
        });
        self.jobs.clear(&Job::AskStatus(room.id));
        room.set_stage(RoomStage::Suspect, turn);
    }

    /// The look is over, and this device is where it was. Who claims to be elsewhere, and was not found there, is asked
    /// again in its time.
    pub(crate) fn close_again(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let stage = room.stage_behind_pause();
        let told = room.change().suspicion.take();
        if told.is_some_and(|told| !told.different.is_empty()) {
            room.hint();
        }
        room.live.asked = None;
        room.live.refetch = true;
        self.jobs.clear(&Job::AskStatus(room.id));
        room.set_stage(stage, turn);
    }

    /// A verified status of somebody who has read the same log and is in another state: one of the two went wrong.
    pub(crate) fn hint_status(&self, room: &mut Room, told: &Status) {
        let known = room.record().provisional.is_some() && room.record().suspicion.is_none();
        let Some(here) = room.status().filter(|_| known) else {
            return;
        };
        let own = self.home.as_ref().map(|home| home.account);
        let there = &told.status;
        let same = (there.epoch, there.transcript) == (here.epoch, here.transcript);
        let counts = room
            .witnesses(own)
            .contains(&convert::account_out(told.account));
        if there.log == here.log && !same && counts {
            room.hint();
        }
    }
}
