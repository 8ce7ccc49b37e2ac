//! Invites to the server.

use protocol::limits::INVITE_LABEL_MAX;
use serde_json::json;
use server::Registration;

use super::{administrator, invite, refusal};
use crate::{
    people::{register, register_by},
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invite_is_needed_used_up_expires_and_is_taken_back() {
    let world = World::with(|config| config.registration = Registration::Invite).await;
    let alice = administrator(&world, "alice").await;
    assert_eq!(
        refusal(register(&world, "bob", "bobbobbob").await).await,
        "INVITE_REQUIRED"
    );
    let made = invite(&world, &alice, json!({ "uses": 1, "label": "for Bob" })).await;
    let token = made["token"].as_str().unwrap();
    let listed = world
        .get("/api/admin/invites", Some(&alice.token))
        .await
        .ok();
    assert_eq!(listed["invites"][0]["label"], "for Bob");
    assert_eq!(listed["invites"][0]["made_by"], "alice");
    assert!(!listed.to_string().contains(token));
    // Two who show it at the same moment: one gets in.
    let (one, two) = tokio::join!(
        register_by(&world, "bob", "bobbobbob", Some(token)),
        register_by(&world, "carol", "carolcarol", Some(token)),
    );
    assert!(one.is_ok() != two.is_ok());
    for result in [one, two].into_iter().filter(Result::is_err) {
        assert_eq!(refusal(result).await, "INVITE_INVALID");
    }
    for wrong in [token, "x", &"A".repeat(43)] {
        let result = register_by(&world, "dave", "davedave", Some(wrong)).await;
        assert_eq!(refusal(result).await, "INVITE_INVALID", "{wrong}");
    }
    let short = invite(&world, &alice, json!({ "uses": 5, "lasts_ms": 1000 })).await;
    let short = short["token"].as_str().unwrap();
    world.clock.advance(1_000);
    let result = register_by(&world, "dave", "davedave", Some(short)).await;
    assert_eq!(refusal(result).await, "INVITE_INVALID");
    let gone = invite(&world, &alice, json!({ "uses": 5 })).await;
    let path = format!("/api/admin/invites/{}", gone["invite_id"]);
    world.delete(&path, Some(&alice.token)).await.ok();
    assert_eq!(
        world.delete(&path, Some(&alice.token)).await.code(),
        "NOT_FOUND"
    );
    let result = register_by(&world, "dave", "davedave", gone["token"].as_str()).await;
    assert_eq!(refusal(result).await, "INVITE_INVALID");

    for (bad, code) in [
        (json!({ "uses": 0 }), "BAD_REQUEST"),
        (json!({ "uses": 10_001 }), "TOO_LARGE"),
        (json!({ "uses": 1, "lasts_ms": 0 }), "BAD_REQUEST"),
        (json!({ "uses": 1, "lasts_ms": u64::MAX }), "BAD_REQUEST"),
        (json!({ "uses": 1, "label": "a\u{1b}[2J" }), "BAD_REQUEST"),
        (
            json!({ "uses": 1, "label": "a".repeat(INVITE_LABEL_MAX + 1) }),
            "TOO_LARGE",
        ),
        (json!({ "label": "no uses" }), "BAD_JSON"),
    ] {
        let answer = world
            .post("/api/admin/invites", Some(&alice.token), bad.clone())
            .await;
        assert_eq!(answer.code(), code, "{bad}");
    }
    for path in ["/api/admin/invites/x", "/api/admin/invites/0"] {
        assert_eq!(
            world.delete(path, Some(&alice.token)).await.code(),
            "NOT_FOUND"
        );
    }
    // One that makes an administrator.
    let second = invite(&world, &alice, json!({ "uses": 1, "makes_admin": true })).await;
    let erin = register_by(&world, "erin", "erinerin", second["token"].as_str()).await;
    let erin = erin.unwrap_or_else(|answer| panic!("{}", answer.body));
    world.get("/api/admin/limits", Some(&erin.token)).await.ok();
}
