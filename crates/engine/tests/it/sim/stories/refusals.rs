//! A server that cannot or will not: each refusal reaches whoever waits for it, and nothing is lost.

use engine::api::{Command, Delivery, HistoryChoice, RoomStage};
use protocol::{PROTOCOL_VERSION, error::ErrorCode};

use super::{ALICE, BOB};
use crate::sim::{canary::MARKER, world::World};

#[test]
fn a_server_that_needs_a_newer_program_pauses_everything_until_it_does_not() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.offline(BOB);
    world.say(BOB, room, "written offline");
    world.say(ALICE, room, "meanwhile");
    world.run(10_000);
    world.server.min_protocol = PROTOCOL_VERSION + 1;
    world.may_upgrade = true;
    world.run(3_700_000);
    let before = world.server.rooms()[&room].log().len();
    let told = |world: &mut World, command| {
        let id = world.command(BOB, command);
        world.run(10_000);
        let result = world.person(BOB).results.get(&id).cloned();
        result.expect("it ended").unwrap_err().code
    };
    let edit = Command::EditRoom {
        room,
        name: Some(format!("{MARKER} other")),
        topic: None,
    };
    for command in [Command::Sync, Command::Leave { room }, edit] {
        assert_eq!(told(&mut world, command), ErrorCode::UpgradeRequired);
    }
    assert!(world.person(BOB).upgrade_told);
    // Nothing was posted and nothing taken in; what was written is kept.
    assert_eq!(world.server.rooms()[&room].log().len(), before);
    assert!(world.reads(BOB, room).is_empty());
    let drafts = world.person(BOB).engine().drafts(room);
    assert_eq!(drafts[0].delivery, Delivery::Sending);
    // The server goes back, or the program was updated: the next connection goes on.
    world.server.min_protocol = PROTOCOL_VERSION;
    world.cut(BOB);
    world.rest();
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
    assert_eq!(world.reads(ALICE, room), ["meanwhile", "written offline"]);
}

#[test]
fn whoever_waits_for_a_change_hears_why_it_was_refused() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[]);
    for code in [ErrorCode::StorageFull, ErrorCode::NoKeyPackages] {
        world.server.refuses = Some(code);
        let invite = world.invite(room, BOB);
        let id = world.command(ALICE, invite);
        world.run(10_000);
        let result = world.person(ALICE).results.get(&id).cloned();
        assert_eq!(result.expect("it ended").unwrap_err().code, code);
    }
    world.server.refuses = Some(ErrorCode::StorageFull);
    let create = Command::CreateRoom {
        name: format!("{MARKER} attic"),
        topic: String::new(),
        history: HistoryChoice::None,
        ticket: None,
    };
    let id = world.command(ALICE, create);
    world.run(10_000);
    let result = world.person(ALICE).results.get(&id).cloned();
    let code = result.expect("it ended").unwrap_err().code;
    assert_eq!(code, ErrorCode::StorageFull);
    world.server.refuses = None;
    let invite = world.invite(room, BOB);
    world.does(ALICE, invite);
}

#[test]
fn what_a_full_disk_refuses_is_marked_and_sent_again_by_hand() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.server.refuses = Some(ErrorCode::StorageFull);
    world.say(BOB, room, "too much");
    world.run(10_000);
    let draft = world.person(BOB).engine().drafts(room).remove(0);
    assert_eq!(draft.delivery, Delivery::Failed(ErrorCode::StorageFull));
    world.server.refuses = None;
    let item = draft.key;
    world.does(BOB, Command::Retry { room, item });
    assert_eq!(world.reads(ALICE, room), ["too much"]);
}

#[test]
fn what_fails_in_passing_is_tried_again() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    for code in [
        ErrorCode::ServerError,
        ErrorCode::ShuttingDown,
        ErrorCode::RateLimited,
    ] {
        world.server.refuses = Some(code);
        world.say(BOB, room, &format!("through {code}"));
        let edit = Command::EditRoom {
            room,
            name: Some(format!("{MARKER} after {code}")),
            topic: None,
        };
        let edited = world.command(ALICE, edit);
        world.run(60_000);
        let draft = world.person(BOB).engine().drafts(room).remove(0);
        assert_eq!(draft.delivery, Delivery::Sending);
        world.server.refuses = None;
        world.rest();
        let result = world.person(ALICE).results.get(&edited).cloned();
        assert!(result.expect("it ended").is_ok());
    }
    assert_eq!(world.reads(ALICE, room).len(), 3);
}

#[test]
fn a_sync_says_what_is_in_the_way() {
    let mut world = World::people(1);
    for code in [ErrorCode::ServerError, ErrorCode::ShuttingDown] {
        world.server.refuses = Some(code);
        world.cut(ALICE);
        world.run(60_000);
        let id = world.command(ALICE, Command::Sync);
        world.run(120_000);
        let result = world.person(ALICE).results.get(&id).cloned();
        assert_eq!(result.expect("it ended").unwrap_err().code, code);
        world.server.refuses = None;
        world.does(ALICE, Command::Sync);
    }
}
