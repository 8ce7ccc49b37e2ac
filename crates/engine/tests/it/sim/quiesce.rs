//! The end of all faults: everything heals, and then everybody must come to rest.

use engine::api::{Command, Password, RoomStage};
use protocol::names::UserName;

use super::{faults::Faults, network::Happening, person::Who, world::World};

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
        self.trace
            .line(self.now, "", || "EVERYTHING HEALS".to_owned());
        for who in self.everybody() {
            let person = self.person_mut(who);
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
            let engine = self.person(who).engine();
            if engine.session_token().is_none() && engine.pending().changes == 0 {
                self.sign_in(who);
            }
        }
    }

    /// Whoever has an account and no session logs in.
    pub(crate) fn sign_in(&mut self, who: Who) {
        let person = self.person(who);
        let out = person.engine().session_token().is_none() && person.account().is_some();
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
        self.command(who, Command::Login { user, password });
    }

    fn next_happening(&self) -> Option<u64> {
        self.queue.first_key_value().map(|((when, _), _)| *when)
    }

    /// Who is not at rest, and why.
    fn unrest(&self) -> Option<String> {
        for person in self.people.iter().filter(|person| !person.stolen) {
            let Some(engine) = &person.engine else {
                return Some(format!("{} is not there", person.name));
            };
            if !engine.pending().is_idle() {
                return Some(format!("{} has {:?}", person.name, engine.pending()));
            }
            let connected = person
                .socket
                .as_ref()
                .is_some_and(|socket| socket.open && !socket.cut);
            if engine.session_token().is_some() && !connected {
                return Some(format!("{} is not connected", person.name));
            }
            let leaving = |room: &engine::api::RoomView| room.stage == RoomStage::Leaving;
            if let Some(room) = engine.rooms().iter().find(|room| leaving(room)) {
                return Some(format!("{} is still leaving {}", person.name, room.room));
            }
        }
        let waits = |happening: &Happening| !matches!(happening, Happening::Wake { .. });
        self.queue
            .values()
            .find(|happening| waits(happening))
            .map(|happening| format!("in flight: {happening:?}"))
    }
}
