//! A device that was off for long.

use crate::world::{PASSWORD, World};

#[test]
fn a_phone_that_was_off_for_a_hundred_days_takes_in_an_old_invitation() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Harbour", &["--history", "since-join"], &[&bob]);
    bob.ok(&["send", &room, "see you"]);

    world.days_pass(60);
    // Carol's KeyPackage is as old by the time bob comes to it as the commit that adds her.
    let [carol] = world.people(["carol"]);
    alice.ok(&["room", "invite", &room, "carol"]);
    carol.ok(&["room", "accept", &room]);
    carol.ok(&["send", &room, "hello from day 60"]);

    world.days_pass(40);
    carol.ok(&["send", &room, "hello from day 100"]);
    // A session that is not used ends after 90 days; home and password are still there.
    assert_eq!(bob.fails(&["tail", &room]).1, "SESSION_EXPIRED");
    assert_eq!(bob.sign_in("login", PASSWORD).status, 0);
    let reads = [
        "bob: see you",
        "carol: hello from day 60",
        "carol: hello from day 100",
    ];
    assert_eq!(bob.texts(&room), reads);
    bob.ok(&["send", &room, "back on land"]);
    for person in [&alice, &carol] {
        assert_eq!(person.texts(&room).last().unwrap(), "bob: back on land");
    }
    let members = bob.members(&room).into_iter().map(|(name, _)| name);
    assert_eq!(members.collect::<Vec<_>>(), ["alice", "bob", "carol"]);
    for person in [&alice, &bob, &carol] {
        assert_eq!(person.json(&["status"])[0]["tombstones"], 0);
    }
}
