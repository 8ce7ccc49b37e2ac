//! Side files made anew by a member (PROTOCOL sections 1 and 3).
//!
//! Whoever misses one asks as a suspect does: where do you stand? A member that stands in the same place sees by this
//! that something beside the log is bad, looks, and puts it right. Members rank themselves, so that few look. Where all
//! files were good and the asker has looked since, what it lacks are their keys: its bundle was bad. Then an admin
//! rotates, which gives the keys to everybody.

use e2ee::ordered::{Map, Set};

use e2ee::{
    group::{Group, Intent, StageContext},
    roles::Role,
    status::{self, Nonce, Status},
};
use protocol::{
    bytes::Bytes,
    call::Call,
    events::DoorShut,
    ids::{DeviceId, RoomId, Seq},
    limits::CHAIN_LINKS_PER_REPAIR,
    rest::{Shut, SideFiles, SideRepair, TreeSnapshot},
    time::Timestamp,
};

use super::{Room, side::roster_log};
use crate::{
    api::RoomStage,
    convert,
    engine::Engine,
    evidence,
    jobs::Job,
    roster::{RANK_MS, STATE_TRIES},
    turn::Turn,
};

/// So often the files are fetched before somebody is asked.
const TRIES: u32 = 2;
/// How many members look after the first time that somebody asks; twice as many after the next.
const INSPECTORS: usize = 4;
/// After so many fetches in vain an admin takes it that nobody has the room state.
const RENEWAL_TRIES: u32 = 2 * STATE_TRIES;
/// How often an admin rotates for one device.
const ROTATIONS_MAX: u8 = 3;

/// What is being done about side files; gone with a restart, for who misses one asks again.
#[derive(Default)]
pub(crate) struct Repair {
    /// The files were fetched once more since this device asked last, and are as bad.
    pub(super) wanted: bool,
    /// How often somebody asked in this epoch.
    asks: u32,
    inspection: Option<Inspection>,
    /// Who asked when all was well.
    well: Set<DeviceId>,
    /// What is put right.
    remade: Option<SideRepair>,
    rotations: Map<DeviceId, u8>,
}

/// A look that is due.
#[derive(Clone, Copy)]
struct Inspection {
    at: Timestamp,
    /// None if the server told of somebody who could not come in.
    asker: Option<DeviceId>,
    /// The asker has looked again since this device found all well.
    again: bool,
    /// The asker is behind or elsewhere, and comes back by door and tree.
    lost: bool,
}

impl Repair {
    /// When there is something to look at.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.inspection.map(|inspection| inspection.at)
    }

    /// The history chain does not lead a member to all that was said: this device looks, if nothing else is to be looked
    /// at.
    pub(crate) fn chain_doubted(&mut self, asker: DeviceId, now: Timestamp) {
        self.inspection.get_or_insert(Inspection {
            at: now,
            asker: Some(asker),
            again: false,
            lost: false,
        });
    }

    /// This device knows what the roster log or the room state should say, and they do not: it looks, once whoever is at
    /// it has had the time.
    pub(super) fn files_doubted(&mut self, now: Timestamp) {
        self.inspection.get_or_insert(Inspection {
            at: now.plus(RANK_MS),
            asker: None,
            again: false,
            lost: false,
        });
    }

    /// The files of a former epoch are nobody's concern any more.
    pub(super) fn epoch_over(&mut self) {
        self.asks = 0;
        self.inspection = None;
        self.remade = None;
        self.well.clear();
    }
}

impl Engine {
    pub(super) fn repair_work(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let present = room.is_followed() && !room.is_paused() && room.live.subscribed;
        if !present || !room.is_caught_up() {
            return;
        }
        self.ask_for_repair(room, turn);
        if !matches!(room.stage(), RoomStage::Joined | RoomStage::Invited) {
            return;
        }
        let inspect = Job::Inspect(room.id);
        let due = room.live.repair.due().is_some_and(|at| at <= turn.now);
        if due && self.jobs.may_start(&inspect, turn.now) {
            self.jobs.start(inspect, Call::SideFiles(room.id), turn);
        }
        let repair = Job::Repair(room.id);
        if let Some(remade) = &room.live.repair.remade
            && self.jobs.may_start(&repair, turn.now)
        {
            let call = Call::RepairSide(room.id, Box::new(remade.clone()));
            self.jobs.start(repair, call, turn);
        }
    }

