//! The server gets another `SECRET_KEY`, with everybody in it, and is killed on the way.

use std::{
    fmt::Write as _,
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use serde_json::{Value, json};

use super::second_factor::{enable, further, with_code};
use crate::{
    authenticator::Authenticator,
    world::{PASSWORD, Person, Ran, Settings, World, finish, post, program},
};

const MODE: (&str, &str) = ("SECURE_CHAT_ENV", "production");
const OPEN: (&str, &str) = ("SECURE_CHAT_REGISTRATION", "open");
const CLASSIC: (&str, &str) = ("CLASSIC_LOGIN", "on");
const OLD: (&str, &str) = ("SECRET_KEY", "4e1f0b7c92d85a36e0c3b1f7a8d24965");
const NEW: (&str, &str) = ("SECRET_KEY", "b7d0926f3c18e54aa1f96e07d35c82b4");
const BEFORE: (&str, &str) = ("SECRET_KEY_PREVIOUS", OLD.1);

const WITH_OLD: Settings = &[MODE, OPEN, CLASSIC, OLD];
const WITH_BOTH: Settings = &[MODE, OPEN, CLASSIC, NEW, BEFORE];
const WITH_NEW: Settings = &[MODE, OPEN, CLASSIC, NEW];

/// Accounts that were somebody else's server's, so that there is something to do.
const MANY: usize = 3_000;

/// The program on the world's data, with these settings.
fn ran(world: &World, args: &[&str], settings: Settings) -> Ran {
    let mut command = program();
    command
        .args(args)
        .arg("--data")
        .arg(world.path().join("data"));
    finish(command.envs(settings.iter().copied()), "")
}

fn import_many(world: &World) {
    let mut lines = String::new();
    for n in 0..MANY {
        let hash = "00".repeat(32);
        writeln!(lines, "guest{n}:pbkdf2:sha256:100000$salt{n}${hash}").unwrap();
    }
    let file = world.path().join("accounts.txt");
    fs::write(&file, lines).unwrap();
    let mut command = program();
    command
        .args(["admin", "--data"])
        .arg(world.path().join("data"));
    command.arg("import").arg(file).envs([OLD]);
    let imported = finish(&mut command, "");
    assert_eq!(imported.status, 0, "{}", imported.err);
}

/// Starts the server with both keys and kills it as soon as it says that it has begun.
fn kill_on_the_way(world: &World) {
    let mut child = program()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(world.path().join("data"))
        .envs(WITH_BOTH.iter().copied())
        .env("RUST_LOG", "info")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let begun = lines
        .map_while(Result::ok)
        .any(|line| line.contains("sealing everything anew"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(begun);
}

/// Everybody comes in: Alice by her password, Bob with a code, Carol as simple clients do.
struct Everybody {
    alice: Person,
    bob: Person,
    app: Authenticator,
    backup: Vec<String>,
    homes: u32,
}

impl Everybody {
    fn new(world: &World) -> Self {
        let [alice, bob] = world.people(["alice", "bob"]);
        let (app, backup) = enable(&bob);
        let made = post(&world.url, "/register", "", &carol());
        assert!(made.contains("\"token\""), "{made}");
        Self {
            alice,
            bob,
            app,
            backup,
            homes: 2,
        }
    }

    fn log_in(&mut self, world: &World) {
        self.homes += 1;
        let ran = further(world, &self.alice, self.homes).sign_in("login", PASSWORD);
        assert_eq!(ran.status, 0, "{}", ran.err);
        let code = self.backup.pop().unwrap();
        let ran = with_code(&further(world, &self.bob, self.homes), &code);
        assert_eq!(ran.status, 0, "{}", ran.err);
        let came = post(&world.url, "/login", "", &carol());
        assert!(came.contains("\"token\""), "{came}");
    }
}

fn carol() -> String {
    json!({ "username": "carol", "password": PASSWORD }).to_string()
}

/// What `config check` says of a part; nothing if it says nothing of it.
fn check(world: &World, part: &str, settings: Settings) -> String {
    let said = ran(world, &["config", "check", "--json"], settings).out;
    let findings = said
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of = findings
        .into_iter()
        .filter(|finding| finding["part"] == part);
    of.map(|finding| finding["says"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn everybody_comes_in_after_the_key_was_changed_and_the_server_killed_on_the_way() {
    let world = World::with(WITH_OLD);
    let mut all = Everybody::new(&world);
    let room = all.alice.room_with("Tea", &[], &[&all.bob]);
    let seq = all.bob.ok(&["send", &room, "said under the old key"]);
    all.alice.texts(&room);
    let report = world.path().join("report");
    let report = report.to_str().unwrap();
    all.alice.ok(&["report", &room, &seq, "--out", report]);
    world.stop_server();
    import_many(&world);
    let before = "the next start seals everything anew";
    assert!(check(&world, "SECRET_KEY_PREVIOUS", WITH_BOTH).contains(before));

    kill_on_the_way(&world);
    world.start_server(WITH_BOTH);
    all.log_in(&world);
    world.stop_server();
    let done = check(&world, "SECRET_KEY_PREVIOUS", WITH_BOTH);
    assert_eq!(done, "nothing is under it any more: take it out.");

    world.start_server(WITH_NEW);
    all.log_in(&world);
    let code = all.app.code();
    let came = with_code(&further(&world, &all.bob, 99), &code);
    assert_eq!(came.status, 0, "{}", came.err);
    // Sessions go on, and so does the key that the server signs with for reports.
    all.alice.ok(&["send", &room, "said under the new key"]);
    let checked = all
        .bob
        .json(&["verify-report", report, "--server", &world.url]);
    assert_eq!(checked[0]["server_verified"], true);

    world.stop_server();
    let refused = ran(&world, &["serve", "--listen", "127.0.0.1:0"], WITH_OLD);
    assert_ne!(refused.status, 0);
    assert!(
        refused.err.contains("sealed under another SECRET_KEY"),
        "{}",
        refused.err
    );
    let told = check(&world, "SECRET_KEY", WITH_OLD);
    assert!(told.contains("give it as SECRET_KEY_PREVIOUS"), "{told}");
    world.start_server(WITH_NEW);
    all.log_in(&world);
}

#[test]
fn a_key_that_everybody_knows_is_refused_in_production_and_told_in_development() {
    const WEAK: (&str, &str) = ("SECRET_KEY", "your-secret-key-here");
    let world = World::new();
    let refused = ran(&world, &["serve", "--listen", "127.0.0.1:0"], &[MODE, WEAK]);
    assert_eq!(refused.status, 2);
    for words in ["a placeholder that everybody knows", "openssl rand -hex 32"] {
        assert!(refused.err.contains(words), "{}", refused.err);
    }
    let told = check(&world, "SECRET_KEY", &[WEAK]);
    assert!(told.contains("development alone"), "{told}");
}
