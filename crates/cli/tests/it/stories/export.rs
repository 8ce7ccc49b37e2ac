//! Taking everything along that one can read.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::Value;

use super::files::{noise, place, written};
use crate::world::{Person, World};

const HOSTILE: &str = "<script>alert('x')</script> & <img src=//evil.example/x>\nsecond line";
/// The smallest picture that every browser shows.
const DOT: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A room in which a stranger's text, a file with an awkward name and a picture were sent.
fn office(world: &World) -> ([Person; 2], String) {
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("office", &[], &[&bob]);
    alice.ok(&["send", &room, HOSTILE]);
    let plan = written(world, "plan #1 50%.txt", &noise(70_000));
    alice.ok(&["send", &room, "--file", &plan]);
    let dot = written(world, "dot.gif", DOT);
    alice.ok(&["send", &room, "--file", &dot]);
    ([alice, bob], room)
}

#[test]
fn somebody_takes_along_what_they_can_read() {
    let world = World::new();
    let ([_alice, bob], room) = office(&world);
    let target = place(&world, "taken");
    let told = bob.json(&["export", &target]);
    assert_eq!(told[0]["rooms"], 1);
    assert_eq!(told[0]["files"], 2);
    assert_eq!(told[0]["missing"], 0);

    let home = Path::new(&target);
    let account = json(&home.join("account.json"));
    assert_eq!(account["user"], "bob");
    assert_eq!(account["people"].as_array().unwrap().len(), 2);
    let directory = home.join("rooms").join(&room);
    assert_eq!(json(&directory.join("room.json"))["name"], "office");

    // The same lines as on the screen, each with what was saved of it.
    let kept = lines(&directory.join("lines.jsonl"));
    let shown = bob.json(&["tail", &room]);
    assert_eq!(told[0]["lines"], shown.len());
    let seqs =
        |lines: &[Value]| -> Vec<Value> { lines.iter().map(|line| line["seq"].clone()).collect() };
    assert_eq!(seqs(&kept), seqs(&shown));
    assert!(kept.iter().any(|line| line["text"] == HOSTILE));
    let saved = |name: &str| {
        let line = kept.iter().find(|line| line["name"] == name).unwrap();
        directory.join(line["saved"].as_str().unwrap())
    };
    assert!(fs::read(saved("plan #1 50%.txt")).unwrap() == noise(70_000));
    assert!(fs::read(saved("dot.gif")).unwrap() == DOT);

    // Text of others is text on the page, and an awkward name leads to its file.
    let page = fs::read_to_string(directory.join("index.html")).unwrap();
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
    assert!(!page.contains("<script") && !page.contains("<img src=//"));
    assert!(page.contains("plan%20%231%2050%25.txt\""));
    assert!(page.contains("dot.gif\" alt=\"dot.gif\""));
    let index = fs::read_to_string(home.join("index.html")).unwrap();
    assert!(index.contains(&format!("href=\"rooms/{room}/index.html\"")));

    // Nobody else on the machine looks into it, and it is not written over.
    let mode = fs::metadata(home).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let refused = bob.fails(&["export", &target]);
    assert_eq!(refused, (1, "FILE_FAILED".to_owned()));
}

#[test]
fn who_was_removed_takes_along_what_was_read_before() {
    let world = World::new();
    let ([alice, bob], room) = office(&world);
    bob.ok(&["tail", &room]);
    alice.ok(&["room", "remove", &room, "bob"]);
    alice.ok(&["send", &room, "Bob does not read this."]);
    let target = place(&world, "taken");
    let told = bob.json(&["export", &target]);
    assert_eq!(
        (&told[0]["files"], &told[0]["missing"]),
        (&0.into(), &2.into())
    );
    let kept = lines(
        &Path::new(&target)
            .join("rooms")
            .join(&room)
            .join("lines.jsonl"),
    );
    assert!(kept.iter().any(|line| line["text"] == HOSTILE));
    assert!(
        !kept
            .iter()
            .any(|line| line["text"] == "Bob does not read this.")
    );
    let file = kept.iter().find(|line| line["name"] == "dot.gif").unwrap();
    assert!(file["saved"].is_null());
}

#[test]
fn an_export_that_cannot_be_written_leaves_nothing_behind() {
    let world = World::new();
    let ([_alice, bob], _room) = office(&world);
    let nowhere = place(&world, "no such place/taken");
    assert_eq!(
        bob.fails(&["export", &nowhere]),
        (1, "FILE_FAILED".to_owned())
    );
    // What a killed one left is in nobody's way.
    let part = world.path().join(".taken.part");
    fs::create_dir_all(part.join("rooms")).unwrap();
    let target = place(&world, "taken");
    bob.ok(&["export", "--no-files", &target]);
    assert!(Path::new(&target).join("index.html").exists() && !part.exists());
    let rooms = fs::read_dir(Path::new(&target).join("rooms")).unwrap();
    assert!(
        rooms
            .flatten()
            .all(|room| !room.path().join("files").exists())
    );
}
