//! What opened, held against what should.

use std::collections::BTreeMap;

use e2ee::{closure::File, door};
use engine::api::{Command, HistoryChoice};
use protocol::ids::{RoomId, Seq};

use super::{
    blobs::{Blobs, RoomBlobs},
    closure::Closure,
    coalition::{Coalition, Holder},
    expected::{Due, Expected},
    holdings::of_device,
    keys::{Keys, RoomKeys},
    past::{Chronicle, chronicles},
    stays::Course,
};
use crate::sim::world::World;

/// All that is known of a life when it is over: what the server was given, and what everybody's devices held.
pub(crate) struct Evidence<'a> {
    world: &'a World,
    blobs: Blobs,
    chronicles: BTreeMap<RoomId, Chronicle>,
    /// Whether nothing is left out for the sake of time.
    thorough: bool,
}

impl<'a> Evidence<'a> {
    pub(crate) fn of(world: &'a World, thorough: bool) -> Self {
        Self {
            blobs: Blobs::of(&world.server),
            chronicles: chronicles(world),
            world,
            thorough,
        }
    }

    /// The places of the messages of a room that a coalition opens.
    pub(crate) fn opens(&self, coalition: Coalition, room: RoomId) -> Vec<Seq> {
        let keys = self.closure(coalition);
        let own = keys.rooms.get(&room);
        own.map_or_else(Vec::new, |own| own.open_messages.iter().copied().collect())
    }

    /// Whether a coalition opens exactly what the key table says.
    ///
    /// # Errors
    /// A sentence about the first thing that it opens and should not, or does not open and should.
    pub(crate) fn judge(&self, coalition: Coalition) -> Result<(), String> {
        let keys = self.closure(coalition);
        let nothing = RoomKeys::default();
        for (id, blobs) in &self.blobs.rooms {
            let Some(chronicle) = self.chronicles.get(id).filter(|one| one.is_whole()) else {
                continue;
            };
            let expected = self.expected(coalition, *id, chronicle);
            let own = keys.rooms.get(id).unwrap_or(&nothing);
            compare(own, blobs, chronicle, &expected)
                .map_err(|what| format!("room {id}: with {coalition:?} the server {what}"))?;
        }
        Ok(())
    }

    fn closure(&self, coalition: Coalition) -> Keys {
        let mut keys = match coalition {
            Coalition::Thief => Keys::default(),
            Coalition::Link(room, link) => {
                let mut keys = Keys::default();
                let mut made = self.world.links_made();
                let secret = made.find(|(_, id, _)| *id == link);
                let secret = secret.map(|(_, _, secret)| secret);
                secret.into_iter().for_each(|key| keys.room(room).add(key));
                keys
            }
            Coalition::Device(who) => of_device(self.world, self.world.person(who)),
        };
        let closure = Closure {
            suite: self.world.config.suite,
            blobs: &self.blobs,
            chronicles: &self.chronicles,
            thorough: self.thorough,
        };
        closure.complete(&mut keys);
        keys
    }

    fn expected(&self, coalition: Coalition, id: RoomId, chronicle: &Chronicle) -> Expected {
        let history = self.history(id);
        let server = &self.world.server;
        let course = Course::new(id, &server.rooms()[&id], server);
        match coalition {
            Coalition::Thief => Expected::nothing(history),
            Coalition::Link(room, link) => {
                let links = (room == id).then_some(link);
                Expected::of_links(&course, chronicle, history, links)
            }
            Coalition::Device(who) => {
                let person = self.world.person(who);
                let (holder, links) = (Holder::of(person), self.world.links_shown(person));
                Expected::of_device(&course, chronicle, history, &holder, links)
            }
        }
    }

    /// What the room was made with, by what its maker wanted.
    fn history(&self, id: RoomId) -> HistoryChoice {
        let people = self.world.people.iter();
        let mut views = people.filter_map(|person| person.engine.as_ref()?.room(id));
        views
            .next()
            .map_or(HistoryChoice::None, |view| view.history)
    }
}

impl World {
    /// Whether each coalition that this life has to offer opens what the key table says and nothing else. Each key is
    /// tried on everything if it is `thorough`.
    ///
    /// # Errors
    /// Who opens what, or does not.
    pub(crate) fn check_confinement(&self, thorough: bool) -> Result<(), String> {
        let evidence = Evidence::of(self, thorough);
        let mut coalitions = self.coalitions().into_iter();
        coalitions.try_for_each(|coalition| evidence.judge(coalition))
    }
}

fn compare(
    own: &RoomKeys,
    blobs: &RoomBlobs,
    chronicle: &Chronicle,
    expected: &Expected,
) -> Result<(), String> {
    // Behind an epoch that nobody has written down nothing follows, though its members were in it.
    let gap = chronicle.has_gap();
    let due = |due| match due {
        Due::Opens if gap => Due::May,
        due => due,
    };
    for (epoch, states) in &chronicle.states {
        let mut states = states.iter();
        let known = states.any(|state| own.epochs.contains_key(state.context()));
        held(known, due(expected.epoch(*epoch)), || {
            format!("the secrets of epoch {epoch}")
        })?;
    }
    for (at, file) in blobs.files.iter().enumerate() {
        // State and roster log are sealed under the key of the door (PROTOCOL section 3).
        let (what, epoch) = match file {
            File::Door(bytes) => ("door", door::epoch_of(bytes).ok()),
            File::State(_) => ("state", blobs.epochs.get(&at).copied()),
            File::Roster(..) => ("roster log", blobs.epochs.get(&at).copied()),
            _ => continue,
        };
        if let Some(epoch) = epoch
            && chronicle.states.contains_key(&epoch)
            // That of a commit that lost a race leads into an epoch that never was.
            && !blobs.refused.contains(&at)
        {
            held(
                own.open_files.contains(&at),
                due(expected.door(epoch)),
                || format!("the {what} of epoch {epoch}"),
            )?;
        }
    }
    for (seq, message) in &blobs.messages {
        let epoch = message.place.epoch;
        held(
            own.open_messages.contains(seq),
            due(expected.message(epoch)),
            || format!("the message at {seq}, of epoch {epoch}"),
        )?;
    }
    Ok(())
}

fn held(opens: bool, due: Due, what: impl Fn() -> String) -> Result<(), String> {
    match (opens, due) {
        (true, Due::Shut) => Err(format!("opens {}, and must not", what())),
        (false, Due::Opens) => Err(format!("does not open {}, and should", what())),
        _ => Ok(()),
    }
}

/// The link that a command shows to whoever gives it.
pub(crate) fn shown_by(command: &Command) -> Option<&engine::api::LinkText> {
    match command {
        Command::JoinByLink { link } | Command::PreviewLink { link } => Some(link),
        _ => None,
    }
}
