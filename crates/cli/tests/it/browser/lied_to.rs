//! A server that lies to the page: what it shows is what was said, by whom it was said, and that somebody lies.

use protocol::{
    events::{RoomClosed, name},
    ids::RoomId,
    log::Body,
    rest::Members,
};

use super::{
    chromium::Chromium,
    person::profile,
    story::{complaints, join},
};
use crate::{
    liar::Liar,
    security::{entry, identity::impostor, ids, message, says},
    world::{Person, World},
};

/// Alice in a browser that is lied to, with Carol in her room.
fn garden(world: &World) -> (Liar, Chromium, Person, String) {
    let server = Liar::before(&world.url);
    let alice = Chromium::start(&profile(world.path(), "alice"));
    alice.register(&server.url, "alice");
    alice.create_room("The garden");
    let link = alice.invite_link();
    let [carol] = world.people(["carol"]);
    let room = join(&carol, &link.replace(&server.url, &world.url));
    (server, alice, carol, room)
}

/// Attacks 2 and 11.
#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_line_bears_the_name_of_whoever_signed_it_or_is_none() {
    let world = World::new();
    let (server, alice, carol, room) = garden(&world);
    alice.is_damaged();
    let [dave] = world.people(["dave"]);
    let (account, device) = ids(&dave);
    let first = says(&carol, &room, "This is Carol.");
    alice.hears("This is Carol.");
    let log = server.log(&room);
    log.changes(first + 1, move |entry| entry.sender = account);
    log.changes(first + 2, move |entry| entry.device = Some(device));
    log.changes(first + 3, |entry| {
        message(entry).message_hash = "00".repeat(32);
    });
    for text in ["So is this.", "Not Dave's.", "Not this.", "And on we go."] {
        says(&carol, &room, text);
    }
    alice.hears("And on we go.");
    let said = ["This is Carol.", "So is this.", "And on we go."];
    assert_eq!(alice.texts(), said.map(|text| format!("carol: {text}")));
    alice.sees(
        "Warning: another member of a room was shown something else than you. The server may be lying.",
    );
    alice.screen("lied-to");
    server.behaves();
    alice.say("I see.");
    alice.hears("I see.");
    assert_eq!(carol.texts(&room).last().unwrap(), "alice: I see.");
    assert_eq!(complaints(&alice), [""; 0]);
}

/// Attack 1.
#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn nobody_is_among_the_people_whom_the_room_did_not_let_in() {
    let world = World::new();
    let (server, alice, carol, room) = garden(&world);
    let [dave] = world.people(["dave"]);
    let other = carol.room_with("Elsewhere", &[], &[&dave]);
    let foreign = (1..).map(|seq| entry(&world.url, &carol, &other, seq));
    let foreign = foreign
        .map(|entry| entry.body)
        .find(|body| matches!(body, Body::Commit(_)))
        .unwrap();
    let ghost = ids(&dave).0;
    server.lies("/members ", move |table: &mut Members| {
        let mut row = table.members[0].clone();
        row.account_id = ghost;
        table.members.push(row);
    });
    let first = says(&carol, &room, "Before.");
    server.log(&room).changes(first + 1, move |entry| {
        entry.body = foreign.clone();
    });
    says(&carol, &room, "In the place of this.");
    says(&carol, &room, "After.");
    alice.hears("After.");
    assert_eq!(alice.texts(), ["carol: Before.", "carol: After."]);
    alice.press("People");
    alice.until("document.querySelectorAll('.members li').length === 2");
    assert_eq!(complaints(&alice), [""; 0]);
}

/// Attacks 5 and 33.
#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn the_mark_of_who_was_verified_falls_when_another_comes_under_the_name() {
    let world = World::new();
    let (_server, alice, carol, _) = garden(&world);
    alice.press("People");
    alice.click("//dialog//li//button[contains(., 'carol')]");
    alice.press("It is the same: mark as verified");
    alice.until("document.querySelector('dialog .verified') !== null");
    alice.press("All people");
    alice.press("Close");
    let link = alice.invite_link();
    let other = impostor(&world, "carol", "mallory");
    let server = link.split("/join").next().unwrap();
    join(&other, &link.replace(server, &other.url));
    alice.sees("Warning: somebody's identity is not the one known before. Compare safety numbers.");
    alice.press("People");
    alice.until("document.querySelectorAll('.members li').length === 3");
    alice.until("document.querySelector('.members .verified') === null");
    alice.screen("name-twin");
    assert_ne!(ids(&carol).0, ids(&other).0);
}

/// A removal that nobody made.
#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_room_that_is_said_to_be_closed_goes_on() {
    let world = World::new();
    let (server, alice, carol, room) = garden(&world);
    let room_id = RoomId::new(room.parse().unwrap()).unwrap();
    says(&carol, &room, "Before.");
    alice.hears("Before.");
    for _ in 0..3 {
        server.says(name::ROOM_CLOSED, &RoomClosed { room_id });
    }
    says(&carol, &room, "Are you there?");
    alice.hears("Are you there?");
    alice.say("I am.");
    alice.hears("I am.");
    assert_eq!(carol.texts(&room).last().unwrap(), "alice: I am.");
    assert_eq!(complaints(&alice), [""; 0]);
}
