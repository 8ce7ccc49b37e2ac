//! A new device and one of its account: where they meet, and the ticket by which the new one comes in.

use protocol::limits::{
    DEVICES_MAX, LOGIN_WINDOW_MILLIS, MEETING_MESSAGE_BYTES, MEETING_MILLIS, MEETINGS_PER_WINDOW,
};
use serde_json::{Value, json};

use crate::{
    people::{Person, base64, further_device, hex_id, new_password, password_proof},
    world::{Answer, World},
};

/// A new device that waits, with its token.
async fn opened(world: &World) -> (String, String) {
    let id = hex_id();
    let body = json!({ "meeting_id": id, "commitment": base64(&[7; 32]) });
    let answer = world.post("/api/meetings", None, body).await.ok();
    (id, answer["token"].as_str().unwrap().to_owned())
}

async fn join(world: &World, id: &str, by: Option<&Person>) -> Answer {
    let token = by.map(|by| by.token.as_str());
    let path = format!("/api/meetings/{id}/join");
    world.post(&path, token, json!({})).await
}

async fn say(world: &World, id: &str, token: &str, number: u32, message: &[u8]) -> Answer {
    let path = format!("/api/meetings/{id}/say");
    let body = json!({ "token": token, "number": number, "message": base64(message) });
    world.post(&path, None, body).await
}

async fn hear(world: &World, id: &str, token: &str, number: u32) -> Answer {
    let path = format!("/api/meetings/{id}/hear");
    let body = json!({ "token": token, "number": number });
    world.post(&path, None, body).await
}

async fn draw(world: &World, name: &str, token: &str) -> Answer {
    let proof = password_proof(world, name, &name.repeat(3)).await;
    let body = json!({ "proof": proof.unwrap_or_else(|answer| panic!("{}", answer.body)) });
    world.post("/api/devices/ticket", Some(token), body).await
}

