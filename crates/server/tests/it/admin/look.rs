//! What administrators look at.

use serde_json::{Value, json};

use super::{CANARY, act, administrator, invite};
use crate::{
    people::{message, sealed_room},
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rooms_are_sizes_and_acts_are_recorded() {
    let world = World::new().await;
    let alice = administrator(&world, "alice").await;
    let [bob] = world.people(["bob"]).await;
    let room = sealed_room(&world, &bob).await;
    let relay = json!({ "encryption": "shared_key", "name": "Newsroom" });
    world.post("/api/rooms", Some(&bob.token), relay).await.ok();
    let mut socket = world.socket(&bob).await;
    socket.ok("send_message", &message(room, 0, "hello")).await;
    let rooms = world.get("/api/admin/rooms", Some(&alice.token)).await.ok();
    let list = rooms["rooms"].as_array().unwrap();
    assert_eq!(list.len(), 2);
    assert!(!rooms.to_string().contains("Newsroom"), "{rooms}");
    let sealed = list.iter().find(|it| it["room_id"] == room).unwrap();
    assert_eq!(
        (&sealed["members"], &sealed["entries"]),
        (&json!(1), &json!(1))
    );
    assert!(sealed["bytes"].as_u64().unwrap() > 50);
    // An administrator is nothing in a room.
    let path = format!("/api/rooms/{room}/members");
    assert_eq!(
        world.get(&path, Some(&alice.token)).await.code(),
        "ROOM_NOT_FOUND"
    );

    let storage = world
        .get("/api/admin/storage", Some(&alice.token))
        .await
        .ok();
    assert!(storage["database_bytes"].as_u64().unwrap() > 0);
    assert!(storage["free_bytes"].as_u64().unwrap() > 0);
    let limits = world
        .get("/api/admin/limits", Some(&alice.token))
        .await
        .ok();
    let limits = limits["limits"].as_array().unwrap();
    assert!(
        limits
            .iter()
            .any(|it| it["variable"] == "SECURE_CHAT_FILE_QUOTA_MB")
    );

    let users = world.get("/api/admin/users", Some(&alice.token)).await.ok();
    let names: Vec<_> = users["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["username"])
        .collect();
    assert_eq!(names, ["alice", "bob"]);
    assert_eq!(users["users"][0]["administrator"], true);
    assert_eq!(users["users"][1].get("administrator"), None);

    let made = invite(&world, &alice, json!({ "uses": 1 })).await;
    let path = format!("/api/admin/invites/{}", made["invite_id"]);
    world.delete(&path, Some(&alice.token)).await.ok();
    for what in [
        "disable",
        "enable",
        "grant",
        "withdraw",
        "end_sessions",
        "free_name",
    ] {
        act(&world, &alice, what, &bob).await.ok();
    }
    act(&world, &alice, "withdraw", &alice).await.code();
    let audit = world.get("/api/admin/audit", Some(&alice.token)).await.ok();
    let told: Vec<_> = audit["acts"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|it| {
            assert!(
                it["act"] == "become_admin" || it["actor_name"] == "alice",
                "{it}"
            );
            it["act"].as_str().unwrap()
        })
        .collect();
    let wanted = [
        "become_admin",
        "make_invite",
        "withdraw_invite",
        "disable",
        "enable",
        "grant",
        "withdraw",
        "end_sessions",
        "free_name",
    ];
    assert_eq!(told, wanted);
    assert_eq!(audit["acts"][0]["target_name"], "bob");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_search_finds_what_is_there_and_canaries_only() {
    let world = World::new().await;
    let alice = administrator(&world, "alice").await;
    let sees = world.get("/api/admin/sees", Some(&alice.token)).await.ok();
    let columns = sees["columns"].as_array().unwrap();
    let named = |table, column| {
        let found = columns
            .iter()
            .find(|it| it["table"] == table && it["column"] == column);
        found.unwrap()["sight"].clone()
    };
    assert_eq!(named("accounts", "username"), "readable");
    assert_eq!(named("room_states", "sealed"), "sealed");
    assert!(sees["elsewhere"].as_array().unwrap().len() > 3);

    let search = async |canaries: Value| {
        let body = json!({ "canaries": canaries });
        world
            .post("/api/admin/canary", Some(&alice.token), body)
            .await
    };
    let clean = search(json!([CANARY])).await.ok();
    assert_eq!(clean["hits"], json!([]));
    let control = clean["control"].as_array().unwrap();
    assert!(
        control.iter().any(|it| it["form"] == "your name"),
        "{clean}"
    );
    assert!(
        control.iter().any(|it| it["form"] == "your account id"),
        "{clean}"
    );
    let places = clean["places"].as_array().unwrap();
    assert!(places.iter().any(|it| it["place"] == "database"), "{clean}");
    assert!(
        places
            .iter()
            .any(|it| it["place"] == "write-ahead log" && it["bytes"].as_u64() > Some(0))
    );

    // A client that seals nothing.
    let room = sealed_room(&world, &alice).await;
    let mut socket = world.socket(&alice).await;
    let leak = message(room, 0, &format!("{{\"text\":\"{CANARY}\"}}"));
    socket.ok("send_message", &leak).await;
    let found = search(json!([CANARY])).await.ok();
    assert_eq!(found["hits"][0]["form"], "base64", "{found}");

    for (bad, code) in [
        (json!([]), "BAD_REQUEST"),
        (json!(["alice"]), "BAD_REQUEST"),
        (json!([CANARY.to_uppercase()]), "BAD_REQUEST"),
        (json!([format!("{CANARY}0")]), "BAD_REQUEST"),
        (json!([CANARY].repeat(9)), "TOO_LARGE"),
        (json!("canary"), "BAD_JSON"),
    ] {
        assert_eq!(search(bad.clone()).await.code(), code, "{bad}");
    }
    let mut limited = String::new();
    for _ in 0..12 {
        let answer = search(json!([CANARY])).await;
        if answer.status != 200 {
            limited = answer.code();
        }
    }
    assert_eq!(limited, "RATE_LIMITED");
}