    fn ask_for_repair(&mut self, room: &mut Room, turn: &mut Turn<'_>) {
        let job = Job::AskRepair(room.id);
        let tried = self.jobs.failures(&Job::Side(room.id)) >= TRIES;
        if !(room.live.repair.wanted && tried && self.jobs.may_start(&job, turn.now)) {
            return;
        }
        room.live.repair.wanted = false;
        let lost = self.jobs.failures(&Job::Side(room.id)) >= RENEWAL_TRIES && knew_state(room);
        if lost && self.rotate(room, turn) {
            return;
        }
        let (Some(home), Some(state)) = (&self.home, room.status()) else {
            return;
        };
        let nonce = Nonce::random(&mut turn.rng);
        let request = status::sign(status::Role::Request, &state, nonce, &home.device);
        self.jobs
            .start(job, evidence::ephemeral(room, request), turn);
    }

    /// Somebody asks who stands where this device stands, or was left behind and needs a good door to come back.
    pub(crate) fn repair_asked(
        &self,
        room: &mut Room,
        request: &Status,
        same: bool,
        turn: &Turn<'_>,
    ) {
        let asker = convert::device_out(request.device);
        let Some(rank) = room.rank_among(|leaf| leaf.device() != request.device) else {
            return;
        };
        let repair = &mut room.live.repair;
        let looks = rank < INSPECTORS << repair.asks.min(16);
        repair.asks = repair.asks.saturating_add(1);
        if looks && repair.inspection.is_none() {
            let wait = u64::try_from(rank).unwrap_or(u64::MAX);
            repair.inspection = Some(Inspection {
                at: turn.now.plus(wait.saturating_mul(RANK_MS)),
                asker: Some(asker),
                again: same && repair.well.contains(&asker),
                lost: !same,
            });
        }
    }

    /// Somebody could not come in, by the server's word: this device looks, and gives nothing to anybody. Ranked as for who
    /// asks by themselves.
    pub(crate) fn door_shut(&mut self, shut: DoorShut, turn: &mut Turn<'_>) {
        self.with_room(shut.room_id, turn, |_, room, turn| {
            let Some(rank) = room.rank_among(|leaf| !leaf.invited) else {
                return;
            };
            let repair = &mut room.live.repair;
            let looks = rank < INSPECTORS << repair.asks.min(16);
            repair.asks = repair.asks.saturating_add(1);
            if looks && repair.inspection.is_none() {
                let wait = u64::try_from(rank).unwrap_or(u64::MAX);
                repair.inspection = Some(Inspection {
                    at: turn.now.plus(wait.saturating_mul(RANK_MS)),
                    asker: None,
                    again: false,
                    lost: shut.what == Shut::Tree,
                });
            }
        });
    }

