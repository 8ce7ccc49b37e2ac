//! A room of basic encryption, in a browser and in a terminal.

use super::{chromium::Chromium, person::profile};
use crate::{
    stories::basic::{PASSPHRASE, basic_room, come_in},
    world::World,
};

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_browser_makes_one_and_a_terminal_comes_in() {
    let world = World::new();
    let [bob] = world.people(["bob"]);
    let alice = Chromium::start(&profile(world.path(), "alice"));
    alice.register(&world.url, "alice");
    alice.press("New room");
    alice.press("For simple programs");
    alice.write("room-name", "Lobby");
    alice.write("room-passphrase", "12345678");
    alice.press("Create room");
    alice.says("too easy to guess");
    alice.run("document.getElementById('room-passphrase').select()");
    alice.write("room-passphrase", PASSPHRASE);
    alice.screen("basic-new");
    alice.press("Create room");
    alice.says("Basic encryption: no forward secrecy.");
    // What needs keys of its own is not offered.
    alice.until("document.querySelector('.composer input[type=file]') === null");
    alice.say("Is somebody there?");

    alice.press("Invite");
    let link = alice.text("invite-link");
    alice.screen("basic-invite");
    alice.press("Close");
    let ran = come_in(&bob, &link, PASSPHRASE, &[]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let room = ran.out.trim().to_owned();
    assert_eq!(bob.texts(&room), ["alice: Is somebody there?"]);
    bob.ok(&["send", &room, "Here I am."]);
    alice.says("Here I am.");
    alice.says("bob (unverified)");
    alice.screen("basic-room");

    alice.press("People");
    alice.says("The server says that these are here.");
    alice.until("document.querySelectorAll('.members li').length === 2");
    alice.press("Close");
    alice.press("Room");
    alice.says("Whoever has the passphrase.");
    alice.until("document.getElementById('room-code') === null");
    alice.screen("basic-about");
    alice.press("Leave the room");
    alice.press("Leave");
    alice.says("You are not in this room any more.");
    assert_eq!(bob.members(&room).len(), 1);
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_browser_comes_in_by_a_link_and_the_passphrase() {
    let world = World::new();
    let [bob] = world.people(["bob"]);
    let (room, link) = basic_room(&bob, "Lobby");
    bob.ok(&["send", &room, "Come in."]);
    let alice = Chromium::start(&profile(world.path(), "alice"));
    alice.register(&world.url, "alice");
    alice.go(&link);
    alice.write("room-passphrase", "four other words");
    alice.press("Join the room");
    alice.says("That passphrase opens nothing of what was said in this room.");
    alice.screen("basic-join");
    alice.run("document.getElementById('room-passphrase').select()");
    alice.write("room-passphrase", PASSPHRASE);
    alice.press("Join the room");
    alice.says("Come in.");
    alice.say("Thank you.");
    alice.hears("Thank you.");
    alice.reload();
    alice.says("Thank you.");
    assert_eq!(bob.texts(&room), ["bob: Come in.", "alice: Thank you."]);
}
