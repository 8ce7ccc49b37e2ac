//! Leaves are renewed soon after joining, after a week, and after a thousand own messages (PROTOCOL section 5).

use engine::api::{Command, HistoryChoice, ItemKey, RoomStage};
use protocol::{ids::RoomId, log::Body};

use super::{ALICE, BOB, CAROL, DAVE, accounts::second_home_alone};
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

/// Bob's only device is off for a hundred days, while the others go on and the server drops what is old.
fn bob_off_for_a_hundred_days(history: HistoryChoice) -> (World, RoomId) {
    let mut world = World::people(4);
    let room = world.room_of(history, &[BOB, CAROL, DAVE]);
    world.run(12 * MINUTES);
    world.say(BOB, room, "see you");
    world.run(MINUTES);
    world.cut(BOB);
    world.person_mut(BOB).link_up = false;
    world.run(60 * DAYS);
    world.say(ALICE, room, "while bob was away");
    world.run(40 * DAYS);
    (world, room)
}

impl World {
    /// Whether the server has dropped a commit that somebody has yet to come to.
    fn lost_behind(&self, who: Who, room: RoomId) -> bool {
        let lines = self.person(who).store.timeline(room);
        let places = lines.values().filter_map(|item| match item.key {
            ItemKey::Logged(seq) => Some(seq.0),
            _ => None,
        });
        let seen = places.max().unwrap_or_default();
        let log = self.server.rooms()[&room].log().iter();
        log.filter(|entry| entry.seq.0 > seen)
            .any(|entry| matches!(&entry.body, Body::Deleted(deleted) if deleted.was == 2))
    }
}

#[test]
fn who_was_away_for_longer_than_commits_are_kept_comes_back_by_itself() {
    for history in [HistoryChoice::SinceJoin, HistoryChoice::Shared] {
        let (mut world, room) = bob_off_for_a_hundred_days(history);
        assert!(world.lost_behind(BOB, room));
        world.say(BOB, room, "typed in the cellar");
        world.link_up(BOB);
        world.run(5 * MINUTES);
        assert_eq!(world.stage(BOB, room), Some(RoomStage::Joined));
        world.calm();
        assert_eq!(world.devices_in(room), 4, "the former leaf is gone");
        world.say(CAROL, room, "welcome back");
        world.calm();
        // The keys of the epochs that Bob's device cannot come to any more it has from the others.
        for who in [ALICE, BOB, CAROL, DAVE] {
            let said = [
                "see you",
                "while bob was away",
                "typed in the cellar",
                "welcome back",
            ];
            assert_eq!(world.reads(who, room), said);
        }
    }
}

#[test]
fn who_was_away_for_long_and_whose_keys_were_replaced_is_let_in_again() {
    let (mut world, room) = bob_off_for_a_hundred_days(HistoryChoice::SinceJoin);
    let dave = world.person(DAVE).account().expect("an account");
    world.command(
        ALICE,
        Command::Remove {
            room,
            account: dave,
        },
    );
    world.run(10 * MINUTES);
    assert!(world.lost_behind(BOB, room));
    world.link_up(BOB);
    world.run(30 * MINUTES);
    // Nothing shows this device that it is the room in which it was: it is asked whether it wants to be there.
    assert_eq!(world.stage(BOB, room), Some(RoomStage::Invited));
    world.command(BOB, Command::Accept { room });
    assert_eq!(world.devices_in(room), 3, "the former leaf is gone");
    world.say(BOB, room, "back from the island");
    world.run(MINUTES);
    let last = world.reads(CAROL, room).pop();
    assert_eq!(last.as_deref(), Some("back from the island"));
}

#[test]
fn who_was_taken_out_while_away_learns_that_all_the_same() {
    let (mut world, room) = bob_off_for_a_hundred_days(HistoryChoice::SinceJoin);
    let bob = world.person(BOB).account().expect("an account");
    world.command(ALICE, Command::Remove { room, account: bob });
    world.run(10 * MINUTES);
    assert!(world.lost_behind(BOB, room));
    world.link_up(BOB);
    world.run(30 * MINUTES);
    // The commit that did it can be read no more: it is the server's word.
    assert_eq!(world.stage(BOB, room), Some(RoomStage::RemovedUnconfirmed));
    world.calm();
}

/// The others' snapshots count like the own: in a room where many commit, not each of them uploads the tree.
#[test]
fn a_snapshot_serves_all_who_commit() {
    let mut world = World::people(4);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB, CAROL, DAVE]);
    world.run(70 * DAYS);
    let log = world.server.rooms()[&room].log().iter();
    let commits = log.filter_map(|entry| match &entry.body {
        Body::Commit(commit) => Some(commit.with_tree),
        _ => None,
    });
    let (with_tree, without): (Vec<bool>, Vec<bool>) = commits.partition(|with_tree| *with_tree);
    assert!(without.len() >= 20 && with_tree.len() >= 4);
    assert!(
        with_tree.len() * 2 < without.len(),
        "{} of {}",
        with_tree.len(),
        with_tree.len() + without.len()
    );
}
