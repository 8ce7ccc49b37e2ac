//! A bot process and a conversation with it.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::stories::basic::{PASSPHRASE, basic_room};
use crate::world::{Person, World};

/// Longer than anything takes that is not broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A running `secure-chat bot`.
pub(crate) struct Bot {
    pub(crate) child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Value>,
    next: u64,
    pub(crate) events: Vec<Value>,
}

/// The process is gone.
#[derive(Debug)]
pub(crate) struct Gone;

impl Bot {
    pub(crate) fn start(person: &Person) -> Self {
        let mut child = person
            .program()
            .arg("bot")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            // A line that is cut off by a kill is no line.
            for line in output.lines().map_while(Result::ok) {
                let Ok(value) = serde_json::from_str(&line) else {
                    continue;
                };
                if sender.send(value).is_err() {
                    return;
                }
            }
        });
        Self {
            input: child.stdin.take(),
            child,
            lines,
            next: 0,
            events: Vec::new(),
        }
    }

    /// Gives a command and waits for its answer; events that come before it are kept.
    pub(crate) fn ask(&mut self, mut command: Value) -> Result<Value, Gone> {
        self.next += 1;
        command["id"] = json!(self.next);
        let input = self.input.as_mut().ok_or(Gone)?;
        writeln!(input, "{command}").map_err(|_| Gone)?;
        loop {
            let line = self.line()?;
            if line["id"] == self.next {
                return Ok(line);
            }
            self.events.push(line);
        }
    }

    /// The next line.
    pub(crate) fn line(&mut self) -> Result<Value, Gone> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Ok(line),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => Err(Gone),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("the bot says nothing"),
        }
    }

    /// The next event that satisfies a wish, among those that were kept and those that come.
    pub(crate) fn event(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.events.iter().position(&wanted) {
            return self.events.remove(at);
        }
        loop {
            let line = self.line().expect("the bot goes on");
            if wanted(&line) {
                return line;
            }
            self.events.push(line);
        }
    }

    /// Ends the input and waits for the process.
    pub(crate) fn end(mut self) {
        self.input.take();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_bot_is_in_rooms_of_basic_encryption_too() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let (room, link) = basic_room(&alice, "Lobby");
    alice.ok(&["send", &room, "Come in."]);
    let mut bot = Bot::start(&bob);
    let join = |passphrase: &str| json!({ "command": "join_by_link", "link": link, "passphrase": passphrase });
    let refused = bot.ask(join("four other words")).unwrap();
    assert_eq!(refused["code"], "PASSPHRASE_WRONG");
    let joined = bot.ask(join(PASSPHRASE)).unwrap();
    assert_eq!(joined["room"].to_string(), room);
    let send = json!({ "command": "send", "room": joined["room"], "text": "Thank you." });
    assert_eq!(bot.ask(send).unwrap()["ok"], true);
    let create = json!({ "command": "create_room", "name": "Own", "passphrase": PASSPHRASE });
    let own = bot.ask(create).unwrap()["room"].to_string();
    bot.end();
    assert_eq!(alice.texts(&room), ["alice: Come in.", "bob: Thank you."]);
    assert_eq!(bob.room_field(&own, "encryption"), "shared_key");
}

#[test]
fn a_bot_answers_people() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let number: u64 = room.parse().unwrap();
    let mut bot = Bot::start(&bob);
    let ready = bot.event(|line| line["event"] == "ready");
    assert_eq!(ready["user"], "bob");
    assert_eq!(bot.ask(json!({ "command": "sync" })).unwrap()["ok"], true);
    alice.ok(&["send", &room, "echo me"]);
    let item = bot.event(|line| line["event"] == "item" && line["kind"] == "text");
    assert_eq!(
        (&item["user"], &item["text"]),
        (&json!("alice"), &json!("echo me"))
    );
    let command =
        json!({ "command": "send", "room": number, "text": "echo me", "to": item["seq"] });
    let sent = bot.ask(command).unwrap();
    assert_eq!(sent["ok"], true);
    let echo = bot.event(|line| line["event"] == "item" && line["user"] == "bob");
    assert_eq!(
        (&echo["kind"], &echo["to"]),
        (&json!("reply"), &item["seq"])
    );
    let refused = bot
        .ask(json!({ "command": "send", "room": 1, "text": "x" }))
        .unwrap();
    assert_eq!(
        (&refused["ok"], &refused["code"]),
        (&json!(false), &json!("ROOM_NOT_FOUND"))
    );
    bot.end();
    let lines = alice.json(&["tail", &room]);
    assert!(
        lines
            .iter()
            .any(|line| line["kind"] == "reply" && line["text"] == "echo me")
    );
}
