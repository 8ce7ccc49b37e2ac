//! Links: made, listed, followed by somebody whom nobody knows, and ended.

use e2ee::{
    door::Door,
    grant::{Grant, GrantError},
    group::{Intent, LinkFate, StageError},
    ids::LinkId,
    link::{Link, LinkSecret},
    message::Standing,
    policy::{Access, History},
    room_state::RoomStateError,
    spoken::SpokenLink,
    suite::Suite,
};

use crate::{
    enter::{knock, open_door, room, seat},
    world::{Handshake, Person, Post, Server, commit, everyone_hears, invite},
};

/// A room that is open to links, Alice's link into it, and the grant that the server keeps.
struct Story {
    server: Server,
    alice: Person,
    bob: Person,
    link: Link,
    grant: Vec<u8>,
}

fn story(history: History, suite: Suite) -> Story {
    let [mut alice, mut bob] = ["alice", "bob"].map(|name| Person::new(name, suite));
    let mut server = alice.create(history);
    invite(&mut server, &mut alice, &mut bob, &mut []);
    bob.fetch(&server);
    let id = LinkId::random(&mut alice.rng);
    let intent = Intent {
        access: Some(Access::Link),
        ..Intent::list_link(id, "for the neighbours")
    };
    commit(&mut server, &mut alice, &intent, &mut [&mut bob]);
    let link = Link {
        room: room(),
        id,
        secret: LinkSecret::random(&mut alice.rng),
        creator: alice.account(),
        pins: vec![[9; 32]],
    };
    let grant = grant(&mut alice, &link);
    Story {
        server,
        alice,
        bob,
        link,
        grant,
    }
}

fn grant(by: &mut Person, link: &Link) -> Vec<u8> {
    let group = by.group.as_ref().unwrap();
    group
        .make_grant(&by.device, link.id, &link.secret, &mut by.rng)
        .unwrap()
}

fn open(grant: &[u8], link: &Link) -> Result<Grant, GrantError> {
    Grant::open(grant, link.room, link.id, &link.secret, Some(link.creator))
}

#[test]
fn a_stranger_comes_in_by_a_link_while_nobody_is_online() {
    for suite in [Suite::CLASSICAL, Suite::POST_QUANTUM] {
        for history in [History::None, History::SinceJoin, History::Shared] {
            let mut story = story(history, suite);
            let before = Post::by(&mut story.alice, "before");
            // All that Carol has is the URL.
            let fragment = story.link.to_fragment().unwrap();
            let link = Link::parse(&fragment).unwrap();
            assert_eq!(link.secret.token_hash(), story.link.secret.token_hash());
            let granted = open(&story.grant, &link).unwrap();
            assert_eq!(granted.creator.account(), story.alice.account());
            let mut carol = Person::new("carol", suite);
            let (server, keys) = (&mut story.server, granted.keys());
            let entered = knock(&mut carol, server, &keys, granted.group).unwrap();
            assert_eq!(entered.commit.effects.accounts_in, vec![carol.account()]);
            let members: &mut [&mut Person] = &mut [&mut story.alice, &mut story.bob];
            seat(&mut carol, server, entered, members);
            carol.fetch(server);
            let state = carol.group().state().unwrap();
            assert_eq!(state.name(), "Tea");
            assert_eq!(state.links()[&link.id].label, "for the neighbours");
            // She reads back what the room's history policy gives, and knows who was there.
            let shared = history == History::Shared;
            assert_eq!(carol.reads(&before), shared);
            if shared {
                let standing = carol.look_up(&before).unwrap().standing;
                assert_eq!(standing, Standing::Member);
            }
            let [alice, bob] = [&mut story.alice, &mut story.bob];
            let after = Post::by(alice, "welcome");
            everyone_hears(&after, "welcome", &mut [alice, bob, &mut carol]);
            assert_eq!(carol.reads(&after), history != History::None);
            let hers = Post::by(&mut carol, "hello");
            everyone_hears(&hers, "hello", &mut [alice, bob, &mut carol]);
            assert_eq!(bob.reads(&hers), history != History::None);
        }
    }
}

#[test]
fn who_was_removed_opens_no_door_with_what_the_link_gave() {
    let mut story = story(History::SinceJoin, Suite::CLASSICAL);
    let granted = open(&story.grant, &story.link).unwrap();
    let mut carol = Person::new("carol", Suite::CLASSICAL);
    let (server, keys) = (&mut story.server, granted.keys());
    let entered = knock(&mut carol, server, &keys, granted.group).unwrap();
    let members: &mut [&mut Person] = &mut [&mut story.alice, &mut story.bob];
    seat(&mut carol, server, entered, members);
    assert!(open_door(server, &keys, granted.group).is_ok());
    let kept = carol.group().room_keys().unwrap();
    let intent = Intent::remove(carol.account());
    let own = commit(server, &mut story.alice, &intent, &mut [&mut story.bob]);
    assert!(own.rotation);
    for keys in [&keys, &kept] {
        for (_, key) in &keys.door {
            let door = Door::open_with(&server.door, key, room(), granted.group);
            assert!(door.is_err());
        }
    }
    assert!(carol.group().open_state(&server.state).is_err());
    assert!(carol.group().open_roster(&server.roster).is_err());
    let post = Post::by(&mut story.alice, "she is gone");
    assert!(!carol.reads(&post));
}

