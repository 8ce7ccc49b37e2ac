//! Tokens for bots, with the shipped program: made with the password, used by a script, listed and taken back.

use serde_json::{Value, json};

use crate::world::{PASSWORD, Person, World, get, post};

fn new(person: &Person, args: &[&str]) -> Value {
    let args = [&["token", "new"], args, &["--password-stdin", "--json"]].concat();
    let ran = person.run_with(&args, &format!("{PASSWORD}\n"));
    assert_eq!(ran.status, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// The code of an error, with or without the lines before its body.
fn code(answer: &str) -> String {
    let body = answer
        .split_once("\r\n\r\n")
        .map_or(answer, |(_, body)| body);
    let answer: Value = serde_json::from_str(body).unwrap();
    answer["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_bot_gets_a_token_that_does_no_more_than_it_says() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let reads = new(&alice, &["weather"]);
    let writes = new(&alice, &["lobby", "--scope", "read,write", "--days", "7"]);
    let (reader, writer) = (
        reads["token"].as_str().unwrap(),
        writes["token"].as_str().unwrap(),
    );
    let room = json!({ "encryption": "shared_key", "name": "lobby" }).to_string();
    assert_eq!(
        code(&post(&world.url, "/api/rooms", reader, &room)),
        "SCOPE_MISSING"
    );
    assert!(post(&world.url, "/api/rooms", writer, &room).contains("room_id"));
    assert!(get(&world.url, "/api/rooms", reader).contains("lobby"));
    assert_eq!(
        code(&get(&world.url, "/api/devices", writer)),
        "SCOPE_MISSING"
    );

    let listed = alice.json(&["token", "list"]);
    let names: Vec<_> = listed
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["weather", "lobby"]);
    assert_eq!(listed[1]["scopes"], json!(["read", "write"]));
    assert!(!alice.ok(&["token", "list"]).contains(&reader[4..]));
    let id = reads["id"].as_str().unwrap();
    alice.ok(&["token", "revoke", &id[..8]]);
    assert_eq!(
        code(&get(&world.url, "/api/rooms", reader)),
        "UNAUTHENTICATED"
    );
    assert_eq!(alice.json(&["token", "list"]).len(), 1);
    let (_, gone) = alice.fails(&["token", "revoke", id]);
    assert_eq!(gone, "NOT_FOUND");
    // Without the password there is none; and `token` alone is what it was.
    let args = ["token", "new", "more", "--password-stdin"];
    let wrong = alice.run_with(&args, "not her password at all\n");
    assert_eq!(wrong.code(), "LOGIN_FAILED");
    let plain = alice.run_with(&args, &format!("{PASSWORD}\n"));
    assert!(plain.out.trim().starts_with("sct_"), "{}", plain.out);
    assert_eq!(plain.out.trim().len(), 47);
    assert_eq!(alice.ok(&["token"]).len(), 43);
}
