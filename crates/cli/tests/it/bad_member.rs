//! A member whose program is another one, as far as a person at a command line sees it.

use client::{
    driver::Machine,
    engine::{
        Config, Engine,
        hostile::{BadCommit, Forgery},
    },
    native::{Home, Unlock},
};
use protocol::{ids::RoomId, rest::CommitRequest};
use rand_core::OsRng;

use crate::world::{Person, World, post};

/// Posts a commit from somebody's home that the program itself would never make.
fn betray(person: &Person, room: &str, forgery: &Forgery) {
    betray_with(person, room, forgery, |_| ());
}

/// The same, changed once more before it is posted.
fn betray_with(
    person: &Person,
    room: &str,
    forgery: &Forgery,
    change: impl FnOnce(&mut CommitRequest),
) {
    let forged = |engine: &Engine, id| engine.forge_commit(id, forgery, &mut OsRng);
    let request = made_by(person, room, forged);
    let mut request = request.expect("a member can commit");
    change(&mut request);
    post_commit(person, room, &request);
}

/// What another program makes of somebody's home.
fn made_by<T>(person: &Person, room: &str, make: impl FnOnce(&Engine, RoomId) -> T) -> T {
    let id = RoomId::new(room.parse().unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let home = Home::take(&person.home).unwrap();
        let mut unlock = Unlock {
            insecure: true,
            passphrase: None,
            keyring: false,
            ask: &mut |_| None,
        };
        let mut store = home.open_store(&mut unlock).await.unwrap();
        let engine = <Engine as Machine>::load(Config::default(), &mut store).await;
        make(&engine.unwrap(), id)
    })
}

fn post_commit(person: &Person, room: &str, request: &CommitRequest) {
    let token = person.ok(&["token"]);
    let path = format!("/api/rooms/{room}/commits");
    let body = serde_json::to_string(request).unwrap();
    let answer = post(&person.url, &path, &token, &body);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn rules_of_a_newer_version_pause_the_room_and_say_so() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    alice.ok(&["send", &room, "before"]);
    let newer = Forgery {
        newer_policy: true,
        ..Forgery::default()
    };
    betray(&alice, &room, &newer);
    let too_new = || (1, "POLICY_TOO_NEW".to_owned());
    assert_eq!(bob.room_field(&room, "state"), "too-new");
    assert_eq!(bob.fails(&["send", &room, "x"]), too_new());
    assert_eq!(bob.fails(&["room", "leave", &room]), too_new());
    assert!(bob.ok(&["rooms"]).contains("paused: update this program"));
    // What was said before stays readable, and other rooms go on.
    assert_eq!(bob.texts(&room), ["alice: before"]);
    let other = bob.ok(&["room", "create", "Coffee"]);
    bob.ok(&["send", &other, "elsewhere"]);
}

#[test]
fn a_commit_that_nobody_can_follow_pauses_and_is_skipped() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let spoilt = Forgery {
        spoil: |_| true,
        ..Forgery::default()
    };
    betray(&alice, &room, &spoilt);
    // Nobody is there to ask: the room is paused, and says so.
    assert_eq!(bob.room_field(&room, "state"), "checking");
    let paused = (1, "ROOM_PAUSED".to_owned());
    assert_eq!(bob.fails(&["send", &room, "x"]), paused);
    assert!(
        bob.ok(&["rooms"])
            .contains("paused: checking with the others")
    );
}

#[test]
fn bytes_that_are_no_mls_stop_nobody() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    alice.ok(&["send", &room, "before"]);
    for bytes in [vec![0], vec![0xff; 3_000], b"\0\x01\0\x01\x10".to_vec()] {
        betray_with(&alice, &room, &Forgery::default(), |request| {
            request.commit = bytes.into();
        });
        bob.ok(&["send", &room, "go on"]);
        alice.ok(&["send", &room, "so do I"]);
    }
    let said = bob.texts(&room);
    assert_eq!(said.len(), 7);
    assert_eq!(alice.texts(&room), said);
    assert_eq!(bob.room_field(&room, "state"), "joined");
}

/// The server takes them, for it does not look into commits; the others say that they were nothing.
#[test]
fn what_a_member_may_not_do_is_ignored_and_said_so() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let rules = [
        BadCommit::PromoteSelf,
        BadCommit::DeposeOwner,
        BadCommit::RemoveAbove,
        BadCommit::ExternalSenders,
        BadCommit::ElevenDevices,
    ];
    let members = alice.members(&room);
    for rule in rules {
        // The program itself first catches up with the log.
        bob.ok(&["tail", &room]);
        let broken = |engine: &Engine, id| engine.break_rule(id, rule, &mut OsRng);
        let request = made_by(&bob, &room, broken).expect("something to break it with");
        post_commit(&bob, &room, &request);
        let said = alice.ok(&["tail", &room]);
        assert!(said.contains(IGNORED), "{rule:?}: {said}");
        assert_eq!(alice.members(&room), members, "{rule:?}");
        alice.ok(&["send", &room, "go on"]);
        bob.ok(&["send", &room, "so do I"]);
    }
    assert_eq!(alice.texts(&room).len(), 2 * rules.len());
    assert_eq!(bob.texts(&room), alice.texts(&room));
}

const IGNORED: &str = "A change that broke the room's rules was ignored.";
