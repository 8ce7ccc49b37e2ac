//! The second factor and sessions, with the shipped program: a code from an app, a backup code, and who is logged in.

use std::{
    io::{BufRead, BufReader, Write},
    process::Stdio,
    sync::{Arc, Mutex},
};

use protocol::{
    ids::LoginId,
    rest::{LoginFinished, SecondFactorKind, SecondFactorLeg, SecondFactorWanted},
};
use serde_json::{Value, json};

use crate::{
    authenticator::Authenticator,
    bot::Bot,
    liar::Liar,
    world::{PASSWORD, Person, Ran, World},
};

/// Turns the second factor on, as a person does: the code is read off what the terminal shows.
pub(crate) fn enable(person: &Person) -> (Authenticator, Vec<String>) {
    let args = ["second-factor", "enable", "--password-stdin", "--json"];
    let mut child = person
        .program()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    writeln!(stdin, "{PASSWORD}").unwrap();
    let mut line = || {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        serde_json::from_str::<Value>(&line).unwrap()
    };
    let mut app = Authenticator::scanned(line()["uri"].as_str().unwrap());
    writeln!(stdin, "{}", app.code()).unwrap();
    let told = line();
    assert!(child.wait().unwrap().success());
    let codes = told["backup_codes"].as_array().unwrap().iter();
    let codes = codes.map(|code| code.as_str().unwrap().to_owned());
    (app, codes.collect())
}

/// The same person with a further home.
pub(crate) fn further(world: &World, person: &Person, n: u32) -> Person {
    Person {
        home: world.path().join(format!("home-{}-{n}", person.name)),
        ..person.clone()
    }
}

/// Password, and a code on the next line.
pub(crate) fn with_code(person: &Person, code: &str) -> Ran {
    person.sign_in("login", &format!("{PASSWORD}\n{code}"))
}

fn guarded(person: &Person, command: &[&str], code: &str) -> Ran {
    let args = [&["second-factor"], command, &["--password-stdin"]].concat();
    person.run_with(&args, &format!("{PASSWORD}\n{code}\n"))
}

#[test]
fn a_second_machine_comes_in_with_a_code() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    assert_eq!(
        alice.json(&["second-factor", "status"])[0]["enabled"],
        false
    );
    let (mut app, backup) = enable(&alice);
    assert_eq!(backup.len(), 10);
    let status = alice.json(&["second-factor", "status"])[0].clone();
    assert_eq!(status, json!({ "enabled": true, "backup_codes_left": 10 }));
    // Her first machine goes on as before.
    alice.ok(&["send", &room, "guarded"]);

    let second = further(&world, &alice, 2);
    let none = second.sign_in("login", PASSWORD);
    assert_eq!((none.status, none.code()), (1, "SECOND_FACTOR_REQUIRED"));
    for off in [-3_600, 3_600] {
        let old = with_code(&second, &app.at(off));
        assert_eq!((old.status, old.code()), (1, "CODE_WRONG"));
        assert!(old.err.contains("UTC"), "the clock is named: {}", old.err);
    }
    assert_eq!(second.fails(&["rooms"]), (3, "NOT_LOGGED_IN".to_owned()));
    let code = app.code();
    let ran = with_code(&second, &code);
    assert_eq!(ran.status, 0, "{}", ran.err);
    second.ok(&["send", &room, "from the second"]);
    let all = ["alice: guarded", "alice: from the second"];
    assert_eq!(bob.texts(&room), all);

    // Neither code opens twice.
    let third = further(&world, &alice, 3);
    let used = with_code(&third, &code);
    assert_eq!((used.status, used.code()), (1, "CODE_WRONG"));
    let ran = with_code(&third, &backup[4].to_uppercase());
    assert_eq!(ran.status, 0, "{}", ran.err);
    let again = with_code(&further(&world, &alice, 4), &backup[4]);
    assert_eq!((again.status, again.code()), (1, "CODE_WRONG"));
}

