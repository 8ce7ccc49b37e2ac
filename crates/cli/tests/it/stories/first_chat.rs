//! People meet, talk, are promoted, removed, leave and come back.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::{
    bot::Bot,
    world::{Person, World},
};

#[test]
fn three_people_chat_and_one_is_removed() {
    let world = World::new();
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]);
    let room = alice.ok(&["room", "create", "Newsroom", "--topic", "Tips"]);
    alice.ok(&["room", "invite", "Newsroom", "bob"]);
    alice.ok(&["room", "invite", &room, "carol"]);
    assert_eq!(bob.room_field(&room, "state"), "invited");
    assert_eq!(bob.room_field(&room, "name"), serde_json::Value::Null);
    assert_eq!(bob.room_field(&room, "inviter"), "alice");
    bob.ok(&["room", "accept", &room]);
    carol.ok(&["room", "accept", &room]);
    for person in [&bob, &carol] {
        assert_eq!(person.room_field(&room, "name"), "Newsroom");
        assert_eq!(person.room_field(&room, "topic"), "Tips");
    }

    let mut said = Vec::new();
    let people = [&alice, &bob, &carol];
    let rounds = people.iter().cycle().take(6).enumerate();
    let mut last = 0;
    for (number, person) in rounds {
        let seq: u64 = person
            .ok(&["send", "Newsroom", &format!("line {number}")])
            .parse()
            .unwrap();
        assert!(seq > last, "places ascend");
        last = seq;
        said.push(format!("{}: line {number}", person.name));
    }
    for person in people {
        assert_eq!(person.texts(&room), said, "{}", person.name);
    }

    alice.ok(&["room", "rename", &room, "Night desk"]);
    alice.ok(&["room", "topic", "Night desk", "Quiet please"]);
    alice.ok(&["room", "role", "Night desk", "bob", "admin"]);
    assert_eq!(bob.room_field(&room, "name"), "Night desk");
    assert_eq!(bob.room_field(&room, "topic"), "Quiet please");
    assert_eq!(bob.room_field(&room, "role"), "admin");
    assert!(
        carol
            .members(&room)
            .contains(&("bob".to_owned(), "admin".to_owned()))
    );

    bob.ok(&["room", "remove", &room, "carol"]);
    alice.ok(&["send", &room, "carol must not read this"]);
    bob.ok(&["send", &room, "nor this"]);
    said.push("alice: carol must not read this".to_owned());
    said.push("bob: nor this".to_owned());
    assert_eq!(alice.texts(&room), said);
    assert_eq!(bob.texts(&room), said);
    assert_eq!(carol.texts(&room), said[..6]);
    removal_is_confirmed(&room, &alice, &carol);
    assert_eq!(
        carol.fails(&["send", &room, "hello"]),
        (1, "NOT_A_MEMBER".into())
    );
    for person in [&alice, &bob] {
        let status = person.json(&["status"]);
        assert_eq!(status[0]["tombstones"], 0);
    }
}

/// Until somebody who stayed, and who is not the one that removed, is there to say so, it may be the server's lie.
fn removal_is_confirmed(room: &str, stayed: &Person, removed: &Person) {
    assert_eq!(removed.room_field(room, "state"), "removed-unconfirmed");
    let mut witness = Bot::start(stayed);
    witness.event(|line| line["event"] == "online");
    let number: u64 = room.parse().unwrap();
    let mut asking = Bot::start(removed);
    loop {
        let rooms = asking.ask(json!({ "command": "rooms" })).unwrap();
        let rooms = rooms["rooms"].as_array().unwrap();
        let found = rooms.iter().find(|line| line["id"] == number);
        if found.unwrap()["state"] == "removed" {
            break;
        }
        asking.event(|line| line["event"] == "rooms_changed");
    }
    asking.end();
    witness.end();
}

