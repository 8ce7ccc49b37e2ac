//! Passwords and recovery codes: changed, forgotten, stolen.

use serde_json::Value;

use crate::{
    homes::{another_home, copy, further_device},
    world::{PASSWORD, Person, Ran, World},
};

const NEW: &str = "copper lantern tides 77";

/// Registers; the recovery code that was shown.
fn register(person: &Person) -> String {
    let args = ["register", "--server", &person.url, "--user", &person.name];
    let args = [&args[..], &["--password-stdin", "--json"]].concat();
    let ran = person.run_with(&args, &format!("{PASSWORD}\n"));
    assert_eq!(ran.status, 0, "{}", ran.err);
    code_in(&ran)
}

fn code_in(ran: &Ran) -> String {
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    told["recovery_code"].as_str().unwrap().to_owned()
}

fn change(person: &Person, options: &[&str], old: &str, new: &str) -> Ran {
    let args = [&["password", "change", "--password-stdin"], options].concat();
    person.run_with(&args, &format!("{old}\n{new}\n"))
}

fn by_code(person: &Person, code: &str, new: &str) -> Ran {
    let args = ["login", "--server", &person.url, "--user", &person.name];
    let args = [&args[..], &["--recovery-code", "--password-stdin"]].concat();
    person.run_with(&args, &format!("{code}\n{new}\n"))
}

fn refused(ran: &Ran) -> (i32, &str) {
    (ran.status, ran.code())
}

#[test]
fn the_password_is_changed_while_the_other_device_is_off() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let tablet = further_device(&world, &alice, "home-tablet");
    tablet.ok(&["send", &room, "before"]);
    let weak = change(&alice, &[], PASSWORD, "password1234");
    assert_eq!(refused(&weak), (1, "WEAK_PASSWORD"));
    let guess = change(&alice, &[], "a guess at it 12", NEW);
    assert_eq!(refused(&guess), (1, "LOGIN_FAILED"));
    let changed = change(&alice, &[], PASSWORD, NEW);
    assert_eq!(changed.status, 0, "{}", changed.err);
    alice.ok(&["send", &room, "after"]);

    // The other one goes on, and says so until somebody has looked.
    for _ in 0..2 {
        let told = tablet.run(&["rooms"]).err;
        assert!(told.contains("Your password was changed on "), "{told}");
    }
    tablet.ok(&["send", &room, "and so do I"]);
    tablet.ok(&["devices"]);
    assert!(!tablet.run(&["rooms"]).err.contains("password was changed"));
    assert!(!alice.run(&["rooms"]).err.contains("password was changed"));
    assert_eq!(bob.texts(&room).len(), 3);

    let third = another_home(&world, &alice, "home-third");
    let old = third.sign_in("login", PASSWORD);
    assert_eq!(refused(&old), (1, "LOGIN_FAILED"));
    assert_eq!(third.sign_in("login", NEW).status, 0);
    assert_eq!(third.room_field(&room, "state"), "joined");
}

#[test]
fn whoever_forgot_the_password_comes_back_by_the_code_on_a_new_machine() {
    let world = World::new();
    let alice = world.person("alice");
    let code = register(&alice);
    let bob = world.person("bob");
    bob.register();
    let room = alice.room_with("Tea", &["--history", "shared"], &[&bob]);
    bob.ok(&["send", &room, "where are you?"]);
    let new = another_home(&world, &alice, "home-new");
    // Nothing happens before there is a password that will do.
    let weak = by_code(&new, &code, "password1234");
    assert_eq!(refused(&weak), (1, "WEAK_PASSWORD"));
    let slip = by_code(&new, &code.replace(&code[..4], "0000"), NEW);
    assert_eq!(refused(&slip), (1, "RECOVERY_CODE_WRONG"));
    let nobody = Person {
        name: "nobody".to_owned(),
        ..new.clone()
    };
    assert_eq!(refused(&by_code(&nobody, &code, NEW)), (1, "LOGIN_FAILED"));
    assert_eq!(new.fails(&["rooms"]).0, 3);
    let back = by_code(&new, &code, NEW);
    assert_eq!(back.status, 0, "{}", back.err);
    assert_eq!(new.texts(&room), ["bob: where are you?"]);
    new.ok(&["send", &room, "here"]);
    assert_eq!(bob.texts(&room).last().unwrap(), "alice: here");
    // The device that there was goes on, and tells of both.
    let told = alice.run(&["rooms"]).err;
    assert!(told.contains("new device"), "{told}");
    assert!(told.contains("Your password was changed on "), "{told}");
    let third = another_home(&world, &alice, "home-third");
    let old = third.sign_in("login", PASSWORD);
    assert_eq!(refused(&old), (1, "LOGIN_FAILED"));
    assert_eq!(third.sign_in("login", NEW).status, 0);
    // And the code is the same still, on a device that is logged in as well.
    let again = change(&alice, &["--recovery-code"], &code, PASSWORD);
    assert_eq!(again.status, 0, "{}", again.err);
}

