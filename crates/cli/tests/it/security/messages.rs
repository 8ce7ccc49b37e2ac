//! What the server does to messages on their way.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use protocol::{
    ids::RoomId,
    log::{Entry, Key},
};

use super::{OTHER_LOG, causes, entry, ids, message, says, told};
use crate::{liar::Liar, world::World};

/// Base64 of the same bytes but for one bit.
fn flipped(text: &str) -> String {
    let mut bytes = STANDARD.decode(text).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    STANDARD.encode(bytes)
}

/// Attack 2.
#[test]
fn whoever_the_envelope_names_the_sender_is_who_signed() {
    let world = World::new();
    world.is_damaged();
    let server = Liar::before(&world.url);
    let [alice, carol] = world.people(["alice", "carol"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob, &carol]);
    let (account, device) = ids(&carol);
    let first = says(&alice, &room, "not carol's account");
    let second = says(&alice, &room, "not carol's device either");
    let third = says(&alice, &room, "nor her device alone");
    server
        .log(&room)
        .changes(first, move |entry| entry.sender = account);
    server.log(&room).changes(second, move |entry| {
        (entry.sender, entry.device) = (account, Some(device));
    });
    server
        .log(&room)
        .changes(third, move |entry| entry.device = Some(device));
    assert_eq!(bob.texts(&room), ["alice: not carol's account"]);
    assert_eq!(causes(&bob, &room), ["DoesNotOpen", "DoesNotOpen"]);
    server.behaves();
    // What came otherwise than it was said is known by the next word of anybody.
    says(&carol, &room, "that was not me");
    assert!(told(&bob, &["rooms"]).contains(OTHER_LOG));
    assert_eq!(bob.texts(&room).last().unwrap(), "carol: that was not me");
    assert_eq!(alice.texts(&room).len(), 4);
}

/// Attack 3.
#[test]
fn what_was_said_once_is_not_said_again_elsewhere() {
    let world = World::new();
    world.is_damaged();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let tea = alice.room_with("Tea", &[], &[&bob]);
    let coffee = alice.room_with("Coffee", &[], &[&bob]);
    let yes = says(&alice, &tea, "yes");
    assert_eq!(bob.texts(&tea), ["alice: yes"]);
    let yes = entry(&world.url, &alice, &tea, yes);
    let places = ["to what", "to that", "to the third"].map(|text| says(&alice, &tea, text));
    let elsewhere = says(&alice, &coffee, "to nothing");

    // The same body in the next place, the whole entry there, and with the name of the one that it replaces.
    let again = yes.body.clone();
    server
        .log(&tea)
        .changes(places[0], move |entry| entry.body = again.clone());
    let again = yes.clone();
    let whole = move |entry: &mut Entry| {
        *entry = Entry {
            seq: entry.seq,
            ..again.clone()
        };
    };
    server.log(&tea).changes(places[1], whole);
    let again = yes.clone();
    let renamed = move |entry: &mut Entry| {
        let (seq, client_id) = (entry.seq, entry.client_id);
        *entry = Entry {
            seq,
            client_id,
            ..again.clone()
        };
    };
    server.log(&tea).changes(places[2], renamed);
    let other = RoomId::new(coffee.parse().unwrap()).unwrap();
    server.log(&coffee).changes(elsewhere, move |entry| {
        *entry = Entry {
            room_id: other,
            seq: entry.seq,
            ..yes.clone()
        };
    });
    assert_eq!(bob.texts(&tea), ["alice: yes"]);
    assert_eq!(causes(&bob, &tea), ["DoesNotOpen"; 3]);
    assert_eq!(bob.texts(&coffee), [""; 0]);
    assert_eq!(causes(&bob, &coffee), ["DoesNotOpen"]);
    server.behaves();
    for room in [&tea, &coffee] {
        says(&alice, room, "and go on");
        assert_eq!(bob.texts(room).last().unwrap(), "alice: and go on");
        says(&bob, room, "yes");
        assert_eq!(alice.texts(room).last().unwrap(), "bob: yes");
    }
}

/// Attack 11.
#[test]
fn a_changed_message_is_no_message() {
    let world = World::new();
    world.is_damaged();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &["--history", "shared"], &[&bob]);
    let place = |text: &str| says(&alice, &room, text);
    let [text, iv, hash, key, wrap, one, two] =
        ["text", "iv", "hash", "key", "wrap", "one", "two"].map(place);
    let log = server.log(&room);
    log.changes(text, |entry| {
        let message = message(entry);
        message.encrypted_content = flipped(&message.encrypted_content);
    });
    log.changes(iv, |entry| message(entry).iv = flipped(&message(entry).iv));
    log.changes(hash, |entry| message(entry).message_hash = "00".repeat(32));
    log.changes(key, |entry| {
        if let Key::Mls(bytes) = &mut message(entry).key {
            let last = bytes.0.len() - 1;
            bytes.0[last] ^= 1;
        }
    });
    log.changes(wrap, |entry| {
        if let Some(bytes) = &mut message(entry).history_key {
            bytes.0[20] ^= 1;
        }
    });
    // Two that are what they were, each in the other's place.
    let bodies = [one, two].map(|seq| entry(&world.url, &alice, &room, seq).body);
    let [first, second] = bodies;
    log.changes(one, move |entry| entry.body = second.clone());
    log.changes(two, move |entry| entry.body = first.clone());
    assert_eq!(bob.texts(&room), [""; 0]);
    let why = causes(&bob, &room);
    assert_eq!(why.len(), 7, "{why:?}");
    server.behaves();
    // A new member reads them by the other path, as the server would have them.
    let link = alice.ok(&["room", "link", &room]);
    says(&alice, &room, "go on");
    assert_eq!(bob.texts(&room), ["alice: go on"]);
    let liar = Liar::before(&world.url);
    let carol = liar.guest(&world, "carol");
    liar.log(&room).changes(text, |entry| {
        let message = message(entry);
        message.encrypted_content = flipped(&message.encrypted_content);
    });
    liar.log(&room)
        .changes(hash, |entry| message(entry).message_hash = "00".repeat(32));
    let (account, device) = ids(&bob);
    liar.log(&room).changes(wrap, move |entry| {
        (entry.sender, entry.device) = (account, Some(device));
    });
    carol.ok(&["room", "join", &link.replace(&alice.url, &carol.url)]);
    let read = ["iv", "key", "one", "two", "go on"].map(|text| format!("alice: {text}"));
    assert_eq!(carol.texts(&room), read);
    assert_eq!(causes(&carol, &room).len(), 3);
}
