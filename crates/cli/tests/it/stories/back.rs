//! Coming back with the password alone, where the device is lost and the account's keys are of no use any more.

use crate::world::{PASSWORD, Person, World};

/// The home is gone; the same person logs in again, as a new device.
fn loses_the_home(person: &Person) {
    std::fs::remove_dir_all(&person.home).unwrap();
    let ran = person.sign_in("login", PASSWORD);
    assert_eq!(ran.status, 0, "{}", ran.err);
}

#[test]
fn both_devices_are_lost_and_the_password_is_enough() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Kitchen", &[], &[&bob]);
    let phone = Person {
        home: world.path().join("home-bob-phone"),
        ..bob.clone()
    };
    assert_eq!(phone.sign_in("login", PASSWORD).status, 0);
    phone.ok(&["send", &room, "from my phone"]);
    std::fs::remove_dir_all(&phone.home).unwrap();
    loses_the_home(&bob);
    assert_eq!(bob.room_field(&room, "state"), "joined");
    bob.ok(&["send", &room, "from my new one"]);
    let said = ["bob: from my phone", "bob: from my new one"];
    assert_eq!(alice.texts(&room), said);
    assert_eq!(bob.texts(&room), said);
}

#[test]
fn who_finds_no_keys_waits_until_somebody_is_there() {
    let world = World::new();
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]);
    let room = alice.room_with("Kitchen", &[], &[&bob]);
    bob.ok(&["room", "invite", &room, "carol"]);
    carol.ok(&["room", "accept", &room]);
    bob.ok(&["send", &room, "before"]);
    alice.ok(&["room", "remove", &room, "carol"]);
    // Bob has not been there since: neither his home nor his vault has the room's present keys.
    loses_the_home(&bob);
    let lines = bob.ok(&["rooms"]);
    assert!(
        lines.contains("waiting until somebody who is in the room lets this device in"),
        "{lines}"
    );
    assert_eq!(bob.room_field(&room, "waiting"), true);
    // Alice does nothing about it but be there.
    alice.ok(&["rooms"]);
    assert_eq!(bob.room_field(&room, "state"), "joined");
    assert_eq!(bob.room_field(&room, "waiting"), false);
    assert_eq!(bob.texts(&room), ["bob: before"]);
    bob.ok(&["send", &room, "there you are"]);
    assert_eq!(alice.texts(&room).last().unwrap(), "bob: there you are");
    assert_eq!(alice.members(&room).len(), 2);
}