#[test]
fn a_code_that_was_replaced_opens_nothing_and_logs_in_nowhere() {
    let world = World::new();
    let alice = world.person("alice");
    let code = register(&alice);
    let replace = |options: &[&str], opener: &str| {
        let args = ["recovery", "replace", "--password-stdin", "--json"];
        alice.run_with(&[&args, options].concat(), &format!("{opener}\n"))
    };
    let guess = replace(&[], "a guess at it 12");
    assert!(guess.err.contains("LOGIN_FAILED"), "{}", guess.err);
    let ran = replace(&[], PASSWORD);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let second = code_in(&ran);
    let ran = replace(&["--recovery-code"], &second);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let third = code_in(&ran);
    for old in [&code, &second] {
        let test = ["recovery", "test", "--code-stdin"];
        let ran = alice.run_with(&test, &format!("{old}\n"));
        assert_eq!(refused(&ran), (1, "RECOVERY_CODE_WRONG"));
        let ran = change(&alice, &["--recovery-code"], old, NEW);
        assert_eq!(refused(&ran), (1, "RECOVERY_CODE_WRONG"));
        let home = another_home(&world, &alice, "home-new");
        assert_eq!(refused(&by_code(&home, old, NEW)), (1, "LOGIN_FAILED"));
    }
    let home = another_home(&world, &alice, "home-new");
    assert_eq!(by_code(&home, &third, NEW).status, 0);
}

#[test]
fn a_session_that_was_stolen_takes_nothing_over() {
    let world = World::new();
    let alice = world.person("alice");
    let code = register(&alice);
    let bob = world.person("bob");
    bob.register();
    let room = alice.room_with("Tea", &[], &[&bob]);
    // All that lies on the disk, key of the store included.
    let thief = another_home(&world, &alice, "thief");
    copy(&alice.home, &thief.home);
    for end in ["--end-others", "--end-devices"] {
        let taken = change(&thief, &[end], "a guess at it 12", NEW);
        assert_eq!(refused(&taken), (1, "LOGIN_FAILED"));
    }
    let args = ["recovery", "replace", "--password-stdin"];
    let taken = thief.run_with(&args, "a guess at it 12\n");
    assert_eq!(refused(&taken), (1, "LOGIN_FAILED"));
    let ran = alice.run_with(&["recovery", "test", "--code-stdin"], &format!("{code}\n"));
    assert_eq!(ran.status, 0, "{}", ran.err);
    // What was stolen ends with the password, in the same step.
    let changed = change(&alice, &["--end-others"], PASSWORD, NEW);
    assert_eq!(changed.status, 0, "{}", changed.err);
    assert_eq!(thief.fails(&["rooms"]), (3, "SESSION_EXPIRED".to_owned()));
    assert_ne!(thief.sign_in("login", PASSWORD).status, 0);
    alice.ok(&["send", &room, "still here"]);
    assert_eq!(bob.texts(&room), ["alice: still here"]);
}

#[test]
fn all_other_devices_end_and_the_account_goes_on_with_new_keys() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let phone = further_device(&world, &alice, "phone");
    phone.ok(&["send", &room, "on my way"]);
    let changed = change(&alice, &["--end-devices"], PASSWORD, NEW);
    assert_eq!(changed.status, 0, "{}", changed.err);
    assert_eq!(alice.json(&["devices"]).len(), 1);
    assert_eq!(phone.fails(&["rooms"]).0, 3);
    assert_ne!(phone.sign_in("login", PASSWORD).status, 0);
    bob.ok(&["send", &room, "after the theft"]);
    assert_eq!(alice.texts(&room).last().unwrap(), "bob: after the theft");
    assert_eq!(alice.json(&["devices"])[0]["generation"], 2);
    let new = another_home(&world, &alice, "home-new");
    assert_eq!(new.sign_in("login", NEW).status, 0);
    assert_eq!(new.room_field(&room, "state"), "joined");
}
