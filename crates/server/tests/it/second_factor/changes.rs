//! What opens the account: changed with a code, and no way around one.

use protocol::limits::CODE_STANDS_MILLIS;
use serde_json::json;

use super::{code, guarded, password};
use crate::{
    people::{base64, code_token, login, new_password, password_proof},
    world::{Answer, World},
};

/// Asks for another password as somebody, with a code of the second factor if there is one.
async fn change(world: &World, token: &str, old: &str, new: &str, code: Option<&str>) -> Answer {
    let mut body = new_password(world, "alice", token, new).await;
    let proof = password_proof(world, "alice", old).await;
    body["proof"] = json!({ "password": proof.unwrap_or_else(|answer| panic!("{}", answer.body)) });
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    world.post("/api/password", Some(token), body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_opens_the_account_changes_with_a_code() {
    let world = World::new().await;
    let alice = guarded(&world, "alice").await;
    let (old, new) = ("alicealicealice", "another one altogether");
    let mut token = alice.person.token.clone();
    let none = change(&world, &token, old, new, None).await;
    assert_eq!(none.code(), "SECOND_FACTOR_REQUIRED");
    let wrong = alice.wrong(&world);
    let wrong = change(&world, &token, old, new, Some(&wrong)).await;
    assert_eq!(wrong.code(), "CODE_WRONG");
    // The recovery code proves as little without one.
    let mut body = new_password(&world, "alice", &token, new).await;
    body["proof"] = json!({ "recovery": base64(&code_token("alice")) });
    let none = world.post("/api/password", Some(&token), body).await;
    assert_eq!(none.code(), "SECOND_FACTOR_REQUIRED");
    let replace = async |token: &str, password: &str, code: Option<&str>| {
        let proof = password_proof(&world, "alice", password).await.ok();
        let mut body = json!({
            "by_code": base64(b"next code"),
            "token_hash": base64(&[7; 32]),
            "proof": { "password": proof },
        });
        if let Some(code) = code {
            body["code"] = json!(code);
        }
        world.put("/api/recovery", Some(token), body).await
    };
    let none = replace(&token, old, None).await;
    assert_eq!(none.code(), "SECOND_FACTOR_REQUIRED");
    replace(&token, old, Some(&alice.backup_codes[0]))
        .await
        .ok();
    let code_of_now = alice.fresh(&world);
    let session = change(&world, &token, old, new, Some(&code_of_now)).await;
    token = session.ok()["token"].as_str().unwrap().to_owned();

    // The session is as old as before. One that began by showing a code needs no other for a while.
    let none = change(&world, &token, new, old, None).await;
    assert_eq!(none.code(), "SECOND_FACTOR_REQUIRED");
    let device = Some(alice.person.device.as_str());
    let asked = login(&world, "alice", new, device).await.ok();
    let id = asked["second_factor"]["login_id"].as_str().unwrap();
    let opened = code(&world, id, &alice.fresh(&world)).await.ok();
    let fresh = opened["session"]["token"].as_str().unwrap();
    let session = change(&world, fresh, new, old, None).await.ok();
    let fresh = session["token"].as_str().unwrap();
    world.clock.advance(CODE_STANDS_MILLIS);
    let late = change(&world, fresh, old, new, None).await;
    assert_eq!(late.code(), "SECOND_FACTOR_REQUIRED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recovery_code_is_no_way_around_the_second_factor() {
    let world = World::new().await;
    let alice = guarded(&world, "alice").await;
    let by_code = async || {
        let body = json!({ "username": "alice", "recovery": base64(&code_token("alice")) });
        world.post("/login", None, body).await
    };
    let asked = by_code().await;
    assert!(asked.headers.get("set-cookie").is_none());
    let asked = asked.ok();
    let fields: Vec<_> = asked.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["second_factor"], "no session, no box: {asked}");
    let id = asked["second_factor"]["login_id"].as_str().unwrap();
    let wrong = code(&world, id, &alice.wrong(&world)).await;
    assert_eq!(wrong.code(), "CODE_WRONG");
    let opened = code(&world, id, &alice.backup_codes[0]).await.ok();
    assert!(opened["root_box"]["by_code"].is_string());
    assert!(opened["session"]["token"].is_string());
}

/// What was shown before a change opens nothing after it, with a code or without.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_waits_for_its_code_ends_with_the_password() {
    let world = World::new().await;
    let alice = guarded(&world, "alice").await;
    let waiting = password(&world, "alice").await;
    let (old, new) = ("alicealicealice", "another one altogether");
    let code_of_now = alice.fresh(&world);
    let token = &alice.person.token;
    change(&world, token, old, new, Some(&code_of_now))
        .await
        .ok();
    let late = code(&world, &waiting, &alice.fresh(&world)).await;
    assert_eq!(late.code(), "LOGIN_FAILED");
}
