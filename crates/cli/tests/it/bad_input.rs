//! Everything that people and machines get wrong: one code each, one honest sentence, nothing broken afterwards.

use std::{fs, io};

use crate::{
    bot::Bot,
    world::{PASSWORD, World, finish, post, program},
};

#[test]
fn a_wrong_password_and_an_unknown_name_look_the_same() {
    let world = World::new();
    let [_alice] = world.people(["alice"]);
    let (elsewhere, stranger) = (world.person("alice"), world.person("nobody"));
    let other_home = |person: &crate::world::Person, home: &str| {
        let mut person = person.clone();
        person.home = world.path().join(home);
        person.sign_in("login", "not the password at all")
    };
    let wrong = other_home(&elsewhere, "elsewhere");
    let unknown = other_home(&stranger, "nowhere");
    assert_eq!((wrong.status, wrong.code()), (1, "LOGIN_FAILED"));
    assert_eq!((unknown.status, &unknown.err), (wrong.status, &wrong.err));
    assert_eq!((unknown.out.as_str(), wrong.out.as_str()), ("", ""));
    assert_eq!(
        wrong.err,
        "secure-chat: That name and password don't match. (LOGIN_FAILED)\n"
    );
}

#[test]
fn registration_refuses_what_it_must() {
    let world = World::new();
    let [_alice] = world.people(["alice"]);
    let weak = world.person("bob").sign_in("register", "password");
    assert_eq!((weak.status, weak.code()), (1, "WEAK_PASSWORD"));
    let mut twin = world.person("alice");
    twin.home = world.path().join("twin");
    let taken = twin.sign_in("register", PASSWORD);
    assert_eq!((taken.status, taken.code()), (1, "NAME_TAKEN"));
    for name in ["a", "Bob", "bob smith", &"b".repeat(33)] {
        let refused = world.person(name).sign_in("register", PASSWORD);
        assert_eq!(
            (refused.status, refused.code()),
            (1, "NAME_INVALID"),
            "{name}"
        );
    }
    // A home that was refused goes on with a better try.
    world.person("bob").register();
}

#[test]
fn a_home_belongs_to_one_account() {
    let world = World::new();
    let [alice, _bob] = world.people(["alice", "bob"]);
    let mut intruder = world.person("bob");
    intruder.home.clone_from(&alice.home);
    let refused = intruder.sign_in("login", PASSWORD);
    assert_eq!((refused.status, refused.code()), (1, "OTHER_ACCOUNT"));
    let refused = intruder.sign_in("register", PASSWORD);
    assert_eq!((refused.status, refused.code()), (1, "OTHER_ACCOUNT"));
    alice.ok(&["rooms"]);
}

#[test]
fn rooms_that_are_not_there_or_not_ones_own() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.ok(&["room", "create", "Tea"]);
    let not_found = || (1, "ROOM_NOT_FOUND".to_owned());
    assert_eq!(alice.fails(&["send", "12345", "x"]), not_found());
    assert_eq!(alice.fails(&["tail", "Coffee"]), not_found());
    assert_eq!(bob.fails(&["send", &room, "x"]), not_found());
    alice.ok(&["room", "invite", &room, "bob"]);
    assert_eq!(bob.fails(&["send", &room, "x"]), (1, "NOT_ACCEPTED".into()));
    bob.ok(&["room", "accept", &room]);
    bob.ok(&["room", "leave", &room]);
    alice.ok(&["rooms"]);
    assert_eq!(bob.fails(&["send", &room, "x"]), (1, "NOT_A_MEMBER".into()));
    alice.ok(&["room", "create", "Tea"]);
    assert_eq!(
        alice.fails(&["send", "Tea", "x"]),
        (1, "ROOM_AMBIGUOUS".into())
    );
    alice.ok(&["send", &room, "by id it works"]);
}

#[test]
fn roles_and_people() {
    let world = World::new();
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]);
    let room = alice.room_with("Tea", &[], &[&bob, &carol]);
    let low = || (1, "ROLE_TOO_LOW".to_owned());
    assert_eq!(bob.fails(&["room", "remove", &room, "carol"]), low());
    assert_eq!(bob.fails(&["room", "remove", &room, "alice"]), low());
    assert_eq!(bob.fails(&["room", "role", &room, "bob", "owner"]), low());
    assert_eq!(
        alice.fails(&["room", "invite", &room, "bob"]),
        (1, "ALREADY_MEMBER".into())
    );
    let unknown = || (1, "ACCOUNT_NOT_FOUND".to_owned());
    assert_eq!(alice.fails(&["room", "invite", &room, "dave"]), unknown());
    assert_eq!(alice.fails(&["room", "remove", &room, "dave"]), unknown());
    assert_eq!(alice.fails(&["verify", "dave"]), unknown());
    assert_eq!(
        alice.fails(&["room", "role", &room, "alice", "member"]),
        (1, "LAST_OWNER".into())
    );
    assert_eq!(alice.members(&room).len(), 3);
}

#[test]
fn text_that_is_empty_or_too_long() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let room = alice.ok(&["room", "create", "Tea"]);
    let bad = || (1, "BAD_CONTENT".to_owned());
    assert_eq!(alice.fails(&["send", &room, ""]), bad());
    let long = alice.run_with(&["send", &room, "-"], &"x".repeat(40_000));
    assert_eq!((long.status, long.code()), (1, "BAD_CONTENT"));
    let endless = alice.run_with(&["send", &room, "-"], &"x".repeat(1_200_000));
    assert_eq!((endless.status, endless.code()), (1, "BAD_CONTENT"));
    assert_eq!(alice.fails(&["room", "create", ""]), bad());
    alice.ok(&["send", &room, &"x".repeat(30_000)]);
}

