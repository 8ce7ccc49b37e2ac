//! `kill -9` of server and clients at random moments while five clients send a thousand messages: none is lost, doubled,
//! reordered or unreadable.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::Duration,
};

use rand_chacha::{ChaCha8Rng, rand_core::RngCore, rand_core::SeedableRng};
use serde_json::{Value, json};

use crate::{
    bot::{Bot, Gone},
    stories::basic::{PASSPHRASE, basic_room, come_in},
    world::{Person, World},
};

const CLIENTS: usize = 5;
const MESSAGES_EACH: usize = 200;
/// Kills in one round; after the last one everybody comes to the end undisturbed.
const KILLS: usize = 40;

/// The process of each client, so that the killer finds it.
type Victims = [Mutex<Option<u32>>; CLIENTS];

fn rounds() -> u64 {
    let variable = std::env::var("SECURE_CHAT_CRASH_ROUNDS").ok();
    variable.and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}

#[test]
fn nothing_is_lost_under_kill_9() {
    for seed in 0..rounds() {
        round(seed, |ann, others| ann.room_with("Crash", &[], others));
    }
}

/// The same with one key for all, where nothing but the store and the log keeps anybody in step.
#[test]
fn nothing_is_lost_in_a_room_of_basic_encryption_either() {
    for seed in 0..rounds() {
        round(seed, |ann, others| {
            let (room, link) = basic_room(ann, "Crash");
            for other in others {
                let ran = come_in(other, &link, PASSPHRASE, &[]);
                assert_eq!(ran.status, 0, "{}", ran.err);
            }
            room
        });
    }
}

fn round(seed: u64, make_room: impl FnOnce(&Person, &[&Person]) -> String) {
    let world = World::new();
    let people = world.people(["ann", "ben", "cem", "dot", "eva"]);
    let [ann, others @ ..] = &people;
    let others: Vec<&Person> = others.iter().collect();
    let room = make_room(ann, &others);
    let number: u64 = room.parse().unwrap();
    let victims = Victims::default();
    let (finished, all_finished) = channel::<()>();
    let kills = thread::scope(|scope| {
        for (index, person) in people.iter().enumerate() {
            let (finished, victim) = (finished.clone(), &victims[index]);
            scope.spawn(move || {
                send_all(person, number, victim);
                drop(finished);
            });
        }
        drop(finished);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut kills = 0;
        loop {
            let pause = Duration::from_millis(u64::from(rng.next_u32() % 160) + 10);
            match all_finished.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => return kills,
            }
            if kills == KILLS {
                continue;
            }
            kills += 1;
            match rng.next_u32() as usize % (CLIENTS + 1) {
                CLIENTS => world.restart_server(),
                client => kill(&victims[client]),
            }
        }
    });
    assert!(kills > 10, "seed {seed}: only {kills} kills");
    let seen: Vec<Vec<String>> = people.iter().map(|person| person.texts(&room)).collect();
    let wanted: BTreeSet<String> = people
        .iter()
        .flat_map(|person| (0..MESSAGES_EACH).map(|n| format!("{0}: {0} {n}", person.name)))
        .collect();
    for (person, texts) in people.iter().zip(&seen) {
        let unique: BTreeSet<String> = texts.iter().cloned().collect();
        let lost: Vec<_> = wanted.difference(&unique).collect();
        assert!(
            lost.is_empty(),
            "seed {seed}: {} lost {lost:?}",
            person.name
        );
        assert_eq!(
            texts.len(),
            wanted.len(),
            "seed {seed}: {} sees doubles",
            person.name
        );
        assert_eq!(
            texts, &seen[0],
            "seed {seed}: {} sees another order",
            person.name
        );
        assert_eq!(person.json(&["status"])[0]["tombstones"], 0, "seed {seed}");
        for of in &people {
            let prefix = format!("{}: ", of.name);
            let own = texts.iter().filter(|text| text.starts_with(&prefix));
            let ascending = (0..MESSAGES_EACH).map(|n| format!("{0}: {0} {n}", of.name));
            assert!(
                own.cloned().eq(ascending),
                "seed {seed}: {} is out of order",
                of.name
            );
        }
    }
}

fn kill(victim: &Mutex<Option<u32>>) {
    // Held while killing, so that the process is not reaped and its number not given to another in between.
    let victim = victim.lock().unwrap();
    if let Some(pid) = *victim {
        let killed = std::process::Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status();
        assert!(killed.unwrap().success());
    }
}

/// Sends this person's messages, however often its process dies.
fn send_all(person: &Person, room: u64, victim: &Mutex<Option<u32>>) {
    let mut sent = 0;
    loop {
        let mut bot = Bot::start(person);
        *victim.lock().unwrap() = Some(bot.child.id());
        let ended = go_on(&mut bot, person, room, &mut sent);
        victim.lock().unwrap().take();
        // The server is honest, whoever is killed.
        let alarm = bot.events.iter().find(|event| is_alarm(event));
        assert_eq!(alarm, None, "{}", person.name);
        if ended.is_ok() {
            bot.end();
            return;
        }
    }
}

fn is_alarm(event: &Value) -> bool {
    event["event"] == "alarm"
}

/// Goes on where the store says that the last process was, to the end.
fn go_on(bot: &mut Bot, person: &Person, room: u64, sent: &mut usize) -> Result<(), Gone> {
    *sent = (*sent).max(written_down(bot, person, room)?);
    while *sent < MESSAGES_EACH {
        let text = format!("{} {sent}", person.name);
        let command = json!({ "command": "send", "room": room, "text": text });
        let answer = bot.ask(command)?;
        assert_eq!(answer["ok"], true, "{answer}");
        *sent += 1;
        bot.events.retain(is_alarm);
    }
    loop {
        let answer = bot.ask(json!({ "command": "sync" }))?;
        let drafts = bot.ask(json!({ "command": "drafts", "room": room }))?;
        if answer["ok"] == true && drafts["items"].as_array().is_some_and(Vec::is_empty) {
            return Ok(());
        }
    }
}

/// How many of its messages this person's store has: as drafts, or in the log. Drafts are read first, since they
/// become entries of the log and never the reverse.
fn written_down(bot: &mut Bot, person: &Person, room: u64) -> Result<usize, Gone> {
    let mut last = None;
    let drafts = bot.ask(json!({ "command": "drafts", "room": room }))?;
    note(&drafts, person, &mut last);
    let mut since = 0;
    loop {
        let command = json!({ "command": "timeline", "room": room, "since": since });
        let page = bot.ask(command)?;
        note(&page, person, &mut last);
        match page["items"].as_array().and_then(|items| items.last()) {
            Some(item) => since = item["seq"].as_u64().unwrap(),
            None => return Ok(last.map_or(0, |last: usize| last + 1)),
        }
    }
}

fn note(page: &Value, person: &Person, last: &mut Option<usize>) {
    let texts = page["items"].as_array().unwrap().iter();
    for text in texts.filter_map(|item| item["text"].as_str()) {
        let own = text.strip_prefix(&format!("{} ", person.name));
        if let Some(number) = own.and_then(|number| number.parse().ok()) {
            *last = (*last).max(Some(number));
        }
    }
}
