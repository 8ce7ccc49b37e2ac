//! Evidence about a commit that this device cannot follow (PROTOCOL section 1): it asks the others where they
//! stand, over the unlogged channel, signed and not sealed, and goes by what other accounts answer.

use e2ee::ordered::Set;

use e2ee::{
    ed25519::PublicKey,
    group::Group,
    log_head::LogHead,
    ordered::set,
    status::{self, Nonce, RoomStatus, Status},
};
use protocol::{bytes::Bytes, call::Call, events::Ephemeral, ids::AccountId};

use crate::{
    api::{Event, RoomStage},
    convert,
    engine::Engine,
    jobs::Job,
    reopen::RETURN_MS,
    rooms::{Room, Successor},
    turn::Turn,
};

/// The least time between two words about where it stands that nobody has asked for.
const TELL_PAUSE_MS: u64 = 60_000;
/// How often it asks in one connection.
const ASKS_MAX: u32 = 8;
/// Requests of others that wait in one room at most.
const ANSWERS_WAITING: usize = 8;

impl Engine {
    /// Asks where this device is suspect, answers where others are.
    pub(crate) fn evidence_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        self.reopen_work(room, turn);
        let told = room.record().suspicion.as_ref();
        // Those to whom a device comes back that went a way of its own may go on meanwhile.
        let open = told.is_some_and(|told| told.is_open() || told.until.is_some());
        // The server passes the word of those who stay on to who went out, for a day.
        let thrown_out = told.is_some() && room.stage() == RoomStage::RemovedUnconfirmed;
        if !room.live.subscribed && !thrown_out {
            return;
        }
        let ask = Job::AskStatus(room.id);
        let asks = self.jobs.failures(&ask) < ASKS_MAX;
        if open && asks && self.jobs.may_start(&ask, turn.now) {
            self.ask(room, ask, turn);
        }
        let tell = Job::TellStatus(room.id);
        let elsewhere = room.live.elsewhere && is_sure(room) && room.is_caught_up();
        if elsewhere && self.jobs.may_start(&tell, turn.now) {
            self.tell(room, tell, turn);
        }
        let answer = Job::AnswerStatus(room.id);
        if !room.live.answers.is_empty() && self.jobs.may_start(&answer, turn.now) {
            let body = room.live.answers.remove(0);
            self.jobs.start(answer, ephemeral(room, body), turn);
        }
    }

    fn ask(&mut self, room: &mut Room, job: Job, turn: &mut Turn<'_>) {
        let Some(home) = &self.home else { return };
        let Some(state) = room.status() else { return };
        let nonce = Nonce::random(&mut turn.rng);
        let request = status::sign(status::Role::Request, &state, nonce, &home.device);
        room.live.asked = Some(nonce);
        self.jobs.start(job, ephemeral(room, request), turn);
    }

    /// Says where this device stands, and expects nothing. Who has reason to doubt its own state compares.
    fn tell(&mut self, room: &mut Room, job: Job, turn: &mut Turn<'_>) {
        let (Some(home), Some(state)) = (&self.home, room.status()) else {
            return;
        };
        room.live.elsewhere = false;
        let nonce = Nonce::random(&mut turn.rng);
        let request = status::sign(status::Role::Request, &state, nonce, &home.device);
        self.jobs.start(job, ephemeral(room, request), turn);
    }

    /// Whoever posts what nobody can follow makes a device speak no more often than this.
    pub(crate) fn status_is_told(&mut self, job: Job, turn: &Turn<'_>) {
        self.jobs.delay(job, turn.now, TELL_PAUSE_MS);
    }

    pub(crate) fn ephemeral_pushed(&mut self, pushed: &Ephemeral, turn: &mut Turn<'_>) {
        self.with_room(pushed.room_id, turn, |engine, room, turn| {
            let bytes = pushed.body.as_slice();
            let verified = |role| status::verify(role, bytes, |a, d| room.leaf_key(a, d));
            let asked = status::verify(status::Role::Request, bytes, |a, d| {
                room.leaf_key(a, d).or_else(|| room.former_key(a, d))
            });
            if let Ok(request) = asked {
                engine.hint_status(room, &request);
                engine.status_asked(room, &request, turn);
            } else if let Ok(answer) = verified(status::Role::Answer) {
                engine.hint_status(room, &answer);
                engine.status_told(room, &answer, turn);
            }
            // Everything else on this channel is sealed and of kinds that this version does not show.
        });
    }

    fn status_asked(&self, room: &mut Room, request: &Status, turn: &Turn<'_>) {
        let Some(home) = &self.home else { return };
        let own = request.device == home.device.id();
        let same_room = room.concerns(request);
        let Some(state) = room.status().filter(|_| same_room && !own) else {
            return;
        };
        let same =
            request.status.epoch == state.epoch && request.status.transcript == state.transcript;
        // Behind this device, or off its way: it may be in need of a good door.
        let left_behind = request.status.epoch < state.epoch
            || (request.status.log.seq <= state.log.seq && !same);
        let may_help = match room.stage() {
            RoomStage::Joined => same || left_behind,
            // Who is merely invited may be the only one who followed what the others did not.
            RoomStage::Invited => left_behind,
            _ => false,
        };
        if may_help {
            self.repair_asked(room, request, same, turn);
        }
        if room.live.answers.len() < ANSWERS_WAITING {
            let answer = status::sign(status::Role::Answer, &state, request.nonce, &home.device);
            room.live.answers.push(answer);
        }
    }

    /// An answer counts if it is to the open request and of another account than the committer's, unless nobody
    /// else has a leaf.
    fn status_told(&mut self, room: &mut Room, answer: &Status, turn: &mut Turn<'_>) {
        let asked = room.live.asked.as_ref() == Some(&answer.nonce);
        let (Some(own), Some(state)) = (room.status(), room.record().suspicion.clone()) else {
            return;
        };
        let account = convert::account_out(answer.account);
        let device = convert::device_out(answer.device);
        let own_account = self.home.as_ref().map(|home| home.account);
        if !asked || !room.concerns(answer) || Some(account) == own_account {
            return;
        }
        if !room.witnesses(own_account).contains(&account) {
            return;
        }
        if answer.status.log.seq < state.seq {
            // That device has not come to the entry yet.
            return;
        }
        room.compare_seen_log(&answer.status.log, account, device, turn);
        let same = answer.status.epoch == own.epoch && answer.status.transcript == own.transcript;
        if let Some(removal) = state.removal {
            let stands = answer.status.epoch == removal.epoch
                && answer.status.transcript == removal.transcript;
            if stands {
                self.removal_confirmed(room, turn);
            }
            if !same {
                // Where that device stands says nothing about this commit.
                return;
            }
        }
        if let Some(suspicion) = room.change().suspicion.as_mut() {
            let said = (account, device);
            if same {
                suspicion.same.insert(said);
            } else {
                if suspicion.until.is_some() && suspicion.different.is_empty() {
                    suspicion.until = Some(turn.now.plus(RETURN_MS));
                }
                suspicion.different.insert(said);
                suspicion.stood.insert(Successor {
                    epoch: answer.status.epoch,
                    transcript: answer.status.transcript,
                });
            }
        }
        self.weigh(room, turn);
    }

    /// Somebody who went past the entry and stands where this device stands: it was bad for all. Somebody who
    /// went on: it was bad for this device alone, which then comes back by itself ([`crate::arrival`]).
    fn weigh(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let Some(suspicion) = room.record().suspicion.clone() else {
            return;
        };
        if !suspicion.different.is_empty() || suspicion.same.is_empty() {
            turn.event(Event::RoomsChanged);
            return;
        }
        if suspicion.until.is_some() {
            // One who stands here says little; when all do, there is nowhere to go.
            let own = self.home.as_ref().map(|home| home.account);
            let others = room.witnesses(own);
            let here = set(suspicion.same.iter().map(|said| said.0));
            if others.is_subset(&here) {
                self.close_again(room, turn);
            }
            return;
        }
        room.keep_provisional(&suspicion);
        let record = room.change();
        record.skip = Some(suspicion.seq);
        record.suspicion = None;
        room.live.asked = None;
        room.live.refetch = true;
        self.jobs.clear(&Job::AskStatus(room.id));
        let stage = room.stage_behind_pause();
        room.set_stage(stage, turn);
        // From outside it cannot be seen that the commit came to nothing: the next one shows it.
        room.renew_soon(turn);
    }
}

