//! What an echo bot owes to people, whatever it is made of: every message is answered once, by one device, also where it
//! was killed in between.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{bot::Bot, patience, world::World};

/// Messages that are said before a bot is killed, and while it is gone.
const BEFORE: usize = 6;
const MEANWHILE: usize = 2;
const KILLS: usize = 3;

/// A bot that runs until it is dropped, which gives it no time for anything.
pub(crate) trait Running {}

/// A conversation with the bot `echo`, which is killed in the middle of it and started again. `start` starts it.
pub(crate) fn answers_once(world: &World, mut start: impl FnMut() -> Box<dyn Running>) {
    let [person] = world.people(["alice"]);
    let mut alice = Bot::start(&person);
    let mut running = start();
    let made = alice.ask(json!({ "command": "create_room", "name": "Tea" }));
    let room = made.unwrap()["room"].clone();
    let invite = json!({ "command": "invite", "room": room, "user": "echo" });
    // It may not have registered yet.
    patience::until(|| (alice.ask(invite.clone()).unwrap()["ok"] == true).then_some(()));
    let mut said = vec!["Are you there?".to_owned()];
    say(&mut alice, &room, &said);
    hears(&mut alice, &said[0]);
    for round in 0..KILLS {
        let words =
            |what: &'static str, count| (0..count).map(move |n| format!("{what} {round}, {n}"));
        let before: Vec<String> = words("before", BEFORE).collect();
        say(&mut alice, &room, &before);
        hears(&mut alice, &before[0]);
        drop(running);
        let meanwhile: Vec<String> = words("meanwhile", MEANWHILE).collect();
        say(&mut alice, &room, &meanwhile);
        running = start();
        for text in before[1..].iter().chain(&meanwhile) {
            hears(&mut alice, text);
        }
        said.extend(before.into_iter().chain(meanwhile));
    }
    let log = json!({ "command": "timeline", "room": room });
    let log = alice.ask(log).unwrap()["items"].take();
    each_has_one_answer(log.as_array().unwrap(), &said);
    let alarms = alice.events.iter().filter(|line| line["event"] == "alarm");
    assert_eq!(alarms.collect::<Vec<_>>(), Vec::<&Value>::new());
    drop(running);
    alice.end();
}

fn say(alice: &mut Bot, room: &Value, texts: &[String]) {
    for text in texts {
        let command = json!({ "command": "send", "room": room, "text": text });
        assert_eq!(alice.ask(command).unwrap()["ok"], true);
    }
}

fn hears(alice: &mut Bot, text: &str) {
    alice.event(|line| line["event"] == "item" && line["kind"] == "reply" && line["text"] == text);
}

fn each_has_one_answer(log: &[Value], said: &[String]) {
    let of_kind = |kind: &'static str| log.iter().filter(move |line| line["kind"] == kind);
    let texts: BTreeMap<u64, &Value> = of_kind("text")
        .map(|line| (line["seq"].as_u64().unwrap(), &line["text"]))
        .collect();
    assert_eq!(
        texts.values().copied().collect::<Vec<_>>(),
        said.iter().collect::<Vec<_>>()
    );
    let mut answered = BTreeMap::new();
    for reply in of_kind("reply") {
        assert_eq!(reply["user"], "echo");
        let twice = answered.insert(reply["to"].as_u64().unwrap(), &reply["text"]);
        assert!(twice.is_none(), "answered twice: {reply}");
    }
    assert_eq!(answered, texts);
    let mut devices: Vec<&Value> = of_kind("reply").map(|line| &line["device"]).collect();
    devices.dedup();
    assert_eq!(devices.len(), 1, "{devices:?}");
}
