//! A further device without its password: it shows words and a number, and one that is in lets it in.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdout, Stdio},
    sync::{Arc, Mutex},
};

use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    rest::{Heard, MeetingJoined, MeetingMessage, OpenMeeting},
};
use serde_json::Value;

use crate::{
    homes::{another_home, further_device},
    liar::{Act, Liar},
    patience::until,
    world::{PASSWORD, Person, Ran, World},
};

/// A new device while it waits to be let in.
struct Newcomer {
    child: Child,
    said: BufReader<ChildStdout>,
    words: String,
    /// What its picture says.
    url: String,
}

impl Newcomer {
    fn of(person: &Person) -> Self {
        let args = ["login", "--by-device", "--server", &person.url, "--json"];
        let mut child = person
            .program()
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut newcomer = Self {
            child,
            said,
            words: String::new(),
            url: String::new(),
        };
        let line = newcomer.line();
        line["words"]
            .as_str()
            .unwrap()
            .clone_into(&mut newcomer.words);
        line["url"].as_str().unwrap().clone_into(&mut newcomer.url);
        newcomer
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "it ended: {}", self.err());
        serde_json::from_str(&line).unwrap()
    }

    /// The number that it shows, once somebody has answered.
    fn number(&mut self) -> String {
        self.line()["number"].as_str().unwrap().to_owned()
    }

    fn err(&mut self) -> String {
        let mut text = String::new();
        let err = self.child.stderr.as_mut();
        err.unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// It ends, logged in.
    fn comes_in(mut self) {
        assert_eq!(self.line()["new_device"], true);
        assert!(self.child.wait().unwrap().success());
    }

    /// It ends with this code, and no session.
    fn stays_out(mut self, code: ErrorCode) {
        let err = self.err();
        assert!(err.contains(code.as_str()), "{err}");
        assert_ne!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `device link` where the number is known before: what it shows is typed by hand.
fn link(person: &Person, code: &str, lines: &str) -> Ran {
    let args = ["device", "link", code, "--password-stdin"];
    person.run_with(&args, &format!("{PASSWORD}\n{lines}"))
}

/// The same, where the number is read off the new device.
fn let_in(
    person: &Person,
    newcomer: &mut Newcomer,
    code: &str,
    typed: impl Fn(&str) -> String,
) -> Ran {
    let mut child = person
        .program()
        .args(["device", "link", code, "--password-stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{PASSWORD}").unwrap();
    let number = newcomer.number();
    writeln!(stdin, "{}", typed(&number)).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    Ran {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Another number than this one.
fn other(number: &str) -> String {
    let last = if number.ends_with('0') { '1' } else { '0' };
    let mut typed = number.to_owned();
    typed.pop();
    typed.push(last);
    typed
}

#[test]
fn a_second_device_comes_in_by_three_words_and_a_number() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &["--history", "shared"], &[&bob]);
    alice.ok(&["send", &room, "before"]);
    for (name, by_picture) in [("home-alice-2", false), ("home-alice-3", true)] {
        let second = another_home(&world, &alice, name);
        let mut newcomer = Newcomer::of(&second);
        let code = if by_picture {
            newcomer.url.clone()
        } else {
            newcomer.words.replace('-', " ").to_uppercase()
        };
        let ran = let_in(&alice, &mut newcomer, &code, str::to_owned);
        assert_eq!(ran.status, 0, "{}", ran.err);
        newcomer.comes_in();
        second.ok(&["send", &room, name]);
        assert_eq!(second.texts(&room)[0], "alice: before");
        // It is one like those that came by the password: the others are told, and it goes on after a logout.
        assert!(alice.run(&["rooms"]).err.contains("new device"));
        alice.ok(&["devices"]);
        second.ok(&["logout"]);
        assert_eq!(second.sign_in("login", PASSWORD).status, 0);
    }
    assert_eq!(bob.texts(&room).last().unwrap(), "alice: home-alice-3");
    assert_eq!(alice.json(&["devices"]).len(), 3);
}

#[test]
fn another_number_hands_nothing_over_and_both_say_so() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let second = another_home(&world, &alice, "home-alice-2");
    let mut newcomer = Newcomer::of(&second);
    let words = newcomer.words.clone();
    let ran = let_in(&alice, &mut newcomer, &words, other);
    assert_eq!((ran.status, ran.code()), (1, "NUMBER_WRONG"));
    newcomer.stays_out(ErrorCode::LinkStopped);
    // There is no second try.
    let again = link(&alice, &words, "");
    assert_eq!((again.status, again.code()), (1, "LINK_STOPPED"));
    assert_eq!(alice.json(&["devices"]).len(), 1);
    assert_eq!(second.fails(&["rooms"]).1, "NOT_LOGGED_IN");
    // Who thinks better of it types none.
    let mut newcomer = Newcomer::of(&second);
    let words = newcomer.words.clone();
    let ran = let_in(&alice, &mut newcomer, &words, |_| String::new());
    assert_eq!(ran.status, 2, "{}", ran.err);
    newcomer.stays_out(ErrorCode::LinkStopped);
}

#[test]
fn what_is_no_code_of_a_device_is_refused_by_name() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[]);
    let invite = alice.ok(&["room", "link", &room]);
    let newcomer = Newcomer::of(&another_home(&world, &alice, "home-alice-2"));
    for (code, words) in [
        (invite.as_str(), "a link into a room"),
        ("lusab bobcat gutih", "word 2"),
        ("lusab babad", "three words"),
    ] {
        let ran = link(&alice, code, "");
        assert_eq!((ran.status, ran.code()), (1, "BAD_LINK"), "{code}");
        assert!(ran.err.contains(words), "{}", ran.err);
    }
    // And the other way round: nobody comes into a room by the picture of a device.
    let picture = newcomer.url.replace("/link#", "/join#");
    let ran = bob.run(&["room", "join", &picture]);
    assert_eq!((ran.status, ran.code()), (1, "BAD_LINK"));
    assert!(ran.err.contains("code of a new device"), "{}", ran.err);
    // Words that nobody waits under.
    let ran = link(&alice, "lusab babad gutih", "");
    assert_eq!((ran.status, ran.code()), (1, "NO_DEVICE_WAITS"));
    // Those of whom the server has forgotten, which it does after ten minutes, or when it is restarted.
    world.restart_server();
    let ran = link(&alice, &newcomer.words, "");
    assert_eq!((ran.status, ran.code()), (1, "NO_DEVICE_WAITS"));
    newcomer.stays_out(ErrorCode::NoDeviceWaits);
}

