//! Coming in by a door, with nobody online: by link, as a further device, and back after a bad
//! commit.

use e2ee::{
    check::PublicReason,
    door::{self, Door, DoorError},
    group::{
        EnterError, Entered, Entering, Group, Intent, RoomKeys, StageContext, StageError, Verdict,
    },
    ids::{GroupId, RoomId},
    message::Standing,
    policy::{Access, History},
    roles::Role,
    seal::SealError,
    suite::Suite,
    tree::{Followed, Follower},
    vault::{RoomItem, RoomMark},
};

use crate::world::{Disk, Handshake, Person, Post, Server, commit, everyone_hears, invite};

const ROOM: u64 = 7;

pub fn room() -> RoomId {
    RoomId::new(ROOM).unwrap()
}

pub fn follower(server: &Server) -> Follower {
    let mut follower = Follower::start(&server.tree, room()).unwrap();
    for handshake in &server.since_tree {
        match handshake {
            Handshake::Commit(bytes) => follower.take_commit(bytes).unwrap(),
            Handshake::Proposal(bytes) => follower.take_proposal(bytes).unwrap(),
        }
    }
    follower
}

/// Opens the door that the server keeps with the latest of the keys that opens it.
pub fn open_door(server: &Server, keys: &RoomKeys, group: GroupId) -> Result<Door, DoorError> {
    let epoch = door::epoch_of(&server.door)?;
    let known = keys.door.iter().rev().filter(|(start, _)| *start <= epoch);
    let mut doors = known.map(|(_, key)| Door::open_with(&server.door, key, room(), group));
    doors.find(Result::is_ok).unwrap_or(Err(SealError.into()))
}

pub fn reach(server: &Server, keys: &RoomKeys, group: GroupId) -> (Door, Followed) {
    let door = open_door(server, keys, group).unwrap();
    let tree = follower(server).reach(&door).unwrap();
    (door, tree)
}

/// Makes the external commit; the log has not taken it yet.
pub fn knock(
    person: &mut Person,
    server: &Server,
    keys: &RoomKeys,
    group: GroupId,
) -> Result<Entered, EnterError> {
    let (door, tree) = reach(server, keys, group);
    let context = StageContext {
        now_ms: crate::world::NOW,
        log: door.log,
        commits_since_tree: tree.commits_since_tree,
        bytes_since_tree: tree.bytes_since_tree,
    };
    let entering = Entering {
        door: &door,
        tree,
        keys,
        former: person.group.as_ref(),
        parted: None,
    };
    Group::enter(&person.device, entering, &context, &mut person.rng)
}

/// The log takes the commit: the tentative rows become the room's, and the members merge it.
pub fn seat(
    person: &mut Person,
    server: &mut Server,
    entered: Entered,
    others: &mut [&mut Person],
) {
    server.take(&entered.commit);
    person.disk = Disk::default();
    person.group = Some(entered.group);
    person.save();
    assert!(person.group().entered_by(&entered.commit.commit).unwrap());
    for other in others {
        let change = other.merge(&entered.commit.commit);
        assert_eq!(change.accounts_in, entered.change.accounts_in);
        assert_eq!(change.added, entered.change.added);
        assert_eq!(change.removed, entered.change.removed);
        assert!(!change.rotation);
        assert_eq!(
            other.authenticator(),
            person.authenticator(),
            "{}",
            other.name
        );
    }
}

pub fn pair(history: History, suite: Suite) -> (Server, Person, Person) {
    let [mut alice, mut bob] = ["alice", "bob"].map(|name| Person::new(name, suite));
    let mut server = alice.create(history);
    invite(&mut server, &mut alice, &mut bob, &mut []);
    bob.fetch(&server);
    (server, alice, bob)
}

/// What the account's vault gives to a further device.
fn vault(person: &mut Person) -> RoomItem {
    let keys = person.group().room_keys().unwrap();
    let mut item = RoomItem::default();
    for (epoch, key) in keys.door {
        item.door_keys.insert(epoch, key);
    }
    for (epoch, key) in keys.history {
        item.history_keys.insert(epoch, key);
    }
    item.group = Some(person.group().group_id());
    item.mark = Some(RoomMark {
        epoch: person.group().epoch(),
        log: person.context().log,
    });
    RoomItem::decode(&item.encode()).unwrap()
}

