//! Who is an administrator, and what becomes of accounts.

use reqwest::Method;
use serde_json::json;

use super::{CANARY, act, administrator};
use crate::{
    people::{
        commit_ok, login, login_finish, message, password_proof, registration, sealed_room,
        with_identity,
    },
    socket::Packet,
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_an_administrator_gets_anything() {
    let world = World::new().await;
    let alice = administrator(&world, "alice").await;
    let [bob] = world.people(["bob"]).await;
    let user = format!("/api/admin/users/{}", bob.account);
    let routes = [
        (Method::GET, "/api/admin/users", json!(null)),
        (Method::POST, user.as_str(), json!({ "act": "grant" })),
        (Method::GET, "/api/admin/invites", json!(null)),
        (Method::POST, "/api/admin/invites", json!({ "uses": 1 })),
        (Method::DELETE, "/api/admin/invites/1", json!(null)),
        (Method::GET, "/api/admin/rooms", json!(null)),
        (Method::GET, "/api/admin/storage", json!(null)),
        (Method::GET, "/api/admin/limits", json!(null)),
        (Method::GET, "/api/admin/audit", json!(null)),
        (Method::GET, "/api/admin/sees", json!(null)),
        (
            Method::POST,
            "/api/admin/canary",
            json!({ "canaries": [CANARY] }),
        ),
    ];
    for (who, is) in [("alice", true), ("bob", false)] {
        let token = if is { &alice.token } else { &bob.token };
        let standing = world.get("/api/admin", Some(token)).await.ok();
        assert_eq!(standing["administrator"], is, "{who}");
    }
    assert_eq!(
        world.get("/api/admin", None).await.code(),
        "UNAUTHENTICATED"
    );
    for (method, path, body) in routes {
        let body = (!body.is_null()).then_some(&body);
        let bobs = world
            .call(method.clone(), path, Some(&bob.token), body)
            .await;
        assert_eq!(bobs.code(), "FORBIDDEN", "{path}");
        let nobodys = world.call(method, path, None, body).await;
        assert_eq!(nobodys.code(), "UNAUTHENTICATED", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_user_is_signed_out_and_stays_out() {
    let world = World::new().await;
    let alice = administrator(&world, "alice").await;
    let [bob] = world.people(["bob"]).await;
    let mut socket = world.socket(&bob).await;
    let user = act(&world, &alice, "disable", &bob).await.ok();
    assert_eq!(
        (&user["username"], &user["disabled"]),
        (&json!("bob"), &json!(true))
    );
    assert_eq!(
        socket.pushed("session_ended").await["code"],
        "ACCOUNT_DISABLED"
    );
    assert!(matches!(socket.packet().await, Packet::Disconnected));
    assert_eq!(
        world.get("/api/rooms", Some(&bob.token)).await.code(),
        "SESSION_EXPIRED"
    );
    assert_eq!(
        login(&world, "bob", "bobbobbob", None).await.code(),
        "ACCOUNT_DISABLED"
    );
    // Who does not know the password does not learn of it.
    assert_eq!(
        login(&world, "bob", "wrong", None).await.code(),
        "LOGIN_FAILED"
    );
    act(&world, &alice, "enable", &bob).await.ok();
    let session = login(&world, "bob", "bobbobbob", Some(&bob.device))
        .await
        .ok();
    let token = session["session"]["token"].as_str().unwrap().to_owned();
    world.get("/api/rooms", Some(&token)).await.ok();
    act(&world, &alice, "end_sessions", &bob).await.ok();
    assert_eq!(
        world.get("/api/rooms", Some(&token)).await.code(),
        "SESSION_EXPIRED"
    );
    login(&world, "bob", "bobbobbob", None).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_under_way_is_refused_when_the_account_is_disabled() {
    let world = World::new().await;
    let alice = administrator(&world, "alice").await;
    let [bob] = world.people(["bob"]).await;
    let started = password_proof(&world, "bob", "bobbobbob").await;
    let started = started.unwrap_or_else(|answer| panic!("{}", answer.body));
    act(&world, &alice, "disable", &bob).await.ok();
    let answer = login_finish(&world, started, None).await;
    assert_eq!(answer.code(), "ACCOUNT_DISABLED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_freed_name_is_a_newcomers_and_the_room_lives_on() {
    let world = World::new().await;
    let alice = administrator(&world, "alice").await;
    let [bob, carol] = world.people(["bob", "carol"]).await;
    let room = sealed_room(&world, &bob).await;
    commit_ok(&world, room, &bob, 0, json!({ "in": [carol.account] })).await;
    let freed = act(&world, &alice, "free_name", &bob).await.ok();
    assert_eq!(freed["freed"], true);
    let drawn = freed["username"].as_str().unwrap();
    assert!(drawn.starts_with("gone-") && drawn.len() == 31, "{drawn}");
    for name in ["bob", drawn] {
        assert_eq!(
            login(&world, name, "bobbobbob", None).await.code(),
            "LOGIN_FAILED"
        );
    }
    let found = world.get("/api/accounts/bob", Some(&carol.token)).await;
    assert_eq!(found.code(), "ACCOUNT_NOT_FOUND");
    assert_eq!(
        act(&world, &alice, "enable", &bob).await.code(),
        "ACCOUNT_NOT_FOUND"
    );
    let path = format!("/api/accounts/{}/key_packages", bob.account);
    let claimed = world.post(&path, Some(&carol.token), json!({})).await;
    assert_eq!(claimed.code(), "ACCOUNT_NOT_FOUND");

    let mut newcomer = registration(&world, "bob", "another one")
        .await
        .unwrap_or_else(|answer| panic!("{}", answer.body));
    // Another identity key than the helper's, which is made from the name.
    with_identity(&mut newcomer, b"another bob");
    let newcomer = world.post("/register", None, newcomer).await.ok();
    let token = newcomer["token"].as_str();
    assert_ne!(newcomer["account_id"], json!(bob.account));
    assert_eq!(
        world.get("/api/admin/users", token).await.code(),
        "FORBIDDEN"
    );
    assert_eq!(
        world.get("/api/rooms", token).await.ok()["rooms"],
        json!([])
    );
    let path = format!("/api/rooms/{room}/members");
    assert_eq!(world.get(&path, token).await.code(), "ROOM_NOT_FOUND");
    // Carol goes on in the room, where the one who was there still stands.
    let mut socket = world.socket(&carol).await;
    socket
        .ok("send_message", &message(room, 1, "still here"))
        .await;
    let members = world.get(&path, Some(&carol.token)).await.ok();
    let accounts = members["members"].as_array().unwrap();
    assert!(
        accounts
            .iter()
            .any(|it| it["account_id"] == json!(bob.account))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_administrator_stays() {
    let world = World::new().await;
    let alice = administrator(&world, "alice").await;
    let [bob] = world.people(["bob"]).await;
    for what in ["withdraw", "disable", "free_name"] {
        assert_eq!(
            act(&world, &alice, what, &alice).await.code(),
            "LAST_ADMIN",
            "{what}"
        );
    }
    world.get("/api/admin/users", Some(&alice.token)).await.ok();
    act(&world, &alice, "grant", &bob).await.ok();
    act(&world, &alice, "withdraw", &alice).await.ok();
    assert_eq!(
        act(&world, &alice, "grant", &alice).await.code(),
        "FORBIDDEN"
    );
    assert_eq!(
        act(&world, &bob, "withdraw", &bob).await.code(),
        "LAST_ADMIN"
    );
    for (path, body, code) in [
        (
            "/api/admin/users/x",
            json!({ "act": "grant" }),
            "ACCOUNT_NOT_FOUND",
        ),
        (
            &*format!("/api/admin/users/{}", "0".repeat(32)),
            json!({ "act": "grant" }),
            "ACCOUNT_NOT_FOUND",
        ),
        (
            &*format!("/api/admin/users/{}", bob.account),
            json!({ "act": "become_admin" }),
            "BAD_REQUEST",
        ),
        (
            &*format!("/api/admin/users/{}", bob.account),
            json!({ "act": "crown" }),
            "BAD_JSON",
        ),
    ] {
        assert_eq!(
            world.post(path, Some(&bob.token), body).await.code(),
            code,
            "{path}"
        );
    }
    for path in [
        "/api/admin/users?after=X",
        "/api/admin/rooms?after=0",
        "/api/admin/audit?before=x",
    ] {
        assert_eq!(
            world.get(path, Some(&bob.token)).await.code(),
            "BAD_REQUEST",
            "{path}"
        );
    }
}
