//! What a browser keeps is lost (attack 20): a sentence says so, and whoever logs in again is the same person as before.

use serde_json::Value;

use super::{chromium::Chromium, tabs::garden};
use crate::world::{PASSWORD, Person, World};

const GONE: &str = "is gone: its data was cleared.";

const WIPE_DATABASE: &str =
    "indexedDB.deleteDatabase('secure-chat').onsuccess = () => { localStorage.length; done(true) }";
const WIPE_NAMES: &str = "localStorage.clear(); done(true)";
const WIPE_BOTH: &str = "localStorage.clear();
     indexedDB.deleteDatabase('secure-chat').onsuccess = () => done(true)";

/// Alice in a browser, Carol in the terminal, and how Carol knows that Alice is Alice.
pub(super) struct Garden {
    pub(super) alice: Chromium,
    pub(super) carol: Person,
    pub(super) room: String,
    number: String,
    world: World,
}

impl Garden {
    pub(super) fn new() -> Self {
        let world = World::new();
        let (alice, carol, room) = garden(&world);
        alice.say("Before.");
        alice.hears("Before.");
        let number = carol.ok(&["verify", "alice"]);
        Self {
            alice,
            carol,
            room,
            number,
            world,
        }
    }

    /// Something happens to what the browser keeps while no page is open; then it is opened.
    pub(super) fn meanwhile(&self, script: &str) -> Value {
        // A page of this origin without a worker, so that nobody holds the store.
        self.alice.go(&format!("{}/healthz", self.world.url));
        let done = self.alice.wait_for(script);
        self.alice.go(&self.world.url);
        done
    }

    pub(super) fn url(&self) -> String {
        self.world.url.clone()
    }

    pub(super) fn says(&self, sentence: &str) {
        let alice = &self.alice;
        alice.until(&format!("document.body.innerText.includes({sentence:?})"));
    }

    /// Alice writes, and Carol finds nobody new: the same two people, and the same number to compare.
    pub(super) fn is_alice(&self, words: &str) {
        self.alice.open_room("The garden");
        self.alice.say(words);
        self.alice.hears(words);
        let heard = self.carol.texts(&self.room);
        assert_eq!(heard.last().unwrap(), &format!("alice: {words}"));
        assert_eq!(self.carol.ok(&["verify", "alice"]), self.number);
        assert_eq!(self.carol.members(&self.room).len(), 2);
    }

    /// The page begins anew, and still knows whose it was.
    pub(super) fn logs_in_again(&self) {
        self.alice.press("Log in again");
        self.alice
            .until("document.querySelector('#user')?.value === 'alice'");
        self.alice.write("password", PASSWORD);
        self.alice.click("//button[@type='submit']");
    }
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_database_that_is_gone_is_missed_as_long_as_the_name_is_known() {
    let garden = Garden::new();
    garden.meanwhile(WIPE_DATABASE);
    garden.says(GONE);
    garden.logs_in_again();
    garden.is_alice("After the loss.");
    // The other half alone makes no difference, and comes back by itself.
    garden.meanwhile(WIPE_NAMES);
    garden.is_alice("Nothing was missing.");
    garden.meanwhile(WIPE_DATABASE);
    garden.says(GONE);
    garden.logs_in_again();
    garden.is_alice("After the second loss.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn where_nothing_is_left_one_logs_in_and_nobody_takes_the_name() {
    let garden = Garden::new();
    garden.meanwhile(WIPE_BOTH);
    let alice = &garden.alice;
    alice.until("document.querySelector('#user')?.value === ''");
    // To a browser that knows nothing this is a beginning; the server still knows who has the name.
    alice.write("user", "alice");
    alice.write("password", PASSWORD);
    alice.press("Create account");
    alice.until("document.querySelector('.complaint').textContent === 'That name is taken.'");
    alice.press("Log in");
    alice.click("//button[@type='submit']");
    garden.is_alice("From nothing.");
}
