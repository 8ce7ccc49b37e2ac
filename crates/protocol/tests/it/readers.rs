//! What nobody wrote, given to every reader of this crate (attack 7). The corpus has every example of `docs/WIRE.md`.

use std::collections::BTreeMap;

use protocol::fuzzing::{ANSWERS, EVENTS, PARTS, REQUESTS, TARGETS, Target};

use crate::{page::examples, types::TYPES};

#[path = "../../../../fuzz/replay.rs"]
mod replay;

/// Texts that have one spelling each.
const SCALARS: [(&str, &str); 5] = [
    ("base64", "AAECAwQFBgcICQ=="),
    ("byte-id", "000102030405060708090a0b0c0d0e0f"),
    ("name", "alice.b-2"),
    ("number-id", "9007199254740991"),
    ("time", "2026-11-30T12:00:00.000Z"),
];

#[test]
fn nothing_breaks_a_reader_of_the_wire() {
    replay::replay("protocol", TARGETS);
}

#[test]
fn the_corpus_has_every_example() {
    let mut count = BTreeMap::new();
    for example in examples() {
        let (target, _) = lists()
            .into_iter()
            .find(|(_, list)| list.iter().any(|(name, _)| *name == example.of))
            .unwrap_or_else(|| panic!("no reader reads {}", example.of));
        let count = count.entry(example.of).or_insert(0);
        *count += 1;
        let value = format!("{} {}", example.of, example.json.trim_end());
        let file = format!("{}-{count}", example.of);
        replay::keep("protocol", &find(target), &file, value.as_bytes());
    }
    for (file, text) in SCALARS {
        replay::keep("protocol", &find("scalars"), file, text.as_bytes());
    }
}

#[test]
fn the_readers_name_every_type_of_the_wire() {
    let mut named: Vec<_> = lists()
        .iter()
        .flat_map(|(_, list)| list.iter().map(|(name, _)| *name))
        .collect();
    named.sort_unstable();
    let types: Vec<_> = TYPES.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, types);
}

fn lists() -> [(&'static str, &'static [protocol::fuzzing::BodyType]); 4] {
    [
        ("answers", ANSWERS),
        ("events", EVENTS),
        ("parts", PARTS),
        ("requests", REQUESTS),
    ]
}

fn find(target: &str) -> Target {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    *found.unwrap_or_else(|| panic!("no reader is called {target}"))
}
