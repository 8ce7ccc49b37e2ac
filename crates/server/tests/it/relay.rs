//! Relay rooms: the scheme of any client with a shared key.

use serde_json::json;

use crate::{
    people::{commit, message, relay_message, sealed_room},
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_leaves_is_out_until_they_come_back() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let new = json!({ "encryption": "shared_key", "name": "Lobby" });
    let room = world.post("/api/rooms", Some(&alice.token), new).await.ok();
    let id = room["room_id"].as_u64().unwrap();
    let here = json!({ "room_id": id });
    let mut a = world.socket(&alice).await;
    let mut b = world.socket(&bob).await;
    a.ok("join_room", &here).await;
    b.ok("join_room", &here).await;
    let leave = format!("/api/rooms/{id}/leave");
    for _ in 0..2 {
        world.post(&leave, Some(&bob.token), json!({})).await.ok();
    }
    assert_eq!(b.pushed("room_closed").await["room_id"], id);
    let said = relay_message(id, "x");
    assert_eq!(b.refused("send_message", &said).await, "NOT_A_MEMBER");
    a.ok("send_message", &said).await;
    b.ok("join_room", &here).await;
    b.ok("send_message", &said).await;
    assert_eq!(b.pushed("new_message").await["sender"], bob.account);

    let sealed = sealed_room(&world, &alice).await;
    let leave = format!("/api/rooms/{sealed}/leave");
    let answer = world.post(&leave, Some(&alice.token), json!({})).await;
    assert_eq!(answer.code(), "WRONG_ROOM_KIND");
    let answer = world.post(&leave, Some(&bob.token), json!({})).await;
    assert_eq!(answer.code(), "ROOM_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strings_go_through_as_they_are() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let new = json!({ "encryption": "shared_key", "name": "Lobby" });
    let room = world.post("/api/rooms", Some(&alice.token), new).await.ok();
    let id = room["room_id"].as_u64().unwrap();
    let listed = world.get("/api/rooms", Some(&bob.token)).await.ok();
    assert_eq!(listed["rooms"][0]["name"], "Lobby");
    assert_eq!(listed["rooms"][0]["role"], "member");

    let mut a = world.socket(&alice).await;
    let mut b = world.socket(&bob).await;
    let here = json!({ "room_id": id });
    assert_eq!(b.refused("room_history", &here).await, "NOT_A_MEMBER");
    assert_eq!(
        b.refused("send_message", &relay_message(id, "x")).await,
        "NOT_A_MEMBER"
    );
    a.ok("join_room", &here).await;
    b.ok("join_room", &here).await;
    let sent = relay_message(id, "[1,2,\"ü\\u0000]");
    let receipt = a.ok("send_message", &sent).await;
    let pushed = b.pushed("new_message").await;
    for field in ["encrypted_content", "iv", "message_hash", "key"] {
        assert_eq!(pushed[field], sent[field], "{field}");
    }
    assert_eq!(pushed["seq"], receipt["seq"]);
    let history = b.ok("room_history", &here).await;
    assert_eq!(history["entries"], json!([pushed]));

    assert_eq!(
        a.refused("send_message", &message(id, 0, "x")).await,
        "WRONG_ROOM_KIND"
    );
    let commits = format!("/api/rooms/{id}/commits");
    let answer = world
        .post(&commits, Some(&alice.token), commit(0, json!({})))
        .await;
    assert_eq!(answer.code(), "WRONG_ROOM_KIND");
    let proposal =
        json!({ "client_id": crate::people::hex_id(), "handshake_seq": 0, "proposal": "AAAA" });
    let answer = world
        .post(
            &format!("/api/rooms/{id}/proposals"),
            Some(&alice.token),
            proposal,
        )
        .await;
    assert_eq!(answer.code(), "WRONG_ROOM_KIND");
    let side = format!("/api/rooms/{id}/side");
    assert_eq!(
        world.get(&side, Some(&alice.token)).await.code(),
        "WRONG_ROOM_KIND"
    );
    assert_eq!(
        world
            .put(&side, Some(&alice.token), json!({ "door": "AAAA" }))
            .await
            .code(),
        "WRONG_ROOM_KIND"
    );
    let sealed = sealed_room(&world, &alice).await;
    assert_eq!(
        a.refused("send_message", &relay_message(sealed, "x")).await,
        "WRONG_ROOM_KIND"
    );
    for name in ["", "  ", "a\u{7}b"] {
        let new = json!({ "encryption": "shared_key", "name": name });
        assert_eq!(
            world
                .post("/api/rooms", Some(&alice.token), new)
                .await
                .code(),
            "BAD_REQUEST"
        );
    }
    let new = json!({ "encryption": "shared_key", "name": "x".repeat(129) });
    assert_eq!(
        world
            .post("/api/rooms", Some(&alice.token), new)
            .await
            .code(),
        "TOO_LARGE"
    );
}
