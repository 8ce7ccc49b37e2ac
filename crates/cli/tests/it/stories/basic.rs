//! Rooms of basic encryption: one passphrase for all, beside the sealed rooms and never in place of one.

use crate::world::{PASSWORD, Person, Ran, World};

pub(crate) const PASSPHRASE: &str = "four words of ours";

/// Makes such a room; its id and its link.
pub(crate) fn basic_room(person: &Person, name: &str) -> (String, String) {
    let args = ["room", "create", name, "--basic", "--passphrase-stdin"];
    let ran = person.run_with(&args, &format!("{PASSPHRASE}\n"));
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.err.contains("no forward secrecy"), "{}", ran.err);
    let room = ran.out.trim().to_owned();
    let link = person.ok(&["room", "link", &room]);
    (room, link)
}

pub(crate) fn come_in(person: &Person, link: &str, passphrase: &str, options: &[&str]) -> Ran {
    let args = ["room", "join", link, "--passphrase-stdin"];
    person.run_with(&[&args, options].concat(), &format!("{passphrase}\n"))
}

#[test]
fn who_has_link_and_passphrase_reads_all_of_it() {
    let world = World::new();
    // Carol knows another passphrase.
    world.is_damaged();
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]);
    let (room, link) = basic_room(&alice, "Lobby");
    alice.ok(&["send", &room, "early"]);

    // The full-width letters are the same passphrase.
    let ran = come_in(&bob, &link, "ｆｏｕｒ words of ours", &[]);
    assert_eq!((ran.status, ran.out.trim()), (0, &*room), "{}", ran.err);
    bob.ok(&["send", &room, "hello\n\"you\""]);
    assert_eq!(alice.room_field(&room, "unread"), 1);
    let everything = ["alice: early", "bob: hello\n\"you\""];
    assert_eq!(alice.texts(&room), everything);
    assert_eq!(bob.texts(&room), everything);
    assert_eq!(bob.room_field(&room, "encryption"), "shared_key");
    assert_eq!(bob.room_field(&room, "name"), "Lobby");
    assert_eq!(alice.room_field(&room, "unread"), 0);
    let members = [("alice", "owner"), ("bob", "member")];
    let members = members.map(|(name, role)| (name.to_owned(), role.to_owned()));
    assert_eq!(alice.members(&room), members);
    assert!(
        alice
            .ok(&["rooms"])
            .contains("basic encryption: no forward secrecy")
    );
    let shown = alice.ok(&["tail", &room]);
    assert!(shown.contains("alice: early"), "{shown}");
    assert!(shown.contains("bob (unverified): hello"), "{shown}");

    // Whoever knows another passphrase is told so, and is not among the members.
    let ran = come_in(&carol, &link, "four other words", &[]);
    assert_eq!((ran.status, ran.code()), (1, "PASSPHRASE_WRONG"));
    assert_eq!(carol.json(&["rooms"]).len(), 0);
    assert_eq!(alice.members(&room).len(), 2);
    let ran = come_in(&carol, &link, "four other words", &["--anyway"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(carol.texts(&room), Vec::<String>::new());
    assert_eq!(carol.room_field(&room, "tombstones"), 2);

    // What needs keys of its own is not in such a room.
    for args in [
        &["room", "invite", &room, "carol"][..],
        &["room", "rename", &room, "Hall"],
        &["room", "links", &room],
    ] {
        assert_eq!(alice.fails(args).1, "WRONG_ROOM_KIND", "{args:?}");
    }
    let file = world.path().join("a.txt");
    std::fs::write(&file, "a file").unwrap();
    let path = file.to_str().unwrap();
    let refused = alice.fails(&["send", &room, "--file", path]);
    assert_eq!(refused.1, "WRONG_ROOM_KIND");
}

#[test]
fn every_device_of_the_account_has_the_key_and_none_stays_behind() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let (room, link) = basic_room(&alice, "Lobby");
    alice.ok(&["send", &room, "from the first"]);
    let second = Person {
        home: world.path().join("home-alice-2"),
        ..alice.clone()
    };
    assert_eq!(second.sign_in("login", PASSWORD).status, 0);
    assert_eq!(second.texts(&room), ["alice: from the first"]);
    second.ok(&["send", &room, "from the second"]);
    assert_eq!(alice.texts(&room).len(), 2);

    // Out on one device is out on all, and nobody comes back in by being behind.
    second.ok(&["room", "leave", &room]);
    assert_eq!(second.room_field(&room, "state"), "left");
    assert_eq!(alice.room_field(&room, "state"), "left");
    assert_eq!(
        alice.fails(&["send", &room, "still here?"]).1,
        "NOT_A_MEMBER"
    );
    assert_eq!(come_in(&bob, &link, PASSPHRASE, &[]).status, 0);
    let members = bob.members(&room);
    assert_eq!(members, [("bob".to_owned(), "member".to_owned())]);
    // What was read stays, and the way back in is the way in.
    assert_eq!(alice.texts(&room).len(), 2);
    assert_eq!(come_in(&alice, &link, PASSPHRASE, &[]).status, 0);
    alice.ok(&["send", &room, "back"]);
    assert_eq!(second.room_field(&room, "state"), "joined");
    assert_eq!(second.texts(&room).len(), 3);
}

#[test]
fn a_weak_passphrase_and_a_weak_link_are_refused() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    for (name, passphrase, code) in [
        ("Lobby", "12345678", "WEAK_PASSWORD"),
        ("Lobby", "", "BAD_REQUEST"),
        (" ", PASSPHRASE, "BAD_CONTENT"),
        (&"x".repeat(129), PASSPHRASE, "BAD_CONTENT"),
    ] {
        let args = ["room", "create", name, "--basic", "--passphrase-stdin"];
        let ran = alice.run_with(&args, &format!("{passphrase}\n"));
        assert_ne!(ran.status, 0, "{name} {passphrase}");
        assert_eq!(ran.code(), code, "{name} {passphrase}: {}", ran.err);
    }
    let (room, link) = basic_room(&alice, "Lobby");
    let weak = link.replace(".600000.", ".99999.");
    assert_eq!(
        come_in(&alice, &weak, PASSPHRASE, &[]).code(),
        "UNSAFE_PARAMETERS"
    );
    // Salt and count are pinned: a link that was changed on its way leads nowhere.
    let other = link.replace(".600000.", ".600001.");
    assert_eq!(
        come_in(&alice, &other, PASSPHRASE, &[]).code(),
        "UNSAFE_PARAMETERS"
    );
    assert_eq!(come_in(&alice, &link, PASSPHRASE, &[]).out.trim(), room);
    let cut = &link[..link.len() - 1];
    assert_eq!(come_in(&alice, cut, PASSPHRASE, &[]).code(), "BAD_LINK");
    let nowhere = link.replace(&format!("={room}."), "=77.");
    assert_eq!(
        come_in(&alice, &nowhere, PASSPHRASE, &[]).code(),
        "ROOM_NOT_FOUND"
    );
}