#[test]
fn a_session_that_the_server_has_ended() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let token = alice.ok(&["token"]);
    let answer = post(&world.url, "/logout", &token, "{}");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(alice.fails(&["rooms"]), (3, "SESSION_EXPIRED".into()));
    assert_eq!(alice.fails(&["rooms"]), (3, "NOT_LOGGED_IN".into()));
    assert_eq!(alice.sign_in("login", PASSWORD).status, 0);
    alice.ok(&["rooms"]);
}

#[test]
fn a_home_is_for_one_process() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let mut bot = Bot::start(&alice);
    bot.event(|line| line["event"] == "ready");
    assert_eq!(alice.fails(&["rooms"]), (5, "STORE_BUSY".into()));
    bot.end();
    alice.ok(&["rooms"]);
}

#[test]
fn a_damaged_store_is_said_and_never_replaced() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let path = alice.home.join("store.db");
    let whole = fs::read(&path).unwrap();
    // A command that ended well has left nothing beside the file.
    let beside = alice.home.join("store.db-wal");
    assert!(!beside.exists());
    let damages: [&[u8]; 3] = [b"", b"not a store", &whole[..whole.len() / 2]];
    for damage in damages {
        fs::write(&path, damage).unwrap();
        assert_eq!(alice.fails(&["rooms"]), (5, "STORE_CORRUPT".into()));
        let register = alice.sign_in("register", PASSWORD);
        assert_eq!((register.status, register.code()), (5, "STORE_CORRUPT"));
    }
    if beside.exists() {
        fs::remove_file(&beside).unwrap();
    }
    fs::write(&path, &whole).unwrap();
    alice.ok(&["rooms"]);
}

#[test]
fn a_store_without_anything_to_open_it_is_locked() {
    let world = World::new();
    let person = world.person("alice");
    let args = |command: &str| {
        [
            command,
            "--server",
            &world.url,
            "--user",
            "alice",
            "--password-stdin",
        ]
        .map(str::to_owned)
    };
    let run = |command: &str, passphrase: Option<&str>| {
        let mut program = program();
        program.env("SECURE_CHAT_HOME", &person.home);
        if let Some(passphrase) = passphrase {
            program.env("SECURE_CHAT_STORE_PASSPHRASE", passphrase);
        }
        if command == "rooms" {
            program.arg("rooms");
        } else {
            program.args(args(command));
        }
        finish(&mut program, &format!("{PASSWORD}\n"))
    };
    let locked = run("register", None);
    assert_eq!((locked.status, locked.code()), (5, "STORE_LOCKED"));
    let registered = run("register", Some("a passphrase of mine"));
    assert_eq!(registered.status, 0, "{}", registered.err);
    let locked = run("rooms", None);
    assert_eq!((locked.status, locked.code()), (5, "STORE_LOCKED"));
    let wrong = run("rooms", Some("another passphrase"));
    assert_eq!((wrong.status, wrong.code()), (5, "STORE_CORRUPT"));
    assert_eq!(run("rooms", Some("a passphrase of mine")).status, 0);
}

#[test]
fn a_server_that_is_gone() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let room = alice.ok(&["room", "create", "Tea"]);
    world.stop_server();
    let gone = || (4, "SERVER_GONE".to_owned());
    assert_eq!(alice.fails(&["rooms"]), gone());
    assert_eq!(alice.fails(&["send", &room, "x"]), gone());
    let register = world.person("bob").sign_in("register", PASSWORD);
    assert_eq!((register.status, register.code()), (4, "SERVER_GONE"));
}

#[test]
fn an_empty_home_is_not_logged_in() {
    let world = World::new();
    let stranger = world.person("alice");
    for args in [
        ["rooms"].as_slice(),
        &["status"],
        &["bot"],
        &["logout"],
        &["token"],
    ] {
        assert_eq!(
            stranger.fails(args),
            (3, "NOT_LOGGED_IN".into()),
            "{args:?}"
        );
    }
    assert!(!stranger.home.join("store.db").exists());
}

#[test]
fn errors_for_scripts_are_json() {
    let world = World::new();
    let stranger = world.person("alice");
    let ran = stranger.run(&["rooms", "--json"]);
    let error: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(error["code"], "NOT_LOGGED_IN");
    assert_eq!(error["error"], "Register or log in first.");
}

#[test]
fn wrong_command_lines() {
    let world = World::new();
    let person = world.person("alice");
    let lines: [&[&str]; 6] = [
        &[],
        &["fly"],
        &["room", "create"],
        &["room", "role", "x", "bob", "king"],
        &[
            "register",
            "--server",
            "http://chat.example.org",
            "--user",
            "alice",
            "--password-stdin",
        ],
        &["serve", "--listen", "0.0.0.0:5000"],
    ];
    for line in lines {
        let ran = person.run(line);
        assert_eq!(
            (ran.status, ran.out.as_str()),
            (2, ""),
            "{line:?}: {}",
            ran.err
        );
    }
    let no_terminal = person.run(&["register", "--server", &world.url, "--user", "alice"]);
    assert_eq!(no_terminal.status, 2);
    let help = person.run(&["--help"]);
    assert_eq!(help.status, 0);
    assert!(help.out.contains("Exit codes"));
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_program_without_a_word() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let ended = program().arg("man").stdout(writer).output().unwrap();
    assert_eq!(ended.status.code(), Some(141));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}
