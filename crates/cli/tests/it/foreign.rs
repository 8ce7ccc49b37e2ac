//! Clients of other makers.

mod acme;
mod caddy;
mod nginx;
mod npm;
mod proxied;

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use crate::{
    stories::basic::{basic_room, come_in},
    world::{PASSWORD, World},
};

/// Longer than anything takes that is not broken.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where Python and the modules of Node are, with the clients of other makers; none on a machine without.
#[allow(clippy::print_stderr, reason = "a test says what it does not do")]
pub(crate) fn installed() -> Option<PathBuf> {
    let dir = std::env::var_os("SECURE_CHAT_FOREIGN").map(PathBuf::from);
    let dir = dir.filter(|dir| dir.join("venv/bin/python").exists());
    let full = std::env::var_os("SECURE_CHAT_FULL").is_some();
    if dir.is_none() {
        // `./test` installs them; a plain `cargo test` says what it did not do.
        assert!(!full, "the foreign clients are not installed");
        eprintln!("skipped: the foreign clients are not installed (tests/foreign/setup.sh)");
    }
    dir
}

pub(crate) fn of_the_project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn python_and_node_talk_in_a_relay_room() {
    if installed().is_none() {
        return;
    }
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let (a, b) = (alice.ok(&["token"]), bob.ok(&["token"]));
    let ran = Command::new("bash")
        .arg(of_the_project("tests/foreign/run.sh"))
        .args([&world.url, &a, &b])
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
    );
    assert!(ran.status.success(), "{out}\n{err}");
    assert!(out.lines().count() >= 3, "{out}");
}

/// One of the examples, as somebody runs it.
struct Chat {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Chat {
    fn start(program: &Path, script: &Path, name: &str, passphrase: &str, place: &[&str]) -> Self {
        let mut child = Command::new(program)
            .arg(script)
            .args(place)
            .env("NAME", name)
            .env("PASSWORD", PASSWORD)
            .env("PASSPHRASE", passphrase)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            let lines = output.lines().map_while(Result::ok);
            // Nobody reads on when the test is over.
            lines.map(|line| sender.send(line)).find(Result::is_err)
        });
        Self {
            input: child.stdin.take(),
            child,
            lines,
        }
    }

    /// The next line that it prints.
    fn prints(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE);
        line.expect("a line, before patience ends")
    }

    fn says(&mut self, text: &str) {
        writeln!(self.input.as_mut().unwrap(), "{text}").unwrap();
    }

    /// Its input ends, and so does it.
    fn ends(mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Chat {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The example for Node, with the modules that it looks for beside itself.
fn node_example(world: &World, foreign: &Path) -> PathBuf {
    let script = world.path().join("chat.mjs");
    fs::copy(of_the_project("examples/shared-key/chat.mjs"), &script).unwrap();
    let modules = fs::canonicalize(foreign.join("node_modules")).unwrap();
    symlink(modules, world.path().join("node_modules")).unwrap();
    script
}

/// Both come in by the other's link, and each reads what the other says.
#[test]
fn the_examples_chat_with_our_own_client() {
    let Some(foreign) = installed() else { return };
    let world = World::new();
    let [carol] = world.people(["carol"]);
    let node_script = node_example(&world, &foreign);
    let python_script = of_the_project("examples/shared-key/chat.py");
    let node = Path::new(OsStr::new("node"));

    let place = [&*world.url, "new", "The garden"];
    let mut alice = Chat::start(node, &node_script, "alice", "four words of ours", &place);
    let link = alice.prints();
    let link = link.strip_prefix("link: ").unwrap().to_owned();
    assert_eq!(alice.prints(), "connected");
    alice.says("Is somebody there?");
    let ran = come_in(&carol, &link, "four words of ours", &[]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let room = ran.out.trim();
    assert_eq!(carol.room_field(room, "name"), "The garden");
    carol.ok(&["send", room, "Yes: “me”, ¡ünïcödé! \u{1f33b}"]);
    assert_eq!(alice.prints(), "carol: Yes: “me”, ¡ünïcödé! \u{1f33b}");
    assert_eq!(carol.texts(room)[0], "alice: Is somebody there?");
    alice.ends();

    let (room, link) = basic_room(&carol, "Ours");
    carol.ok(&["send", &room, "Come in."]);
    let python = foreign.join("venv/bin/python");
    let mut bob = Chat::start(
        &python,
        &python_script,
        "bob",
        "four words of ours",
        &[&link],
    );
    let heard = [bob.prints(), bob.prints()];
    assert!(heard.contains(&"carol: Come in.".to_owned()), "{heard:?}");
    bob.says("Thank you.");
    bob.ends();
    assert_eq!(carol.texts(&room), ["carol: Come in.", "bob: Thank you."]);
}

/// The examples in their two languages, as their heads say: a link, a passphrase, and what is typed.
#[test]
fn the_examples_chat_with_each_other() {
    let Some(foreign) = installed() else { return };
    let world = World::new();
    let node_script = node_example(&world, &foreign);
    let python_script = of_the_project("examples/shared-key/chat.py");
    let python = foreign.join("venv/bin/python");
    let (python, node) = (python.as_path(), Path::new(OsStr::new("node")));

    let mut alice = Chat::start(
        node,
        &node_script,
        "alice",
        "four words of ours",
        &[&world.url, "new", "The garden"],
    );
    let link = alice.prints();
    let link = link.strip_prefix("link: ").unwrap().to_owned();
    assert_eq!(alice.prints(), "connected");
    alice.says("Is somebody there?");
    let mut bob = Chat::start(
        python,
        &python_script,
        "bob",
        "four words of ours",
        &[&link],
    );
    let heard = [bob.prints(), bob.prints()];
    assert!(
        heard.contains(&"alice: Is somebody there?".to_owned()),
        "{heard:?}"
    );
    assert!(heard.contains(&"connected".to_owned()), "{heard:?}");
    bob.says("Yes: “me”, ¡ünïcödé! \u{1f33b}");
    assert_eq!(alice.prints(), "bob: Yes: “me”, ¡ünïcödé! \u{1f33b}");
    alice.says("{\"no\": \"message of ours\"}");
    assert_eq!(bob.prints(), "alice: {\"no\": \"message of ours\"}");

    // Who has another passphrase is in the room, and reads nothing.
    let mut eve = Chat::start(node, &node_script, "eve", "other words", &[&link]);
    let mut heard: Vec<String> = (0..4).map(|_| eve.prints()).collect();
    heard.retain(|line| line != "connected");
    assert!(
        heard.iter().all(|line| line.contains("does not open")),
        "{heard:?}"
    );
    eve.says("What do you say?");
    assert!(bob.prints().contains("eve: (does not open"));
    assert!(alice.prints().contains("eve: (does not open"));

    // A server that was gone for a while changes nothing.
    world.restart_server();
    assert_eq!(alice.prints(), "connected");
    assert_eq!(bob.prints(), "connected");
    bob.says("Still here.");
    assert_eq!(alice.prints(), "bob: Still here.");
    for chat in [alice, bob, eve] {
        chat.ends();
    }
}
