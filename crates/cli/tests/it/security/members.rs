//! Ghosts: members and devices that nobody let in.

use protocol::{
    ids::{EntryId, Seq},
    log::{Body, Entry},
    rest::{ClaimedKeyPackages, Devices, Members},
    role::Role,
};

use super::{OTHER_LOG, entry, ids, kept, message, says, told};
use crate::{
    liar::Liar,
    world::{Person, World, post},
};

fn names(person: &Person, room: &str) -> Vec<String> {
    let members = person.members(room).into_iter();
    members.map(|(name, _)| name).collect()
}

/// Attack 1: a row in the server's table is no member, and a role there is no role.
#[test]
fn the_roster_is_the_tree_whatever_the_server_lists() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice, mallory] = world.people(["alice", "mallory"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let ghost = ids(&mallory).0;
    server.lies("/members ", move |table: &mut Members| {
        let mut row = table.members[0].clone();
        row.account_id = ghost;
        row.role = Role::Owner;
        table.members.push(row);
    });
    server.lies("GET /api/rooms ", |rooms: &mut protocol::rest::Rooms| {
        for room in &mut rooms.rooms {
            room.role = Role::Owner;
        }
    });
    assert_eq!(names(&bob, &room), ["alice", "bob"]);
    assert_eq!(bob.room_field(&room, "role"), "member");
    let owners = bob.fails(&["room", "role", &room, "alice", "member"]);
    assert_eq!(owners, (1, "ROLE_TOO_LOW".to_owned()));
    says(&bob, &room, "only us");
    assert_eq!(alice.texts(&room), ["bob: only us"]);
}

/// Attack 1: a commit that some other group took, or that lies about what it does, lets nobody in.
#[test]
fn a_commit_from_another_room_lets_nobody_in() {
    let world = World::new();
    world.is_damaged();
    let server = Liar::before(&world.url);
    let [alice, mallory] = world.people(["alice", "mallory"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let other = alice.ok(&["room", "create", "Coffee"]);
    alice.ok(&["room", "invite", &other, "mallory"]);
    // The commit that let her in there is the second entry of that room's log at most.
    let is_commit = |seq: &u64| {
        matches!(
            entry(&world.url, &alice, &other, *seq).body,
            Body::Commit(_)
        )
    };
    let at = (1..=2).find(is_commit).unwrap();
    let foreign = entry(&world.url, &alice, &other, at);
    let filler = says(&alice, &room, "in the place of this");
    server
        .log(&room)
        .changes(filler, move |entry| entry.body = foreign.body.clone());
    assert_eq!(names(&bob, &room), ["alice", "bob"]);
    assert_eq!(bob.room_field(&room, "state"), "joined");
    assert!(bob.texts(&room).is_empty());
    server.behaves();
    says(&alice, &room, "nobody came");
    assert!(told(&bob, &["rooms"]).contains(OTHER_LOG));
    assert_eq!(bob.texts(&room), ["alice: nobody came"]);
    says(&bob, &room, "nobody");
    assert_eq!(alice.texts(&room).last().unwrap(), "bob: nobody");
    assert!(mallory.texts(&other).is_empty());
}

/// Attack 1: effects that the commit does not have.
#[test]
fn what_a_commit_is_said_to_do_changes_nobody() {
    let world = World::new();
    world.is_damaged();
    let server = Liar::before(&world.url);
    let [alice, carol, mallory] = world.people(["alice", "carol", "mallory"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob, &carol]);
    let (ghost, victim) = (ids(&mallory).0, ids(&carol).0);
    let at = says(&alice, &room, "before") + 1;
    server.log(&room).changes(at, move |entry| {
        if let Body::Commit(commit) = &mut entry.body {
            commit.effects.accounts_in = vec![ghost];
            commit.effects.accounts_out = vec![victim];
        }
    });
    alice.ok(&["room", "topic", &room, "Green"]);
    assert_eq!(names(&bob, &room), ["alice", "bob", "carol"]);
    assert_eq!(bob.room_field(&room, "topic"), "Green");
    server.behaves();
    says(&carol, &room, "still here");
    assert_eq!(bob.texts(&room).last().unwrap(), "carol: still here");
}

/// Attack 1: a KeyPackage of somebody else among those of the invited account.
#[test]
fn a_key_package_of_somebody_else_is_not_let_in() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let alice = server.guest(&world, "alice");
    let [bob, mallory] = world.people(["bob", "mallory"]);
    let room = alice.ok(&["room", "create", "Tea"]);
    let of = |person: &Person| -> ClaimedKeyPackages {
        let path = format!("/api/accounts/{}/key_packages", ids(person).0);
        let answer = post(&world.url, &path, &bob.ok(&["token"]), "{}");
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let ghost = of(&mallory).key_packages.remove(0);
    let device = ids(&bob).1;
    let lies: [fn(&mut ClaimedKeyPackages, protocol::rest::ClaimedKeyPackage); 2] = [
        |claimed, ghost| claimed.key_packages.push(ghost),
        |claimed, ghost| claimed.key_packages = vec![ghost],
    ];
    let invite = ["room", "invite", &room, "bob"];
    let mismatch = || (1, "IDENTITY_MISMATCH".to_owned());
    for lie in lies {
        let mut ghosts = [ghost.clone(), ghost.clone()];
        ghosts[1].device_id = device;
        for ghost in ghosts {
            server.lies("POST /api/accounts/", move |claimed| {
                lie(claimed, ghost.clone())
            });
            assert_eq!(alice.fails(&invite), mismatch());
            server.behaves();
        }
    }
    assert_eq!(names(&alice, &room), ["alice"]);
    alice.ok(&invite);
    bob.ok(&["room", "accept", &room]);
    says(&alice, &room, "only us");
    assert_eq!(bob.texts(&room), ["alice: only us"]);
}

/// Attack 1: a device that is not the account's, in the list and among the KeyPackages.
#[test]
fn a_device_that_the_account_did_not_certify_is_shown_as_such() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let alice = server.guest(&world, "alice");
    let [mallory] = world.people(["mallory"]);
    let ghost = kept::<Devices>(&world.url, &mallory, "/api/devices")
        .devices
        .remove(0);
    let id = ghost.device_id.to_string();
    server.lies("GET /api/devices ", move |listed: &mut Devices| {
        let mut ghost = ghost.clone();
        ghost.current = false;
        listed.devices.push(ghost);
    });
    let listed = alice.json(&["devices"]);
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[1]["id"], id.as_str());
    assert_eq!(listed[1]["generation"], serde_json::Value::Null);
    assert!(
        alice
            .ok(&["devices"])
            .contains("its certificate is not this account's")
    );
    server.behaves();
    assert_eq!(alice.json(&["devices"]).len(), 1);
}

/// Attack 1: entries that nobody made, behind the end of the log.
#[test]
fn entries_that_nobody_made_are_no_change_and_no_message() {
    let world = World::new();
    world.is_damaged();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let last = says(&alice, &room, "before");
    let real = entry(&world.url, &alice, &room, last);
    server.log(&room).tells(move |told| {
        let forged = |seq: u64, body: Body| Entry {
            id: EntryId::new(900_000 + seq).unwrap(),
            seq: Seq(seq),
            body,
            ..real.clone()
        };
        if told.seq != Seq(last) {
            return vec![told];
        }
        let mut nonsense = real.clone();
        message(&mut nonsense).key = protocol::log::Key::Shared("k".to_owned());
        let bytes = vec![0xff; 80];
        let proposal = protocol::log::Proposal {
            proposal: bytes.into(),
        };
        vec![
            told,
            forged(last + 1, nonsense.body),
            forged(last + 2, Body::Proposal(proposal)),
        ]
    });
    assert_eq!(bob.texts(&room), ["alice: before"]);
    assert_eq!(super::causes(&bob, &room), ["WrongKind"]);
    assert_eq!(names(&bob, &room), ["alice", "bob"]);
    assert_eq!(bob.room_field(&room, "state"), "joined");
    server.behaves();
    // The true entries of those places come too late; that is said, and what follows is read.
    for text in ["one", "two", "three"] {
        says(&alice, &room, text);
    }
    assert!(told(&bob, &["rooms"]).contains(OTHER_LOG));
    assert_eq!(bob.texts(&room), ["alice: before", "alice: three"]);
    says(&bob, &room, "I missed two");
    assert_eq!(alice.texts(&room).last().unwrap(), "bob: I missed two");
}
