//! What people who join later can read, by the room's policy.

use crate::world::World;

fn later_member_reads(policy: &str) -> Vec<String> {
    let world = World::new();
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]);
    let room = alice.room_with("Archive", &["--history", policy], &[&bob]);
    alice.ok(&["send", &room, "early"]);
    bob.ok(&["send", &room, "early too"]);
    alice.ok(&["room", "invite", &room, "carol"]);
    alice.ok(&["send", &room, "while invited"]);
    carol.ok(&["room", "accept", &room]);
    bob.ok(&["send", &room, "late"]);
    assert_eq!(carol.room_field(&room, "history"), policy);
    let everything = [
        "alice: early",
        "bob: early too",
        "alice: while invited",
        "bob: late",
    ];
    assert_eq!(alice.texts(&room), everything);
    assert_eq!(bob.texts(&room), everything);
    let status = carol.json(&["status"]);
    assert_eq!(status[0]["tombstones"], 0);
    carol.texts(&room)
}

#[test]
fn none_gives_nothing_from_before() {
    assert_eq!(
        later_member_reads("none"),
        ["alice: while invited", "bob: late"]
    );
}

#[test]
fn since_join_gives_nothing_from_before() {
    assert_eq!(
        later_member_reads("since-join"),
        ["alice: while invited", "bob: late"]
    );
}

#[test]
fn shared_gives_everything() {
    assert_eq!(
        later_member_reads("shared"),
        [
            "alice: early",
            "bob: early too",
            "alice: while invited",
            "bob: late"
        ]
    );
}
