//! Homes of an account: further ones, lost ones, and those that are no longer the account's.

use super::{
    network::Happening,
    person::{Person, Text, Who},
    store::Store,
    world::World,
};

impl World {
    /// Somebody of that name sets up a further device and logs in with the password alone.
    pub(crate) fn moves_in(&mut self, name: &str, seed: u64) -> Who {
        let mut home = Person::new(self.config, name, Store::default(), seed);
        home.came_later = true;
        let owns = self.people.iter().find(|other| other.name == name);
        home.new_password = owns.and_then(|other| other.new_password.clone());
        home.label = format!("{name}{}", self.people.len());
        self.people.push(home);
        let home = Who(self.people.len() - 1);
        self.dial(home);
        self.sign_in_anew(home);
        home
    }

    /// The store of a device is gone with all that it alone knew, and its owner starts over.
    pub(crate) fn loses_store(&mut self, who: Who) {
        self.crash(who);
        let person = self.person_mut(who);
        person.store = Store::default();
        person.crash_in = None;
        person.came_later = true;
        for fate in person.texts.values_mut() {
            if let Text::Durable(room) = *fate {
                *fate = Text::Lost(room);
            }
        }
        self.happen(Happening::Restart { who });
        self.sign_in_anew(who);
    }

    /// Devices that the server has taken out of their accounts do what they like from here on, and no rule is for them.
    pub(crate) fn notice_revoked(&mut self) {
        for who in self.everybody() {
            let engine = self.person(who).engine.as_ref();
            let view = engine.and_then(engine::Engine::account);
            let gone = view.is_some_and(|view| self.server.has_revoked(view.device));
            if gone && !self.person(who).stolen {
                self.trace
                    .line(self.now, &self.person(who).label, || "REVOKED".to_owned());
                self.person_mut(who).stolen = true;
            }
        }
    }
}
