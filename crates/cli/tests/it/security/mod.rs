//! What a malicious server tries (the numbers are those of docs/THREATS.md), and what scanners of other makers look for. It
//! holds every byte that crosses, and none of the keys: nothing wrong is shown, somebody is told, and the room goes on as soon
//! as the server behaves again.

mod account;
mod basic;
mod doors;
mod events;
mod history;
pub(crate) mod identity;
mod keys;
mod log;
mod members;
mod messages;
mod removed;
mod scanners;
mod vaults;

use crate::world::{Person, get};

use protocol::{
    ids::{AccountId, DeviceId},
    log::{Body, Entry},
};
use serde::de::DeserializeOwned;

/// Sends a text; its place in the room.
pub(crate) fn says(person: &Person, room: &str, text: &str) -> u64 {
    person.ok(&["send", room, text]).parse().unwrap()
}

/// Who somebody is for the server.
pub(crate) fn ids(person: &Person) -> (AccountId, DeviceId) {
    let status = &person.json(&["status"])[0];
    let id = |field: &str| status[field].as_str().unwrap();
    (
        id("account").parse().unwrap(),
        id("device").parse().unwrap(),
    )
}

/// What the server keeps for somebody, as it sees it itself.
fn kept<T: DeserializeOwned>(server: &str, person: &Person, path: &str) -> T {
    let answer = get(server, path, &person.ok(&["token"]));
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// An entry of a room's log as the server keeps it.
pub(crate) fn entry(server: &str, person: &Person, room: &str, seq: u64) -> Entry {
    kept(server, person, &format!("/api/rooms/{room}/entries/{seq}"))
}

/// Why lines of a room are not shown.
fn causes(person: &Person, room: &str) -> Vec<String> {
    let lines = person.json(&["tail", room]);
    let tombstones = lines.iter().filter(|line| line["kind"] == "tombstone");
    tombstones
        .map(|line| line["cause"].as_str().unwrap().to_owned())
        .collect()
}

/// What somebody is told beside the answer to a command.
fn told(person: &Person, args: &[&str]) -> String {
    let ran = person.run(args);
    assert_eq!(ran.status, 0, "{} {args:?}: {}", person.name, ran.err);
    ran.err
}

/// What is said to somebody who was shown another log than the others.
const OTHER_LOG: &str = "was shown something else than you";
/// What is said where the server keeps another vault than a device of the account has seen.
const OTHER_VAULT: &str = "is not what one of them has seen there";
/// What is said where the record itself does not fit together.
const BROKEN_LOG: &str = "gave a broken record";

/// The sealed message in an entry.
pub(crate) fn message(entry: &mut Entry) -> &mut protocol::log::Message {
    match &mut entry.body {
        Body::Message(message) => message,
        _ => panic!("no message at {}", entry.seq),
    }
}
