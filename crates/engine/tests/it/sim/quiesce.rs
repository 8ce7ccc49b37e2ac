//! The end of all faults: everything heals, and then everybody must come to rest.

use engine::{
    Engine,
    api::{Command, Password, RoomStage, RoomView},
};
use protocol::{error::ErrorCode, ids::RoomId, names::UserName};

use super::{
    faults::Faults,
    network::Happening,
    person::{Person, Who},
    world::World,
};

/// More happenings than any healthy run needs.
const STEPS: usize = 60_000;
/// Whoever has something to do does it within this virtual time.
const HORIZON: u64 = 10 * 60_000;
/// Whoever is not at rest after this virtual time waits for something that never comes.
const PATIENCE: u64 = 2 * 3_600_000;

impl World {
    /// Heals everything and runs until nobody has anything left to do.
    ///
    /// # Errors
    /// A sentence about who does not come to rest.
    pub(crate) fn quiesce(&mut self) -> Result<(), String> {
        self.heal();
        let healed = self.now;
        let mut calm_since = None;
        let mut unrest = None;
        for _ in 0..STEPS {
            if let Some(what) = &self.failure {
                return Err(what.clone());
            }
            self.notice_revoked();
            if let Some(who) = self.locked_out() {
                return Err(format!("{who} has a password that opens nothing"));
            }
            self.sign_in_whoever_is_out();
            let restless = self.unrest();
            if restless.is_some() {
                calm_since = None;
                unrest = restless;
            } else {
                let since = *calm_since.get_or_insert(self.now);
                // Housekeeping waits its turn without anything to show for it.
                if self
                    .next_happening()
                    .is_none_or(|when| when > since + HORIZON)
                {
                    return Ok(());
                }
            }
            if self.now > healed + PATIENCE || !self.step() {
                break;
            }
        }
        match self.unrest().or(unrest) {
            Some(who) => Err(format!("no rest: {who}")),
            None => Ok(()),
        }
    }

    fn heal(&mut self) {
        self.faults = Faults::NONE;
        self.stops_lying();
        self.notice_revoked();
        self.trace
            .line(self.now, "", || "EVERYTHING HEALS".to_owned());
        for who in self.everybody() {
            let person = self.person_mut(who);
            if person.insider {
                continue;
            }
            person.crash_in = None;
            person.link_up = true;
            let socket = person.socket.as_mut().map(|socket| socket.id);
            if person.engine.is_none() {
                self.restart(who);
            }
            if let Some(connection) = socket {
                self.happen(Happening::Unstalled { who, connection });
            }
            self.dial(who);
            self.sign_in(who);
        }
    }

    /// Some learn only now that their session has ended.
    fn sign_in_whoever_is_out(&mut self) {
        for who in self.everybody() {
            let person = self.person(who);
            let under_way = person
                .login
                .is_some_and(|id| !person.results.contains_key(&id));
            let engine = person.engine.as_ref();
            if engine.is_some_and(|engine| engine.session_token().is_none()) && !under_way {
                self.sign_in(who);
            }
        }
    }

    /// Whoever is refused would try again until the end of patience, and each time stretch a password for nothing.
    fn locked_out(&self) -> Option<&str> {
        let refused = |person: &&Person| {
            let login = person.login.and_then(|id| person.results.get(&id));
            login.is_some_and(
                |ended| matches!(ended, Err(why) if why.code == ErrorCode::LoginFailed),
            )
        };
        let mut others = self.people.iter().filter(|person| !person.stolen);
        others.find(refused).map(|person| person.label.as_str())
    }

    /// Whoever has an account and no session logs in.
    pub(crate) fn sign_in(&mut self, who: Who) {
        let person = self.person(who);
        let known = person.account().is_some() || person.came_later;
        let out = person.engine().session_token().is_none() && known;
        if !out || person.stolen {
            return;
        }
        self.sign_in_anew(who);
    }

    /// Logs in under the own name.
    pub(crate) fn sign_in_anew(&mut self, who: Who) {
        let person = self.person(who);
        let user = UserName::parse(&person.name).expect("a name of ours");
        let password = Password::new(person.password());
        let login = self.command(
            who,
            Command::Login {
                user,
                password,
                code: None,
            },
        );
        self.person_mut(who).login = Some(login);
    }

