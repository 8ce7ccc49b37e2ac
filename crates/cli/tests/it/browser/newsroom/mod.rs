//! A day in a newsroom: Alice and Bob in browsers, Carol in the terminal, and everything that can happen to a room between
//! them. Bob's browser has a cable that can be pulled out.

mod devices;
mod doing;
mod people;
mod weather;

use super::{cable::Cable, chromium::Chromium, person::profile, story::complaints};
use crate::world::{Person, World};

/// Everybody, and the two rooms: the desk shows newcomers nothing from before, the archive everything.
struct Newsroom {
    alice: Chromium,
    bob: Chromium,
    carol: Person,
    /// The rooms' numbers, as the terminal says them.
    desk: String,
    archive: String,
    cable: Cable,
    world: World,
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_day_in_two_browsers_and_a_terminal() {
    let mut day = Newsroom::opens();
    day.bob_declines_and_then_accepts();
    day.the_archive_is_open_to_newcomers();
    day.bob_is_moderator_for_a_while();
    day.the_server_is_killed_in_mid_sentence();
    day.the_cable_is_pulled_out();
    day.bob_loses_a_browser();
    let phone = day.bob_takes_the_terminal_along();
    day.bob_is_removed_and_comes_back();
    day.everybody_has_read_the_same(&phone);
    for browser in [&day.alice, &day.bob] {
        assert_eq!(complaints(browser), [""; 0]);
    }
    // And the world, when it ends, looks into every home of the terminal: no message is missing.
}

impl Newsroom {
    /// Everybody has an account; Alice has made the desk, said something, and let Carol in by a link.
    fn opens() -> Self {
        let world = World::new();
        let cable = Cable::to(&world.url);
        let alice = Chromium::start(&profile(world.path(), "alice"));
        let bob = Chromium::start(&profile(world.path(), "bob"));
        alice.register(&world.url, "alice");
        bob.register(&cable.url, "bob");
        let [carol] = world.people(["carol"]);
        alice.create_room("Desk");
        alice.say("Before anybody came.");
        alice.hears("Before anybody came.");
        let desk = super::story::join(&carol, &alice.invite_link());
        Self {
            alice,
            bob,
            carol,
            desk,
            archive: String::new(),
            cable,
            world,
        }
    }
}