    pub(crate) fn side_inspected(&mut self, id: RoomId, side: &SideFiles, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |engine, room, turn| {
            let Some(inspection) = room.live.repair.inspection.take() else {
                return;
            };
            let remade = engine.remade(room, side, inspection.lost, turn);
            if remade != SideRepair::default() {
                room.live.repair.remade = Some(remade);
            } else if let Some(asker) = inspection.asker {
                if inspection.again {
                    engine.rotate_for(room, asker, turn);
                } else {
                    room.live.repair.well.insert(asker);
                }
            }
        });
    }

    pub(crate) fn side_repaired(&mut self, id: RoomId, turn: &mut Turn<'_>) {
        self.with_room(id, turn, |_, room, _| room.live.repair.remade = None);
    }

    /// What does not open, made anew as far as this device can.
    fn remade(
        &self,
        room: &mut Room,
        side: &SideFiles,
        lost: bool,
        turn: &mut Turn<'_>,
    ) -> SideRepair {
        let mut remade = SideRepair::default();
        let context = StageContext {
            now_ms: turn.now.millis(),
            log: room.record().log_head(),
            commits_since_tree: room.record().commits_since_tree,
            bytes_since_tree: room.record().bytes_since_tree,
        };
        let handshake = room.record().handshake;
        let knows_room = room.stage() == RoomStage::Joined;
        let (Some(home), Some(group)) = (&self.home, room.group.as_mut()) else {
            return remade;
        };
        // Who is merely invited has read none of these, and would make them anew from less than there is.
        if knows_room {
            reseal_known(group, side, &mut remade, turn);
        }
        let mut doors = side.doors.iter();
        if doors.all(|door| group.open_door(door.as_slice()).is_err()) {
            let door = group.reseal_door(&home.device, &context, &mut turn.rng);
            remade.door = door.ok().map(Into::into);
        }
        // A snapshot of an earlier epoch may be good or bad: that takes a walk to see. One of this epoch is. Whoever wants
        // out stands in the log before it, and would be missed: the commit that lets them go brings a door of its own.
        let nobody_leaves = group.leaving().is_ok_and(|leaving| leaving.is_empty());
        if lost && nobody_leaves && !group.is_snapshot(side.tree.snapshot.as_slice()) {
            let snapshot = group.snapshot(&home.device).ok();
            remade.tree = snapshot.map(|snapshot| TreeSnapshot {
                seq: Seq(handshake),
                snapshot: snapshot.into(),
            });
        }
        remade
    }

    fn rotate_for(&mut self, room: &mut Room, asker: DeviceId, turn: &mut Turn<'_>) {
        let rotations = room.live.repair.rotations.entry(asker).or_default();
        if *rotations < ROTATIONS_MAX {
            *rotations += 1;
            self.rotate(room, turn);
        }
    }

    /// Gives keys to everybody, if this device may. Keys are no help with a room state that nobody has who was asked:
    /// what was known of it last counts from then on.
    fn rotate(&mut self, room: &mut Room, turn: &mut Turn<'_>) -> bool {
        let Some(home) = &self.home else { return false };
        let own = home.device.account();
        let role = room.group.as_ref().map(|group| group.policy().role(own));
        if role.is_none_or(|role| role < Role::Admin) || room.roster.is_posting() {
            return false;
        }
        let intent = Intent {
            rotate: true,
            renew_state: self.jobs.failures(&Job::Side(room.id)) >= STATE_TRIES,
            ..Intent::default()
        };
        self.stage(room, None, &intent, turn)
    }
}

/// Whether the state is lost, and a former one is known.
fn knew_state(room: &Room) -> bool {
    let group = room.group.as_ref();
    group.is_some_and(|group| group.state().is_none() && group.last_state().is_some())
}

/// What tells of the room beside the log, sealed anew from what this device knows.
fn reseal_known(group: &mut Group, side: &SideFiles, remade: &mut SideRepair, turn: &mut Turn<'_>) {
    if group.state().is_some() && group.open_state(side.state.as_slice()).is_err() {
        remade.state = group.reseal_state(&mut turn.rng).ok().map(Into::into);
    }
    let roster = roster_log(side);
    if group.open_roster(&roster).is_err() || group.roster_lacks(&roster) {
        remade.roster = group.reseal_roster(&mut turn.rng).ok().map(Into::into);
    }
    let chain: Vec<&[u8]> = side.chain.iter().map(|link| link.as_slice()).collect();
    let missing = group.missing_links(&chain, &mut turn.rng);
    let missing = missing.unwrap_or_default().into_iter().map(Bytes);
    remade.chain = missing.take(CHAIN_LINKS_PER_REPAIR).collect();
}
