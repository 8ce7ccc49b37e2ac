//! People in one sealed room over TLS, who all write at once.

use std::{collections::BTreeSet, thread};

use serde_json::{Value, json};

use crate::{
    bot::Bot,
    world::{Person, TLS, World},
};

const NAMES: [&str; 6] = ["ann", "ben", "cem", "dot", "eva", "fay"];
const EACH: usize = 50;

/// Says everything as fast as the program takes it, and stays until the server has it all.
fn write_all(person: &Person, room: u64) {
    let mut bot = Bot::start(person);
    for n in 0..EACH {
        let text = format!("{} {n}", person.name);
        let command = json!({ "command": "send", "room": room, "text": text });
        let answer = bot.ask(command).unwrap();
        assert_eq!(answer["ok"], true, "{answer}");
    }
    loop {
        let answer = bot.ask(json!({ "command": "sync" })).unwrap();
        let drafts = json!({ "command": "drafts", "room": room });
        let drafts = bot.ask(drafts).unwrap();
        let none = drafts["items"].as_array().is_some_and(Vec::is_empty);
        if answer["ok"] == Value::Bool(true) && none {
            break;
        }
    }
    bot.end();
}

#[test]
fn six_people_write_at_once_over_tls_and_all_read_the_same() {
    let (world, _authority) = World::over_tls(TLS);
    let people = world.people(NAMES);
    let [ann, others @ ..] = &people;
    let others: Vec<&Person> = others.iter().collect();
    let room = ann.room_with("Hall", &[], &others);
    let number: u64 = room.parse().unwrap();
    thread::scope(|scope| {
        for person in &people {
            scope.spawn(move || write_all(person, number));
        }
    });
    let said = ann.texts(&room);
    let each: BTreeSet<&String> = said.iter().collect();
    assert_eq!((said.len(), each.len()), (NAMES.len() * EACH, said.len()));
    for person in &people {
        assert_eq!(person.texts(&room), said, "{}", person.name);
        let prefix = format!("{}: ", person.name);
        let own = said.iter().filter(|text| text.starts_with(&prefix));
        let in_order = (0..EACH).map(|n| format!("{0}: {0} {n}", person.name));
        assert!(own.cloned().eq(in_order), "{} is out of order", person.name);
    }
}
