//! A socket that does not read is told that it missed something, and recovers everything.

use serde_json::json;

use crate::{
    people::{commit_ok, message, sealed_room},
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_told_and_recovers_many_messages_by_history() {
    it_is_told_and_recovers_by_history(1_500, 20_000).await;
}

/// Few enough to be no matter of their number: what waits is bounded in bytes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_told_and_recovers_large_messages_by_history() {
    it_is_told_and_recovers_by_history(400, 45_000).await;
}

async fn it_is_told_and_recovers_by_history(messages: u64, size: usize) {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let room = sealed_room(&world, &alice).await;
    commit_ok(&world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    let mut a = world.socket(&alice).await;
    let mut b = world.socket(&bob).await;
    b.ok("join_room", &json!({ "room_id": room })).await;

    // Bob reads nothing while far more is sent than the kernel's and the server's buffers hold.
    let text = "x".repeat(size);
    let mut window = std::collections::VecDeque::new();
    for _ in 0..messages {
        window.push_back(a.emit("send_message", &message(room, 1, &text)).await);
        if window.len() > 50 {
            let id = window.pop_front().unwrap();
            assert!(a.ack(id).await.get("seq").is_some());
        }
    }
    for id in window {
        assert!(a.ack(id).await.get("seq").is_some());
    }

    let (mut last, mut pushed) = (1, 0_u64);
    loop {
        let (name, value) = b.push().await;
        if name == "missed" {
            break;
        }
        // Up to the first gap, pushes are in order and without one.
        let seq = value["seq"].as_u64().unwrap();
        assert_eq!(seq, last + 1);
        (last, pushed) = (seq, pushed + 1);
    }
    assert!(
        pushed < messages,
        "nothing was dropped, so this tested nothing"
    );
    while last < messages + 1 {
        let page = b
            .ok("room_history", &json!({ "room_id": room, "since": last }))
            .await;
        for entry in page["entries"].as_array().unwrap() {
            assert_eq!(entry["seq"], last + 1);
            last += 1;
        }
    }
    // From now on it gets pushes again.
    a.ok("send_message", &message(room, 1, "now")).await;
    loop {
        let (name, value) = b.push().await;
        if name == "new_message" && value["seq"] == messages + 2 {
            break;
        }
    }
}
