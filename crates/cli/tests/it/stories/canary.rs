//! What people write is nowhere on the server: not in its files, not in its log, not in its memory.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use crate::world::World;

const MESSAGE: &str = "canary-message-zq81vw";
const NAME: &str = "canary-name-kp27xd";
const TOPIC: &str = "canary-topic-hb53rj";
const FILE: &str = "canary-file-wn64ct.txt";
const INSIDE: &str = "canary-inside-vd19ml";

#[test]
fn the_server_never_sees_what_people_write() {
    let world = World::new();
    let [alice, bob] = world.people(["alice-heron", "bob"]);
    let room = alice.room_with(NAME, &["--topic", TOPIC], &[&bob]);
    alice.ok(&["send", &room, MESSAGE]);
    assert_eq!(bob.texts(&room), [format!("alice-heron: {MESSAGE}")]);
    assert_eq!(bob.room_field(&room, "name"), NAME);
    assert_eq!(bob.room_field(&room, "topic"), TOPIC);

    let path = world.path().join(FILE);
    fs::write(&path, INSIDE.repeat(1000)).unwrap();
    let seq = alice.ok(&["send", &room, "--file", path.to_str().unwrap()]);
    let saved = world.path().join("saved.txt");
    bob.ok(&["save", &room, &seq, saved.to_str().unwrap()]);
    assert_eq!(fs::read(&saved).unwrap(), fs::read(&path).unwrap());

    let mut places = vec![(
        "log".to_owned(),
        fs::read(world.path().join("server.log")).unwrap(),
    )];
    files(&world.path().join("data"), &mut places);
    places.push(("memory".to_owned(), memory(world.server.borrow().pid())));
    for (place, bytes) in &places {
        for word in [MESSAGE, NAME, TOPIC, FILE, INSIDE] {
            for spelling in spellings(word) {
                assert!(!contains(bytes, &spelling), "{word} is in {place}");
            }
        }
    }
    // The search would find what is there: the server knows user names.
    let knows = |bytes: &[u8]| contains(bytes, b"alice-heron");
    assert!(
        places
            .iter()
            .any(|(place, bytes)| place != "memory" && knows(bytes))
    );
    assert!(
        places
            .iter()
            .any(|(place, bytes)| place == "memory" && knows(bytes))
    );
    let (_, log) = &places[0];
    assert!(!log.is_empty() && !knows(log), "names are not logged");
}

/// A word as it is, and inside base64 at each of the three offsets.
fn spellings(word: &str) -> Vec<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut all = vec![word.as_bytes().to_vec()];
    for skipped in 0..3 {
        let bytes = &word.as_bytes()[skipped..];
        let whole = bytes.chunks_exact(3).flat_map(|three| {
            let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
            [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 63) as usize])
        });
        all.push(whole.collect());
    }
    all
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == word[0]) {
        if rest[at..].starts_with(word) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

fn files(dir: &Path, places: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, places);
        } else {
            places.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

/// Everything that the process has written to its memory.
fn memory(pid: u32) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut all = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split(' ');
        let (range, rights) = (fields.next().unwrap(), fields.next().unwrap());
        if !rights.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let address = |text| u64::from_str_radix(text, 16).unwrap();
        let mut region = vec![0; usize::try_from(address(to) - address(from)).unwrap()];
        memory.seek(SeekFrom::Start(address(from))).unwrap();
        // A region that went away in between holds nothing any more.
        if memory.read_exact(&mut region).is_ok() {
            all.extend(region);
        }
    }
    assert!(all.len() > 100_000);
    all
}
