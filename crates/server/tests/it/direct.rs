//! The direct road: what a WebSocket client may say besides events, and how sockets end.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    people::{base64, commit_ok, message, sealed_room},
    socket::{Packet, Socket},
    world::World,
};

/// Whether the server closes the transport.
async fn is_closed(socket: &mut Socket) -> bool {
    loop {
        match socket.packet().await {
            Packet::Closed => return true,
            Packet::Ack(..) => {}
            _ => return false,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_speak_the_protocol_is_cut_off() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    for early in [
        "42[\"join_room\",{\"room_id\":1}]",
        "7",
        "4",
        "4x",
        "2probe",
        "é",
    ] {
        let mut socket = Socket::open(&world.address(), &[]).await;
        socket.text(early).await;
        assert!(is_closed(&mut socket).await, "{early}");
    }
    for frame in [
        "42",
        "42{}",
        "42[7]",
        "42[\"a\"",
        "452-[\"a\"]",
        "4x",
        "5",
        "6",
    ] {
        let mut socket = world.socket(&alice).await;
        socket.text(frame).await;
        assert!(is_closed(&mut socket).await, "{frame}");
    }
    // Bytes that nobody announced, and a packet where announced bytes should be.
    let mut socket = world.socket(&alice).await;
    socket.send(Message::binary(vec![1, 2, 3])).await;
    assert!(is_closed(&mut socket).await);
    let mut socket = world.socket(&alice).await;
    socket
        .text("451-[\"a\",{\"_placeholder\":true,\"num\":0}]")
        .await;
    socket.text("42[\"a\"]").await;
    assert!(is_closed(&mut socket).await);
    // A packet that is too large.
    let mut socket = world.socket(&alice).await;
    socket
        .text(&format!("42[\"a\",\"{}\"]", "x".repeat(1024 * 1024)))
        .await;
    assert!(is_closed(&mut socket).await);
    // None of them keeps its place among the sixteen of a session.
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(world.socket(&alice).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unusual_and_allowed() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let room = sealed_room(&world, &alice).await;
    let mut a = Socket::open(&world.address(), &[]).await;
    a.text("40/elsewhere,{}").await;
    assert!(matches!(
        a.raw().await.as_str(),
        "44/elsewhere,{\"message\":\"Invalid namespace\"}"
    ));
    // Refused, and once more on the same transport.
    let refused = a.hello(&json!({ "token": "x" })).await;
    assert!(matches!(refused, Packet::Refused(_)), "{refused:?}");
    let answer = a.hello(&json!({ "token": alice.token })).await;
    assert!(matches!(answer, Packet::Connected), "{answer:?}");
    // Connected already, another namespace, acknowledgements that nobody asked for, an event that wants none.
    for ignored in [
        "40{}",
        "42/elsewhere,1[\"a\"]",
        "437[1]",
        "42[\"no_such_event\"]",
        "3",
    ] {
        a.text(ignored).await;
    }
    a.send(Message::Ping(vec![7].into())).await;
    a.ok("join_room", &json!({ "room_id": room })).await;
    // Bytes where none belong.
    let event = json!(["send_message", { "_placeholder": true, "num": 0 }]);
    a.text(&format!("451-900{event}")).await;
    a.send(Message::binary(vec![0; 100])).await;
    assert_eq!(a.ack(900).await["code"], "BAD_JSON");
    // It leaves the session and comes back.
    a.text("41").await;
    let answer = a.hello(&json!({ "token": alice.token })).await;
    assert!(matches!(answer, Packet::Connected), "{answer:?}");
    a.ok("send_message", &message(room, 0, "not joined any more"))
        .await;
    assert!(a.pushes_so_far().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_lets_sockets_take_what_waits_for_them() {
    let mut world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let room = sealed_room(&world, &alice).await;
    commit_ok(&world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    let mut a = world.socket(&alice).await;
    let mut b = world.socket(&bob).await;
    let mut early = Socket::open(&world.address(), &[]).await;
    for socket in [&mut a, &mut b] {
        socket.ok("join_room", &json!({ "room_id": room })).await;
    }
    let text = "x".repeat(45_000);
    for _ in 0..50 {
        a.ok("send_message", &message(room, 1, &text)).await;
    }
    // An acknowledgement may come before the push; with the sender's own copy the reader's is on its way.
    while a.push().await.1["seq"] != 51 {}
    let readers = [
        tokio::spawn(async move { is_closed(&mut a).await }),
        tokio::spawn(async move { is_closed(&mut early).await }),
        tokio::spawn(async move {
            for seq in 2..52 {
                assert_eq!(b.pushed("new_message").await["seq"], seq);
            }
            is_closed(&mut b).await
        }),
    ];
    world.stop().await;
    for reader in readers {
        assert!(reader.await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_asks_and_does_not_read_gets_few_pages_at_once() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let room = sealed_room(&world, &alice).await;
    let mut a = world.socket(&alice).await;
    for _ in 0..20 {
        a.ok("send_message", &message(room, 0, &"x".repeat(45_000)))
            .await;
    }
    // Each answer is a page of a mebibyte: together more than would be kept, so they are made as they are read.
    let mut asked = Vec::new();
    for _ in 0..60 {
        asked.push(a.emit("room_history", &json!({ "room_id": room })).await);
    }
    for id in asked {
        assert_eq!(a.ack(id).await["last_seq"], 20);
    }
    let large = base64(&[0; 3_000]);
    let event = json!({ "room_id": room, "body": large });
    assert_eq!(a.ok("ephemeral", &event).await, json!({}));
}