#[test]
fn a_further_device_comes_in_alone_and_reads_all_that_the_account_may() {
    for suite in [Suite::CLASSICAL, Suite::POST_QUANTUM] {
        for history in [History::None, History::SinceJoin, History::Shared] {
            let (mut server, mut alice, mut bob) = pair(history, suite);
            let before = Post::by(&mut alice, "before");
            let others: &mut [&mut Person] = &mut [&mut bob];
            commit(&mut server, &mut alice, &Intent::rename("Coffee"), others);
            let after = Post::by(&mut bob, "after");
            let item = vault(&mut bob);
            let (keys, group) = (item.keys(), item.group.unwrap());
            let mut phone = bob.further_device("bobs-phone");
            let entered = knock(&mut phone, &server, &keys, group).unwrap();
            assert!(entered.commit.effects.accounts_in.is_empty());
            assert!(item.mark.unwrap().admits(entered.group.epoch()));
            seat(
                &mut phone,
                &mut server,
                entered,
                &mut [&mut alice, &mut bob],
            );
            phone.fetch(&server);
            assert_eq!(phone.group().state().unwrap().name(), "Coffee");
            let kept = history != History::None;
            assert_eq!((phone.reads(&before), phone.reads(&after)), (kept, kept));
            for speaker in 0..3 {
                let people: &mut [&mut Person; 3] = &mut [&mut alice, &mut bob, &mut phone];
                let post = Post::by(people[speaker], "all here");
                everyone_hears(&post, "all here", people);
                assert_eq!(people[2].reads(&post), kept);
            }
            // The new member's door and roster are as good as anybody's.
            alice.group().open_door(&server.door).unwrap();
            let others: &mut [&mut Person] = &mut [&mut alice, &mut bob];
            commit(&mut server, &mut phone, &Intent::housekeeping(), others);
        }
    }
}

#[test]
fn a_stranger_with_all_keys_is_refused_before_anything_is_posted() {
    let (server, mut alice, _) = pair(History::SinceJoin, Suite::CLASSICAL);
    let keys = alice.group().room_keys().unwrap();
    let group = alice.group().group_id();
    let mut eve = Person::new("eve", Suite::CLASSICAL);
    let refused = knock(&mut eve, &server, &keys, group).err().unwrap();
    let reason = PublicReason::ExternalAccess;
    assert!(matches!(refused, EnterError::Refused(why) if why == reason));
}

#[test]
fn a_device_that_was_left_behind_returns_and_keeps_what_it_could_read() {
    for suite in [Suite::CLASSICAL, Suite::POST_QUANTUM] {
        let (mut server, mut alice, mut bob) = pair(History::SinceJoin, suite);
        let early = Post::by(&mut alice, "early");
        let mut carol = Person::new("carol", suite);
        // Bob does not follow any more: as for a suspect, his rows stay where they were.
        invite(&mut server, &mut alice, &mut carol, &mut []);
        let missed = Post::by(&mut alice, "missed");
        commit(
            &mut server,
            &mut carol,
            &Intent::housekeeping(),
            &mut [&mut alice],
        );
        let keys = bob.group().room_keys().unwrap();
        let group = bob.group().group_id();
        let old = Disk::copy(&bob.disk);
        let entered = knock(&mut bob, &server, &keys, group).unwrap();
        assert_eq!(
            (entered.change.added.len(), entered.change.removed.len()),
            (1, 1)
        );
        assert!(entered.change.accounts_out.is_empty() && !entered.commit.rotation);
        // The old group is untouched until the log has the commit.
        assert_eq!(
            Group::load(old.rows()).unwrap().epoch(),
            bob.group().epoch()
        );
        let device = bob.device.id();
        seat(
            &mut bob,
            &mut server,
            entered,
            &mut [&mut alice, &mut carol],
        );
        assert_eq!(bob.group().state().unwrap().name(), "Tea");
        assert!(bob.reads(&early) && !bob.reads(&missed));
        bob.fetch(&server);
        let post = Post::by(&mut bob, "back");
        let people: &mut [&mut Person] = &mut [&mut alice, &mut bob, &mut carol];
        everyone_hears(&post, "back", people);
        // The roster says so to who comes later: one seat, from then on.
        let mut dave = Person::new("dave", suite);
        let others: &mut [&mut Person] = &mut [&mut bob, &mut carol];
        invite(&mut server, &mut alice, &mut dave, others);
        dave.fetch(&server);
        assert!(dave.group().leaf(device).is_some());
        let keys = bob.group().room_keys().unwrap();
        dave.group().adopt_room_keys(&keys).unwrap();
        assert_eq!(dave.look_up(&post).unwrap().standing, Standing::Member);
        assert_eq!(dave.look_up(&early).unwrap().standing, Standing::Member);
    }
}

