//! Password and recovery code are lost, and one device is left.

use serde_json::Value;

use crate::{
    homes::{another_home, further_device},
    world::{PASSWORD, Person, World},
};

const NEW: &str = "copper lantern tides 77";

fn finish(person: &Person) -> crate::world::Ran {
    let args = [
        "password",
        "reset",
        "--finish",
        "--password-stdin",
        "--json",
    ];
    person.run_with(&args, &format!("{NEW}\n"))
}

fn status(person: &Person) -> Value {
    person.json(&["password", "reset", "--status"])[0].clone()
}

/// What the server told a room.
fn notices(person: &Person, room: &str) -> Vec<String> {
    let lines = person.json(&["tail", room]);
    let what = lines.iter().filter_map(|line| line["what"].as_str());
    what.filter(|what| what.starts_with("reset-"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_last_device_gets_a_new_password_after_three_days_and_can_revoke_nothing() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    assert_eq!(status(&alice)["pending"], false);
    let asked = alice.json(&["password", "reset"]);
    assert_eq!(asked[0]["this_device"], true);
    assert_eq!(status(&alice), asked[0]);
    assert_eq!(notices(&bob, &room), ["reset-asked"]);
    let told = bob.ok(&["tail", &room]);
    assert!(
        told.contains("a device of alice asked to reset alice's account"),
        "{told}"
    );
    world.days_pass(2);
    let early = finish(&alice);
    assert_eq!((early.status, early.code()), (1, "RESET_WAITS"));
    assert!(
        early.err.contains("The reset counts in 24 hours"),
        "{}",
        early.err
    );
    world.days_pass(1);
    let done = finish(&alice);
    assert_eq!(done.status, 0, "{}", done.err);
    let told: Value = serde_json::from_str(done.out.lines().next().unwrap()).unwrap();
    let code = told["recovery_code"].as_str().unwrap();
    assert_eq!(notices(&bob, &room), ["reset-asked", "reset-done"]);
    let test = ["recovery", "test", "--code-stdin"];
    assert_eq!(alice.run_with(&test, &format!("{code}\n")).status, 0);

    let second = another_home(&world, &alice, "home-second");
    assert_eq!(second.sign_in("login", PASSWORD).code(), "LOGIN_FAILED");
    assert_eq!(second.sign_in("login", NEW).status, 0);
    second.ok(&["send", &room, "it is me"]);
    assert_eq!(bob.texts(&room), ["alice: it is me"]);
    for home in [&alice, &second] {
        assert_eq!(home.json(&["status"])[0]["can_revoke"], false);
        let text = home.ok(&["status"]);
        assert!(text.contains("Make a new account"), "{text}");
        let devices = home.json(&["devices"]);
        let other = devices.iter().find(|line| line["current"] == false);
        let other = other.unwrap()["id"].as_str().unwrap();
        let revoke = ["device", "revoke", other, "--password-stdin"];
        let refused = home.run_with(&revoke, &format!("{NEW}\n"));
        assert_eq!((refused.status, refused.code()), (1, "NO_IDENTITY"));
    }
    assert_eq!(bob.json(&["status"])[0]["can_revoke"], true);
}

/// Whoever has the phone asks; its owner sees it, and logs in anywhere.
#[test]
fn a_login_cancels_the_reset_of_a_stolen_phone() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let phone = further_device(&world, &alice, "phone");
    phone.ok(&["password", "reset"]);
    for _ in 0..2 {
        let told = alice.run(&["rooms"]).err;
        assert!(
            told.contains("asked on ") && told.contains("--cancel"),
            "{told}"
        );
    }
    assert_eq!(status(&alice)["this_device"], false);
    world.days_pass(2);
    let laptop = another_home(&world, &alice, "home-laptop");
    assert_eq!(laptop.sign_in("login", PASSWORD).status, 0);
    assert_eq!(notices(&bob, &room), ["reset-asked", "reset-cancelled"]);
    world.days_pass(2);
    assert_eq!(finish(&phone).code(), "NO_RESET");
    // Or by a word from another device.
    phone.ok(&["password", "reset"]);
    alice.ok(&["password", "reset", "--cancel"]);
    assert_eq!(status(&phone)["pending"], false);
    assert_eq!(notices(&bob, &room).len(), 4);
    assert_eq!(
        another_home(&world, &alice, "home-third")
            .sign_in("login", PASSWORD)
            .status,
        0
    );
}
