//! Sessions: listed, ended by their owner, and how long they last.

use protocol::limits::SESSION_IDLE_MILLIS;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    people::{Person, hex_id, login},
    socket::Packet,
    world::{START, World},
};

const DAY: u64 = 86_400_000;

async fn listed(world: &World, token: &str) -> Vec<Value> {
    let answer = world.get("/api/sessions", Some(token)).await.ok();
    answer["sessions"].as_array().unwrap().clone()
}

async fn end(world: &World, path: &str, token: &str) -> crate::world::Answer {
    world.call(Method::DELETE, path, Some(token), None).await
}

/// A further session of somebody's device.
async fn further(world: &World, name: &str, person: &Person) -> Person {
    let device = Some(person.device.as_str());
    let opened = login(world, name, &name.repeat(3), device).await.ok();
    let token = opened["session"]["token"].as_str().unwrap().to_owned();
    assert_ne!(token, person.token, "every login has its own token");
    Person {
        token,
        ..person.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_sees_and_ends_sessions() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    world.clock.advance(3 * DAY + 1_234);
    let other = further(&world, "alice", &alice).await;
    let sessions = listed(&world, &other.token).await;
    assert_eq!(sessions.len(), 2);
    let [old, new] = &sessions[..] else {
        panic!("{sessions:?}")
    };
    let start = protocol::time::Timestamp::from_millis(START);
    assert_eq!(old["created"], json!(start.to_string()));
    assert!(
        old["last_used"]
            .as_str()
            .unwrap()
            .ends_with("T00:00:00.000Z")
    );
    assert!(
        new["last_used"]
            .as_str()
            .unwrap()
            .ends_with("T00:00:00.000Z")
    );
    assert_eq!(
        (&old["current"], &new["current"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(old["device_id"], json!(alice.device));
    // No token, and nothing that one could come in with.
    let shown = serde_json::to_string(&sessions).unwrap();
    assert!(!shown.contains(&alice.token) && !shown.contains(&other.token));

    let path = format!("/api/sessions/{}", old["id"].as_str().unwrap());
    // Nobody ends somebody else's.
    assert_eq!(end(&world, &path, &bob.token).await.code(), "NOT_FOUND");
    for none in [hex_id(), "x".to_owned()] {
        let path = format!("/api/sessions/{none}");
        assert_eq!(end(&world, &path, &other.token).await.code(), "NOT_FOUND");
    }
    let mut socket = world.socket(&alice).await;
    end(&world, &path, &other.token).await.ok();
    let told = socket.pushed("session_ended").await;
    assert_eq!(told["code"], "SESSION_EXPIRED");
    assert!(matches!(socket.packet().await, Packet::Disconnected));
    let gone = world.get("/api/rooms", Some(&alice.token)).await;
    assert_eq!(gone.code(), "SESSION_EXPIRED");
    assert_eq!(end(&world, &path, &other.token).await.code(), "NOT_FOUND");
    assert_eq!(listed(&world, &other.token).await.len(), 1);
    // Its device is still one of the account's.
    further(&world, "alice", &alice).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_others_end_at_once() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let others = [
        further(&world, "alice", &alice).await,
        further(&world, "alice", &alice).await,
    ];
    let mut socket = world.socket(&others[0]).await;
    end(&world, "/api/sessions", &alice.token).await.ok();
    socket.pushed("session_ended").await;
    for other in &others {
        let gone = world.get("/api/rooms", Some(&other.token)).await;
        assert_eq!(gone.code(), "SESSION_EXPIRED");
    }
    assert_eq!(listed(&world, &alice.token).await.len(), 1);
    world.get("/api/rooms", Some(&bob.token)).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_unused_and_in_any_case_after_its_time() {
    let world = World::with(|config| config.session_millis = 100 * DAY).await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let at = |millis| protocol::time::Timestamp::from_millis(START + millis).to_string();
    let expires = async |person: &Person| listed(&world, &person.token).await[0]["expires"].clone();
    assert_eq!(expires(&alice).await, json!(at(SESSION_IDLE_MILLIS)));
    for _ in 0..99 {
        world.clock.advance(DAY);
        world.get("/api/rooms", Some(&alice.token)).await.ok();
    }
    let idle = world.get("/api/rooms", Some(&bob.token)).await;
    assert_eq!(idle.code(), "SESSION_EXPIRED");
    assert_eq!(expires(&alice).await, json!(at(100 * DAY)));
    world.clock.advance(DAY - 1);
    world.get("/api/rooms", Some(&alice.token)).await.ok();
    world.clock.advance(1);
    let over = world.get("/api/rooms", Some(&alice.token)).await;
    assert_eq!(over.code(), "SESSION_EXPIRED");
    further(&world, "alice", &alice).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_takes_the_age_of_its_session_along() {
    let world = World::with(|config| config.session_millis = 100 * DAY).await;
    let [_alice] = world.people(["alice"]).await;
    let opened = login(&world, "alice", "alicealicealice", None).await.ok();
    let token = opened["session"]["token"].as_str().unwrap();
    world.clock.advance(50 * DAY);
    let device = crate::people::further_device(&hex_id(), 1);
    let bound = world.post("/api/devices", Some(token), device).await.ok();
    let ends = protocol::time::Timestamp::from_millis(START + 100 * DAY);
    assert_eq!(bound["expires"], json!(ends.to_string()));
}
