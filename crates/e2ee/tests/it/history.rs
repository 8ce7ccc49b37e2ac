//! Who can read what: the three history policies, and what each party's keys open.

use std::collections::BTreeSet;

use e2ee::{
    group::{Intent, OpenError, RoomKeys},
    message::{Standing, Tombstone},
    policy::History,
    secret::Secret,
    suite::Suite,
    vault::{RoomItem, epochs_of, page_of},
};

use crate::world::{Disk, Person, Post, Server, commit, invite};

/// Alice and Bob; Carol comes, goes and comes back; one message by Alice in each phase.
struct Story {
    server: Server,
    alice: Person,
    bob: Person,
    carol: Person,
    /// What Carol's device held when she was removed.
    removed_carol: Person,
    /// Before Carol, with her, without her, with her again.
    posts: [Post; 4],
}

fn story(history: History, suite: Suite) -> Story {
    let [mut alice, mut bob, mut carol] =
        ["alice", "bob", "carol"].map(|name| Person::new(name, suite));
    let mut server = alice.create(history);
    invite(&mut server, &mut alice, &mut bob, &mut []);
    bob.fetch(&server);
    let before = Post::by(&mut alice, "before her");
    invite(&mut server, &mut alice, &mut carol, &mut [&mut bob]);
    carol.fetch(&server);
    let with = Post::by(&mut alice, "with her");
    let mut removed_carol = Person::new("carol", suite);
    removed_carol.disk = Disk::copy(&carol.disk);
    removed_carol.reload();
    let intent = Intent::remove(carol.account());
    commit(&mut server, &mut alice, &intent, &mut [&mut bob]);
    let without = Post::by(&mut alice, "without her");
    let old_keys = carol.group().room_keys().unwrap();
    invite(&mut server, &mut bob, &mut carol, &mut [&mut alice]);
    // Her account's vault kept the keys of her first stay.
    carol.group().adopt_room_keys(&old_keys).unwrap();
    carol.fetch(&server);
    let again = Post::by(&mut alice, "with her again");
    Story {
        server,
        alice,
        bob,
        carol,
        removed_carol,
        posts: [before, with, without, again],
    }
}

fn reads(person: &Person, posts: &[Post; 4]) -> [bool; 4] {
    [0, 1, 2, 3].map(|at| person.reads(&posts[at]))
}

#[test]
fn without_history_nobody_reads_back() {
    let story = story(History::None, Suite::CLASSICAL);
    for person in [&story.alice, &story.bob, &story.carol, &story.removed_carol] {
        assert_eq!(reads(person, &story.posts), [false; 4], "{}", person.name);
        let error = person.look_up(&story.posts[0]).unwrap_err();
        assert_eq!(error, OpenError::Tombstone(Tombstone::NoKey));
    }
    assert!(
        story
            .posts
            .iter()
            .all(|post| post.sealed.history_key.is_none())
    );
}

#[test]
fn since_join_each_reads_what_was_said_in_its_own_time() {
    for suite in [Suite::CLASSICAL, Suite::POST_QUANTUM] {
        let story = story(History::SinceJoin, suite);
        assert_eq!(reads(&story.alice, &story.posts), [true; 4]);
        assert_eq!(reads(&story.bob, &story.posts), [true; 4]);
        assert_eq!(
            reads(&story.carol, &story.posts),
            [false, true, false, true]
        );
        assert_eq!(
            reads(&story.removed_carol, &story.posts),
            [false, true, false, false]
        );
        assert!(story.server.chain.is_empty());
    }
}

#[test]
fn shared_history_is_read_from_the_beginning_by_who_is_in() {
    for suite in [Suite::CLASSICAL, Suite::POST_QUANTUM] {
        let story = story(History::Shared, suite);
        assert_eq!(reads(&story.alice, &story.posts), [true; 4]);
        assert_eq!(reads(&story.carol, &story.posts), [true; 4]);
        assert_eq!(
            reads(&story.removed_carol, &story.posts),
            [true, true, false, false]
        );
        assert_eq!(story.server.chain.len(), 1, "one rotation, one link");
    }
}

#[test]
fn a_removed_member_opens_no_later_side_file() {
    for history in [History::None, History::SinceJoin, History::Shared] {
        let mut story = story(history, Suite::CLASSICAL);
        let gone = story.removed_carol.group();
        assert!(gone.open_state(&story.server.state).is_err());
        assert!(gone.open_roster(&story.server.roster).is_err());
        assert!(gone.open_door(&story.server.door).is_err());
        for link in &story.server.chain {
            assert!(
                gone.open_chain_link(link).is_err(),
                "a newer key seals the older one"
            );
        }
    }
}

