//! What is said is read: once, in order, by who may.

use engine::api::{Command, HistoryChoice, RoomStage};

use super::{ALICE, BOB, CAROL};
use crate::sim::{canary::MARKER, world::World};

#[test]
fn three_people_talk() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    for (who, text) in [(ALICE, "one"), (BOB, "two"), (CAROL, "three")] {
        world.say(who, room, text);
        world.rest();
    }
    for who in [ALICE, BOB, CAROL] {
        assert_eq!(world.stage(who, room), Some(RoomStage::Joined));
        assert_eq!(world.reads(who, room), ["one", "two", "three"]);
        let view = world.person(who).engine().room(room).unwrap();
        assert_eq!(view.name, Some(format!("{MARKER} cellar")));
    }
}

#[test]
fn what_a_later_member_reads_is_the_policy() {
    for (history, expected) in [
        (HistoryChoice::None, &["later"][..]),
        (HistoryChoice::SinceJoin, &["later"]),
        (HistoryChoice::Shared, &["early", "later"]),
    ] {
        let mut world = World::people(3);
        let room = world.room_of(history, &[BOB]);
        world.say(BOB, room, "early");
        world.rest();
        let invite = world.invite(room, CAROL);
        world.does(ALICE, invite);
        world.does(CAROL, Command::Accept { room });
        world.say(ALICE, room, "later");
        world.rest();
        assert_eq!(world.reads(CAROL, room), expected, "{history:?}");
    }
}

#[test]
fn a_message_is_sealed_again_when_the_room_moved_on() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let carol = world.invite(room, CAROL);
    world.command(ALICE, carol);
    for number in 0..10 {
        world.say(BOB, room, &format!("{number}"));
        world.run(9);
    }
    world.rest();
    let expected: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    assert_eq!(world.reads(ALICE, room), expected);
}

#[test]
fn messages_written_offline_go_out_in_order() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.offline(BOB);
    for number in 0..5 {
        world.say(BOB, room, &format!("{number}"));
    }
    world.crash(BOB);
    world.rest();
    assert_eq!(world.reads(ALICE, room), ["0", "1", "2", "3", "4"]);
}

/// Whoever has just come back and missed nothing asks all the same. What is said while the server answers is pushed before
/// the answer, which knows nothing of it. That is no broken log: the world fails where anybody is alarmed among honest people.
#[test]
fn a_page_that_a_push_has_overtaken_is_no_lie() {
    const MOMENTS: usize = 50;
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    (world.faults.late_page, world.faults.delay) = (1_000, 100);
    for moment in 0..MOMENTS {
        world.starts_again(BOB);
        world.run(20 * moment as u64);
        world.say(ALICE, room, &format!("{moment}"));
        world.run(5_000);
    }
    world.rest();
    assert_eq!(world.reads(BOB, room).len(), MOMENTS);
}

#[test]
fn a_slow_reader_is_told_and_recovers() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.stall(BOB, 30_000);
    for number in 0..20 {
        world.say(ALICE, room, &format!("{number}"));
        world.run(500);
    }
    world.rest();
    assert_eq!(world.reads(BOB, room).len(), 20);
}
