//! An account leaves with all its devices or with none (PROTOCOL section 5).

use engine::api::{Command, HistoryChoice, RoomNotice, RoomStage};
use protocol::{error::ErrorCode, role::Role};

use super::{ALICE, BOB, CAROL};
use crate::sim::world::World;

#[test]
fn one_device_asks_and_all_of_the_account_go() {
    for history in [HistoryChoice::None, HistoryChoice::Shared] {
        let mut world = World::people(3);
        let room = world.room_of(history, &[BOB, CAROL]);
        let owner = world.role(room, BOB, Role::Owner);
        world.does(ALICE, owner);
        let phone = world.further(99);
        world.does(phone, Command::Leave { room });
        for who in [ALICE, phone] {
            assert_eq!(world.stage(who, room), Some(RoomStage::Left));
        }
        let alice = world.person(ALICE).account().unwrap();
        assert!(
            world
                .notices(BOB, room)
                .contains(&RoomNotice::Left(vec![alice]))
        );
        world.say(BOB, room, "only we two");
        world.rest();
        assert_eq!(world.reads(CAROL, room), ["only we two"]);
        assert!(world.reads(ALICE, room).is_empty());
    }
}

#[test]
fn the_device_that_is_off_learns_it_from_the_log() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    let owner = world.role(room, BOB, Role::Owner);
    world.does(ALICE, owner);
    let phone = world.further(99);
    world.offline(phone);
    world.command(ALICE, Command::Leave { room });
    world.run(60_000);
    assert_eq!(world.stage(ALICE, room), Some(RoomStage::Left));
    world.say(phone, room, "typed in the cellar");
    world.rest();
    assert_eq!(world.stage(phone, room), Some(RoomStage::Left));
}

#[test]
fn the_last_owner_stays_with_all_devices() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    let phone = world.further(99);
    let refused = world.outcome(phone, Command::Leave { room });
    assert_eq!(refused, Err(ErrorCode::LastOwner));
    for who in [ALICE, phone] {
        assert_eq!(world.stage(who, room), Some(RoomStage::Joined));
        world.say(who, room, &format!("{who:?} is here"));
        world.rest();
    }
    assert_eq!(world.reads(BOB, room).len(), 2);
}

#[test]
fn two_devices_that_ask_at_once_leave_once() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    let owner = world.role(room, BOB, Role::Owner);
    world.does(ALICE, owner);
    let phone = world.further(99);
    let ids = [ALICE, phone].map(|who| world.command(who, Command::Leave { room }));
    world.rest();
    for (who, id) in [ALICE, phone].into_iter().zip(ids) {
        assert!(world.person(who).results[&id].is_ok(), "{who:?}");
        assert_eq!(world.stage(who, room), Some(RoomStage::Left));
    }
}

/// What a device wants of a room waits while the account is about to leave it, and is refused when it has.
#[test]
fn the_other_device_changes_nothing_meanwhile() {
    let mut world = World::people(3);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL]);
    let owner = world.role(room, BOB, Role::Owner);
    world.does(ALICE, owner);
    let phone = world.further(99);
    for who in [BOB, CAROL] {
        world.offline(who);
    }
    world.command(ALICE, Command::Leave { room });
    world.run(30_000);
    let remove = world.remove(room, CAROL);
    let id = world.command(phone, remove);
    world.run(60_000);
    assert_eq!(world.person(phone).results.get(&id), None);
    world.rest();
    let refused = world.person(phone).results[&id].clone().unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotAMember);
    assert_eq!(world.stage(CAROL, room), Some(RoomStage::Joined));
}
