//! Attacks on rooms of basic encryption: what a server without the passphrase can make of them.

use protocol::{
    log::{Body, Key, Message},
    rest::{Encryption, Rooms},
};

use serde_json::Value;

use super::{causes, entry};
use crate::{
    bot::Bot,
    liar::Liar,
    stories::basic::{PASSPHRASE, basic_room, come_in},
    world::World,
};

/// A message of one room, told in another, is not shown there, also where both have one passphrase and one salt.
#[test]
fn what_is_said_in_one_room_is_shown_in_no_other() {
    let world = World::new();
    world.is_damaged();
    let [alice] = world.people(["alice"]);
    let server = Liar::before(&world.url);
    let bob = server.guest(&world, "bob");
    let (here, link) = basic_room(&alice, "Here");
    alice.ok(&["send", &here, "said here"]);
    let link = link.replace(&world.url, &server.url);
    assert_eq!(come_in(&bob, &link, PASSPHRASE, &[]).status, 0);
    alice.ok(&["send", &here, "and this too"]);

    // The server tells it in a room of another number, which the same link leads to.
    let (there, _) = basic_room(&alice, "There");
    let twin = link.replace(&format!("={here}."), &format!("={there}."));
    let token = alice.ok(&["token"]);
    let said = alice.json(&["tail", &here]);
    assert_eq!(said.len(), 2);
    let path = format!("/api/rooms/{here}/entries/1");
    let entry: protocol::log::Entry =
        serde_json::from_str(&crate::world::get(&world.url, &path, &token)).unwrap();
    alice.ok(&["send", &there, "something"]);
    let body = entry.body.clone();
    server
        .log(&there)
        .changes(1, move |entry| entry.body = body.clone());
    let ran = come_in(&bob, &twin, PASSPHRASE, &[]);
    assert_eq!(ran.code(), "PASSPHRASE_WRONG", "nothing opens here");
    let ran = come_in(&bob, &twin, PASSPHRASE, &["--anyway"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(bob.texts(&there), Vec::<String>::new());
    assert_eq!(bob.json(&["tail", &there])[0]["cause"], "Mismatch");
}

/// The server says that a room of the one kind is of the other: neither client is moved by it.
#[test]
fn no_room_changes_its_kind() {
    let world = World::new();
    world.is_damaged();
    let [alice] = world.people(["alice"]);
    let server = Liar::before(&world.url);
    let bob = server.guest(&world, "bob");
    let sealed = alice.room_with("Sealed", &[], &[&bob]);
    let (basic, link) = basic_room(&alice, "Basic");
    let link = link.replace(&world.url, &server.url);
    assert_eq!(come_in(&bob, &link, PASSPHRASE, &[]).status, 0);

    server.lies("GET /api/rooms", |rooms: &mut Rooms| {
        for room in &mut rooms.rooms {
            room.encryption = match room.encryption {
                Encryption::Mls => Encryption::SharedKey,
                Encryption::SharedKey => Encryption::Mls,
            };
        }
    });
    alice.ok(&["send", &sealed, "sealed"]);
    alice.ok(&["send", &basic, "basic"]);
    assert_eq!(bob.texts(&sealed), ["alice: sealed"]);
    assert_eq!(bob.texts(&basic), ["alice: basic"]);
    assert_eq!(bob.room_field(&sealed, "encryption"), "mls");
    assert_eq!(bob.room_field(&basic, "encryption"), "shared_key");
    assert_eq!(bob.json(&["rooms"]).len(), 2);
    // A link of the one kind to a room of the other leads nowhere.
    let wrong = link.replace(&format!("={basic}."), &format!("={sealed}."));
    assert_eq!(
        come_in(&bob, &wrong, PASSPHRASE, &[]).code(),
        "WRONG_ROOM_KIND"
    );
    server.behaves();

    // Nor does a key of the other kind on a message.
    alice.ok(&["send", &sealed, "two"]);
    alice.ok(&["send", &basic, "two"]);
    let key = |message: &mut Message| {
        message.key = match message.key {
            Key::Mls(_) => Key::default(),
            Key::Shared(_) => Key::Mls(vec![0; 16].into()),
        };
    };
    for room in [&sealed, &basic] {
        server.log(room).tells(move |mut entry| {
            if let Body::Message(message) = &mut entry.body {
                key(message);
            }
            vec![entry]
        });
    }
    for (room, text) in [(&sealed, "alice: sealed"), (&basic, "alice: basic")] {
        assert_eq!(bob.texts(room), [text]);
        let last = bob.json(&["tail", room]).pop().unwrap();
        assert_eq!(last["cause"], "WrongKind");
    }
}

/// Bytes that were changed are shown as such, and what is left out is asked for again.
#[test]
fn a_changed_message_is_a_tombstone_and_a_gap_is_no_end() {
    let world = World::new();
    world.is_damaged();
    let [alice] = world.people(["alice"]);
    let server = Liar::before(&world.url);
    let bob = server.guest(&world, "bob");
    let (room, link) = basic_room(&alice, "Basic");
    let link = link.replace(&world.url, &server.url);
    for text in ["one", "two", "three", "four"] {
        alice.ok(&["send", &room, text]);
    }
    server.log(&room).changes(2, |entry| {
        if let Body::Message(message) = &mut entry.body {
            message.message_hash = "0".repeat(64);
        }
    });
    assert_eq!(come_in(&bob, &link, PASSPHRASE, &[]).status, 0);
    assert_eq!(
        bob.texts(&room),
        ["alice: one", "alice: three", "alice: four"]
    );
    let mut follower = Bot::start(&bob);
    follower.event(|line| line["event"] == "online");
    server.log(&room).drops(5);
    alice.ok(&["send", &room, "five"]);
    alice.ok(&["send", &room, "six"]);
    follower.event(|line| line["event"] == "alarm");
    let seen = |line: &Value| line["text"] == "five" || line["text"] == "six";
    assert!(!follower.events.iter().any(seen), "nothing behind the gap");
    server.behaves();
    follower.event(|line| line["text"] == "five");
    follower.event(|line| line["text"] == "six");
    follower.end();
    assert_eq!(bob.texts(&room).len(), 5);
}

/// A name that no server takes: nothing of it is kept, and the home opens again.
#[test]
fn a_name_without_end_is_not_taken() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let server = Liar::before(&world.url);
    let bob = server.guest(&world, "bob");
    let (room, link) = basic_room(&alice, "Basic");
    let link = link.replace(&world.url, &server.url);
    assert_eq!(come_in(&bob, &link, PASSPHRASE, &[]).status, 0);
    server.lies("GET /api/rooms", |rooms: &mut Rooms| {
        for room in &mut rooms.rooms {
            room.name = Some("x".repeat(300));
        }
    });
    alice.ok(&["send", &room, "still here"]);
    assert_eq!(bob.texts(&room), ["alice: still here"]);
    assert_eq!(bob.room_field(&room, "name"), "Basic");
}

/// A message that the server tells again at another place is shown once, whoever has said it, and also by a program that has
/// started since. Who comes in again reads all that was said.
#[test]
fn a_message_is_shown_at_one_place() {
    let world = World::new();
    world.is_damaged();
    let [alice] = world.people(["alice"]);
    let server = Liar::before(&world.url);
    let bob = server.guest(&world, "bob");
    let (room, link) = basic_room(&alice, "Basic");
    let link = link.replace(&world.url, &server.url);
    assert_eq!(come_in(&bob, &link, PASSPHRASE, &[]).status, 0);
    alice.ok(&["send", &room, "Pay him."]);
    bob.ok(&["send", &room, "I did."]);
    assert_eq!(bob.texts(&room), ["alice: Pay him.", "bob: I did."]);
    for (place, of) in [(3, 1), (4, 2)] {
        let kept = entry(&world.url, &alice, &room, of);
        server.log(&room).changes(place, move |entry| {
            entry.sender = kept.sender;
            entry.body = kept.body.clone();
        });
        alice.ok(&["send", &room, "something else"]);
        assert_eq!(bob.texts(&room), ["alice: Pay him.", "bob: I did."]);
    }
    assert_eq!(causes(&bob, &room), ["Replayed", "Replayed"]);
    server.behaves();
    bob.ok(&["room", "leave", &room]);
    assert_eq!(come_in(&bob, &link, PASSPHRASE, &[]).status, 0);
    let all = [
        "alice: Pay him.",
        "bob: I did.",
        "alice: something else",
        "alice: something else",
    ];
    assert_eq!(bob.texts(&room), all);
}
