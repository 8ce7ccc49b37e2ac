//! Events: malformed ones, order, what a join promises, who may connect.

use serde_json::json;

use crate::{
    people::{base64, commit_ok, message, sealed_room},
    socket::{Packet, Socket},
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_event_is_acknowledged_and_closes_nothing() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let room = sealed_room(&world, &alice).await;
    let mut a = world.socket(&alice).await;
    assert_eq!(a.refused("join_room", &json!(null)).await, "BAD_JSON");
    assert_eq!(
        a.refused("join_room", &json!({ "room_id": "7" })).await,
        "BAD_JSON"
    );
    // Its fields in their order, without their names.
    assert_eq!(a.refused("join_room", &json!([room])).await, "BAD_JSON");
    assert_eq!(
        a.refused("join_room", &json!({ "room_id": 0 })).await,
        "BAD_REQUEST"
    );
    assert_eq!(
        a.refused("join_room", &json!({ "room_id": 77 })).await,
        "ROOM_NOT_FOUND"
    );
    assert_eq!(a.refused("no_such_event", &json!({})).await, "NOT_FOUND");
    let mut bad = message(room, 0, "x");
    bad["key"] = json!({ "mls": "%%%" });
    assert_eq!(a.refused("send_message", &bad).await, "BAD_BASE64");
    bad["key"] = json!({ "mls": base64(&[0; 17_000]) });
    assert_eq!(a.refused("send_message", &bad).await, "TOO_LARGE");
    let mut bare = message(room, 0, "x");
    bare.as_object_mut().unwrap().remove("client_id");
    assert_eq!(a.refused("send_message", &bare).await, "BAD_REQUEST");
    let large = json!({ "room_id": room, "body": base64(&[0; 5_000]) });
    assert_eq!(a.refused("ephemeral", &large).await, "TOO_LARGE");
    // No argument at all.
    a.text(r#"42999["room_history"]"#).await;
    assert_eq!(a.ack(999).await["code"], "BAD_JSON");
    a.ok("send_message", &message(room, 0, "still here")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_connect() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let refused = async |headers: &[(&'static str, String)], auth| {
        let mut socket = Socket::open(&world.address(), headers).await;
        match socket.hello(&auth).await {
            Packet::Refused(why) => why["message"].as_str().unwrap().to_owned(),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(refused(&[], json!({})).await, "UNAUTHENTICATED");
    assert_eq!(
        refused(&[], json!({ "token": "x" })).await,
        "UNAUTHENTICATED"
    );
    assert_eq!(refused(&[], json!({ "token": 7 })).await, "UNAUTHENTICATED");
    let cookie = ("cookie", format!("secure_chat={}", alice.token));
    // A program that is no browser says nothing of sites.
    assert_eq!(
        refused(std::slice::from_ref(&cookie), json!({})).await,
        "Connected"
    );
    let evil = ("origin", "http://evil.example".to_owned());
    assert_eq!(
        refused(&[cookie.clone(), evil], json!({})).await,
        "UNAUTHENTICATED"
    );
    let own = ("origin", format!("http://{}", world.address()));
    assert_eq!(refused(&[cookie, own], json!({})).await, "Connected");
    // A session has so many sockets and no more.
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(world.socket(&alice).await);
    }
    assert_eq!(
        refused(&[], json!({ "token": alice.token })).await,
        "RATE_LIMITED"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ephemeral_events_reach_the_others() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let room = sealed_room(&world, &alice).await;
    commit_ok(&world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    let mut a = world.socket(&alice).await;
    let mut b = world.socket(&bob).await;
    for socket in [&mut a, &mut b] {
        socket.ok("join_room", &json!({ "room_id": room })).await;
    }
    let event = json!({ "room_id": room, "sender": bob.account, "body": base64(b"typing") });
    assert_eq!(a.ok("ephemeral", &event).await, json!({}));
    let got = b.pushed("ephemeral").await;
    // The sender is the server's word, whatever the client said.
    assert_eq!(
        (&got["sender"], &got["device"]),
        (&json!(alice.account), &json!(alice.device))
    );
    assert_eq!(got["body"], event["body"]);
    assert!(a.pushes_so_far().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelined_messages_keep_their_order_and_repeated_ones_their_place() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let room = sealed_room(&world, &alice).await;
    let mut a = world.socket(&alice).await;
    a.ok("join_room", &json!({ "room_id": room })).await;
    let messages: Vec<_> = (0..100)
        .map(|n| message(room, 0, &format!("{n}")))
        .collect();
    let mut acks = Vec::new();
    for sent in messages.iter().chain(&messages) {
        acks.push(a.emit("send_message", sent).await);
    }
    for (n, id) in acks.into_iter().enumerate() {
        assert_eq!(a.ack(id).await["seq"], n as u64 % 100 + 1);
    }
    for (n, sent) in messages.iter().enumerate() {
        let pushed = a.pushed("new_message").await;
        assert_eq!(pushed["seq"], n as u64 + 1);
        assert_eq!(pushed["client_id"], sent["client_id"]);
    }
    assert!(a.pushes_so_far().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_senders_and_a_joiner_without_a_gap() {
    let world = World::new().await;
    let [alice, bob, carol, dave] = world.people(["alice", "bob", "carol", "dave"]).await;
    let room = sealed_room(&world, &alice).await;
    let mut all = [&bob, &carol, &dave].map(|person| person.account.clone());
    all.sort();
    commit_ok(&world, room, &alice, 0, json!({ "in": all })).await;
    let mut senders = Vec::new();
    for person in [&alice, &bob, &carol] {
        let mut socket = world.socket(person).await;
        senders.push(tokio::spawn(async move {
            let mut receipts = Vec::new();
            for n in 0..50 {
                let sent = message(room, 1, &format!("{n}"));
                let receipt = socket.ok("send_message", &sent).await;
                receipts.push((receipt["seq"].as_u64().unwrap(), sent["client_id"].clone()));
            }
            receipts
        }));
    }
    let mut d = world.socket(&dave).await;
    let joined = d.ok("join_room", &json!({ "room_id": room })).await;
    let last = joined["last_seq"].as_u64().unwrap();
    let mut receipts = Vec::new();
    for sender in senders {
        receipts.extend(sender.await.unwrap());
    }
    receipts.sort_by_key(|(seq, _)| *seq);
    let places: Vec<_> = receipts.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(places, (2..152).collect::<Vec<_>>());
    // Exactly what comes after the answer's last seq is pushed, in order.
    for expected in last + 1..152 {
        assert_eq!(d.pushed("new_message").await["seq"], expected);
    }
    let history = d
        .ok("room_history", &json!({ "room_id": room, "since": 1 }))
        .await;
    let logged: Vec<_> = history["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["seq"].as_u64().unwrap(), entry["client_id"].clone()))
        .collect();
    assert_eq!(logged, receipts);
    let page = d
        .ok(
            "room_history",
            &json!({ "room_id": room, "since": 10, "limit": 5 }),
        )
        .await;
    assert_eq!(page["entries"].as_array().unwrap().len(), 5);
    assert_eq!(page["last_seq"], 151);
}