#[test]
fn who_left_comes_back_by_invitation() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    bob.ok(&["send", &room, "before"]);
    bob.ok(&["room", "leave", &room]);
    alice.ok(&["rooms"]);
    assert_eq!(
        alice.members(&room),
        [("alice".to_owned(), "owner".to_owned())]
    );
    alice.ok(&["send", &room, "while bob is away"]);
    assert_eq!(bob.room_field(&room, "state"), "left");
    assert_eq!(bob.texts(&room), ["bob: before"]);

    alice.ok(&["room", "invite", &room, "bob"]);
    bob.ok(&["room", "accept", &room]);
    bob.ok(&["send", &room, "back"]);
    alice.ok(&["send", &room, "welcome"]);
    assert_eq!(
        bob.texts(&room),
        ["bob: before", "bob: back", "alice: welcome"]
    );
    assert_eq!(
        alice.texts(&room),
        [
            "bob: before",
            "alice: while bob is away",
            "bob: back",
            "alice: welcome"
        ]
    );
}

#[test]
fn an_invitation_can_be_declined() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.ok(&["room", "create", "Tea"]);
    alice.ok(&["room", "invite", &room, "bob"]);
    bob.ok(&["room", "decline", &room]);
    alice.ok(&["send", &room, "anybody?"]);
    assert_eq!(alice.members(&room).len(), 1);
    assert_eq!(bob.room_field(&room, "state"), "left");
    assert!(bob.texts(&room).is_empty());
}

#[test]
fn a_session_ends_and_begins_again_on_the_same_device() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    bob.ok(&["logout"]);
    assert_eq!(bob.fails(&["rooms"]), (3, "NOT_LOGGED_IN".into()));
    alice.ok(&["send", &room, "are you there?"]);
    let login = bob.sign_in("login", crate::world::PASSWORD);
    assert_eq!(login.status, 0, "{}", login.err);
    assert_eq!(bob.texts(&room), ["alice: are you there?"]);
    bob.ok(&["send", &room, "yes"]);
    assert_eq!(alice.texts(&room), ["alice: are you there?", "bob: yes"]);
}

#[test]
fn two_people_see_the_same_safety_number() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let number = |of: &Person, with: &str| {
        let line = of.json(&["verify", with]).remove(0);
        assert_eq!(line["verified"], false);
        line["safety_number"].as_str().unwrap().to_owned()
    };
    assert_eq!(number(&alice, "bob"), number(&bob, "alice"));
    let verified = || {
        let members = alice.json(&["members", &room]);
        let bob_line = members.iter().find(|line| line["user"] == "bob").unwrap();
        let shown = alice.json(&["verify", "bob"]).remove(0);
        assert_eq!(shown["verified"], bob_line["verified"]);
        shown["verified"] == true
    };
    for (change, expected) in [("--yes", true), ("--undo", false), ("--yes", true)] {
        alice.ok(&["verify", "bob", change]);
        assert_eq!(verified(), expected, "{change}");
    }
}

#[test]
fn text_from_standard_input_keeps_its_lines() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let room = alice.ok(&["room", "create", "Notes"]);
    let ran = alice.run_with(&["send", &room, "-"], "one\ntwo\n");
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(alice.texts(&room), ["alice: one\ntwo"]);
    let people = alice.ok(&["tail", &room]);
    assert!(people.contains("alice: one\n    two"), "{people}");
}

#[test]
fn a_restarted_server_changes_nothing() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    alice.ok(&["send", &room, "one"]);
    world.restart_server();
    bob.ok(&["send", &room, "two"]);
    assert_eq!(alice.texts(&room), ["alice: one", "bob: two"]);
}

#[test]
fn a_followed_room_shows_what_comes() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let mut follower = bob
        .program()
        .args(["tail", &room, "--follow", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(follower.stdout.take().unwrap());
    let mut texts = output.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        line["text"].as_str().map(str::to_owned)
    });
    for text in ["one", "two"] {
        alice.ok(&["send", &room, text]);
        assert_eq!(texts.next().as_deref(), Some(text));
    }
    follower.kill().unwrap();
    follower.wait().unwrap();
}
