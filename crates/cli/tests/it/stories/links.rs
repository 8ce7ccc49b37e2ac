//! Coming in by a link: with nobody online, and never after it has ended.

use crate::world::{Person, World};

/// A link into a room, as its maker hands it on.
fn link(maker: &Person, room: &str, options: &[&str]) -> String {
    maker.ok(&[&["room", "link", room], options].concat())
}

fn later_member_reads(policy: &str) -> Vec<String> {
    let world = World::new();
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]);
    let room = alice.room_with(
        "Archive",
        &["--history", policy, "--topic", "Old tales"],
        &[&bob],
    );
    alice.ok(&["send", &room, "early"]);
    bob.ok(&["send", &room, "early too"]);
    let link = link(&alice, &room, &[]);

    // Each command ends before the next one starts: nobody is online here but Carol.
    let joined = carol.run(&["room", "join", &link]);
    assert_eq!(joined.status, 0, "{}", joined.err);
    assert_eq!(joined.out.trim(), room);
    for word in [
        "\"Archive\"",
        "a link of alice (not verified)",
        "alice, bob",
    ] {
        assert!(joined.err.contains(word), "{word}: {}", joined.err);
    }
    assert_eq!(carol.room_field(&room, "name"), "Archive");
    assert_eq!(carol.room_field(&room, "topic"), "Old tales");
    assert_eq!(carol.room_field(&room, "unconfirmed"), true);
    carol.ok(&["send", &room, "hello from carol"]);

    bob.ok(&["send", &room, "bob sees her"]);
    assert_eq!(
        carol.room_field(&room, "unconfirmed"),
        true,
        "a stranger's word"
    );
    alice.ok(&["send", &room, "so does alice"]);
    assert_eq!(carol.room_field(&room, "unconfirmed"), false);
    let everything = [
        "alice: early",
        "bob: early too",
        "carol: hello from carol",
        "bob: bob sees her",
        "alice: so does alice",
    ];
    assert_eq!(alice.texts(&room), everything);
    assert_eq!(bob.texts(&room), everything);
    for person in [&alice, &bob, &carol] {
        assert_eq!(person.json(&["status"])[0]["tombstones"], 0);
        assert_eq!(person.members(&room).len(), 3, "{}", person.name);
    }
    let notices: Vec<_> = bob
        .json(&["tail", &room])
        .into_iter()
        .filter(|line| line["what"] == "came-by-link")
        .map(|line| line["user"].clone())
        .collect();
    assert_eq!(notices, ["carol"]);
    carol.texts(&room)
}

#[test]
fn nobody_is_online_and_carol_reads_on_from_her_own_entry() {
    let from_then_on = [
        "carol: hello from carol",
        "bob: bob sees her",
        "alice: so does alice",
    ];
    assert_eq!(later_member_reads("since-join"), from_then_on);
    assert_eq!(later_member_reads("none"), from_then_on);
}

#[test]
fn nobody_is_online_and_carol_reads_back_what_is_shared() {
    assert_eq!(later_member_reads("shared").len(), 5);
}

#[test]
fn a_link_is_listed_counts_its_uses_and_ends() {
    let world = World::new();
    let [alice, bob, carol, dave] = world.people(["alice", "bob", "carol", "dave"]);
    let room = alice.room_with("Door", &[], &[&bob]);
    let once = link(&alice, &room, &["--uses", "1", "--label", "for carol"]);
    carol.ok(&["room", "join", &once]);
    assert_eq!(dave.fails(&["room", "join", &once]).1, "LINK_ENDED");

    let taken_back = link(&alice, &room, &["--expires", "7d"]);
    let listed = bob.json(&["room", "links", &room]);
    assert_eq!(listed.len(), 1, "one that is used up is over");
    assert_eq!(listed[0]["by"], "alice");
    assert_eq!(listed[0]["own"], false);
    assert_eq!(listed[0]["used"], 0);
    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!(
        bob.fails(&["room", "unlink", &room, id]).1,
        "ROLE_TOO_LOW",
        "a member takes nobody's link away"
    );
    alice.ok(&["room", "unlink", &room, &id[..8]]);
    assert_eq!(dave.fails(&["room", "join", &taken_back]).1, "LINK_ENDED");
    assert!(bob.json(&["room", "links", &room]).is_empty());
    assert_eq!(
        alice
            .members(&room)
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        ["alice", "bob", "carol"]
    );
}