    /// When the next thing happens, apart from those who knock in vain and go on knocking.
    fn next_happening(&self) -> Option<u64> {
        let mut queue = self.queue.iter();
        let next = queue.find(|(_, happening)| {
            let knocks = happening
                .client()
                .is_some_and(|who| self.knocks_in_vain(self.person(who)));
            !knocks
        });
        next.map(|((when, _), _)| *when)
    }

    /// Whether nobody has the keys of a room any more that this device waits to be let into: what all devices of all its
    /// members have lost is lost, and the device goes on asking.
    fn knocks_in_vain(&self, person: &Person) -> bool {
        let Some(engine) = &person.engine else {
            return false;
        };
        let mut rooms = engine.rooms().into_iter();
        rooms.any(|room| self.is_lost(room.room))
            || (self.has_read_all(engine) && self.waits_somewhere(person))
    }

    /// Whether somebody waits in a room for one who is gone for good.
    fn waits_somewhere(&self, person: &Person) -> bool {
        let rooms = person.engine.as_ref().map_or_else(Vec::new, Engine::rooms);
        let mut rooms = rooms.into_iter();
        rooms.any(|room| self.waits_alone(person, room.room))
    }

    /// Whether all that the server has is read, where it can be, and nothing waits to be sent.
    fn has_read_all(&self, engine: &Engine) -> bool {
        let pending = engine.pending();
        let read = |room: &RoomView| {
            let log = self.server.rooms().get(&room.room);
            room.stage != RoomStage::Joined || log.is_none_or(|log| log.last_seq() == room.last_seq)
        };
        engine.rooms().iter().all(read) && (pending.messages, pending.behind) == (0, 0)
    }

    /// Whether no device that is its owner's is in the room.
    pub(super) fn is_lost(&self, room: RoomId) -> bool {
        self.server.rooms().contains_key(&room)
            && !self.people.iter().any(|person| {
                let view = person.engine.as_ref().and_then(|engine| engine.room(room));
                let outside = |view: &RoomView| {
                    matches!(
                        view.stage,
                        RoomStage::NotOnThisDevice
                            | RoomStage::Left
                            | RoomStage::Removed
                            | RoomStage::RemovedUnconfirmed
                    )
                };
                view.is_some_and(|view| !outside(&view)) && !person.stolen
            })
    }

    /// Who is not at rest, and why.
    fn unrest(&self) -> Option<String> {
        for person in self.people.iter().filter(|person| !person.stolen) {
            let Some(engine) = &person.engine else {
                return Some(format!("{} is not there", person.label));
            };
            let mut pending = engine.pending();
            if self.knocks_in_vain(person) {
                pending.calls = 0;
            }
            if self.has_read_all(engine) && self.waits_somewhere(person) {
                continue;
            }
            if !pending.is_idle() {
                let rooms = engine.rooms().into_iter();
                let stages: Vec<_> = rooms.map(|room| (room.room, room.stage)).collect();
                let pending = engine.pending();
                return Some(format!("{} has {pending:?} in {stages:?}", person.label));
            }
            let connected = person
                .socket
                .as_ref()
                .is_some_and(|socket| socket.open && !socket.cut);
            if engine.session_token().is_some() && !connected {
                return Some(format!("{} is not connected", person.label));
            }
            let leaving = |room: &engine::api::RoomView| room.stage == RoomStage::Leaving;
            if let Some(room) = engine.rooms().iter().find(|room| leaving(room)) {
                return Some(format!("{} is still leaving {}", person.label, room.room));
            }
        }
        let waits = |happening: &Happening| {
            let knocks = happening
                .client()
                .is_some_and(|who| self.knocks_in_vain(self.person(who)));
            !knocks && !matches!(happening, Happening::Wake { .. })
        };
        self.queue
            .values()
            .find(|happening| waits(happening))
            .map(|happening| format!("in flight: {happening:?}"))
    }
}