async fn comes_in(world: &World, ticket: &Value) -> Answer {
    let body = json!({ "ticket": ticket["ticket"] });
    world.post("/login/ticket", None, body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_devices_meet_under_words_and_nobody_else_does() {
    let world = World::new().await;
    let [alice, mallory] = world.people(["alice", "mallory"]).await;
    let (id, new) = opened(&world).await;
    assert_eq!(
        hear(&world, &id, &new, 0).await.ok(),
        json!({ "messages": [] })
    );
    assert_eq!(join(&world, &id, None).await.code(), "UNAUTHENTICATED");
    let joined = join(&world, &id, Some(&alice)).await.ok();
    assert_eq!(joined["commitment"], json!(base64(&[7; 32])));
    let old = joined["token"].as_str().unwrap();
    // Whoever knows the words comes too late, and has no token of either side.
    let late = join(&world, &id, Some(&mallory)).await;
    assert_eq!(late.code(), "NO_DEVICE_WAITS");
    for token in [mallory.token.as_str(), &"a".repeat(43), "short"] {
        let stranger = say(&world, &id, token, 0, b"mine").await;
        assert_eq!(stranger.code(), "NO_DEVICE_WAITS");
    }
    let again = json!({ "meeting_id": id, "commitment": base64(&[8; 32]) });
    let again = world.post("/api/meetings", None, again).await;
    assert_eq!(again.code(), "NO_DEVICE_WAITS");

    say(&world, &id, old, 0, b"answer").await.ok();
    say(&world, &id, &new, 1, b"reveal").await.ok();
    let heard = |message: &[u8]| json!({ "messages": [base64(message)] });
    assert_eq!(hear(&world, &id, &new, 0).await.ok(), heard(b"answer"));
    assert_eq!(hear(&world, &id, old, 1).await.ok(), heard(b"reveal"));
    let changed = say(&world, &id, old, 0, b"another").await;
    assert_eq!(changed.code(), "BAD_REQUEST");
    let large = say(&world, &id, old, 1, &[0; MEETING_MESSAGE_BYTES + 1]).await;
    assert_eq!(large.code(), "TOO_LARGE");
    let short = json!({ "meeting_id": hex_id(), "commitment": base64(&[7; 31]) });
    let short = world.post("/api/meetings", None, short).await;
    assert_eq!(short.code(), "BAD_REQUEST");

    let path = format!("/api/meetings/{id}/end");
    world.post(&path, None, json!({ "token": old })).await.ok();
    assert_eq!(hear(&world, &id, &new, 1).await.code(), "LINK_STOPPED");
    world.clock.advance(MEETING_MILLIS);
    assert_eq!(hear(&world, &id, &new, 1).await.code(), "NO_DEVICE_WAITS");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_are_guessed_at_twenty_times() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    for _ in 0..MEETINGS_PER_WINDOW {
        let guess = join(&world, &hex_id(), Some(&alice)).await;
        assert_eq!(guess.code(), "NO_DEVICE_WAITS");
    }
    let (id, _) = opened(&world).await;
    let answer = join(&world, &id, Some(&alice)).await;
    assert_eq!(answer.code(), "RATE_LIMITED");
    world.clock.advance(LOGIN_WINDOW_MILLIS);
    let (id, _) = opened(&world).await;
    join(&world, &id, Some(&alice)).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_takes_the_password_and_opens_one_session() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    // A session alone, or somebody else's password, draws none.
    let path = "/api/devices/ticket";
    let bare = world.post(path, Some(&alice.token), json!({})).await;
    assert_eq!(bare.code(), "BAD_JSON");
    let others = draw(&world, "bob", &alice.token).await;
    assert_eq!(others.code(), "LOGIN_FAILED");
    let wrong = password_proof(&world, "alice", "not her password").await;
    let wrong = json!({ "proof": wrong.unwrap_or_else(|answer| panic!("{}", answer.body)) });
    let wrong = world.post(path, Some(&alice.token), wrong).await;
    assert_eq!(wrong.code(), "LOGIN_FAILED");

    let ticket = draw(&world, "alice", &alice.token).await.ok();
    let opened = comes_in(&world, &ticket).await.ok();
    assert_eq!(opened["session"]["account_id"], json!(alice.account));
    let token = opened["session"]["token"].as_str().unwrap();
    let device = further_device(&hex_id(), 3);
    let added = world.post("/api/devices", Some(token), device).await;
    assert!(added.ok()["device_id"].is_string());
    assert_eq!(comes_in(&world, &ticket).await.code(), "NO_DEVICE_WAITS");
    // A session without a device lets nobody in.
    let second = draw(&world, "bob", &bob.token).await.ok();
    let bare = comes_in(&world, &second).await.ok();
    let bare = bare["session"]["token"].as_str().unwrap();
    assert_eq!(draw(&world, "bob", bare).await.code(), "DEVICE_REQUIRED");
}

/// What a ticket rests on may be gone before it is shown.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_counts_while_what_it_rests_on_is_as_it_was() {
    let world = World::new().await;
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let old = draw(&world, "alice", &alice.token).await.ok();
    world.clock.advance(MEETING_MILLIS);
    assert_eq!(comes_in(&world, &old).await.code(), "NO_DEVICE_WAITS");
    let after_logout = draw(&world, "bob", &bob.token).await.ok();
    world
        .post("/logout", Some(&bob.token), json!({}))
        .await
        .ok();
    assert_eq!(
        comes_in(&world, &after_logout).await.code(),
        "NO_DEVICE_WAITS"
    );
    let of_old_password = draw(&world, "carol", &carol.token).await.ok();
    let mut change = new_password(&world, "carol", &carol.token, "another one").await;
    let proof = password_proof(&world, "carol", "carolcarolcarol").await;
    change["proof"] =
        json!({ "password": proof.unwrap_or_else(|answer| panic!("{}", answer.body)) });
    world
        .post("/api/password", Some(&carol.token), change)
        .await
        .ok();
    let refused = comes_in(&world, &of_old_password).await;
    assert_eq!(refused.code(), "NO_DEVICE_WAITS");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_full_draws_no_ticket() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    for _ in 1..DEVICES_MAX {
        let ticket = draw(&world, "alice", &alice.token).await.ok();
        let opened = comes_in(&world, &ticket).await.ok();
        let token = opened["session"]["token"].as_str().unwrap().to_owned();
        let device = further_device(&hex_id(), 1);
        world.post("/api/devices", Some(&token), device).await.ok();
    }
    let full = draw(&world, "alice", &alice.token).await;
    assert_eq!(full.code(), "DEVICE_LIMIT");
}
