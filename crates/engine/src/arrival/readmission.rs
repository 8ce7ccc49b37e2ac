//! Way (d) of PROTOCOL section 4, from outside: a further device that no door lets in asks the members to add it, and so
//! does one that the others have left behind and whose keys they have replaced since. It goes on looking for a door
//! meanwhile; whichever way opens first, the request is taken back.

use e2ee::readmission::{self, Wanted};
use protocol::{bytes::Bytes, call::Call, ids::RoomId, rest::Readmission};
use serde::{Deserialize, Serialize};

use super::{Arrival, Found, Goes, group_of};
use crate::{
    api::{Outcome, RoomStage},
    convert,
    engine::Engine,
    jobs::Job,
    rooms::Room,
    turn::Turn,
};

/// How long this device waits before it asks once more, for those who have missed it; twice as long each time, so often.
const ASK_AGAIN_MS: u64 = 60_000;
const ASKS: u32 = 4;

/// A request for readmission. Kept, so that a restart asks with the same KeyPackage.
#[derive(Serialize, Deserialize)]
pub(super) struct Asked {
    request: Bytes,
    /// The KeyPackage in it.
    reference: serde_bytes::ByteBuf,
}

impl Engine {
    /// Makes a request unless there is one that can be answered; true if the arrival changed.
    pub(super) fn ask_readmission(
        &mut self,
        room: RoomId,
        arrival: &mut Arrival,
        found: &Found,
        turn: &mut Turn<'_>,
    ) -> bool {
        let good = |asked: &Asked| self.key_packages.holds(&asked.reference);
        if arrival.asked.as_ref().is_some_and(good) {
            return false;
        }
        let Some(home) = &self.home else { return false };
        let made = self.key_packages.make_one(home, &self.config, turn);
        let Some((key_package, reference)) = made else {
            return false;
        };
        let doors = found.entrance.doors.iter();
        let epochs = doors.filter_map(|door| e2ee::door::epoch_of(door.as_slice()).ok());
        let wanted = Wanted {
            room: convert::room(room),
            group: group_of(&found.entrance),
            epoch: epochs.max().unwrap_or_default(),
        };
        arrival.asked = Some(Asked {
            request: Bytes(readmission::sign(&wanted, &key_package, &home.device)),
            reference: reference.into(),
        });
        self.jobs.clear(&Job::AskReadmission(room));
        true
    }

    /// Posts what is to be asked.
    pub(super) fn ask_members(&mut self, room: RoomId, arrival: &Arrival, turn: &mut Turn<'_>) {
        let job = Job::AskReadmission(room);
        if let Some(asked) = &arrival.asked
            && self.jobs.may_start(&job, turn.now)
        {
            let request = asked.request.clone();
            let call = Call::AskReadmission(room, Readmission { request });
            self.jobs.start(job, call, turn);
        }
    }

    /// The request is out. Who was not there to hear it looks by itself when it comes.
    pub(crate) fn readmission_out(&mut self, job: Job, turn: &mut Turn<'_>) {
        let asked = self.jobs.failures(&job).min(ASKS);
        self.jobs.pause(job, turn.now, ASK_AGAIN_MS << asked);
    }

    /// Whether this device asked, and has no reason to any more.
    pub(super) fn is_beyond_asking(&self, room: RoomId, arrival: &Arrival) -> bool {
        let waits =
            |room: &Room| room.stage() == RoomStage::NotOnThisDevice || room.is_left_behind();
        arrival.asked.is_some() && !self.rooms.get(&room).is_some_and(waits)
    }

    /// Takes the request back.
    pub(super) fn withdraw(&mut self, room: RoomId, turn: &mut Turn<'_>) {
        let job = Job::DropReadmission(room);
        if self.jobs.may_start(&job, turn.now) {
            self.jobs.start(job, Call::DropReadmission(room), turn);
        }
    }

    /// The server has nothing of this device that waits. Somebody may have answered all the same, so the KeyPackage is
    /// kept like those that the server hands out.
    pub(crate) fn readmission_dropped(&mut self, room: RoomId, turn: &mut Turn<'_>) {
        self.with_arrival(room, turn, |engine, arrival, _| {
            if arrival.asked.take().is_some() {
                engine.jobs.clear(&Job::AskReadmission(room));
            }
            Goes::Ends(Ok(Outcome::RoomJoined(room)))
        });
    }

    /// Whether this device waits to be let into a room by somebody.
    pub(crate) fn waits_for_readmission(&self, room: RoomId) -> bool {
        let stage = self.rooms.get(&room).map(Room::stage);
        stage == Some(RoomStage::NotOnThisDevice) && self.has_asked(room)
    }

    /// Whether a Welcome has to wait: the vault may have keys to what was said before, and a device that is in writes its
    /// pages anew from what it knows.
    pub(crate) fn waits_for_vault(&mut self, room: &Room) -> bool {
        let asked = room.stage() == RoomStage::NotOnThisDevice && self.has_asked(room.id);
        asked && !self.has_looked_up(room.id)
    }

    /// Whether this device asked, and has not taken it back.
    pub(crate) fn has_asked(&self, room: RoomId) -> bool {
        let arrival = self.arrivals.get(&room);
        arrival.is_some_and(|arrival| arrival.asked.is_some())
    }
}
