//! The main job in one go.

use serde_json::json;

use crate::{
    people::{commit_ok, message, sealed_room},
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_chat() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let room = sealed_room(&world, &alice).await;
    let seq = commit_ok(&world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    assert_eq!(seq, 1);

    let mut a = world.socket(&alice).await;
    let mut b = world.socket(&bob).await;
    let joined = b.ok("join_room", &json!({ "room_id": room })).await;
    assert_eq!(
        (&joined["last_seq"], &joined["handshake_seq"]),
        (&json!(1), &json!(1))
    );
    a.ok("join_room", &json!({ "room_id": room })).await;

    let sent = message(room, 1, "hello");
    let receipt = a.ok("send_message", &sent).await;
    assert_eq!(receipt["seq"], 2);
    for socket in [&mut a, &mut b] {
        let pushed = socket.pushed("new_message").await;
        assert_eq!(pushed["seq"], 2);
        assert_eq!(pushed["kind"], "message");
        assert_eq!(pushed["sender"], json!(alice.account));
        assert_eq!(pushed["encrypted_content"], sent["encrypted_content"]);
    }
    let history = b.ok("room_history", &json!({ "room_id": room })).await;
    assert_eq!(history["entries"].as_array().unwrap().len(), 2);
    assert_eq!(history["entries"][1]["id"], receipt["id"]);
}
