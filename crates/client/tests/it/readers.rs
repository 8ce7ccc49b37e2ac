//! What nobody wrote, given to every reader of this crate (attack 7).

use client::fuzzing::TARGETS;

#[path = "../../../../fuzz/replay.rs"]
mod replay;

/// A GIF of one point with a comment; a JPEG with a comment; a PNG with a text; a WebP with a place.
const PICTURES: [(&str, &[u8]); 4] = [
    (
        "gif",
        b"GIF89a\x01\0\x01\0\x80\0\0abcdef\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0\x21\xfe\x03abc\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x4c\x01\0\x3b",
    ),
    (
        "jpeg",
        b"\xff\xd8\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0\xff\xfe\0\x05abc\xff\xda\0\x04\x01\x01\x12\xff\x00\x34\xff\xd9",
    ),
    (
        "png",
        b"\x89PNG\r\n\x1a\n\0\0\0\x01IHDRxcrc.\0\0\0\x03tEXtabccrc.\0\0\0\x01IDATxcrc.\0\0\0\0IENDcrc.",
    ),
    (
        "webp",
        b"RIFF\x2a\0\0\0WEBPVP8X\x0a\0\0\0\x0c\0\0\0\x09\0\0\x09\0\0EXIF\x02\0\0\0abVP8 \x02\0\0\0ab",
    ),
];

const FRAMES: [(&str, &str); 8] = [
    (
        "open",
        "0{\"sid\":\"abc\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":100000}",
    ),
    ("ping", "2"),
    ("connected", "40{\"sid\":\"x\"}"),
    ("ack", "4317[{\"a\":[1]}]"),
    ("refused", "44{\"message\":\"SESSION_EXPIRED\"}"),
    ("missed", "42[\"missed\"]"),
    (
        "door",
        "42[\"door_shut\",{\"room_id\":7,\"what\":\"door\"}]",
    ),
    (
        "ephemeral",
        "42[\"ephemeral\",{\"room_id\":7,\"body\":\"AAEC\"}]",
    ),
];

const NAMES: [&str; 4] = [
    "report.pdf",
    "../../etc/passwd",
    "con.txt",
    "Grüße 你好.tar.gz",
];

/// The page has an example of each answer, and of each event.
const WIRE: &str = include_str!("../../../../docs/WIRE.md");

#[test]
fn nothing_breaks_a_reader_of_what_servers_send() {
    replay::replay("client", TARGETS);
}

#[test]
fn the_corpus_has_a_real_value_of_each() {
    let [answer, file_name, frame, picture] = TARGETS else {
        panic!("a reader without a real value");
    };
    for (of, json) in examples() {
        let value = format!("{of} {json}");
        if answer.1(value.as_bytes()) {
            replay::keep("client", answer, of, value.as_bytes());
        }
        let event = match of {
            "Entry" => "new_message",
            "Mail" => "mail",
            _ => continue,
        };
        let value = format!("42[\"{event}\",{json}]");
        replay::keep("client", frame, event, value.as_bytes());
    }
    replay::keep("client", answer, "done", b"Done {}");
    for (file, text) in FRAMES {
        replay::keep("client", frame, file, text.as_bytes());
    }
    for (number, name) in NAMES.iter().enumerate() {
        replay::keep(
            "client",
            file_name,
            &format!("name-{number}"),
            name.as_bytes(),
        );
    }
    for (file, bytes) in PICTURES {
        replay::keep("client", picture, file, bytes);
    }
}

/// The first example of each type.
fn examples() -> Vec<(&'static str, String)> {
    let blocks = WIRE.split("\n```json ").skip(1);
    let mut found: Vec<(&str, String)> = Vec::new();
    for block in blocks {
        let (of, rest) = block.split_once('\n').unwrap();
        let (json, _) = rest.split_once("\n```").unwrap();
        if found.iter().all(|(known, _)| *known != of) {
            found.push((of, json.to_owned()));
        }
    }
    found
}
