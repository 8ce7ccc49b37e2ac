//! What the server does to the log as a whole.

use protocol::{events::name, log::Entry, rest::Empty};
use serde_json::json;

use super::{BROKEN_LOG, OTHER_LOG, causes, says, told};
use crate::{
    bot::{Bot, PATIENCE},
    liar::Liar,
    stories::basic::{PASSPHRASE, basic_room, come_in},
    world::World,
};

/// Entries twice, and in another order.
#[test]
fn what_comes_twice_or_late_is_said_once_and_in_its_order() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let mut follower = Bot::start(&bob);
    let mut said = vec!["alice: number 0".to_owned()];
    says(&alice, &room, "number 0");
    follower.event(|line| line["text"] == "number 0");
    server.log(&room).shuffles();
    server.log(&room).doubles();
    for number in [1, 3, 5] {
        let texts = [number, number + 1].map(|number| format!("number {number}"));
        for text in &texts {
            says(&alice, &room, text);
            said.push(format!("alice: {text}"));
        }
        for text in &texts {
            follower.event(|line| line["text"] == text.as_str());
        }
    }
    server.behaves();
    follower.end();
    assert_eq!(bob.texts(&room), said);
    says(&bob, &room, "seven");
    assert_eq!(alice.texts(&room).last().unwrap(), "bob: seven");
    assert_eq!(causes(&bob, &room), [""; 0]);
}

/// A place that stays empty: nothing behind it is shown before it is filled.
#[test]
fn a_dropped_entry_is_missed_and_nothing_is_lost_by_it() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let mut follower = Bot::start(&bob);
    follower.event(|line| line["event"] == "online");
    let two = says(&alice, &room, "one") + 1;
    server.log(&room).drops(two);
    follower.event(|line| line["text"] == "one");
    says(&alice, &room, "two");
    says(&alice, &room, "three");
    let alarm = follower.event(|line| line["event"] == "alarm");
    assert!(
        alarm["text"].as_str().unwrap().contains(BROKEN_LOG),
        "{alarm}"
    );
    let seen = |line: &serde_json::Value| line["text"] == "two" || line["text"] == "three";
    assert!(!follower.events.iter().any(seen), "nothing behind the gap");
    server.behaves();
    follower.event(|line| line["text"] == "two");
    follower.event(|line| line["text"] == "three");
    let number: u64 = room.parse().unwrap();
    let sent = follower.ask(json!({ "command": "send", "room": number, "text": "four" }));
    assert_eq!(sent.unwrap()["ok"], true);
    follower.end();
    let said = ["alice: one", "alice: two", "alice: three", "bob: four"];
    assert_eq!(bob.texts(&room), said);
    assert_eq!(alice.texts(&room), said);
}

/// A log that was split: each half is whole for whoever is shown it, until one entry crosses.
#[test]
fn two_stories_of_one_room_are_told_apart_by_the_first_entry_that_crosses() {
    let world = World::new();
    world.is_damaged();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let secret = says(&alice, &room, "bob must not hear this");
    server.log(&room).closes_over(secret);
    assert_eq!(bob.texts(&room), [""; 0]);
    assert!(
        !told(&bob, &["rooms"]).contains("Warning"),
        "nothing shows yet"
    );
    says(&alice, &room, "bob may hear this");
    says(&alice, &room, "and this");
    let warned = told(&bob, &["rooms"]);
    assert!(warned.contains(OTHER_LOG), "{warned}");
    assert_eq!(
        bob.texts(&room),
        ["alice: bob may hear this", "alice: and this"]
    );
    // It crosses the other way as well.
    says(&bob, &room, "did I miss something?");
    let warned = told(&alice, &["rooms"]);
    assert!(warned.contains(OTHER_LOG), "{warned}");
}

