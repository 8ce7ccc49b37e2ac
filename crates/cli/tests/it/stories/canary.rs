//! What people write, and what opens it, is nowhere on the server: not in its files, not in its log, not in its memory.

use std::fs;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::traces::{self, Words};
use crate::world::{Person, TLS, World};

const MESSAGE: &str = "canary-message-zq81vw";
const NAME: &str = "canary-name-kp27xd";
const TOPIC: &str = "canary-topic-hb53rj";
const FILE: &str = "canary-file-wn64ct.txt";
const INSIDE: &str = "canary-inside-vd19ml";
const PASSWORD: &str = "canary-password tulip 58 umbrella";
const WRONG: &str = "canary-mistyped tulip 58 umbrella";
/// What the server does see, and keeps.
const USER: &str = "alice-heron";

/// Registers with a password of its own, mistypes it once, and tests the recovery code; the code.
fn sign_in(alice: &Person) -> String {
    let registered = alice.sign_in("register", PASSWORD);
    assert_eq!(registered.status, 0, "{}", registered.err);
    assert_ne!(alice.sign_in("login", WRONG).status, 0);
    assert_eq!(alice.sign_in("login", PASSWORD).status, 0);
    let mut words = registered.out.split_whitespace();
    let code = words.find(|word| word.len() > 20 && word.contains('-'));
    let code = code.expect("a recovery code").to_owned();
    let tested = alice.run_with(&["recovery", "test", "--code-stdin"], &format!("{code}\n"));
    assert_eq!(tested.status, 0, "{}", tested.err);
    code
}

/// The secret of a link, which stands in its fragment behind version, kind, room and id (PROTOCOL section 3).
fn secret_of(link: &str) -> Vec<u8> {
    let (_, fragment) = link.trim().split_once('#').expect("a fragment");
    let bytes = URL_SAFE_NO_PAD.decode(fragment).unwrap();
    bytes[1 + 1 + 8 + 16..][..32].to_vec()
}

#[test]
fn the_server_never_sees_what_people_write() {
    nothing_is_seen(&World::new());
}

/// Where TLS ends the server sees what the network does not; it is sealed there, too.
#[test]
fn over_tls_the_server_sees_as_little() {
    let (world, _authority) = World::over_tls(TLS);
    nothing_is_seen(&world);
}

fn nothing_is_seen(world: &World) {
    let alice = world.person(USER);
    let code = sign_in(&alice);
    let [bob, carol] = world.people(["bob", "carol"]);
    let room = alice.room_with(NAME, &["--topic", TOPIC], &[&bob]);
    alice.ok(&["send", &room, MESSAGE]);
    assert_eq!(bob.texts(&room), [format!("{USER}: {MESSAGE}")]);
    assert_eq!(bob.room_field(&room, "name"), NAME);
    assert_eq!(bob.room_field(&room, "topic"), TOPIC);
    let link = alice.ok(&["room", "link", &room]);
    carol.ok(&["room", "join", &link]);
    let spoken = alice.ok(&["room", "link", &room, "--spoken"]);

    let path = world.path().join(FILE);
    fs::write(&path, INSIDE.repeat(1000)).unwrap();
    let seq = alice.ok(&["send", &room, "--file", path.to_str().unwrap()]);
    let saved = world.path().join("saved.txt");
    bob.ok(&["save", &room, &seq, saved.to_str().unwrap()]);
    assert_eq!(fs::read(&saved).unwrap(), fs::read(&path).unwrap());

    let secret = secret_of(&link);
    let words = Words::new(&[
        ("message", MESSAGE.as_bytes()),
        ("name", NAME.as_bytes()),
        ("topic", TOPIC.as_bytes()),
        ("file", FILE.as_bytes()),
        ("inside", INSIDE.as_bytes()),
        ("password", PASSWORD.as_bytes()),
        ("mistyped", WRONG.as_bytes()),
        ("recovery code", code.as_bytes()),
        ("link", &secret),
        ("spoken link", spoken.trim().as_bytes()),
        ("user", USER.as_bytes()),
    ]);
    let log = traces::file(&world.path().join("server.log"));
    assert_eq!(words.found_in(&log), Vec::<&str>::new(), "the log");
    let memory = traces::memory(world.server.borrow().pid());
    // The search would find what is there: the server knows user names.
    assert_eq!(words.found_in(&memory), ["user"], "memory");
    let mut known = 0;
    for place in traces::files(&world.path().join("data")) {
        let found = words.found_in(&place);
        known += found.len();
        let only_user = found.iter().all(|name| *name == "user");
        assert!(only_user, "{found:?} in {}", place.name);
    }
    assert!(known > 0, "the database has user names");
}

/// Whether a process may leave a core dump.
fn core_limit(pid: u32) -> Vec<String> {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max core"));
    let line = line.expect("a limit for core dumps");
    let values = line.split_whitespace().skip(4).take(2);
    values.map(str::to_owned).collect()
}

#[test]
fn neither_server_nor_client_leaves_a_core_dump() {
    use std::{
        io::{BufRead as _, BufReader},
        process::Stdio,
    };
    let world = World::new();
    let [alice] = world.people([USER]);
    let room = alice.room_with(NAME, &[], &[]);
    alice.ok(&["send", &room, MESSAGE]);
    assert_eq!(core_limit(world.server.borrow().pid()), ["0", "0"]);
    let mut client = alice
        .program()
        .args(["tail", &room, "--follow"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It has said something, so it has come as far as that.
    let mut line = String::new();
    let mut said = BufReader::new(client.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    assert_eq!(core_limit(client.id()), ["0", "0"], "{line}");
    client.kill().unwrap();
    client.wait().unwrap();
}
