//! Leaves are renewed soon after joining, after a week, and after a thousand own messages (PROTOCOL section 5).

use engine::api::{Command, HistoryChoice, RoomStage};
use protocol::{ids::RoomId, log::Body};

use super::{ALICE, BOB, CAROL, accounts::second_home_alone};
use crate::sim::{person::Who, world::World};

const MINUTES: u64 = 60_000;
const DAYS: u64 = 24 * 60 * MINUTES;

impl World {
    fn commits_of(&self, who: Who, room: RoomId) -> usize {
        let account = self.person(who).account();
        let log = self.server.rooms()[&room].log().iter();
        log.filter(|entry| matches!(entry.body, Body::Commit(_)))
            .filter(|entry| Some(entry.sender) == account)
            .count()
    }
}

#[test]
fn who_joins_renews_the_leaf_of_the_key_package_soon() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.run(12 * MINUTES);
    assert_eq!(world.commits_of(BOB, room), 1);
    world.run(2 * DAYS);
    assert_eq!(world.commits_of(BOB, room), 1);
    world.rest();
}

#[test]
fn every_leaf_is_renewed_after_a_week() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.run(12 * MINUTES);
    let before = (world.commits_of(ALICE, room), world.commits_of(BOB, room));
    world.run(8 * DAYS);
    let after = (world.commits_of(ALICE, room), world.commits_of(BOB, room));
    assert_eq!(after, (before.0 + 1, before.1 + 1));
    world.rest();
}

#[test]
fn a_leaf_that_has_said_much_is_renewed() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.run(12 * MINUTES);
    let before = world.commits_of(BOB, room);
    for number in 0..999 {
        world.say(BOB, room, &format!("word {number}"));
        world.run(100);
    }
    world.run(12 * MINUTES);
    assert_eq!(world.commits_of(BOB, room), before, "not yet");
    world.say(BOB, room, "the thousandth");
    world.run(12 * MINUTES);
    assert_eq!(world.commits_of(BOB, room), before + 1);
    assert_eq!(world.reads(ALICE, room).len(), 1_000);
}

/// Alice's phone is off for so long, while the others go on.
fn phone_off_for(days: u64, history: HistoryChoice) -> (World, RoomId, Who) {
    let mut world = World::people(3);
    let room = world.room_of(history, &[BOB]);
    let phone = second_home_alone(&mut world);
    world.run(12 * MINUTES);
    assert_eq!(world.devices_in(room), 3);
    world.cut(phone);
    world.person_mut(phone).link_up = false;
    let carol = world.invite(room, CAROL);
    world.command(ALICE, carol);
    world.run(MINUTES);
    world.command(CAROL, Command::Accept { room });
    world.run(80 * DAYS);
    world.say(BOB, room, "after eighty days");
    world.run((days - 80) * DAYS);
    (world, room, phone)
}

impl World {
    fn devices_in(&self, room: RoomId) -> usize {
        let members = self.person(BOB).engine().members(room);
        members.iter().map(|member| member.devices.len()).sum()
    }
}

#[test]
fn a_phone_that_was_off_for_a_hundred_days_is_taken_out_and_comes_back_by_itself() {
    for history in [HistoryChoice::SinceJoin, HistoryChoice::Shared] {
        let (mut world, room, phone) = phone_off_for(100, history);
        assert_eq!(world.devices_in(room), 3, "alice, bob and carol, no phone");
        world.say(BOB, room, "while it was out");
        world.run(MINUTES);
        // What was written on it meanwhile waits.
        world.say(phone, room, "typed in the cellar");
        world.link_up(phone);
        world.run(5 * MINUTES);
        assert_eq!(world.stage(phone, room), Some(RoomStage::Joined));
        world.rest();
        assert_eq!(world.devices_in(room), 4);
        let said = [
            "after eighty days",
            "while it was out",
            "typed in the cellar",
        ];
        for who in [ALICE, BOB, CAROL, phone] {
            assert_eq!(world.reads(who, room), said);
        }
    }
}

#[test]
fn a_phone_that_was_off_for_eighty_days_keeps_its_leaf() {
    let (mut world, room, phone) = phone_off_for(80, HistoryChoice::SinceJoin);
    assert_eq!(world.devices_in(room), 4);
    world.link_up(phone);
    world.rest();
    assert_eq!(world.reads(phone, room), ["after eighty days"]);
}
