//! One message is shown to the administrator (attack 12).

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::Value;

use crate::world::{Person, World};

/// The key of the server, in hex, as the report itself names it.
fn key_in(report: &Value) -> String {
    report["report_key"].as_str().unwrap().to_owned()
}

fn place(world: &World, name: &str) -> String {
    world.path().join(name).to_str().unwrap().to_owned()
}

/// Bob says something in a room of this policy and leaves, Alice reports it; where the report lies.
fn reported(world: &World, policy: &str) -> (Person, String, String) {
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("garden", &["--history", policy], &[&bob]);
    let seq = bob.ok(&["send", &room, "I know where you live.\u{1b}[2J"]);
    alice.texts(&room);
    bob.ok(&["room", "leave", &room]);
    alice.ok(&["send", &room, "Bob is gone."]);
    let out = place(world, "report");
    let said = alice.ok(&["report", &room, &seq, "--out", &out]);
    assert!(
        said.contains("No other message of the room opens"),
        "{said}"
    );
    let refused = alice.fails(&["report", &room, &seq, "--out", &out]);
    assert_eq!(refused, (1, "FILE_FAILED".to_owned()));
    (alice, room, out)
}

/// Somebody with an empty home, which stays empty.
fn administrator(world: &World) -> Person {
    world.person("administrator")
}

#[test]
fn the_administrator_verifies_what_bob_said() {
    for policy in ["none", "shared"] {
        let world = World::new();
        let (alice, room, out) = reported(&world, policy);
        let mode = fs::metadata(&out).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let admin = administrator(&world);
        let checked = admin.json(&["verify-report", &out, "--server", &world.url]);
        let [report] = checked.as_slice() else {
            panic!("{checked:?}")
        };
        assert_eq!(report["text"], "I know where you live.\u{1b}[2J");
        assert_eq!(report["user"], "bob");
        assert_eq!(report["room"].to_string(), room);
        assert_eq!(report["server_verified"], true);
        let line = alice.json(&["tail", &room]);
        let line = line.iter().find(|line| line["seq"] == report["seq"]);
        let line = line.unwrap();
        for field in ["text", "sender", "device", "time"] {
            assert_eq!(line[field], report[field], "{field}");
        }
        // For people, and with nothing that drives their terminal.
        let words = admin.ok(&["verify-report", &out, "--server", &world.url]);
        assert!(words.contains("bob: I know where you live."), "{words}");
        assert!(words.contains("The server's key is the one"), "{words}");
        assert!(!words.contains('\u{1b}'));
        // Offline, with the key or without.
        world.stop_server();
        let key = key_in(report);
        let args = ["verify-report", &out, "--report-key", &key];
        assert_eq!(admin.json(&args)[0]["server_verified"], true);
        let alone = admin.json(&["verify-report", &out]);
        assert_eq!(alone[0]["server_verified"], false);
        let words = admin.ok(&["verify-report", &out]);
        assert!(
            words.contains("NOT verified") && words.contains(&key),
            "{words}"
        );
        let gone = admin.fails(&["verify-report", &out, "--server", &world.url]);
        assert_eq!(gone, (4, "SERVER_GONE".to_owned()));
        assert!(!admin.home.exists(), "it needs no home");
        world.restart_server();
    }
}

#[test]
fn a_report_with_one_byte_changed_is_refused() {
    let world = World::new();
    let (_, _, out) = reported(&world, "since-join");
    let admin = administrator(&world);
    let real = fs::read(&out).unwrap();
    let refused = |bytes: &[u8], more: &[&str]| {
        let path = place(&world, "changed");
        fs::write(&path, bytes).unwrap();
        admin.fails(&[&["verify-report", &path], more].concat())
    };
    let bad = (1, "BAD_REPORT".to_owned());
    // Version, group, epoch, key, room, place, sender, time, and some bytes of what follows.
    let fields = [1, 2, 25, 30, 65, 73, 80, 114];
    let rest = (200..real.len()).step_by(real.len() / 5);
    for at in fields.into_iter().chain(rest) {
        let mut changed = real.clone();
        changed[at] ^= 1;
        assert_eq!(refused(&changed, &[]), bad, "byte {at}");
    }
    assert_eq!(refused(&real[..real.len() - 1], &[]), bad);
    assert_eq!(refused(b"Dear administrator", &[]), bad);
    assert_eq!(refused(&[], &[]), bad);
    // The word of another server is not this one's.
    let other = World::new();
    assert_eq!(refused(&real, &["--server", &other.url]), bad);
    let none = admin.fails(&["verify-report", &place(&world, "nowhere")]);
    assert_eq!(none, (1, "FILE_FAILED".to_owned()));
    let wrong = admin.run(&["verify-report", &out, "--report-key", "abc"]);
    assert_eq!(wrong.status, 2);
}

#[test]
fn places_are_found_and_only_messages_are_reported() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("garden", &[], &[&bob]);
    let seq = alice.ok(&["send", &room, "hello"]);
    let lines = bob.ok(&["tail", &room, "--numbers"]);
    let line = lines.lines().find(|line| line.ends_with("alice: hello"));
    assert_eq!(line.unwrap().split_whitespace().next(), Some(seq.as_str()));

    let no_report = (1, "NO_REPORT".to_owned());
    let out = place(&world, "report");
    for seq in ["1", "999", "0"] {
        let refused = bob.fails(&["report", &room, seq, "--out", &out]);
        assert_eq!(refused, no_report, "place {seq}");
    }
    assert!(!Path::new(&out).exists());
    // One's own as well.
    alice.ok(&["report", &room, &seq, "--out", &out]);
    let report = bob.json(&["verify-report", &out]);
    assert_eq!(
        (&report[0]["text"], &report[0]["user"]),
        (&"hello".into(), &"alice".into())
    );
}
