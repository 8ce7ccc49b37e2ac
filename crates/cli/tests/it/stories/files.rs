//! Files between people.

use std::{
    fs,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    process::Stdio,
};

use crate::{
    patience::until,
    world::{Person, World},
};

pub(crate) const MEGABYTE: usize = 1024 * 1024;

/// Bytes that do not repeat and do not compress, the same every time.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..len.div_ceil(8))
        .flat_map(|_| next())
        .take(len)
        .collect()
}

pub(crate) fn written(world: &World, name: &str, bytes: &[u8]) -> String {
    let path = world.path().join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

pub(crate) fn place(world: &World, name: &str) -> String {
    world.path().join(name).to_str().unwrap().to_owned()
}

/// The sealed files on the server, as the disk has them.
pub(crate) fn sealed(world: &World) -> Vec<PathBuf> {
    let directories = fs::read_dir(world.path().join("data/files"));
    let directories = directories.into_iter().flatten().flatten();
    let files = directories.flat_map(|directory| fs::read_dir(directory.path()).unwrap().flatten());
    files.map(|file| file.path()).collect()
}

fn garden(world: &World) -> ([Person; 2], String) {
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("garden", &[], &[&bob]);
    ([alice, bob], room)
}

#[test]
fn a_file_goes_from_one_to_the_other() {
    let world = World::new();
    let ([alice, bob], room) = garden(&world);
    let content = noise(3 * MEGABYTE + 17);
    let path = written(&world, "plan of the garden.pdf", &content);
    let seq = alice.ok(&["send", &room, "--file", &path]);
    let lines = bob.json(&["tail", &room]);
    let line = lines.iter().find(|line| line["kind"] == "file").unwrap();
    assert_eq!(line["name"], "plan of the garden.pdf");
    assert_eq!(line["length"], content.len());

    let home = world.path().join("bob's");
    fs::create_dir(&home).unwrap();
    let here = home.to_str().unwrap();
    for name in ["plan of the garden.pdf", "plan of the garden (2).pdf"] {
        let saved = bob.ok(&["save", &room, &seq, here]);
        assert_eq!(Path::new(&saved), home.join(name));
        assert!(fs::read(&saved).unwrap() == content, "{name}");
    }
    // What is there already is not written over, and what is no file is not saved.
    let taken = home.join("plan of the garden.pdf");
    let refused = bob.fails(&["save", &room, &seq, taken.to_str().unwrap()]);
    assert_eq!(refused, (1, "FILE_FAILED".to_owned()));
    let words = alice.ok(&["send", &room, "Have a look."]);
    let refused = bob.fails(&["save", &room, &words]);
    assert_eq!(refused, (1, "NOT_FOUND".to_owned()));
    let absent = place(&world, "absent");
    let refused = alice.fails(&["send", &room, "--file", &absent]);
    assert_eq!(refused, (1, "FILE_FAILED".to_owned()));
    let empty = written(&world, "empty", b"");
    let seq = alice.ok(&["send", &room, "--file", &empty]);
    let saved = bob.ok(&["save", &room, &seq, here]);
    assert_eq!(fs::read(&saved).unwrap(), b"");
}

#[test]
fn a_changed_byte_on_the_server_is_refused() {
    let world = World::new();
    let ([alice, bob], room) = garden(&world);
    let path = written(&world, "minutes.txt", &noise(2 * MEGABYTE));
    let seq = alice.ok(&["send", &room, "--file", &path]);
    let [sealed] = sealed(&world).try_into().unwrap();
    let length = fs::metadata(&sealed).unwrap().len();
    let flip = |at: u64| {
        let mut file = fs::File::options()
            .read(true)
            .write(true)
            .open(&sealed)
            .unwrap();
        let mut byte = [0];
        file.seek(SeekFrom::Start(at)).unwrap();
        file.read_exact(&mut byte).unwrap();
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&[byte[0] ^ 1]).unwrap();
    };
    let saved = place(&world, "saved");
    for at in [0, length / 2, length - 1] {
        flip(at);
        let refused = bob.fails(&["save", &room, &seq, &saved]);
        assert_eq!(refused, (1, "FILE_DAMAGED".to_owned()), "byte {at}");
        flip(at);
    }
    // Two chunks changed places: each is as it was made.
    let bytes = fs::read(&sealed).unwrap();
    let half = bytes.len() / 2;
    fs::write(&sealed, [&bytes[half..], &bytes[..half]].concat()).unwrap();
    let refused = bob.fails(&["save", &room, &seq, &saved]);
    assert_eq!(refused, (1, "FILE_DAMAGED".to_owned()));
    assert!(!Path::new(&saved).exists() && !Path::new(&format!("{saved}.part")).exists());
    fs::write(&sealed, &bytes).unwrap();
    bob.ok(&["save", &room, &seq, &saved]);
    fs::remove_file(&sealed).unwrap();
    let refused = bob.fails(&["save", &room, &seq, &place(&world, "again")]);
    assert_eq!(refused, (1, "FILE_GONE".to_owned()));
}

/// The most memory that a process has had, in bytes.
fn peak(pid: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes = line.split_whitespace().nth(1)?.parse::<usize>().ok()?;
    Some(kilobytes * 1024)
}

