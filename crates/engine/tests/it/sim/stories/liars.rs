//! A server that lies once: what it said is found out, and the room goes on (docs/decisions/0038).

use engine::api::{Command, HistoryChoice, RoomStage};
use protocol::{error::ErrorCode, ids::Seq};

use super::{ALICE, BOB};
use crate::sim::world::World;

#[test]
fn a_wrong_place_of_arrival_is_found_out() {
    for told in [0, 1, 9] {
        let mut world = World::people(2);
        let room = world.room_of(HistoryChoice::Shared, &[]);
        world.say(ALICE, room, "before");
        world.server.misplaces = Some(Seq(told));
        // The entries that it announces by that are none.
        world.lies = 1;
        let invite = world.invite(room, BOB);
        world.does(ALICE, invite);
        world.does(BOB, Command::Accept { room });
        world.say(ALICE, room, "after");
        world.rest();
        assert_eq!(world.reads(BOB, room), ["before", "after"], "{told}");
        world.say(BOB, room, "all of it");
        world.rest();
        assert_eq!(world.reads(ALICE, room), ["before", "after", "all of it"]);
    }
}

#[test]
fn a_commit_that_was_refused_and_taken_all_the_same_is_merged() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[]);
    world.server.denies_commit = Some(ErrorCode::StorageFull);
    // The push that shows it comes after the refusal.
    world.stall(ALICE, 5_000);
    let invite = world.invite(room, BOB);
    let id = world.command(ALICE, invite);
    // What is wished next is not done in its place before the log has said what became of it.
    let edit = Command::EditRoom {
        room,
        name: Some("The orchard".to_owned()),
        topic: None,
    };
    world.command(ALICE, edit);
    world.run(3_000);
    let refused = world.person(ALICE).results.get(&id).cloned();
    let refused = refused.expect("it ended").unwrap_err();
    assert_eq!(refused.code, ErrorCode::StorageFull);
    world.rest();
    // Nobody else is there who could tell Alice where the room is.
    assert_eq!(world.stage(ALICE, room), Some(RoomStage::Joined));
    world.does(BOB, Command::Accept { room });
    world.say(ALICE, room, "you are in");
    world.rest();
    assert_eq!(world.reads(BOB, room), ["you are in"]);
}
