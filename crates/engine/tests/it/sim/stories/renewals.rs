//! Leaves are renewed soon after joining, after a week, and after a thousand own messages (PROTOCOL section 5).

use engine::api::HistoryChoice;
use protocol::{ids::RoomId, log::Body};

use super::{ALICE, BOB};
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
