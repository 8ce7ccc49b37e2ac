//! A further device is let in by a code as well.

use serde_json::{Value, json};

use super::*;

const TICKET: &str = "/api/devices/ticket";

async fn draw(world: &World, token: &str, code: Option<&str>) -> Answer {
    let body = json!({ "proof": prove(world, "alice").await, "code": code });
    world.post(TICKET, Some(token), body).await
}

async fn comes_in(world: &World, ticket: &Value) -> Answer {
    let body = json!({ "ticket": ticket["ticket"] });
    world.post("/login/ticket", None, body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_let_in_with_a_code_and_not_without() {
    let world = World::new().await;
    let alice = guarded(&world, "alice").await;
    let token = &alice.person.token;
    let none = draw(&world, token, None).await;
    assert_eq!(none.code(), "SECOND_FACTOR_REQUIRED");
    let wrong = draw(&world, token, Some(&alice.wrong(&world))).await;
    assert_eq!(wrong.code(), "CODE_WRONG");
    let code = alice.fresh(&world);
    let ticket = draw(&world, token, Some(&code)).await.ok();
    let used = draw(&world, token, Some(&code)).await;
    assert_eq!(used.code(), "CODE_WRONG");
    // The session that it opens has shown a code, and draws no ticket by that.
    let opened = comes_in(&world, &ticket).await.ok();
    let bare = opened["session"]["token"].as_str().unwrap().to_owned();
    let device = crate::people::further_device(&hex_id(), 1);
    let bound = world.post("/api/devices", Some(&bare), device).await.ok();
    let none = draw(&world, bound["token"].as_str().unwrap(), None).await;
    assert_eq!(none.code(), "SECOND_FACTOR_REQUIRED");
}

/// Nothing was shown of a second factor that came after the ticket.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_from_before_the_second_factor_counts_no_more() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    // By another session, whose token does not turn.
    let device = Some(alice.device.as_str());
    let other = login(&world, "alice", "alicealicealice", device).await.ok();
    let other = other["session"]["token"].as_str().unwrap();
    let ticket = draw(&world, other, None).await.ok();
    let started = enrol_start(&world, "alice", &alice.token).await.ok();
    let seed = from_base64(&started["seed"]);
    let code = totp::code_at(&seed, world.clock.now().millis());
    let done = json!({ "code": code });
    world.post(PATH, Some(&alice.token), done).await.ok();
    assert_eq!(comes_in(&world, &ticket).await.code(), "NO_DEVICE_WAITS");
}