/// Whether a device is sure of where it is.
fn is_sure(room: &Room) -> bool {
    let record = room.record();
    record.suspicion.is_none() && record.provisional.is_none() && room.is_followed()
}

impl Room {
    /// What this device sees of the room.
    pub(crate) fn status(&self) -> Option<RoomStatus> {
        let group = self.group.as_ref()?;
        let record = self.record();
        // A suspect has seen the entry that it did not follow.
        let log = record.suspicion.as_ref().map_or_else(
            || record.log_head(),
            |suspicion| LogHead {
                seq: suspicion.seq,
                head: suspicion.head,
            },
        );
        Some(RoomStatus {
            room: convert::room(self.id),
            group: group.group_id(),
            epoch: group.epoch(),
            transcript: group.transcript16(),
            log,
        })
    }

    fn concerns(&self, told: &Status) -> bool {
        let group = self.group.as_ref().map(Group::group_id);
        told.status.room == convert::room(self.id) && Some(told.status.group) == group
    }

    pub(crate) fn leaf_key(
        &self,
        account: e2ee::ids::AccountId,
        device: e2ee::ids::DeviceId,
    ) -> Option<PublicKey> {
        let leaf = self.group.as_ref()?.leaf(device)?;
        (leaf.account() == account).then(|| *leaf.certificate.device_key())
    }

    fn former_key(
        &self,
        account: e2ee::ids::AccountId,
        device: e2ee::ids::DeviceId,
    ) -> Option<PublicKey> {
        let former = self.record().former.iter().rev().find(|former| {
            convert::account(former.account) == account && convert::device(former.device) == device
        })?;
        PublicKey::parse(&former.key).ok()
    }

    /// Accounts with a leaf, without these.
    pub(crate) fn accounts_beside(&self, without: &[Option<AccountId>]) -> Set<AccountId> {
        let leaves = self.group.iter().flat_map(Group::leaves);
        set(leaves
            .map(|leaf| convert::account_out(leaf.account()))
            .filter(|account| !without.contains(&Some(*account))))
    }

    /// The stage to which a pause returns.
    pub(crate) fn stage_behind_pause(&self) -> RoomStage {
        self.record().paused_from.unwrap_or(RoomStage::Joined)
    }
}

/// A body for the unlogged channel.
pub(crate) fn ephemeral(room: &Room, body: Vec<u8>) -> Call {
    Call::Ephemeral(Ephemeral {
        room_id: room.id,
        sender: None,
        device: None,
        body: Bytes(body),
    })
}