#[test]
fn what_changes_the_account_needs_password_and_code() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let (_, backup) = enable(&alice);
    let third = further(&world, &alice, 3);
    let ran = with_code(&third, &backup[0]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    // New backup codes end the others. A device is put out without: that needs keys, and no server's word.
    let new = guarded(&alice, &["backup-codes", "--json"], &backup[5]);
    assert_eq!(new.status, 0, "{}", new.err);
    let new: Value = serde_json::from_str(&new.out).unwrap();
    let fresh = |n: usize| new["backup_codes"][n].as_str().unwrap().to_owned();
    let device = third.json(&["status"])[0]["device"].clone();
    let revoke = [
        "device",
        "revoke",
        device.as_str().unwrap(),
        "--password-stdin",
    ];
    let ran = alice.run_with(&revoke, &format!("{PASSWORD}\n"));
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(third.fails(&["rooms"]).1, "SESSION_EXPIRED");

    let old = guarded(&alice, &["disable"], &backup[6]);
    assert_eq!((old.status, old.code()), (1, "CODE_WRONG"));
    let ran = guarded(&alice, &["disable"], "123 456");
    assert_eq!((ran.status, ran.code()), (1, "CODE_WRONG"));
    let ran = guarded(&alice, &["disable"], &fresh(1));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let ran = further(&world, &alice, 5).sign_in("login", PASSWORD);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let gone = guarded(&alice, &["disable"], &fresh(2));
    assert_eq!((gone.status, gone.code()), (1, "NO_SECOND_FACTOR"));
}

const NEW: &str = "copper lantern tides 77";

#[test]
fn password_and_recovery_code_change_with_a_code() {
    let world = World::new();
    let alice = world.person("alice");
    let ran = alice.sign_in("register", PASSWORD);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let (_, backup) = enable(&alice);
    let phone = further(&world, &alice, 2);
    assert_eq!(with_code(&phone, &backup[0]).status, 0);

    let replace = |code: &str, json: &[&str]| {
        let args = [&["recovery", "replace", "--password-stdin"], json].concat();
        alice.run_with(&args, &format!("{PASSWORD}\n{code}\n"))
    };
    let none = replace("", &[]);
    assert_eq!((none.status, none.code()), (1, "SECOND_FACTOR_REQUIRED"));
    let replaced = replace(&backup[1], &["--json"]);
    assert_eq!(replaced.status, 0, "{}", replaced.err);
    let told: Value = serde_json::from_str(&replaced.out).unwrap();
    let recovery = told["recovery_code"].as_str().unwrap();

    let change = |code: &str| {
        let args = ["password", "change", "--end-devices", "--password-stdin"];
        alice.run_with(&args, &format!("{PASSWORD}\n{NEW}\n{code}\n"))
    };
    let used = change(&backup[1]);
    assert_eq!((used.status, used.code()), (1, "CODE_WRONG"));
    phone.ok(&["rooms"]);
    let changed = change(&backup[2]);
    assert_eq!(changed.status, 0, "{}", changed.err);
    assert_eq!(phone.fails(&["rooms"]).1, "SESSION_EXPIRED");
    assert_eq!(alice.json(&["devices"]).len(), 1);

    // The recovery code lets in with a code, which does for the new password as well.
    let third = further(&world, &alice, 3);
    let args = ["login", "--server", &third.url, "--user", "alice"];
    let args = [&args[..], &["--recovery-code", "--password-stdin"]].concat();
    let by_code = |code: &str| third.run_with(&args, &format!("{recovery}\n{PASSWORD}\n{code}\n"));
    let none = by_code("");
    assert_eq!((none.status, none.code()), (1, "SECOND_FACTOR_REQUIRED"));
    let came = by_code(&backup[3]);
    assert_eq!(came.status, 0, "{}", came.err);
    let fourth = with_code(&further(&world, &alice, 4), &backup[4]);
    assert_eq!(fourth.status, 0, "{}", fourth.err);
}

/// The picture that the terminal shows is what a camera reads.
#[test]
fn a_camera_reads_what_the_terminal_shows() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let ran = guarded(&alice, &["enable"], "000000");
    // Somebody who gives a wrong code has changed nothing.
    assert_eq!((ran.status, ran.code()), (1, "CODE_WRONG"));
    assert_eq!(
        alice.json(&["second-factor", "status"])[0]["enabled"],
        false
    );
    let rows: Vec<Vec<char>> = ran
        .out
        .lines()
        .filter(|line| line.starts_with('█'))
        .map(|line| line.chars().collect())
        .collect();
    let (width, height) = (rows[0].len(), rows.len() * 2);
    let dark = |x: usize, y: usize| {
        let light = match rows[y / 2][x] {
            '█' => true,
            '▀' => y.is_multiple_of(2),
            '▄' => !y.is_multiple_of(2),
            _ => false,
        };
        !light
    };
    // Each module as a square of four by four pixels.
    let mut photo = rqrr::PreparedImage::prepare_from_greyscale(width * 4, height * 4, |x, y| {
        if dark(x / 4, y / 4) { 0 } else { 255 }
    });
    let grids = photo.detect_grids();
    let (_, read) = grids[0].decode().unwrap();
    assert!(read.starts_with("otpauth://totp/Secure%20Chat:alice?secret="));
    assert!(ran.out.contains(&read), "and as text");
}

