//! Following the log from outside, from a tree snapshot to a door.

use e2ee::{
    group::Intent,
    ids::RoomId,
    policy::History,
    roles::Role,
    suite::Suite,
    tree::{FollowError, Follower},
};

use crate::{
    enter::{follower, knock, open_door, pair, reach, room, seat},
    world::{Handshake, Person, commit, invite},
};

#[test]
fn fifty_epochs_are_followed_from_the_first_snapshot() {
    let (mut server, mut alice, mut bob) = pair(History::Shared, Suite::CLASSICAL);
    let mut carol = Person::new("carol", Suite::CLASSICAL);
    let heir = Intent::set_role(bob.account(), Role::Admin);
    commit(&mut server, &mut alice, &heir, &mut [&mut bob]);
    for round in 0..16 {
        invite(&mut server, &mut alice, &mut carol, &mut [&mut bob]);
        let named = Intent::rename(format!("round {round}"));
        commit(&mut server, &mut bob, &named, &mut [&mut alice, &mut carol]);
        let wish = carol.leave();
        for person in [&mut alice, &mut bob] {
            person.group().note_proposal(&wish).unwrap();
            person.save();
        }
        server.since_tree.push(Handshake::Proposal(wish));
        let others: &mut [&mut Person] = &mut [&mut bob];
        commit(&mut server, &mut alice, &Intent::housekeeping(), others);
    }
    assert!(alice.group().epoch() >= 50);
    let group = alice.group().group_id();
    let keys = bob.group().room_keys().unwrap();
    let (door, tree) = reach(&server, &keys, group);
    assert_eq!(tree.epoch(), alice.group().epoch());
    let leaves: Vec<_> = alice.group().leaves().cloned().collect();
    assert_eq!(tree.leaves().cloned().collect::<Vec<_>>(), leaves);
    assert_eq!(tree.policy(), alice.group().policy());
    assert_eq!(door.epoch, tree.epoch());
    let mut phone = bob.further_device("bobs-phone");
    let entered = knock(&mut phone, &server, &keys, group).unwrap();
    seat(
        &mut phone,
        &mut server,
        entered,
        &mut [&mut alice, &mut bob],
    );
}

#[test]
fn a_snapshot_of_another_room_or_none_at_all_is_refused() {
    let (server, mut alice, _) = pair(History::SinceJoin, Suite::CLASSICAL);
    let other = RoomId::new(8).unwrap();
    let refused = Follower::start(&server.tree, other).err();
    let state = e2ee::check::StateError::Room;
    assert_eq!(refused, Some(FollowError::State(state)));
    // The same room id, made by somebody else: nothing in it is this room's.
    let mut mallory = Person::new("mallory", Suite::CLASSICAL);
    let mimic = mallory.create(History::SinceJoin);
    let keys = alice.group().room_keys().unwrap();
    let door = open_door(&server, &keys, alice.group().group_id()).unwrap();
    let refused = follower(&mimic).reach(&door).err();
    assert_eq!(refused, Some(FollowError::Door));
    for len in [0, 1, 2, 40, server.tree.len() - 1] {
        assert!(Follower::start(&server.tree[..len], room()).is_err());
    }
    let step = server.tree.len() / 97 + 1;
    for at in (0..server.tree.len()).step_by(step) {
        let mut bad = server.tree.clone();
        bad[at] ^= 1;
        let mut follower = match Follower::start(&bad, room()) {
            Ok(follower) => follower,
            Err(_) => continue,
        };
        assert!(follower.reach(&door).is_err(), "byte {at}");
    }
}

#[test]
fn a_log_with_gaps_and_garbage_leads_nowhere_or_to_the_right_place() {
    let (mut server, mut alice, mut bob) = pair(History::SinceJoin, Suite::CLASSICAL);
    for _ in 0..3 {
        commit(
            &mut server,
            &mut alice,
            &Intent::housekeeping(),
            &mut [&mut bob],
        );
    }
    let keys = alice.group().room_keys().unwrap();
    let group = alice.group().group_id();
    let door = open_door(&server, &keys, group).unwrap();
    let bytes = |handshake: &Handshake| match handshake {
        Handshake::Commit(bytes) | Handshake::Proposal(bytes) => bytes.clone(),
    };
    let log: Vec<Vec<u8>> = server.since_tree.iter().map(bytes).collect();
    let mut gap = Follower::start(&server.tree, room()).unwrap();
    for bytes in log.iter().skip(1) {
        gap.take_commit(bytes).unwrap();
    }
    assert_eq!(gap.reach(&door).err(), Some(FollowError::NotReached));
    // What was missing comes later, among entries that nobody can read.
    gap.take_commit(b"garbage").unwrap();
    gap.take_proposal(&log[0]).unwrap();
    gap.take_commit(&log[0]).unwrap();
    let tree = gap.reach(&door).unwrap();
    assert_eq!(
        (tree.epoch(), tree.commits_since_tree as usize),
        (door.epoch, log.len())
    );
    let size: usize = log.iter().map(Vec::len).sum();
    assert_eq!(tree.bytes_since_tree, size as u64);
    // A snapshot that is newer than the door does not lead to it.
    let newer = alice
        .group
        .as_ref()
        .unwrap()
        .snapshot(&alice.device)
        .unwrap();
    let mut newer = Follower::start(&newer, room()).unwrap();
    assert!(newer.reach(&door).is_ok(), "of its own epoch");
    commit(
        &mut server,
        &mut alice,
        &Intent::housekeeping(),
        &mut [&mut bob],
    );
    let newer = alice
        .group
        .as_ref()
        .unwrap()
        .snapshot(&alice.device)
        .unwrap();
    let mut newer = Follower::start(&newer, room()).unwrap();
    assert_eq!(newer.reach(&door).err(), Some(FollowError::Behind));
    assert_eq!((newer.epoch(), newer.group_id()), (door.epoch + 1, group));
}
