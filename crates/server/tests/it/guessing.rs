//! Guessing at passwords, and looking for accounts (attack 15).

use opaque_ke::ClientLogin;
use protocol::{
    limits::{LOGIN_WINDOW_MILLIS, LOGINS_PER_WINDOW},
    opaque::Suite,
};
use rand_core::OsRng;
use reqwest::Method;
use serde_json::{Value, json};
use server::Registration;

use crate::{
    people::{base64, from_base64, further_device, hex_id, login},
    world::{Answer, World},
};

fn ke1() -> String {
    let started = ClientLogin::<Suite>::start(&mut OsRng, b"a guess").unwrap();
    base64(&started.message.serialize())
}

async fn first_leg(world: &World, token: Option<&str>, name: &str, start: &str) -> Answer {
    let body = json!({ "username": name, "start": start });
    world.post("/login", token, body).await
}

/// What a guesser sees of an answer: its status, all its headers, and the names, kinds and lengths of all its fields.
fn outside(answer: &Answer) -> (u16, Vec<(String, String)>, Value) {
    let mut headers = Vec::new();
    for (name, value) in &answer.headers {
        // A clock's, and no answer's.
        if name != "date" {
            headers.push((name.to_string(), value.to_str().unwrap().to_owned()));
        }
    }
    headers.sort();
    (answer.status.as_u16(), headers, shape(&answer.body))
}

fn shape(body: &Value) -> Value {
    match body {
        Value::String(text) => json!(text.len()),
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), shape(v))).collect(),
        other => other.clone(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_answers_alike_for_a_name_that_exists_and_one_that_does_not() {
    let world = World::new().await;
    world.people(["alice"]).await;
    let start = ke1();
    let mut seen = Vec::new();
    for name in ["alice", "nobby", "alice", "nobby"] {
        let first = first_leg(&world, None, name, &start).await;
        let id = first.body["login_id"].clone();
        let response = from_base64(&first.body["response"]);
        // Of one name and one blinded guess there is one evaluation, else the made-up ones stood out.
        let evaluation = response[..32].to_vec();
        let finish = json!({ "login_id": id, "finish": base64(&[7; 64]) });
        let second = world.post("/login", None, finish.clone()).await;
        assert_eq!(second.code(), "LOGIN_FAILED");
        let again = world.post("/login", None, finish).await;
        let malformed = first_leg(&world, None, name, &base64(&[0xff; 96])).await;
        let cut = first_leg(&world, None, name, &base64(&[1; 5])).await;
        let legs = [&first, &second, &again, &malformed, &cut].map(outside);
        seen.push((legs, evaluation));
    }
    let [alice, nobby, alice_again, nobby_again] = &seen[..] else {
        panic!("four")
    };
    for (one, other) in alice.0.iter().zip(&nobby.0) {
        assert_eq!(one, other);
    }
    assert_eq!(alice.1, alice_again.1);
    assert_eq!(nobby.1, nobby_again.1);
    assert_ne!(alice.1, nobby.1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_nobody_does_not_tell_which_names_are_taken() {
    let mut world = World::new().await;
    world.people(["alice"]).await;
    world.stop().await;
    world.config.registration = Registration::Closed;
    world.start().await;
    let mut answers = Vec::new();
    for name in ["alice", "nobby"] {
        let body = json!({ "username": name, "start": base64(&[1; 32]) });
        let answer = world.post("/register", None, body).await;
        assert_eq!(answer.code(), "REGISTRATION_CLOSED");
        answers.push(outside(&answer));
        // Nor does it tell anybody without an account.
        let found = world.get(&format!("/api/accounts/{name}"), None).await;
        assert_eq!(found.code(), "UNAUTHENTICATED");
        answers.push(outside(&found));
    }
    assert_eq!(answers[..2], answers[2..]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_guesses_are_refused_and_the_owner_is_not_locked_out() {
    let world = World::new().await;
    let [alice, mallory] = world.people(["alice", "mallory"]).await;
    let session = login(&world, "alice", "alicealicealice", None).await.ok();
    let token = session["session"]["token"].as_str().unwrap().to_owned();
    let phone = hex_id();
    let added = world
        .post("/api/devices", Some(&token), further_device(&phone, 0))
        .await
        .ok();
    let phone_token = added["token"].as_str().unwrap().to_owned();
    world.clock.advance(LOGIN_WINDOW_MILLIS);
    let start = ke1();
    for name in ["alice", "nobby"] {
        let mut taken = 0;
        let mut refused = Vec::new();
        for _ in 0..1_000 {
            let answer = first_leg(&world, None, name, &start).await;
            if answer.status == 200 {
                taken += 1;
            } else {
                assert_eq!(answer.code(), "RATE_LIMITED");
                refused.push(outside(&answer));
            }
        }
        assert_eq!(taken, LOGINS_PER_WINDOW, "{name}");
        refused.dedup();
        let [(429, headers, _)] = &refused[..] else {
            panic!("{refused:?}")
        };
        let wait = headers.iter().find(|(name, _)| name == "retry-after");
        let seconds: u64 = wait.unwrap().1.parse().unwrap();
        assert_eq!(seconds, LOGIN_WINDOW_MILLIS / 1_000, "{name}");
    }
    // Who is in goes on, and a device that the account knows gets in again, by the session that it has or had.
    world.get("/api/rooms", Some(&alice.token)).await.ok();
    first_leg(&world, Some(&alice.token), "alice", &start)
        .await
        .ok();
    world
        .call(Method::POST, "/logout", Some(&alice.token), None)
        .await
        .ok();
    let known = async |token: &str| first_leg(&world, Some(token), "alice", &start).await;
    known(&alice.token).await.ok();
    known(&phone_token).await.ok();
    // A session of somebody else, of no device, or none at all is nothing that a guesser could not have.
    for other in [mallory.token.as_str(), &token, &"A".repeat(43)] {
        assert_eq!(known(other).await.code(), "RATE_LIMITED");
    }
    // Nor does it help to have stolen one: its guesses are counted, and another device's are not.
    let mut taken = 0;
    for _ in 0..100 {
        taken += u32::from(known(&phone_token).await.status == 200);
    }
    assert_eq!(taken, LOGINS_PER_WINDOW - 1);
    known(&alice.token).await.ok();
    world.clock.advance(LOGIN_WINDOW_MILLIS);
    first_leg(&world, None, "alice", &start).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_looks_all_names_up() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let look = async |token: &str| world.get("/api/accounts/nobby", Some(token)).await.code();
    let mut answered = 0;
    while look(&alice.token).await == "ACCOUNT_NOT_FOUND" {
        answered += 1;
        assert!(answered <= 2_000);
    }
    assert_eq!(answered, 2_000);
    assert_eq!(look(&alice.token).await, "RATE_LIMITED");
    assert_eq!(look(&bob.token).await, "ACCOUNT_NOT_FOUND");
}