/// Runs a command that succeeds, and tells the most memory that it was seen to have.
fn memory_of(person: &Person, args: &[&str]) -> (usize, String) {
    let mut child = person
        .program()
        .args(args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut most = 0;
    let status = until(|| {
        most = most.max(peak(child.id()).unwrap_or_default());
        child.try_wait().unwrap()
    });
    assert!(status.success());
    let mut out = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    (most, out.trim_end().to_owned())
}

#[test]
fn a_large_file_takes_little_memory_on_both_sides() {
    const LIMIT: usize = 64 * MEGABYTE;
    let world = World::new();
    let ([alice, bob], room) = garden(&world);
    let content = noise(100 * MEGABYTE);
    let path = written(&world, "film", &content);
    let (idle, _) = memory_of(&alice, &["send", &room, "A film follows."]);
    let server = world.server.borrow().pid();
    let before = peak(server).unwrap();
    let (sending, seq) = memory_of(&alice, &["send", &room, "--file", &path]);
    let saved = place(&world, "saved");
    let (saving, _) = memory_of(&bob, &["save", &room, &seq, &saved]);
    assert!(fs::read(&saved).unwrap() == content);
    let serving = peak(server).unwrap();
    assert!(sending < idle + LIMIT && saving < idle + LIMIT);
    assert!(serving < before + LIMIT, "{before} became {serving}");
    // A byte more than the server takes is refused before anything is sent.
    let larger = written(&world, "longer film", &noise(100 * MEGABYTE + 1));
    let refused = alice.fails(&["send", &room, "--file", &larger]);
    assert_eq!(refused, (1, "TOO_LARGE".to_owned()));
    assert_eq!(sealed(&world).len(), 1);
}

#[test]
fn an_upload_survives_a_server_that_is_killed() {
    let world = World::new();
    let ([alice, bob], room) = garden(&world);
    let content = noise(90 * MEGABYTE);
    let path = written(&world, "film", &content);
    let mut sending = alice
        .program()
        .args(["send", &room, "--file", &path])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let on_disk = || -> u64 {
        sealed(&world)
            .iter()
            .map(|file| file.metadata().unwrap().len())
            .sum()
    };
    until(|| (on_disk() > 4 * MEGABYTE as u64).then_some(()));
    world.restart_server();
    assert!(sending.try_wait().unwrap().is_none(), "it was not over yet");
    assert!(sending.wait().unwrap().success());
    let mut seq = String::new();
    sending
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut seq)
        .unwrap();
    let saved = place(&world, "saved");
    bob.ok(&["save", &room, seq.trim_end(), &saved]);
    assert!(fs::read(&saved).unwrap() == content);
}

#[test]
fn who_is_killed_while_sending_has_sent_nothing() {
    let world = World::new();
    let ([alice, bob], room) = garden(&world);
    let path = written(&world, "film", &noise(90 * MEGABYTE));
    let mut sending = alice
        .program()
        .args(["send", &room, "--file", &path])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until(|| (!sealed(&world).is_empty()).then_some(()));
    sending.kill().unwrap();
    sending.wait().unwrap();
    let film = |line: &serde_json::Value| line["kind"] == "file";
    assert!(!bob.json(&["tail", &room]).iter().any(film));
    alice.ok(&["send", &room, "--file", &path]);
    let seen = bob.json(&["tail", &room]);
    assert_eq!(seen.iter().filter(|line| film(line)).count(), 1);
    // What is left of the first goes after a day, and takes no more of what Alice may have.
    assert_eq!(sealed(&world).len(), 2);
    world.days_pass(2);
    until(|| (sealed(&world).len() == 1).then_some(()));
}

#[test]
fn a_picture_does_not_tell_where_it_was_taken() {
    let world = World::new();
    let ([alice, bob], room) = garden(&world);
    let segment = |kind: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xff, kind], length.as_slice(), content].concat()
    };
    let place_taken = segment(0xe1, b"Exif\0\0MM\0*\0\0\0\x08\0\0 48.2082N 16.3738E");
    let rest = [&segment(0xda, &[1; 6]), b"coded\xff\xd9".as_slice()].concat();
    let picture = [b"\xff\xd8", place_taken.as_slice(), &rest].concat();
    let path = written(&world, "garden.jpg", &picture);
    let seq = alice.ok(&["send", &room, "--file", &path]);
    let saved = bob.ok(&["save", &room, &seq, &place(&world, "clean.jpg")]);
    assert_eq!(
        fs::read(saved).unwrap(),
        [b"\xff\xd8", rest.as_slice()].concat()
    );
    let seq = alice.ok(&["send", &room, "--file", &path, "--as-is"]);
    let saved = bob.ok(&["save", &room, &seq, &place(&world, "as-is.jpg")]);
    assert_eq!(fs::read(saved).unwrap(), picture);
    let cut = written(&world, "cut.jpg", &picture[..picture.len() - 1]);
    let refused = alice.fails(&["send", &room, "--file", &cut]);
    assert_eq!(refused, (1, "FILE_FAILED".to_owned()));
}
