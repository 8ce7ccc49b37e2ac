//! Following the log from outside, past commits that only members can tell from good ones.

use super::{
    private::lonely_chain,
    room::{Room, Seat, context},
};
use crate::{
    door::Door,
    group::{Intent, StageContext},
    roster_log,
    rows::Rows,
    tree::{FollowError, Follower, MAX_DETOURS},
};

/// The honest commits of three epochs and the door behind them.
fn three_epochs(room: &mut Room) -> (Vec<Vec<u8>>, Door) {
    let mut commits = Vec::new();
    for _ in 0..3 {
        let commit = room.bob.commit(&Intent::housekeeping(), &mut room.rng);
        room.follow(&commit);
        commits.push(commit);
    }
    let Seat { device, group, .. } = &room.alice;
    let sealed = group
        .reseal_door(device, &context(group), &mut room.rng)
        .unwrap();
    (commits, group.open_door(&sealed).unwrap())
}

fn follower(room: &Room) -> Follower {
    let tree = room.alice.group.snapshot(&room.alice.device).unwrap();
    Follower::start(&tree, room.alice.group.room()).unwrap()
}

fn takes<'a>(follower: &mut Follower, commits: impl IntoIterator<Item = &'a Vec<u8>>) {
    for commit in commits {
        follower.take_commit(commit).unwrap();
    }
}

#[test]
fn a_commit_that_is_bad_for_members_alone_is_a_branch_that_ends() {
    for (len, count) in [(1, 1), (1, MAX_DETOURS), (2, 1), (3, 2), (5, 1)] {
        let mut room = Room::new();
        let mut follower = follower(&room);
        for _ in 0..count {
            let bad = lonely_chain(&room.carol, len, &mut room.rng);
            takes(&mut follower, &bad);
        }
        let (honest, door) = three_epochs(&mut room);
        takes(&mut follower, &honest);
        let tree = follower.reach(&door).unwrap();
        assert_eq!(tree.commits_since_tree, 3, "{count} chains of {len}");
        let leaves: Vec<_> = room.alice.group.leaves().collect();
        assert_eq!(tree.leaves().collect::<Vec<_>>(), leaves);
    }
}

#[test]
fn bad_commits_behind_the_good_one_and_in_later_epochs_end_too() {
    let mut room = Room::new();
    let mut follower = follower(&room);
    let mut early = lonely_chain(&room.carol, 3, &mut room.rng);
    let late = early.split_off(1);
    takes(&mut follower, &early);
    for _ in 0..3 {
        let bad = lonely_chain(&room.dave, 2, &mut room.rng);
        let good = room.bob.commit(&Intent::housekeeping(), &mut room.rng);
        room.follow(&good);
        takes(&mut follower, [&good].into_iter().chain(&bad));
    }
    takes(&mut follower, &late);
    let Seat { device, group, .. } = &room.alice;
    let sealed = group
        .reseal_door(device, &context(group), &mut room.rng)
        .unwrap();
    let door = group.open_door(&sealed).unwrap();
    assert_eq!(follower.reach(&door).unwrap().commits_since_tree, 3);
}

#[test]
fn a_flood_of_branches_is_not_followed_for_ever() {
    let mut room = Room::new();
    let mut follower = follower(&room);
    // Each leads two epochs far, and not into the third, which the door names.
    for _ in 0..=MAX_DETOURS / 2 {
        let bad = lonely_chain(&room.carol, 3, &mut room.rng);
        takes(&mut follower, &bad);
    }
    let (honest, door) = three_epochs(&mut room);
    takes(&mut follower, &honest);
    assert_eq!(follower.reach(&door).err(), Some(FollowError::Detours));
}

#[test]
fn no_bytes_make_a_follower_panic() {
    let mut room = Room::new();
    let mut follower = follower(&room);
    let (honest, mut door) = three_epochs(&mut room);
    for commit in &honest {
        for at in (0..commit.len()).step_by(53) {
            let mut bad = commit.clone();
            bad[at] ^= 0x11;
            follower.take_commit(&bad).unwrap();
            follower.take_proposal(&bad).unwrap();
            follower.take_commit(&commit[..at]).unwrap();
        }
    }
    takes(&mut follower, &honest);
    assert!(follower.reach(&door).is_ok());
    for at in (0..door.group_info.len()).step_by(7) {
        door.group_info[at] ^= 1;
        assert!(follower.reach(&door).is_err(), "byte {at}");
        door.group_info[at] ^= 1;
    }
    assert!(follower.reach(&door).is_ok(), "after all that");
}

#[test]
fn a_tree_tells_who_is_gone_since_the_last_one() {
    let mut room = Room::new();
    let rows = Rows::default();
    let (_, door) = three_epochs(&mut room);
    let before = follower(&room).reach(&door).unwrap();
    roster_log::witness_tree(&rows, &before.leaves, before.epoch()).unwrap();
    let first = rows.size();
    roster_log::witness_tree(&rows, &before.leaves, before.epoch() + 1).unwrap();
    assert_eq!(rows.size(), first, "nothing new, nothing to keep");
    let remove = room
        .alice
        .commit(&Intent::remove(room.dave.account()), &mut room.rng);
    room.bob.group.judge(&remove).unwrap();
    room.carol.group.judge(&remove).unwrap();
    let Seat { device, group, .. } = &room.alice;
    let door = group.reseal_door(device, &context(group), &mut room.rng);
    let door = group.open_door(&door.unwrap()).unwrap();
    let after = follower(&room).reach(&door).unwrap();
    roster_log::witness_tree(&rows, &after.leaves, 9).unwrap();
    let seats = |device| {
        let seated = |epoch| roster_log::seated(&rows, device, epoch).unwrap().is_some();
        [before.epoch(), 8, 9].map(seated)
    };
    assert_eq!(seats(room.dave.device.id()), [true, true, false]);
    assert_eq!(seats(room.carol.device.id()), [true, true, true]);
}

#[test]
fn a_snapshot_is_due_when_the_commits_since_the_last_outweigh_it_or_are_many() {
    let due = |commits_since_tree, bytes_since_tree| {
        let mut room = Room::new();
        let Seat { device, group, .. } = &mut room.alice;
        let context = StageContext {
            commits_since_tree,
            bytes_since_tree,
            ..context(group)
        };
        let own = group.stage(device, &Intent::housekeeping(), &context, &mut room.rng);
        own.unwrap().tree
    };
    assert!(due(0, 0).is_none());
    let snapshot = due(64, 0).expect("one more would be more than a newcomer follows");
    assert!(due(63, 0).is_none());
    let (long, commit) = (snapshot.len() as u64, 4_000);
    assert!(due(0, long).is_some());
    assert!(due(0, long.saturating_sub(commit)).is_none());
}