/// A session that was left unlocked makes itself no device.
#[test]
fn nobody_is_let_in_without_the_password() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let newcomer = Newcomer::of(&another_home(&world, &alice, "home-alice-2"));
    let args = ["device", "link", &newcomer.words, "--password-stdin"];
    let ran = alice.run_with(&args, "not her password at all 7\n");
    assert_eq!((ran.status, ran.code()), (1, "LOGIN_FAILED"));
    assert_eq!(alice.json(&["devices"]).len(), 1);
    drop(newcomer);
}

#[test]
fn an_account_with_ten_devices_says_so_before_anything_is_sent() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let mut alice = server.guest(&world, "alice");
    for n in 2..=10 {
        further_device(&world, &alice, &format!("home-alice-{n}"));
    }
    let newcomer = Newcomer::of(&another_home(&world, &alice, "home-alice-11"));
    let ran = link(&alice, &newcomer.words, "");
    assert_eq!((ran.status, ran.code()), (1, "DEVICE_LIMIT"));
    assert!(ran.err.contains("device revoke"), "{}", ran.err);
    assert_eq!(server.has_heard("/join "), 0);
    alice.url.clone_from(&world.url);
    drop(newcomer);
}

/// A server between the two has a key of its own, by a new device of its own: the numbers differ, and nothing is handed
/// over.
#[test]
fn a_server_between_the_two_shows_another_number() {
    let world = World::new();
    let [before_old, before_own] = [0, 1].map(|_| Liar::before(&world.url));
    let alice = before_old.guest(&world, "alice");
    let [commitment, answer, reveal] = [0, 1, 2].map(|_| Arc::new(Mutex::new(None::<Bytes>)));

    // Its own new device commits to a key, is shown Alice's answer, and reveals.
    let kept = commitment.clone();
    before_own.mishears("POST /api/meetings ", move |open: &mut OpenMeeting| {
        *kept.lock().unwrap() = Some(open.commitment.clone());
    });
    let told = answer.clone();
    before_own.lies("/hear ", move |heard: &mut Heard| {
        heard.messages = told.lock().unwrap().iter().cloned().collect();
    });
    let kept = reveal.clone();
    before_own.mishears("/say ", move |said: &mut MeetingMessage| {
        *kept.lock().unwrap() = Some(said.message.clone());
    });
    let mut mallory = another_home(&world, &alice, "home-mallory");
    mallory.url.clone_from(&before_own.url);
    let mut own = Newcomer::of(&mallory);

    // Alice's device is shown that one's commitment and key in place of those of her own new device.
    let told = commitment.clone();
    before_old.lies("/join ", move |joined: &mut MeetingJoined| {
        joined.commitment = told.lock().unwrap().clone().unwrap();
    });
    let kept = answer.clone();
    before_old.mishears("/say ", move |said: &mut MeetingMessage| {
        if said.number == 0 {
            *kept.lock().unwrap() = Some(said.message.clone());
        }
    });
    let told = reveal.clone();
    before_old.lies("/hear ", move |heard: &mut Heard| {
        heard.messages = told.lock().unwrap().iter().cloned().collect();
    });
    let mut second = another_home(&world, &alice, "home-alice-2");
    second.url.clone_from(&world.url);
    let mut newcomer = Newcomer::of(&second);
    let words = newcomer.words.clone();
    let ran = let_in(&alice, &mut newcomer, &words, str::to_owned);
    assert_eq!((ran.status, ran.code()), (1, "NUMBER_WRONG"));
    newcomer.stays_out(ErrorCode::LinkStopped);
    // It was in the middle: its device got as far as a number.
    assert_eq!(own.number().len(), 7);
    assert_eq!(alice.json(&["devices"]).len(), 1);

    // A camera has the commitment, and then it does not come to numbers.
    let newcomer = Newcomer::of(&second);
    let ran = link(&alice, &newcomer.url, "");
    assert_eq!((ran.status, ran.code()), (1, "IDENTITY_MISMATCH"));
    newcomer.stays_out(ErrorCode::LinkStopped);
}

/// An answer that got lost is asked for again, on both sides.
#[test]
fn what_is_lost_on_the_way_is_said_again() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let alice = server.guest(&world, "alice");
    let second = another_home(&world, &alice, "home-alice-2");
    server.rule("/hear ", Act::Refuse(ErrorCode::ServerError));
    let mut newcomer = Newcomer::of(&second);
    let words = newcomer.words.clone();
    until(|| (server.has_heard("/hear ") > 0).then_some(()));
    server.behaves();
    let ran = let_in(&alice, &mut newcomer, &words, str::to_owned);
    assert_eq!(ran.status, 0, "{}", ran.err);
    newcomer.comes_in();
}