#[test]
fn own_links_end_at_a_removal_and_are_sealed_anew_when_somebody_leaves() {
    for history in [History::None, History::SinceJoin, History::Shared] {
        let mut story = story(history, Suite::CLASSICAL);
        let (server, alice, bob) = (&mut story.server, &mut story.alice, &mut story.bob);
        let [of_alice, of_bob] = [alice.account(), bob.account()];
        let own = alice.stage(&Intent::housekeeping()).unwrap();
        server.take(&own);
        let stays = alice.merge(&own.commit).links_of(of_alice, history);
        assert_eq!(stays, LinkFate::Stay);
        bob.merge(&own.commit);
        // Bob's second device is revoked: it may have held the secrets of links.
        let mut phone = bob.further_device("bobs-phone");
        invite(server, bob, &mut phone, &mut [alice]);
        let own = bob.stage(&Intent::revoke(phone.device.id())).unwrap();
        server.take(&own);
        let change = bob.merge(&own.commit);
        assert_eq!(change.links_of(of_bob, history), LinkFate::End);
        let change = alice.merge(&own.commit);
        assert_eq!(change.links_of(of_alice, history), LinkFate::End);
        // Bob leaves, with another one that he has by then.
        let mut tablet = bob.further_device("bobs-tablet");
        invite(server, bob, &mut tablet, &mut [alice]);
        let wish = bob.leave();
        alice.group().note_proposal(&wish).unwrap();
        server.since_tree.push(Handshake::Proposal(wish));
        let own = alice.stage(&Intent::housekeeping()).unwrap();
        let left = alice.merge(&own.commit).links_of(of_alice, history);
        if history == History::Shared {
            assert_eq!(left, LinkFate::End);
            continue;
        }
        assert_eq!(left, LinkFate::Reseal);
        server.take(&own);
        let asleep = open(&story.grant, &story.link).unwrap();
        assert!(open_door(server, &asleep.keys(), asleep.group).is_err());
        let resealed = grant(alice, &story.link);
        let awake = open(&resealed, &story.link).unwrap();
        let mut carol = Person::new("carol", Suite::CLASSICAL);
        let entered = knock(&mut carol, server, &awake.keys(), awake.group).unwrap();
        seat(&mut carol, server, entered, &mut [alice]);
    }
}

#[test]
fn a_link_that_is_said_leads_in_too() {
    let mut story = story(History::SinceJoin, Suite::CLASSICAL);
    let spoken = SpokenLink::generate(&mut story.alice.rng);
    let words = spoken.to_text();
    let (id, secret) = spoken.stretch(room());
    let group = story.alice.group.as_ref().unwrap();
    let rng = &mut story.alice.rng;
    let grant = group.make_grant(&story.alice.device, id, &secret, rng);
    // Carol hears the words and knows the room.
    let (id, secret) = SpokenLink::parse(&words).unwrap().stretch(room());
    let granted = Grant::open(&grant.unwrap(), room(), id, &secret, None).unwrap();
    let mut carol = Person::new("carol", Suite::CLASSICAL);
    let server = &mut story.server;
    let entered = knock(&mut carol, server, &granted.keys(), granted.group).unwrap();
    let members: &mut [&mut Person] = &mut [&mut story.alice, &mut story.bob];
    seat(&mut carol, server, entered, members);
}

#[test]
fn links_are_listed_in_the_room_state_and_taken_off() {
    let mut story = story(History::SinceJoin, Suite::CLASSICAL);
    let (server, alice, bob) = (&mut story.server, &mut story.alice, &mut story.bob);
    bob.fetch(server);
    let listed = |person: &mut Person| {
        let state = person.group().state().unwrap();
        let links = state.links().values();
        links
            .map(|link| (link.creator, link.label.clone()))
            .collect::<Vec<_>>()
    };
    let link = (alice.account(), "for the neighbours".to_owned());
    assert_eq!(
        (listed(alice), listed(bob)),
        (vec![link.clone()], vec![link])
    );
    // A new name keeps the list; somebody else may take a link off it.
    commit(server, alice, &Intent::rename("Coffee"), &mut [bob]);
    assert_eq!(listed(alice).len(), 1);
    let heir = Intent::set_role(bob.account(), e2ee::roles::Role::Admin);
    commit(server, alice, &heir, &mut [bob]);
    bob.fetch(server);
    commit(
        server,
        bob,
        &Intent::unlist_link(story.link.id),
        &mut [alice],
    );
    alice.fetch(server);
    assert_eq!((listed(alice), listed(bob)), (vec![], vec![]));
    // Once more is no change of the state.
    let own = bob.stage(&Intent::unlist_link(story.link.id)).unwrap();
    assert!(own.state.is_none());
    bob.group().discard_own().unwrap();
    bob.save();
    let many = Intent {
        list_links: (0..65).map(|n| ([n; 16].into(), String::new())).collect(),
        ..Intent::default()
    };
    let refused = bob.stage(&many).err();
    assert!(matches!(
        refused,
        Some(StageError::State(RoomStateError::Links))
    ));
}