#[test]
fn who_enters_over_a_stale_door_is_not_seated_and_tries_again() {
    let (mut server, mut alice, mut bob) = pair(History::SinceJoin, Suite::CLASSICAL);
    let keys = bob.group().room_keys().unwrap();
    let group = bob.group().group_id();
    let mut phone = bob.further_device("bobs-phone");
    let late = knock(&mut phone, &server, &keys, group).unwrap();
    commit(
        &mut server,
        &mut alice,
        &Intent::housekeeping(),
        &mut [&mut bob],
    );
    let wrong = Verdict::Skipped(PublicReason::WrongEpoch);
    assert_eq!(alice.judge(&late.commit.commit), wrong);
    drop(late);
    let entered = knock(&mut phone, &server, &keys, group).unwrap();
    seat(
        &mut phone,
        &mut server,
        entered,
        &mut [&mut alice, &mut bob],
    );
}

#[test]
fn nobody_returns_to_an_older_state_than_it_has_seen() {
    let (mut server, mut alice, mut bob) = pair(History::SinceJoin, Suite::CLASSICAL);
    let mut older = Server {
        door: server.door.clone(),
        tree: server.tree.clone(),
        ..Server::default()
    };
    std::mem::swap(&mut older.since_tree, &mut server.since_tree);
    commit(
        &mut server,
        &mut alice,
        &Intent::housekeeping(),
        &mut [&mut bob],
    );
    let keys = bob.group().room_keys().unwrap();
    let group = bob.group().group_id();
    let refused = knock(&mut bob, &older, &keys, group).err();
    assert!(matches!(refused, Some(EnterError::Behind)));
    let item = vault(&mut bob);
    let epoch = door::epoch_of(&older.door).unwrap();
    assert!(!item.mark.unwrap().admits(epoch));
}

#[test]
fn keys_that_do_not_open_the_door_are_no_way_in() {
    let (server, mut alice, mut bob) = pair(History::SinceJoin, Suite::CLASSICAL);
    let group = alice.group().group_id();
    let keys = bob.group().room_keys().unwrap();
    let (door, tree) = reach(&server, &keys, group);
    let later = RoomKeys {
        door: vec![(1, e2ee::secret::Secret::from_bytes(&[1; 32]))],
        history: Vec::new(),
    };
    for keys in [&RoomKeys::default(), &later] {
        let entering = Entering {
            door: &door,
            tree: follower(&server).reach(&door).unwrap(),
            keys,
            former: None,
            parted: None,
        };
        let device = bob.further_device("bobs-phone").device;
        let refused = Group::enter(&device, entering, &bob.context(), &mut bob.rng);
        assert!(matches!(refused.err(), Some(EnterError::NoDoorKey)));
    }
    // Another room's group is no former stay in this one.
    let mut elsewhere = Person::new("mallory", Suite::CLASSICAL);
    elsewhere.create(History::SinceJoin);
    let entering = Entering {
        door: &door,
        tree,
        keys: &keys,
        former: elsewhere.group.as_ref(),
        parted: None,
    };
    let context = bob.context();
    let refused = Group::enter(&bob.device, entering, &context, &mut bob.rng);
    assert!(matches!(refused.err(), Some(EnterError::Former)));
}

#[test]
fn a_device_whose_certificate_has_ended_does_not_enter() {
    let (server, mut alice, mut bob) = pair(History::SinceJoin, Suite::CLASSICAL);
    let group = alice.group().group_id();
    let keys = bob.group().room_keys().unwrap();
    let (door, tree) = reach(&server, &keys, group);
    let context = StageContext {
        now_ms: crate::world::NOW + 31 * 86_400_000,
        ..bob.context()
    };
    let entering = Entering {
        door: &door,
        tree,
        keys: &keys,
        former: None,
        parted: None,
    };
    let refused = Group::enter(&bob.device, entering, &context, &mut bob.rng);
    assert!(matches!(refused.err(), Some(EnterError::CertificateEnded)));
}

