//! Somebody takes along what they can read, and goes.

use std::fs;

use super::second_factor::enable;
use crate::{
    homes::{another_home, copy, further_device},
    world::{PASSWORD, Person, Ran, Settings, World},
};

const BY_INVITE: Settings = &[
    ("SECURE_CHAT_DEFAULT_ADMIN", "no"),
    ("SECURE_CHAT_REGISTRATION", "invite"),
];

fn delete(person: &Person, options: &[&str], password: &str) -> Ran {
    let args = [&["account", "delete", "--password-stdin"], options].concat();
    person.run_with(&args, &format!("{password}\n"))
}

fn files(person: &Person) -> Vec<String> {
    let files = fs::read_dir(&person.home).unwrap();
    let names = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
    names.collect()
}

#[test]
fn an_account_is_deleted_and_its_rooms_go_on() {
    let world = World::new();
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]);
    let room = alice.room_with("Tea", &[], &[&bob, &carol]);
    let own = alice.ok(&["room", "create", "Diary"]);
    let tablet = further_device(&world, &alice, "tablet");
    alice.ok(&["send", &room, "farewell"]);

    // The room would be left without an owner.
    let refused = delete(&alice, &[], PASSWORD);
    assert_eq!((refused.status, refused.code()), (1, "LAST_OWNER"));
    assert!(
        refused.err.contains(&format!("Tea ({room})")),
        "{}",
        refused.err
    );
    assert!(
        refused.err.contains("secure-chat room role"),
        "{}",
        refused.err
    );
    assert!(!refused.err.contains(&own), "{}", refused.err);
    assert_eq!(alice.room_field(&room, "state"), "joined");
    alice.ok(&["room", "role", &room, "bob", "owner"]);
    let guess = delete(&alice, &["--now"], "a guess at it 12");
    assert_eq!(guess.code(), "LOGIN_FAILED");
    assert_eq!(alice.room_field(&room, "state"), "joined");
    assert_eq!(alice.json(&["status"])[0]["user"], "alice");

    // Nobody is there to let her go.
    let waits = delete(&alice, &[], PASSWORD);
    assert_eq!(
        (waits.status, waits.code()),
        (1, "STILL_IN_ROOMS"),
        "{}",
        waits.err
    );
    assert!(
        waits.err.contains(&format!("Tea ({room})")),
        "{}",
        waits.err
    );
    for member in [&bob, &carol] {
        member.ok(&["rooms"]);
    }
    let before = another_home(&world, &alice, "before");
    copy(&alice.home, &before.home);
    let done = delete(&alice, &[], PASSWORD);
    assert_eq!(done.status, 0, "{}", done.err);
    assert!(
        done.out.contains("administrator can free it"),
        "{}",
        done.out
    );
    assert_eq!(files(&alice), ["lock"]);
    assert_eq!(alice.fails(&["rooms"]), (3, "NOT_LOGGED_IN".to_owned()));

    // The other device hears of it, and so does what was interrupted before its home was empty.
    for home in [&tablet, &before] {
        assert_eq!(home.fails(&["rooms"]).1, "ACCOUNT_DELETED");
        assert_eq!(home.fails(&["rooms"]).1, "ACCOUNT_DELETED");
        assert_eq!(delete(home, &[], "").status, 0);
        assert_eq!(files(home), ["lock"]);
    }
    let members = bob.members(&room);
    assert_eq!(
        members,
        [
            ("bob".to_owned(), "owner".to_owned()),
            ("carol".to_owned(), "member".to_owned())
        ]
    );
    bob.ok(&["send", &room, "still here"]);
    assert_eq!(carol.texts(&room), ["alice: farewell", "bob: still here"]);

    // Nobody comes in by the name, or gets it.
    let empty = another_home(&world, &alice, "empty");
    assert_eq!(empty.sign_in("login", PASSWORD).code(), "LOGIN_FAILED");
    assert_eq!(empty.sign_in("register", PASSWORD).code(), "NAME_TAKEN");
    let garden = bob.ok(&["room", "create", "Garden"]);
    let invited = bob.fails(&["room", "invite", &garden, "alice"]);
    assert_eq!(invited.1, "ACCOUNT_NOT_FOUND");
}

#[test]
fn whoever_does_not_wait_is_told_of_by_the_server() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = bob.room_with("Tea", &[], &[&alice]);
    let done = delete(&alice, &["--now"], PASSWORD);
    assert_eq!(done.status, 0, "{}", done.err);
    let told = bob.json(&["tail", &room]);
    let told = told.iter().any(|line| line["what"] == "account-deleted");
    assert!(told);
    assert_eq!(bob.members(&room).len(), 1);
    bob.ok(&["send", &room, "alone"]);
}

#[test]
fn the_only_administrator_stays() {
    let world = World::with(BY_INVITE);
    let root = world.administrator("root");
    let invite = root.ok(&["admin", "invite", "new"]);
    let bob = world.person("bob");
    assert_eq!(bob.register_by(&invite).status, 0);
    let room = root.room_with("Tea", &[], &[&bob]);
    root.ok(&["room", "role", &room, "bob", "owner"]);
    let refused = delete(&root, &["--now"], PASSWORD);
    assert_eq!((refused.status, refused.code()), (1, "LAST_ADMIN"));
    // It is said before any room is left.
    assert_eq!(root.room_field(&room, "state"), "joined");
    root.ok(&["admin", "user", "grant", "bob"]);
    let done = delete(&root, &["--now"], PASSWORD);
    assert_eq!(done.status, 0, "{}", done.err);
}

#[test]
fn whoever_has_no_code_stays_where_they_are() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = bob.room_with("Tea", &[], &[&alice]);
    let (mut app, _) = enable(&alice);
    let refused = delete(&alice, &[], PASSWORD);
    assert_eq!(
        (refused.status, refused.code()),
        (1, "SECOND_FACTOR_REQUIRED"),
        "{}",
        refused.err
    );
    assert_eq!(alice.room_field(&room, "state"), "joined");
    bob.ok(&["rooms"]);
    assert_eq!(bob.members(&room).len(), 2);
    let both = format!("{PASSWORD}\n{}", app.code());
    let done = delete(&alice, &["--now"], &both);
    assert_eq!(done.status, 0, "{}", done.err);
    bob.ok(&["rooms"]);
    assert_eq!(bob.members(&room).len(), 1);
}
