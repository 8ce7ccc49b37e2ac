//! Access tokens and what gets the next one.

use protocol::limits::{ACCESS_TOKEN_MILLIS, REFRESH_IDLE_MILLIS, TOKEN_FAMILIES_MAX};
use reqwest::Method;
use serde_json::{Value, json};

use super::{by, refused, rooms};
use crate::{
    admin::{act, administrator},
    devices::{further, revocation, revoke},
    people::{Person, further_device, hex_id, login, message, relay_message, sealed_room},
    socket::{Packet, Socket},
    world::{Answer, World},
};

async fn pair(world: &World, person: &Person) -> Value {
    let token = Some(person.token.as_str());
    world
        .call(Method::POST, "/api/token", token, None)
        .await
        .ok()
}

async fn refresh(world: &World, pair: &Value) -> Answer {
    let body = json!({ "refresh_token": pair["refresh_token"] });
    world.post("/api/token/refresh", None, body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_does_what_its_session_does_for_ten_minutes() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let room = sealed_room(&world, &alice).await;
    let first = pair(&world, &alice).await;
    let native = by(&alice, &first["access_token"]);
    assert_eq!(
        rooms(&world, &native).await.ok()["rooms"][0]["room_id"],
        room
    );
    let mut socket = Socket::connect(&world.address(), &native.token).await;
    socket.ok("join_room", &json!({ "room_id": room })).await;
    socket.ok("send_message", &message(room, 0, "hello")).await;
    // What it does, the session did.
    let sessions = world.get("/api/sessions", Some(&native.token)).await.ok();
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(sessions["sessions"][0]["current"], true);

    world.clock.advance(ACCESS_TOKEN_MILLIS + 30_000);
    assert_eq!(
        refused(&world, &native).await.as_deref(),
        Some("SESSION_EXPIRED")
    );
    let second = refresh(&world, &first).await.ok();
    assert_ne!(second["access_token"], first["access_token"]);
    rooms(&world, &by(&alice, &second["access_token"]))
        .await
        .ok();
    // Not a word of it opens anything of anybody else.
    assert_eq!(rooms(&world, &bob).await.ok()["rooms"], json!([]));
    // A restart keeps keys and families.
    let mut world = world;
    world.stop().await;
    world.start().await;
    rooms(&world, &by(&alice, &second["access_token"]))
        .await
        .ok();
    refresh(&world, &second).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_that_is_used_twice_ends_its_family() {
    let world = World::new().await;
    let alice = administrator(&world, "alice").await;
    let stolen = pair(&world, &alice).await;
    let other = pair(&world, &alice).await;
    let next = refresh(&world, &stolen).await.ok();
    let native = by(&alice, &next["access_token"]);
    let mut socket = Socket::connect(&world.address(), &native.token).await;
    rooms(&world, &native).await.ok();
    // Whoever is second, the thief or the owner: nobody can tell, and neither goes on.
    assert_eq!(refresh(&world, &stolen).await.code(), "SESSION_EXPIRED");
    assert_eq!(
        socket.pushed("session_ended").await["code"],
        "SESSION_EXPIRED"
    );
    assert!(matches!(socket.packet().await, Packet::Disconnected));
    assert_eq!(
        refused(&world, &native).await.as_deref(),
        Some("SESSION_EXPIRED")
    );
    assert_eq!(refresh(&world, &next).await.code(), "SESSION_EXPIRED");
    // It is on record once, whatever is tried afterwards.
    let audit = world.get("/api/admin/audit", Some(&alice.token)).await.ok();
    let acts = audit["acts"].as_array().unwrap().iter();
    let reuses: Vec<_> = acts.filter(|act| act["act"] == "refresh_reuse").collect();
    assert_eq!(reuses.len(), 1, "{audit}");
    assert_eq!(reuses[0]["target_name"], "alice");
    assert!(reuses[0].get("actor").is_none());
    // The session, and its other family, have nothing to do with it.
    rooms(&world, &alice).await.ok();
    refresh(&world, &other).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_requests_with_one_refresh_token_do_not_both_go_on() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let first = pair(&world, &alice).await;
    let (one, other) = tokio::join!(refresh(&world, &first), refresh(&world, &first));
    let went_on = [&one, &other].into_iter().filter(|it| it.status == 200);
    assert_eq!(went_on.count(), 1);
    let next = if one.status == 200 { one } else { other }.ok();
    assert_eq!(refresh(&world, &next).await.code(), "SESSION_EXPIRED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_or_made_up_refresh_token_gets_nothing() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let first = pair(&world, &alice).await;
    let made_up = |text: &str| json!({ "refresh_token": text });
    let real = first["refresh_token"].as_str().unwrap();
    let access = first["access_token"].as_str().unwrap();
    for text in ["", "x", &"A".repeat(64), access, &alice.token, &real[1..]] {
        let answer = refresh(&world, &made_up(text)).await;
        assert_eq!(answer.code(), "UNAUTHENTICATED", "{text}");
    }
    // Neither token stands in for the other, or for the session.
    assert_eq!(
        refused(&world, &by(&alice, &first["refresh_token"]))
            .await
            .as_deref(),
        Some("UNAUTHENTICATED")
    );
    world.clock.advance(REFRESH_IDLE_MILLIS - 1);
    let second = refresh(&world, &first).await.ok();
    world.clock.advance(REFRESH_IDLE_MILLIS);
    rooms(&world, &alice).await.ok();
    assert_eq!(refresh(&world, &second).await.code(), "SESSION_EXPIRED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_becomes_nothing_that_outlasts_it() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let opened = login(&world, "alice", "alicealicealice", None).await.ok();
    let bare = by(&alice, &opened["session"]["token"]);
    let pair = pair(&world, &bare).await;
    let token = pair["access_token"].as_str();
    let device = further_device(&hex_id(), 1);
    for (method, path, body) in [
        (Method::POST, "/api/devices", device.clone()),
        (Method::PUT, "/api/reset", json!({})),
        (Method::POST, "/api/reset", json!({})),
        (Method::POST, "/api/token", json!({})),
        (Method::POST, "/api/tokens", json!({})),
    ] {
        let answer = world.call(method, path, token, Some(&body)).await;
        assert_eq!(answer.code(), "SCOPE_MISSING", "{path}");
    }
    world
        .post("/api/devices", Some(&bare.token), device)
        .await
        .ok();
    // The session goes on under another token; what came of the former one is over.
    let over = world.get("/api/rooms", token).await;
    assert_eq!(over.code(), "SESSION_EXPIRED");
    assert_eq!(refresh(&world, &pair).await.code(), "SESSION_EXPIRED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_ends_at_once_with_session_device_and_account() {
    let world = World::new().await;
    let admin = administrator(&world, "admin").await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let ends = async |pair: &Value, code: &str| {
        let native = by(&alice, &pair["access_token"]);
        assert_eq!(refused(&world, &native).await.as_deref(), Some(code));
        assert_ne!(refresh(&world, pair).await.status, 200);
    };
    // The session, by its owner, and by the access token itself.
    let further_alice = further(&world, "alice", &alice).await;
    let of_further = pair(&world, &further_alice).await;
    let native = by(&alice, &of_further["access_token"]);
    let mut socket = Socket::connect(&world.address(), &native.token).await;
    world
        .post("/logout", Some(&native.token), json!({}))
        .await
        .ok();
    socket.pushed("session_ended").await;
    ends(&of_further, "SESSION_EXPIRED").await;
    // The device.
    let lost = further(&world, "alice", &alice).await;
    let of_lost = pair(&world, &lost).await;
    let body = revocation(&[&lost, &further_alice], &[], 1);
    revoke(&world, &alice, body).await.ok();
    ends(&of_lost, "SESSION_EXPIRED").await;
    // The account.
    let last = pair(&world, &alice).await;
    act(&world, &admin, "disable", &alice).await.ok();
    let native = by(&alice, &last["access_token"]);
    assert_ne!(refused(&world, &native).await, None);
    assert_ne!(refresh(&world, &last).await.status, 200);
    rooms(&world, &bob).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_has_so_many_families() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let first = pair(&world, &alice).await;
    let mut last = first.clone();
    for _ in 0..TOKEN_FAMILIES_MAX {
        world.clock.advance(1);
        last = pair(&world, &alice).await;
    }
    assert_eq!(refresh(&world, &first).await.code(), "UNAUTHENTICATED");
    let over = by(&alice, &first["access_token"]);
    assert_eq!(
        refused(&world, &over).await.as_deref(),
        Some("SESSION_EXPIRED")
    );
    refresh(&world, &last).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_room_takes_what_an_access_token_sends() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let pair = pair(&world, &alice).await;
    let token = pair["access_token"].as_str();
    let body = json!({ "encryption": "shared_key", "name": "lobby" });
    let room = world.post("/api/rooms", token, body).await.ok()["room_id"].as_u64();
    let room = room.unwrap();
    let mut socket = Socket::connect(&world.address(), token.unwrap()).await;
    socket.ok("join_room", &json!({ "room_id": room })).await;
    socket
        .ok("send_message", &relay_message(room, "hello"))
        .await;
}