#[test]
fn the_server_with_all_files_but_no_key_opens_nothing() {
    let story = story(History::Shared, Suite::CLASSICAL);
    let mut eve = Person::new("eve", Suite::CLASSICAL);
    let own = eve.create(History::Shared);
    drop(own);
    assert_eq!(reads(&eve, &story.posts), [false; 4]);
    let group = eve.group();
    assert!(group.open_state(&story.server.state).is_err());
    assert!(group.open_roster(&story.server.roster).is_err());
    assert!(group.open_door(&story.server.door).is_err());
}

#[test]
fn live_and_history_path_show_the_same() {
    let mut story = story(History::SinceJoin, Suite::CLASSICAL);
    let live = story.bob.hear(&story.posts[3]).unwrap().opened;
    let later = story.bob.look_up(&story.posts[3]).unwrap();
    assert_eq!(live.payload, later.payload);
    assert_eq!(later.standing, Standing::Member);
    // Shown once: the counters of the live path refuse it on the other.
    let group = story.bob.group.as_ref().unwrap();
    let post = &story.posts[3];
    let again = group.open_history(&post.wire(), post.sealed.epoch, &mut story.bob.counters);
    assert_eq!(
        again.err(),
        Some(OpenError::Tombstone(Tombstone::Duplicate))
    );
}

#[test]
fn the_roster_log_tells_who_was_a_member_when() {
    let mut story = story(History::Shared, Suite::CLASSICAL);
    let carols = Post::by(&mut story.carol, "mine");
    let fresh = {
        let mut dave = Person::new("dave", Suite::CLASSICAL);
        let others: &mut [&mut Person] = &mut [&mut story.bob, &mut story.carol];
        invite(&mut story.server, &mut story.alice, &mut dave, others);
        dave.fetch(&story.server);
        dave
    };
    assert_eq!(fresh.look_up(&carols).unwrap().standing, Standing::Member);
    assert_eq!(
        fresh.look_up(&story.posts[0]).unwrap().standing,
        Standing::Member
    );
    // The same words, claimed for the epoch in which she was out, are not hers to say: the place
    // is under the seal.
    let group = fresh.group.as_ref().unwrap();
    let out = story.posts[2].sealed.epoch;
    let moved = group.open_history(
        &carols.wire(),
        out,
        &mut e2ee::counters::Counters::default(),
    );
    assert!(moved.is_err());
}

#[test]
fn a_fleeting_message_is_wrapped_for_nobody() {
    let mut story = story(History::Shared, Suite::CLASSICAL);
    let (client_id, sealed) = story.alice.say_fleeting("soon gone");
    assert!(sealed.history_key.is_none());
    let device = story.alice.device.id();
    let post = Post {
        sealed,
        client_id,
        device,
    };
    assert!(!story.bob.reads(&post));
    assert!(story.bob.hear(&post).is_ok());
}

#[test]
fn the_vault_holds_the_keys_of_a_hundred_thousand_epochs() {
    const EPOCHS: u64 = 100_000;
    /// What the server takes of one item.
    const ITEM_BYTES: usize = 256 * 1024;
    let mut alice = Person::new("alice", Suite::CLASSICAL);
    alice.create(History::SinceJoin);
    let key = |epoch: u64| {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&epoch.to_be_bytes());
        Secret::from_bytes(&bytes)
    };
    let drawn = || (1..=EPOCHS).map(|epoch| (epoch, key(epoch))).collect();
    let keys = RoomKeys {
        door: drawn(),
        history: drawn(),
    };
    alice.group().adopt_room_keys(&keys).unwrap();
    let pages: BTreeSet<u64> = alice
        .group()
        .room_key_epochs()
        .into_iter()
        .map(page_of)
        .collect();
    assert_eq!(pages.len(), 98);
    let mut read = RoomItem::default();
    for page in pages {
        let keys = alice.group().room_keys_in(&epochs_of(page)).unwrap();
        let mut item = RoomItem::default();
        for (epoch, key) in keys.door {
            item.door_keys.insert(epoch, key);
        }
        for (epoch, key) in keys.history {
            item.history_keys.insert(epoch, key);
        }
        let encoded = item.encode();
        assert!(encoded.len() < ITEM_BYTES, "{}", encoded.len());
        read.merge(&RoomItem::decode(&encoded).unwrap());
    }
    assert_eq!(read.door_keys.iter().count() as u64, EPOCHS + 1);
    for epoch in [1, 1023, 1024, 50_000, EPOCHS] {
        let found = read.history_keys.of(epoch).next().unwrap();
        assert!(found.same_as(&key(epoch)));
    }
}
