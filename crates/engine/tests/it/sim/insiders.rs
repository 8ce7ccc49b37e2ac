//! Members whose program is another one (PROTOCOL section 1): they post commits that pass every public rule, and that
//! some or all of the others cannot follow.

use std::collections::BTreeSet;

use engine::{
    Engine,
    api::{ItemBody, ItemKey, RoomNotice, RoomStage, RoomView, TimelineItem},
    hostile::Forgery,
};
use protocol::{
    call::{Call, Reply},
    error::ErrorBody,
    ids::{AccountId, RoomId, Seq},
};

use super::{
    faults::pick,
    model_server::Origin,
    person::{Person, Who},
    world::World,
};

/// Which of the path secrets are garbage.
const SPOILS: [fn(usize) -> bool; 4] = [
    |count| count == 0,
    |count| count % 2 == 0,
    |count| count % 2 == 1,
    |_| true,
];

impl World {
    /// Somebody posts a commit that the own program did not make; whether its effects are declared is up to the liar.
    pub(crate) fn betray(&mut self, who: Who, room: RoomId, forgery: &Forgery, declared: bool) {
        let answer = self.forges(who, room, forgery, declared);
        assert!(answer.is_ok(), "{answer:?}");
    }

    fn forges(
        &mut self,
        who: Who,
        room: RoomId,
        forgery: &Forgery,
        declared: bool,
    ) -> Result<Reply, ErrorBody> {
        let person = &mut self.people[who.0];
        let engine = person.engine.as_ref().expect("somebody who is there");
        let mut request = engine
            .forge_commit(room, forgery, &mut person.rng)
            .expect("a member can commit");
        if declared {
            let out = forgery.remove.iter();
            request.effects.accounts_out = out
                .map(|account| AccountId::from_bytes(*account.as_bytes()))
                .collect();
        }
        let origin = Origin {
            token: engine.session_token().map(str::to_owned),
            connection: None,
        };
        let now = self.server_time();
        let answer = self
            .server
            .call(&origin, Call::Commit(room, Box::new(request)), now);
        if let Ok(Reply::Receipt(receipt)) = &answer {
            self.betrayed = true;
            self.forged.push((room, receipt.seq));
        }
        self.flush_pushes();
        answer
    }

    /// Somebody who is in a room with at least so many others, and the room.
    pub(super) fn somebody_in_company(&mut self, others: usize) -> Option<(Who, RoomId)> {
        let mut everybody = self.everybody();
        everybody.retain(|who| self.person(*who).engine.is_some() && !self.person(*who).stolen);
        let who = *pick(&mut self.rng, &everybody)?;
        let mut rooms: Vec<RoomView> = self.person(who).engine().rooms();
        rooms.retain(|room| room.stage == RoomStage::Joined);
        let inside = |room: &RoomView| {
            let views = everybody
                .iter()
                .filter_map(|who| self.person(*who).engine().room(room.room));
            views.filter(|view| view.stage == RoomStage::Joined).count()
        };
        rooms.retain(|room| inside(room) > others);
        let room = pick(&mut self.rng, &rooms)?;
        Some((who, room.room))
    }

    /// One of those who are there shuts out some of the others, if the server takes it, and is gone.
    pub(crate) fn some_device_betrays(&mut self) {
        let Some((who, room)) = self.somebody_in_company(2) else {
            return;
        };
        let forgery = Forgery {
            spoil: *pick(&mut self.rng, &SPOILS).expect("some"),
            ..Forgery::default()
        };
        if self.forges(who, room, &forgery, false).is_ok() {
            let label = self.person(who).label.clone();
            self.trace
                .line(self.now, &label, || format!("BETRAYS {room}"));
            self.person_mut(who).stolen = true;
            self.person_mut(who).insider = true;
            self.cut(who);
            self.person_mut(who).link_up = false;
        }
    }

    /// In how many places a device came back that could not follow.
    pub(crate) fn came_back(&self) -> usize {
        let honest = self.people.iter().filter(|person| !person.stolen);
        let places: BTreeSet<_> = honest.flat_map(places_of_return).collect();
        places.len()
    }

    /// Whether this device is in a room where nobody else is left since one is gone for good: it waits there for an
    /// answer, or to be let go, and says so.
    pub(super) fn waits_alone(&self, person: &Person, room: RoomId) -> bool {
        let others = self.people.iter().filter(|one| {
            let view = one.engine.as_ref().and_then(|engine| engine.room(room));
            let inside = view.is_some_and(|view| view.stage == RoomStage::Joined);
            inside && !one.stolen && one.label != person.label
        });
        let own = person.engine.as_ref().and_then(|engine| engine.room(room));
        let waits =
            own.is_some_and(|view| matches!(view.stage, RoomStage::Suspect | RoomStage::Leaving));
        self.betrayed && waits && others.count() == 0
    }

    /// Whether a line of a room stands where not everybody could follow: what was said there, and what nobody could
    /// give those who came back, may be missed.
    pub(super) fn is_after_betrayal(&self, room: RoomId, seq: Seq) -> bool {
        let mut forged = self.forged.iter();
        forged.any(|(of, from)| *of == room && seq >= *from)
    }
}

fn places_of_return(person: &Person) -> Vec<(RoomId, ItemKey)> {
    let rooms = person.engine.as_ref().map_or_else(Vec::new, Engine::rooms);
    let lines = rooms.into_iter().flat_map(|room| {
        let lines = person.store.timeline(room.room).into_values();
        lines.map(move |item| (room.room, item))
    });
    let back =
        |item: &TimelineItem| matches!(item.body, ItemBody::Notice(RoomNotice::DeviceBack(_)));
    let places = lines.filter(|(_, item)| back(item));
    places.map(|(room, item)| (room, item.key)).collect()
}
