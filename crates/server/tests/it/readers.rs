//! What nobody wrote, given to every reader of this crate (attack 7).

use opaque_ke::{ClientLogin, ClientRegistration};
use protocol::opaque::Suite;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use serde_json::Value;
use server::fuzzing::TARGETS;

use crate::{
    passkeys::authenticator::Authenticator,
    people::{base64, from_base64},
};

#[path = "../../../../fuzz/replay.rs"]
mod replay;

const TOKEN: &str = "us0PqIeepN0QTEEvk-Gny6H1MZCtn8BOWv2EUVOm8R0";

/// Of the key and the time that the target knows.
const ACCESS: &str = concat!(
    "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJIUzI1NiIsImtpZCI6IjNhYzMzY2FhNmI4OGI3ZDcifQ.eyJpc3MiOiJzZWN1cmUtY2hhd",
    "CIsImF1ZCI6InNlY3VyZS1jaGF0L2FwaSIsInN1YiI6IjA3MDcwNzA3MDcwNzA3MDcwNzA3MDcwNzA3MDcwNzA3Iiwic2lkIjoiM",
    "DkwOTA5MDkwOTA5MDkwOTA5MDkwOTA5MDkwOTA5MDkiLCJpYXQiOjE3OTUwMDAwMDAsImV4cCI6MTc5NTAwMDYwMH0.y_kXTchNy",
    "OoetSUPuaMMoEtJP42t7mcemdQBkSEf2Fk",
);

#[test]
fn nothing_breaks_a_reader_of_what_clients_send() {
    replay::replay("server", TARGETS);
}

#[test]
fn the_corpus_has_a_real_value_of_each() {
    for target in TARGETS {
        for (file, value) in real_values(target.0) {
            replay::keep("server", target, file, &value);
        }
    }
}

fn real_values(target: &str) -> Vec<(&'static str, Vec<u8>)> {
    let text = |file: &'static str, text: &str| (file, text.as_bytes().to_vec());
    match target {
        "bearer" => vec![
            text("session", TOKEN),
            text("api", &format!("sct_{TOKEN}")),
            text("access", ACCESS),
            text("refresh", &"A".repeat(64)),
        ],
        "forms" => vec![text(
            "account",
            "username=alice&password=marble+tugboat%20whispers+42",
        )],
        "kept" => vec![
            text(
                "argon2id",
                "$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
            ),
            text(
                "bcrypt",
                "$2y$10$abcdefghijklmnopqrstuuPKHipLT4B7VsrjtrNaffa.c36/nILp.",
            ),
            text(
                "werkzeug",
                "pbkdf2:sha256:100000$Q7x2salt$6b0652cb545adb4865df3796304019a8858e9c89ebd472d06b533e13e8cf292d",
            ),
            text(
                "passlib",
                "$pbkdf2-sha256$120000$./z9/v8AAAAAAAAAAAAAAA$WiyD9L8XcvKZ1j0oSYVsKJ4YnK/vxawxQG6N1uuIrkc",
            ),
        ],
        "frames" => packets()
            .map(|(file, text)| (file, frame(text)))
            .chain([("in-parts", in_parts())])
            .collect(),
        "headers" => vec![
            text("bearer", &format!("authorization:Bearer {TOKEN}")),
            text(
                "cookie",
                &format!("cookie:a=b; secure_chat={TOKEN}\nsec-fetch-site:same-origin"),
            ),
            text(
                "origin",
                &format!(
                    "host:localhost:5000\norigin:http://localhost:5000\ncookie:secure_chat={TOKEN}"
                ),
            ),
        ],
        "legs" => legs(),
        "opaque" => {
            let rng = &mut ChaCha20Rng::from_seed([1; 32]);
            let register = ClientRegistration::<Suite>::start(rng, b"password").unwrap();
            let login = ClientLogin::<Suite>::start(rng, b"password").unwrap();
            vec![
                ("register", register.message.serialize().to_vec()),
                ("login", login.message.serialize().to_vec()),
                ("finish", vec![7; 64]),
            ]
        }
        "packet" => packets().map(|(file, packet)| text(file, packet)).collect(),
        "passkey" => passkeys(),
        "path" => vec![
            text("room", "9007199254740991"),
            text("link", "000102030405060708090a0b0c0d0e0f"),
            text("item", "room/4/keys-1"),
        ],
        other => panic!("nothing for {other}"),
    }
}

fn passkeys() -> Vec<(&'static str, Vec<u8>)> {
    let asked = serde_json::json!({ "challenge": base64(&[7; 32]) });
    let mut keys = [Authenticator::es256(), Authenticator::eddsa()];
    let [point, edwards] = &mut keys;
    let field = |said: &Value, name: &str| from_base64(&said[name]);
    vec![
        ("point", field(&point.make(&asked), "attestation")),
        ("edwards", field(&edwards.make(&asked), "attestation")),
        ("said", field(&point.make(&asked), "client_data")),
        ("data", field(&point.show(&asked), "authenticator_data")),
    ]
}

fn packets() -> impl Iterator<Item = (&'static str, &'static str)> {
    [
        ("connect", "40{\"token\":\"abc\"}"),
        ("join", "4217[\"join_room\",{\"room_id\":7}]"),
        (
            "history",
            "421[\"room_history\",{\"room_id\":7,\"since\":3,\"limit\":10}]",
        ),
        (
            "send",
            "422[\"send_message\",{\"room_id\":7,\"encrypted_content\":\"AA==\",\"iv\":\"AA==\",\"message_hash\":\"00\",\"key\":{\"mls\":\"AA==\"}}]",
        ),
        ("ephemeral", "42[\"ephemeral\",{\"room_id\":7,\"body\":\"AAEC\"}]"),
        ("elsewhere", "40/admin,{}"),
    ]
    .into_iter()
}

fn legs() -> Vec<(&'static str, Vec<u8>)> {
    let register = serde_json::json!({ "username": "alice", "start": "AAEC" });
    let login = serde_json::json!({ "login_id": "0".repeat(32), "finish": "AAEC" });
    let json = |value: serde_json::Value| value.to_string().into_bytes();
    vec![("register", json(register)), ("login", json(login))]
}

/// A text in one frame, masked with zeros.
fn frame(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap().to_be_bytes();
    [&[0x81, 0xfe], &length[..], &[0; 4], text.as_bytes()].concat()
}

/// A text in two frames with a ping between them.
fn in_parts() -> Vec<u8> {
    [
        &[0x01, 0x83, 0, 0, 0, 0][..],
        b"42[",
        &[0x89, 0x80, 0, 0, 0, 0],
        &[0x80, 0x9a, 0, 0, 0, 0],
        b"\"join_room\",{\"room_id\":7}]",
    ]
    .concat()
}