#[test]
fn a_link_ends_when_its_time_is_over() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Morning", &[], &[]);
    let short = link(&alice, &room, &["--expires", "1s"]);
    while !alice.json(&["room", "links", &room]).is_empty() {}
    assert_eq!(bob.fails(&["room", "join", &short]).1, "LINK_ENDED");
    assert_eq!(alice.members(&room).len(), 1);
}

#[test]
fn a_removal_ends_every_link_also_for_who_was_removed() {
    let world = World::new();
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]);
    let room = alice.room_with("Desk", &[], &[]);
    let kept = link(&alice, &room, &[]);
    bob.ok(&["room", "join", &kept]);
    let removed = alice.run(&["room", "remove", &room, "bob"]);
    assert_eq!(removed.status, 0, "{}", removed.err);
    assert!(removed.err.contains("A link of yours"), "{}", removed.err);
    for stranger in [&bob, &carol] {
        assert_eq!(stranger.fails(&["room", "join", &kept]).1, "LINK_ENDED");
    }
    alice.ok(&["send", &room, "among us"]);
    assert!(!bob.texts(&room).contains(&"alice: among us".to_owned()));
    let fresh = link(&alice, &room, &[]);
    carol.ok(&["room", "join", &fresh]);
    carol.ok(&["send", &room, "here"]);
    assert_eq!(alice.texts(&room), ["alice: among us", "carol: here"]);
}

#[test]
fn a_link_outlives_somebody_who_leaves() {
    let world = World::new();
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]);
    let room = alice.room_with("Hall", &[], &[&bob]);
    let lasting = link(&alice, &room, &[]);
    bob.ok(&["room", "leave", &room]);
    // Alice takes the departure in, which changes the keys, and grants the new ones.
    alice.ok(&["rooms"]);
    assert_eq!(alice.members(&room).len(), 1);
    carol.ok(&["room", "join", &lasting]);
    carol.ok(&["send", &room, "good evening"]);
    assert_eq!(alice.texts(&room), ["carol: good evening"]);
}

#[test]
fn what_is_no_link_or_leads_elsewhere_is_refused() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Room", &[], &[]);
    let good = link(&alice, &room, &[]);
    let (server, fragment) = good.split_once('#').unwrap();
    let cut = format!("{server}#{}", &fragment[..fragment.len() - 3]);
    // Another version of the form.
    let flipped = format!("{server}#B{}", &fragment[1..]);
    for bad in ["nonsense", "", cut.as_str(), flipped.as_str()] {
        assert_eq!(bob.fails(&["room", "join", bad]).1, "BAD_LINK", "{bad}");
    }
    let elsewhere = format!("https://example.org/join#{fragment}");
    assert_eq!(bob.fails(&["room", "join", &elsewhere]).1, "BAD_LINK");
    for bad in [["--expires", "soon"], ["--uses", "many"]] {
        let ran = alice.run(&[&["room", "link", &room], &bad[..]].concat());
        assert_eq!(ran.status, 2, "{}", ran.err);
    }
    assert_eq!(bob.fails(&["room", "link", &room]).1, "ROOM_NOT_FOUND");
    bob.ok(&["room", "join", &good]);
    assert_eq!(
        bob.fails(&["room", "link", &room]).1,
        "ROLE_TOO_LOW",
        "members make no links"
    );
}

#[test]
fn a_link_that_is_said_lets_in_and_says_what_was_misheard() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Telephone", &[], &[]);
    let words = link(&alice, &room, &["--spoken"]);
    assert!(!words.contains("http"), "{words}");
    let heard: Vec<&str> = words.split(' ').collect();
    let swapped = {
        let mut heard = heard.clone();
        let last = heard.len() - 1;
        heard.swap(last, last - 1);
        heard
    };
    let joining = |words: &[&str]| bob.run(&[&["room", "join"], words].concat());
    let refused = joining(&swapped);
    assert_eq!(refused.code(), "BAD_LINK");
    assert!(refused.err.contains("misheard"), "{}", refused.err);
    let joined = joining(&heard);
    assert_eq!(joined.status, 0, "{}", joined.err);
    assert_eq!(joined.out.trim(), room);
    assert!(joined.err.contains("a link of alice (not verified)"));

    let listed = alice.ok(&["room", "links", &room]);
    assert!(!listed.contains(&words), "{listed}");
    let shown = alice.ok(&["room", "links", &room, "--show"]);
    assert!(shown.contains(&words), "{shown}");
    let others = bob.json(&["room", "links", &room, "--show"]);
    assert!(others[0]["link"].is_null(), "{others:?}");
}
