//! Who comes in, goes out, and may do what.

use engine::api::{Command, HistoryChoice, RoomStage};
use protocol::{call::Call, error::ErrorCode, role::Role};

use super::{ALICE, BOB, CAROL, DAVE};
use crate::sim::{canary::MARKER, person::Who, world::World};

#[test]
fn two_invite_at_the_same_moment() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let (carol, dave) = (world.invite(room, CAROL), world.invite(room, DAVE));
    world.command(ALICE, carol);
    world.command(BOB, dave);
    world.rest();
    for who in [CAROL, DAVE] {
        assert_eq!(world.stage(who, room), Some(RoomStage::Invited));
        world.does(who, Command::Accept { room });
    }
    assert_eq!(world.person(ALICE).engine().members(room).len(), 4);
}

#[test]
fn two_invite_the_same_person() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let carol = world.invite(room, CAROL);
    world.command(ALICE, carol.clone());
    world.command(BOB, carol);
    world.rest();
    world.does(CAROL, Command::Accept { room });
    assert_eq!(world.person(ALICE).engine().members(room).len(), 3);
}

#[test]
fn whoever_loses_a_race_goes_next_by_ticket() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    for who in [BOB, CAROL] {
        let promote = world.role(room, who, Role::Admin);
        world.does(ALICE, promote);
    }
    for (who, number) in [(ALICE, 1), (BOB, 2), (CAROL, 3)] {
        let name = Some(format!("{MARKER} name {number}"));
        world.command(
            who,
            Command::EditRoom {
                room,
                name,
                topic: None,
            },
        );
    }
    let dave = world.invite(room, DAVE);
    world.command(BOB, dave);
    for round in 0..5 {
        world.say(ALICE, room, &format!("meanwhile {round}"));
        world.run(5);
    }
    world.rest();
    assert_eq!(world.person(CAROL).engine().members(room).len(), 4);
    assert_eq!(world.reads(CAROL, room).len(), 5);
}

#[test]
fn one_leaves_while_the_others_are_offline() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    world.offline(ALICE);
    world.offline(CAROL);
    world.command(BOB, Command::Leave { room });
    world.run(60_000);
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Leaving));
    world.rest();
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Left));
    assert_eq!(world.person(CAROL).engine().members(room).len(), 2);
}

#[test]
fn one_of_many_answers_a_wish_to_leave() {
    let mut world = World::people(5);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL, DAVE, Who(4)]);
    let given = world.server.given().len();
    world.command(DAVE, Command::Leave { room });
    world.say(ALICE, room, "while it waits");
    world.rest();
    assert_eq!(world.stage(DAVE, room), Some(RoomStage::Left));
    // Taken or not: nobody else so much as tried.
    let after = world.server.given()[given..].iter();
    let commits = after.filter(|given| matches!(*given.call, Call::Commit(..)));
    assert_eq!(commits.count(), 1, "the others saw that it was done");
    assert_eq!(world.reads(BOB, room), ["while it waits"]);
}

#[test]
fn the_last_owner_does_not_leave() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let refused = world.outcome(ALICE, Command::Leave { room });
    assert_eq!(refused.unwrap_err(), ErrorCode::LastOwner);
    let promote = world.role(room, BOB, Role::Owner);
    world.does(ALICE, promote);
    world.command(ALICE, Command::Leave { room });
    world.rest();
    assert_eq!(world.stage(ALICE, room), Some(RoomStage::Left));
}

#[test]
fn somebody_is_removed_while_offline_and_reads_nothing_more() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    world.offline(CAROL);
    world.say(ALICE, room, "before");
    world.run(10_000);
    let remove = world.remove(room, CAROL);
    world.command(ALICE, remove);
    world.run(10_000);
    world.say(ALICE, room, "after");
    world.rest();
    assert_eq!(
        world.stage(CAROL, room),
        Some(RoomStage::Removed),
        "{}",
        world.trace.tail(60)
    );
    assert_eq!(world.reads(CAROL, room), ["before"]);
    assert_eq!(world.reads(BOB, room), ["before", "after"]);
}

/// The server looked into the log before the removal and answers after it: that answer does not deny it.
#[test]
fn a_page_from_before_a_removal_says_nothing_about_it() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[]);
    for moment in 0..40 {
        let invite = world.invite(room, BOB);
        world.does(ALICE, invite);
        world.does(BOB, Command::Accept { room });
        (world.faults.late_page, world.faults.delay) = (1_000, 100);
        world.starts_again(BOB);
        world.run(200 + 20 * moment);
        let remove = world.remove(room, BOB);
        world.command(ALICE, remove);
        world.run(5_000);
        assert_eq!(world.stage(BOB, room), Some(RoomStage::Removed), "{moment}");
        world.rest();
    }
}

#[test]
fn who_was_removed_while_offline_and_asked_back_loses_nothing() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    world.offline(CAROL);
    world.say(ALICE, room, "before");
    world.run(10_000);
    let remove = world.remove(room, CAROL);
    world.command(ALICE, remove);
    world.run(10_000);
    world.say(BOB, room, "between");
    world.run(10_000);
    let invite = world.invite(room, CAROL);
    world.command(ALICE, invite);
    world.rest();
    world.does(CAROL, Command::Accept { room });
    world.say(BOB, room, "again");
    world.rest();
    assert_eq!(world.reads(CAROL, room), ["before", "again"]);
}

#[test]
fn one_leaves_and_comes_back() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.say(BOB, room, "first time");
    world.rest();
    world.command(BOB, Command::Leave { room });
    world.rest();
    world.say(ALICE, room, "alone");
    world.rest();
    let invite = world.invite(room, BOB);
    world.does(ALICE, invite);
    world.does(BOB, Command::Accept { room });
    world.say(ALICE, room, "welcome back");
    world.rest();
    assert_eq!(world.reads(BOB, room), ["first time", "welcome back"]);
    assert_eq!(
        world.reads(ALICE, room),
        ["first time", "alone", "welcome back"]
    );
}

#[test]
fn one_declines() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let invite = world.invite(room, CAROL);
    world.does(BOB, invite);
    world.command(CAROL, Command::Decline { room });
    world.rest();
    assert_eq!(world.stage(CAROL, room), Some(RoomStage::Left));
    assert_eq!(world.person(ALICE).engine().members(room).len(), 2);
}

#[test]
fn roles_decide() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL, DAVE]);
    let edit = Command::EditRoom {
        room,
        name: Some("x".into()),
        topic: None,
    };
    let cases = [
        world.remove(room, CAROL),
        world.role(room, CAROL, Role::Moderator),
        world.remove(room, ALICE),
        edit,
    ];
    for command in cases {
        let text = format!("{command:?}");
        let refused = world.outcome(BOB, command);
        assert_eq!(refused.unwrap_err(), ErrorCode::RoleTooLow, "{text}");
    }
    let promote = world.role(room, BOB, Role::Moderator);
    world.does(ALICE, promote);
    let remove = world.remove(room, CAROL);
    world.does(BOB, remove);
    assert_eq!(
        world.stage(CAROL, room),
        Some(RoomStage::Removed),
        "{}",
        world.trace.tail(60)
    );
}