/// A log that ends early keeps silent about the rest, and makes up for it as soon as it is shown.
#[test]
fn a_log_that_is_held_back_is_read_when_it_comes() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let last = says(&alice, &room, "before");
    server.log(&room).ends_at(last);
    says(&alice, &room, "held back");
    assert_eq!(bob.texts(&room), ["alice: before"]);
    server.behaves();
    assert_eq!(bob.texts(&room), ["alice: before", "alice: held back"]);
    // And it does not run backwards.
    server.log(&room).ends_at(last);
    assert!(told(&bob, &["rooms"]).contains(BROKEN_LOG));
    server.behaves();
    says(&bob, &room, "after");
    assert_eq!(bob.texts(&room), alice.texts(&room));
}

/// An entry that was taken in is another one when it comes again.
#[test]
fn the_past_does_not_change() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let first = says(&alice, &room, "one");
    let second = says(&alice, &room, "two");
    assert_eq!(bob.texts(&room), ["alice: one", "alice: two"]);
    let other = super::entry(&world.url, &alice, &room, first);
    let told_again = Entry {
        seq: protocol::ids::Seq(second),
        ..other
    };
    let mut follower = Bot::start(&bob);
    follower.event(|line| line["event"] == "online");
    server.says(name::NEW_MESSAGE, &told_again);
    let alarm = follower.event(|line| line["event"] == "alarm");
    assert!(
        alarm["text"].as_str().unwrap().contains(BROKEN_LOG),
        "{alarm}"
    );
    follower.end();
    says(&alice, &room, "three");
    assert_eq!(
        bob.texts(&room),
        ["alice: one", "alice: two", "alice: three"]
    );
}

/// Receipts for what never came into the log, or for another place.
#[test]
fn a_forged_receipt_shows_nothing_that_is_not_there() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let at = says(&bob, &room, "first");
    server.lies(
        "ack send_message",
        move |receipt: &mut protocol::rest::Receipt| {
            receipt.seq.0 = at;
        },
    );
    bob.run(&["send", &room, "second"]);
    server.behaves();
    assert_eq!(bob.texts(&room), ["bob: first", "bob: second"]);
    server.lies(
        "ack send_message",
        move |receipt: &mut protocol::rest::Receipt| {
            receipt.seq.0 = at + 700;
        },
    );
    bob.run(&["send", &room, "third"]);
    server.behaves();
    says(&alice, &room, "fourth");
    let said = ["bob: first", "bob: second", "bob: third", "alice: fourth"];
    assert_eq!(bob.texts(&room), said);
    assert_eq!(alice.texts(&room), said);
}

/// The server looks into the log, somebody speaks, what they say is pushed, and only then comes the answer: that is no log
/// that runs backwards, in a room of either kind.
#[test]
fn an_answer_that_a_push_has_overtaken_is_no_lie() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let sealed = alice.room_with("Tea", &[], &[&bob]);
    let (basic, link) = basic_room(&alice, "Lobby");
    let link = link.replace(&world.url, &server.url);
    assert_eq!(come_in(&bob, &link, PASSPHRASE, &[]).status, 0);
    for room in [&sealed, &basic] {
        let mut follower = Bot::start(&bob);
        says(&alice, room, "before");
        follower.event(|line| line["text"] == "before");
        assert_eq!(
            follower.ask(json!({ "command": "sync" })).unwrap()["ok"],
            true
        );
        let waits = server.log(room).holds_a_page();
        server.says(name::MISSED, &Empty {});
        waits.recv_timeout(PATIENCE).unwrap();
        says(&alice, room, "meanwhile");
        follower.event(|line| line["text"] == "meanwhile");
        assert_eq!(
            follower.ask(json!({ "command": "sync" })).unwrap()["ok"],
            true
        );
        let alarm = follower.events.iter().find(|line| line["event"] == "alarm");
        assert_eq!(alarm, None);
        follower.end();
        assert_eq!(bob.texts(room), ["alice: before", "alice: meanwhile"]);
    }
}
