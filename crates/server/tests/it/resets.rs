//! A reset from a device alone, over the wire: who may ask, who finishes, who cancels, and who is told.

use protocol::limits::RESET_WAIT_MILLIS;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    devices::further,
    people::{Person, base64, code_token, login, new_password},
    world::{Answer, World},
};

const OLD: &str = "alicealicealice";
const NEW: &str = "another one altogether";

async fn ask(world: &World, by: &Person) -> Answer {
    world.put("/api/reset", Some(&by.token), json!({})).await
}

async fn pending(world: &World, by: &Person) -> Value {
    let answer = world.get("/api/reset", Some(&by.token)).await.ok();
    answer["pending"].clone()
}

async fn body(world: &World, by: &Person) -> Value {
    let mut body = new_password(world, "alice", &by.token, NEW).await;
    body["by_code"] = json!(base64(b"reduced box"));
    body["token_hash"] = json!(base64(&Sha256::digest([9; 32])));
    body["account_key"] =
        json!({ "name": "account-key", "expected": 0, "sealed": base64(b"sealed anew") });
    body
}

async fn finish(world: &World, by: &Person) -> Answer {
    let body = body(world, by).await;
    world.post("/api/reset", Some(&by.token), body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_is_told_waits_and_ends_all_other_sessions() {
    let world = World::new().await;
    let [mut alice] = world.people(["alice"]).await;
    let tablet = further(&world, "alice", &alice).await;
    let mut told = world.socket(&tablet).await;
    assert_eq!(pending(&world, &alice).await, Value::Null);
    let asked = ask(&world, &alice).await.ok();
    assert_eq!(asked["pending"]["device_id"], json!(alice.device));
    told.pushed("devices_changed").await;
    let listed = world.get("/api/devices", Some(&tablet.token)).await.ok();
    assert_eq!(listed["reset_asked"]["device_id"], json!(alice.device));
    assert_eq!(ask(&world, &tablet).await.ok(), asked);

    world.clock.advance(RESET_WAIT_MILLIS - 1_000);
    let early = finish(&world, &alice).await;
    assert_eq!(early.code(), "RESET_WAITS");
    assert_eq!(early.body["retry_after_ms"], 1_000);
    assert_eq!(finish(&world, &tablet).await.code(), "NO_RESET");
    world.clock.advance(1_000);
    for (field, value) in [
        (
            "account_key",
            json!({ "name": "root", "expected": 1, "sealed": "" }),
        ),
        ("token", json!(alice.token)),
        ("token_hash", json!("")),
    ] {
        let mut body = body(&world, &alice).await;
        body[field] = value;
        let refused = world.post("/api/reset", Some(&alice.token), body).await;
        assert_eq!(refused.code(), "BAD_REQUEST", "{field}");
    }
    let session = finish(&world, &alice).await.ok();
    assert_eq!(session["device_id"], json!(alice.device));
    for old in [&alice, &tablet] {
        let refused = world.get("/api/rooms", Some(&old.token)).await;
        assert_eq!(refused.code(), "SESSION_EXPIRED");
    }
    alice.token = session["token"].as_str().unwrap().to_owned();
    assert_eq!(pending(&world, &alice).await, Value::Null);
    assert_eq!(
        login(&world, "alice", OLD, None).await.code(),
        "LOGIN_FAILED"
    );
    login(&world, "alice", NEW, None).await.ok();
    let by_code = |token: [u8; 32]| json!({ "username": "alice", "recovery": base64(&token) });
    let old = world
        .post("/login", None, by_code(code_token("alice")))
        .await;
    assert_eq!(old.code(), "LOGIN_FAILED");
    world.post("/login", None, by_code([9; 32])).await.ok();
}

/// Attack 16: whoever has a session or a device and nothing more takes nothing over while its owner logs in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_cancels_what_a_stolen_session_asked_for() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let ways = [
        json!({ "username": "alice", "recovery": base64(&code_token("alice")) }),
        Value::Null,
    ];
    for way in ways {
        ask(&world, &alice).await.ok();
        world.clock.advance(RESET_WAIT_MILLIS);
        // A guess is no login.
        let guess = login(&world, "alice", "a guess at it", None).await;
        assert_eq!(guess.code(), "LOGIN_FAILED");
        assert_ne!(pending(&world, &alice).await, Value::Null);
        if way.is_null() {
            login(&world, "alice", OLD, None).await.ok();
        } else {
            world.post("/login", None, way).await.ok();
        }
        assert_eq!(pending(&world, &alice).await, Value::Null);
        assert_eq!(finish(&world, &alice).await.code(), "NO_RESET");
    }
    ask(&world, &alice).await.ok();
    let other = world.delete("/api/reset", Some(&bob.token)).await;
    other.ok();
    assert_ne!(pending(&world, &alice).await, Value::Null);
    world.delete("/api/reset", Some(&alice.token)).await.ok();
    assert_eq!(pending(&world, &alice).await, Value::Null);
    // Each one is told to all rooms: there is an end to it.
    world.clock.advance(24 * 3_600_000);
    for _ in 0..6 {
        ask(&world, &alice).await.ok();
    }
    assert_eq!(ask(&world, &alice).await.code(), "RATE_LIMITED");
    // And a session without a device asks for nothing.
    let session = login(&world, "alice", OLD, None).await.ok();
    let token = session["session"]["token"].as_str().unwrap().to_owned();
    let nobody = Person { token, ..alice };
    assert_eq!(ask(&world, &nobody).await.code(), "DEVICE_REQUIRED");
}
