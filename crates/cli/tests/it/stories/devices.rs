//! A further device of the own: it comes into all rooms by the password alone, with nobody online.

use crate::world::{PASSWORD, Person, World};

/// The same person with an empty home, logged in.
fn second_device(world: &World, person: &Person) -> Person {
    let second = Person {
        home: world.path().join(format!("home-{}-2", person.name)),
        ..person.clone()
    };
    let ran = second.sign_in("login", PASSWORD);
    assert_eq!(ran.status, 0, "{}", ran.err);
    second
}

#[test]
fn the_recovery_code_is_tested_on_any_device() {
    let world = World::new();
    let alice = world.person("alice");
    let args = ["register", "--server", &world.url, "--user", "alice"];
    let args = [&args[..], &["--password-stdin", "--json"]].concat();
    let ran = alice.run_with(&args, &format!("{PASSWORD}\n"));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let code = told["recovery_code"].as_str().unwrap();
    let second = second_device(&world, &alice);
    let test = |person: &Person, code: &str| {
        let args = ["recovery", "test", "--code-stdin"];
        person.run_with(&args, &format!("{code}\n"))
    };
    for person in [&alice, &second] {
        let ran = test(person, code);
        assert_eq!(ran.status, 0, "{}", ran.err);
        let ran = test(person, &code.replace(&code[..4], "0000"));
        assert_eq!((ran.status, ran.code()), (1, "RECOVERY_CODE_WRONG"));
        let ran = test(person, "");
        assert_eq!((ran.status, ran.code()), (2, "BAD_REQUEST"));
    }
}

#[test]
fn a_second_device_comes_in_and_reads_what_the_account_may() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = |history: &str| {
        let room = alice.room_with(history, &["--history", history], &[]);
        alice.ok(&["send", &room, "before bob"]);
        alice.ok(&["room", "invite", &room, "bob"]);
        bob.ok(&["room", "accept", &room]);
        alice.ok(&["send", &room, "with bob"]);
        bob.ok(&["send", &room, "bob's first"]);
        room
    };
    let rooms = ["none", "since-join", "shared"].map(room);

    let second = second_device(&world, &bob);
    for room in &rooms {
        assert_eq!(second.room_field(room, "state"), "joined");
        second.ok(&["send", room, "bob's second"]);
    }
    let [none, since_join, shared] = rooms;
    let whole = [
        "alice: before bob",
        "alice: with bob",
        "bob: bob's first",
        "bob: bob's second",
    ];
    assert_eq!(second.texts(&none), whole[3..]);
    assert_eq!(second.texts(&since_join), whole[1..]);
    assert_eq!(second.texts(&shared), whole);
    for room in [&none, &since_join, &shared] {
        assert_eq!(alice.texts(room), whole);
        assert_eq!(bob.texts(room).last().unwrap(), "bob: bob's second");
        alice.ok(&["send", room, "to both"]);
        for device in [&bob, &second] {
            assert_eq!(device.texts(room).last().unwrap(), "alice: to both");
        }
        assert_eq!(alice.members(room).len(), 2);
    }
    for person in [&alice, &bob, &second] {
        assert_eq!(person.json(&["status"])[0]["tombstones"], 0);
    }
}

#[test]
fn a_new_device_is_told_to_the_first_until_somebody_looks() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Room", &[], &[&bob]);
    let second = second_device(&world, &bob);
    let id = second.json(&["status"])[0]["device"].clone();
    let id = id.as_str().unwrap();
    assert!(!second.run(&["rooms"]).err.contains("new device"));
    for _ in 0..2 {
        let said = bob.run(&["rooms"]).err;
        assert!(said.contains("Your account has a new device"), "{said}");
        assert!(said.contains(id), "{said}");
    }
    let told = alice.ok(&["tail", &room]);
    assert!(told.contains("bob has a new device."), "{told}");

    let listed = bob.run(&["devices"]);
    assert!(!listed.err.contains("new device"), "{}", listed.err);
    let line = listed.out.lines().find(|line| line.starts_with(id));
    assert!(line.unwrap().ends_with(", new"), "{}", listed.out);
    assert!(!bob.ok(&["devices"]).contains(", new"));
    assert!(!bob.run(&["rooms"]).err.contains("new device"));
}

#[test]
fn the_first_device_was_off_for_many_changes() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Changes", &["--history", "shared"], &[&bob]);
    for number in 0..50 {
        alice.ok(&["room", "topic", &room, &format!("topic {number}")]);
        alice.ok(&["send", &room, &format!("line {number}")]);
    }
    let second = second_device(&world, &bob);
    assert_eq!(second.room_field(&room, "topic"), "topic 49");
    assert_eq!(second.texts(&room).len(), 50);
    second.ok(&["send", &room, "here"]);
    assert_eq!(alice.texts(&room).last().unwrap(), "bob: here");
    assert_eq!(bob.texts(&room).len(), 51);
    for person in [&alice, &bob, &second] {
        assert_eq!(person.json(&["status"])[0]["tombstones"], 0);
    }
}

#[test]
fn what_was_said_while_the_first_device_was_off_comes_from_whoever_was_there() {
    for first_comes_back in [false, true] {
        let world = World::new();
        let [alice, bob] = world.people(["alice", "bob"]);
        let room = alice.room_with("Gap", &["--history", "since-join"], &[&bob]);
        alice.ok(&["send", &room, "to the first"]);
        assert_eq!(bob.texts(&room), ["alice: to the first"]);
        for line in ["one", "two"] {
            alice.ok(&["room", "topic", &room, line]);
            alice.ok(&["send", &room, line]);
        }
        // Its keys are in no vault: nobody of the account has seen these epochs.
        let second = second_device(&world, &bob);
        assert_eq!(second.texts(&room), ["alice: to the first"]);
        assert_eq!(second.json(&["status"])[0]["tombstones"], 2);
        if first_comes_back {
            bob.ok(&["rooms"]);
        } else {
            alice.ok(&["rooms"]);
        }
        let all = ["alice: to the first", "alice: one", "alice: two"];
        assert_eq!(second.texts(&room), all);
        assert_eq!(second.json(&["status"])[0]["tombstones"], 0);
    }
}
