//! A phone is stolen: its owner revokes it from the laptop.

use crate::{
    homes::{another_home, copy, further_device},
    world::{PASSWORD, Person, World},
};

/// The ids of an account's devices, this one's first.
fn devices(person: &Person) -> Vec<String> {
    let mut listed = person.json(&["devices"]);
    listed.sort_by_key(|device| device["current"] != true);
    let id = |device: &serde_json::Value| device["id"].as_str().unwrap().to_owned();
    listed.iter().map(id).collect()
}

#[test]
fn a_stolen_phone_opens_nothing_new_and_enters_nothing() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let rooms = ["none", "since-join", "shared"]
        .map(|history| alice.room_with(history, &["--history", history], &[&bob]));
    let phone = further_device(&world, &alice, "phone");
    let tablet = further_device(&world, &alice, "tablet");
    for room in &rooms {
        phone.ok(&["send", room, "on my way"]);
    }
    let link = alice.ok(&["room", "link", &rooms[1]]);
    // Whoever steals it copies all of it first, key of the store included.
    let thief = another_home(&world, &alice, "thief");
    copy(&phone.home, &thief.home);

    let own = devices(&phone).swap_remove(0);
    let wrong = alice.run_with(&["device", "revoke", &own, "--password-stdin"], "a guess\n");
    assert_eq!((wrong.status, wrong.code()), (1, "LOGIN_FAILED"));
    assert_eq!(devices(&alice).len(), 3);
    let revoked = alice.run_with(
        &["device", "revoke", &own[..12], "--password-stdin"],
        &format!("{PASSWORD}\n"),
    );
    assert_eq!(revoked.status, 0, "{}", revoked.err);
    assert!(!devices(&alice).contains(&own));

    for room in &rooms {
        for person in [&alice, &bob, &tablet] {
            person.ok(&["send", room, "after the theft"]);
        }
        for person in [&alice, &bob, &tablet] {
            let read = person.texts(room);
            assert_eq!(
                read.iter().filter(|text| text.ends_with("theft")).count(),
                3
            );
        }
        assert_eq!(bob.members(room).len(), 2);
    }
    for person in [&alice, &bob, &tablet] {
        assert_eq!(person.json(&["status"])[0]["tombstones"], 0);
    }
    // The session has ended, and with it every way to ask for anything.
    for room in &rooms {
        let (status, _) = thief.fails(&["tail", room]);
        assert_eq!(status, 3);
        let (status, _) = thief.fails(&["send", room, "it is me"]);
        assert_eq!(status, 3);
    }
    assert_eq!(thief.fails(&["room", "join", &link]).0, 3);
    // Nor does the device come back with the password.
    assert_ne!(thief.sign_in("login", PASSWORD).status, 0);
    let carol = world.person("carol");
    carol.register();
    assert_eq!(carol.fails(&["room", "join", &link]).1, "LINK_ENDED");

    // A new phone takes its place by the password alone.
    let new = further_device(&world, &alice, "new-phone");
    for room in &rooms {
        assert_eq!(new.room_field(room, "state"), "joined");
        new.ok(&["send", room, "my new phone"]);
        assert_eq!(bob.texts(room).last().unwrap(), "alice: my new phone");
    }
    assert_eq!(new.texts(&rooms[2]).len(), 5);
}