#[test]
fn a_session_is_ended_from_the_other_device() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let second = further(&world, &alice, 2);
    assert_eq!(second.sign_in("login", PASSWORD).status, 0);
    let mut following = Bot::start(&second);
    let synced = following.ask(json!({ "command": "sync" })).unwrap();
    assert_eq!(synced["ok"], true);
    let device = second_device(&alice);
    let sessions = alice.json(&["sessions"]);
    let id = |current: bool| {
        let of = |it: &&Value| it["current"] == current && (current || it["device"] == device);
        let found = sessions.iter().find(of).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let own = alice.fails(&["sessions", "end", &id(true)]);
    assert_eq!(own, (1, "BAD_REQUEST".to_owned()));
    alice.ok(&["sessions", "end", &id(false)[..8]]);
    // The program there hears of it at once, and ends, though its input goes on.
    following.event(|it| it["event"] == "signed_out");
    assert_eq!(following.child.wait().unwrap().code(), Some(3));
    assert_eq!(second.fails(&["rooms"]).0, 3);
    assert_eq!(second.sign_in("login", PASSWORD).status, 0);
    alice.ok(&["sessions", "end", "--others"]);
    assert_eq!(alice.json(&["sessions"]).len(), 1);
    assert_eq!(second.fails(&["rooms"]).0, 3);
    assert_eq!(alice.fails(&["sessions", "end", "ffff"]).1, "NOT_FOUND");
}

/// The device of somebody that is not the one that lists.
fn second_device(person: &Person) -> Value {
    let devices = person.json(&["devices"]);
    let other = devices.iter().find(|it| it["current"] == false);
    other.unwrap()["id"].clone()
}

/// A server that asks for no code opens a session, which it could give to anybody without asking; the keys need the
/// password all the same. One that asks for a code where there is none gets one and nothing else.
#[test]
fn a_server_that_skips_the_second_factor_gains_a_session_and_no_key() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let (mut app, _) = enable(&alice);
    let mut thief = further(&world, &alice, 2);
    thief.url.clone_from(&server.url);
    // The thief of a phone's codes, without the password, is helped to a session by the server: the box does not open.
    let finished = Arc::new(Mutex::new(None));
    let mut owner = further(&world, &alice, 3);
    owner.url.clone_from(&server.url);
    let heard = finished.clone();
    server.lies("POST /login ", move |answer: &mut LoginFinished| {
        *heard.lock().unwrap() = Some(answer.clone());
    });
    let ran = with_code(&owner, &app.code());
    assert_eq!(ran.status, 0, "{}", ran.err);
    server.behaves();
    let finished = finished.lock().unwrap().clone().unwrap();
    server.lies("POST /login ", move |answer: &mut Value| {
        *answer = if answer.get("response").is_some() {
            answer.clone()
        } else {
            json!(finished)
        };
    });
    let ran = thief.sign_in("login", "not her password at all 7");
    assert_eq!((ran.status, ran.code()), (1, "LOGIN_FAILED"));
    assert_eq!(thief.fails(&["rooms"]), (3, "NOT_LOGGED_IN".to_owned()));
    server.behaves();
    // The other way round: whoever has no second factor is asked for a code, and asked in vain.
    let [bob] = world.people(["bob"]);
    let mut bob = further(&world, &bob, 2);
    bob.url.clone_from(&server.url);
    server.lies("POST /login ", |answer: &mut Value| {
        if answer.get("session").is_some() {
            *answer = json!(SecondFactorWanted {
                second_factor: SecondFactorLeg {
                    login_id: LoginId::from_bytes([1; 16]),
                    kinds: vec![SecondFactorKind::Totp],
                },
            });
        }
    });
    let ran = with_code(&bob, "123456");
    assert_eq!((ran.status, ran.code()), (1, "LOGIN_FAILED"));
    server.behaves();
    assert_eq!(bob.sign_in("login", PASSWORD).status, 0);
}

/// Passkeys come from a browser; a terminal lists and removes them, and says so.
#[test]
fn a_terminal_knows_of_passkeys_and_has_none() {
    let world = World::new();
    let alice = world.person("alice");
    alice.register();
    let (mut app, _) = enable(&alice);
    assert_eq!(alice.json(&["second-factor", "passkeys"]), [] as [Value; 0]);
    let (_, none) = alice.fails(&["second-factor", "remove-passkey", "00"]);
    assert_eq!(none, "NOT_FOUND");
    // What comes in is a code.
    let other = further(&world, &alice, 2);
    assert_eq!(with_code(&other, &app.code()).status, 0);
}