#[test]
fn the_echo_is_known_after_a_crash_and_until_the_next_epoch() {
    let (mut server, mut alice, mut bob) = pair(History::SinceJoin, Suite::CLASSICAL);
    let group = bob.group().group_id();
    let keys = bob.group().room_keys().unwrap();
    let mut phone = bob.further_device("bobs-phone");
    let entered = knock(&mut phone, &server, &keys, group).unwrap();
    let bytes = entered.commit.commit.clone();
    seat(
        &mut phone,
        &mut server,
        entered,
        &mut [&mut alice, &mut bob],
    );
    phone.reload();
    assert!(phone.group().entered_by(&bytes).unwrap());
    assert!(!phone.group().entered_by(&bytes[1..]).unwrap());
    let others: &mut [&mut Person] = &mut [&mut bob, &mut phone];
    let own = commit(&mut server, &mut alice, &Intent::housekeeping(), others);
    assert!(!phone.group().entered_by(&own.commit).unwrap());
    assert!(!phone.group().entered_by(&bytes).unwrap());
    assert_eq!(phone.group().welcomed_by(), None);
    assert_eq!(phone.group().joined_log(), Some(alice.context().log));
}

#[test]
fn access_is_closed_again() {
    let (mut server, mut alice, mut bob) = pair(History::SinceJoin, Suite::CLASSICAL);
    for access in [Access::Link, Access::Invitation] {
        let intent = Intent::set_access(access);
        commit(&mut server, &mut alice, &intent, &mut [&mut bob]);
        let group = alice.group().group_id();
        let keys = alice.group().room_keys().unwrap();
        let mut eve = Person::new("eve", Suite::CLASSICAL);
        let entered = knock(&mut eve, &server, &keys, group);
        assert_eq!(entered.is_ok(), access == Access::Link);
    }
}

/// Bob alone goes another way, on which the room got a new name, and comes back to the way of the others.
#[test]
fn who_comes_back_from_another_way_knows_what_the_room_is_called_on_this_one() {
    let (mut server, mut alice, mut bob) = pair(History::SinceJoin, Suite::CLASSICAL);
    let admin = Intent::set_role(bob.account(), Role::Admin);
    commit(&mut server, &mut alice, &admin, &mut [&mut bob]);
    let group = bob.group().group_id();
    let elsewhere = bob.stage(&Intent::rename("Coffee")).unwrap();
    bob.merge(&elsewhere.commit);
    assert_eq!(bob.group().state().unwrap().name(), "Coffee");
    commit(&mut server, &mut alice, &Intent::housekeeping(), &mut []);
    let keys = alice.group().room_keys().unwrap();
    let entered = knock(&mut bob, &server, &keys, group).unwrap();
    assert_eq!(entered.group.state().unwrap().name(), "Tea");
    seat(&mut bob, &mut server, entered, &mut [&mut alice]);
    bob.reload();
    assert_eq!(bob.group().state().unwrap().name(), "Tea");
}

/// Nobody who is there has the state that the policy names.
#[test]
fn a_lost_state_is_made_anew_from_the_last_that_is_known() {
    let (mut server, mut alice, mut bob) = pair(History::SinceJoin, Suite::CLASSICAL);
    let admin = Intent::set_role(bob.account(), Role::Admin);
    commit(&mut server, &mut alice, &admin, &mut [&mut bob]);
    let known = Intent {
        renew_state: true,
        ..Intent::default()
    };
    // What is known is not made anew.
    let own = commit(&mut server, &mut alice, &known, &mut [&mut bob]);
    assert!(own.state.is_none());
    commit(
        &mut server,
        &mut bob,
        &Intent::rename("Coffee"),
        &mut [&mut alice],
    );
    assert_eq!(alice.group().state(), None);
    let refused = alice.stage(&Intent::set_topic("lost")).err();
    assert!(matches!(refused, Some(StageError::NoState)), "{refused:?}");
    commit(&mut server, &mut alice, &known, &mut [&mut bob]);
    assert_eq!(alice.group().state().unwrap().name(), "Tea");
    bob.fetch(&server);
    assert_eq!(bob.group().state().unwrap().name(), "Tea");

    // Who never knew any rotates all the same.
    let mut carol = Person::new("carol", Suite::CLASSICAL);
    invite(&mut server, &mut alice, &mut carol, &mut [&mut bob]);
    let admin = Intent::set_role(carol.account(), Role::Admin);
    commit(&mut server, &mut alice, &admin, &mut [&mut bob, &mut carol]);
    let rotate = Intent {
        rotate: true,
        ..known
    };
    let own = commit(
        &mut server,
        &mut carol,
        &rotate,
        &mut [&mut alice, &mut bob],
    );
    assert!(own.rotation && own.state.is_none());
}
