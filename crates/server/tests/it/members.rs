//! Membership over the wire: coming in, going out, side files, mail, tickets.

use serde_json::json;

use crate::{
    people::{Person, base64, commit, commit_ok, message, new_room, sealed_room},
    socket::Socket,
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_out_learns_it_and_reads_no_further() {
    let world = World::new().await;
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let room = sealed_room(&world, &alice).await;
    let mut both = [bob.account.clone(), carol.account.clone()];
    both.sort();
    commit_ok(&world, room, &alice, 0, json!({ "in": both })).await;
    let mut c = world.socket(&carol).await;
    let mut b = world.socket(&bob).await;
    let here = json!({ "room_id": room });
    c.ok("join_room", &here).await;
    b.ok("join_room", &here).await;
    b.ok("send_message", &message(room, 1, "before")).await;
    commit_ok(&world, room, &alice, 1, json!({ "out": [carol.account] })).await;
    b.ok("send_message", &message(room, 3, "after")).await;

    for seq in [2, 3] {
        assert_eq!(c.pushed("new_message").await["seq"], seq);
    }
    for seq in [2, 3, 4] {
        assert_eq!(b.pushed("new_message").await["seq"], seq);
    }
    assert_eq!(c.pushed("room_closed").await, here);
    assert!(c.pushes_so_far().await.is_empty());
    assert_eq!(c.refused("join_room", &here).await, "NOT_A_MEMBER");
    ask_after_removal(&world, &carol, room, &mut c, &mut b).await;
    assert_eq!(
        c.refused("send_message", &message(room, 3, "x")).await,
        "NOT_A_MEMBER"
    );
    // Up to the commit that did it, and not beyond.
    let history = c.ok("room_history", &here).await;
    assert_eq!(history["entries"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&history["last_seq"], &history["handshake_seq"]),
        (&json!(3), &json!(3))
    );
    let beyond = json!({ "room_id": room, "since": 3 });
    assert_eq!(c.refused("room_history", &beyond).await, "NOT_A_MEMBER");
    let get = async |what: &str| {
        world
            .get(&format!("/api/rooms/{room}/{what}"), Some(&carol.token))
            .await
    };
    assert_eq!(get("entries/3").await.ok()["kind"], "commit");
    assert_eq!(get("entries/4").await.code(), "NOT_A_MEMBER");
    assert_eq!(get("members").await.code(), "NOT_A_MEMBER");
    assert_eq!(get("side").await.code(), "NOT_A_MEMBER");
    assert_eq!(
        world.get("/api/rooms", Some(&carol.token)).await.ok(),
        json!({ "rooms": [] })
    );
    let members = world
        .get(&format!("/api/rooms/{room}/members"), Some(&bob.token))
        .await
        .ok();
    assert_eq!(members["members"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_carries_mail_and_side_files() {
    let world = World::new().await;
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let room = sealed_room(&world, &alice).await;
    let path = format!("/api/rooms/{room}/commits");
    let mut b = world.socket(&bob).await;
    let mail = |account: &str, device: &str| {
        json!({
            "account_id": account, "device_id": device, "kind": "welcome",
            "group_id": "00112233445566778899aabbccddeeff",
            "welcome": base64(b"welcome"), "bundle": base64(b"bundle"),
        })
    };
    let mut body = commit(0, json!({ "in": [bob.account] }));
    body["mails"] = json!([mail(&bob.account, &carol.device)]);
    assert_eq!(
        world
            .post(&path, Some(&alice.token), body.clone())
            .await
            .code(),
        "BAD_REQUEST"
    );
    body["mails"] = json!([mail(&bob.account, &bob.device)]);
    body["state"] = json!(base64(b"state 1"));
    body["roster"] = json!({ "append": base64(b"roster 1") });
    let receipt = world
        .post(&path, Some(&alice.token), body.clone())
        .await
        .ok();
    assert_eq!(
        world.post(&path, Some(&alice.token), body).await.ok(),
        receipt
    );

    let pushed = b.pushed("mail").await;
    assert_eq!(
        (&pushed["kind"], &pushed["seq"]),
        (&json!("welcome"), &json!(1))
    );
    let mailbox = world.get("/api/mailbox", Some(&bob.token)).await.ok();
    assert_eq!(mailbox, json!({ "mails": [pushed], "more": false }));
    let ack = json!({ "up_to": pushed["id"] });
    world
        .post("/api/mailbox/ack", Some(&bob.token), ack)
        .await
        .ok();
    let after = format!("/api/mailbox?after={}", pushed["id"]);
    assert_eq!(
        world.get(&after, Some(&bob.token)).await.ok()["mails"],
        json!([])
    );
    let side = world
        .get(&format!("/api/rooms/{room}/side"), Some(&bob.token))
        .await
        .ok();
    assert_eq!(
        side["roster"],
        json!([base64(b"roster 0"), base64(b"roster 1")])
    );
    assert_eq!(
        side["tree"],
        json!({ "seq": 0, "snapshot": base64(b"tree 0") })
    );

    // A commit over the push limit is pushed as a stub and fetched.
    b.ok("join_room", &json!({ "room_id": room })).await;
    let mut body = commit(1, json!({}));
    body["commit"] = json!(base64(&vec![7; 100_000]));
    world
        .post(&path, Some(&alice.token), body.clone())
        .await
        .ok();
    let pushed = b.pushed("new_message").await;
    assert_eq!(pushed["kind"], "large");
    assert!(pushed["size"].as_u64().unwrap() > 130_000 && pushed.get("commit").is_none());
    let entry = world
        .get(&format!("/api/rooms/{room}/entries/2"), Some(&bob.token))
        .await
        .ok();
    assert_eq!(entry["commit"], body["commit"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_are_refused_by_name() {
    let world = World::new().await;
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let room = sealed_room(&world, &alice).await;
    let taken = world
        .post("/api/rooms", Some(&bob.token), new_room(room))
        .await;
    assert_eq!(taken.code(), "ROOM_ID_TAKEN");
    commit_ok(&world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    let path = format!("/api/rooms/{room}/commits");
    let post =
        async |who: &crate::people::Person, body| world.post(&path, Some(&who.token), body).await;
    assert_eq!(
        post(&carol, commit(1, json!({}))).await.code(),
        "ROOM_NOT_FOUND"
    );
    assert_eq!(
        post(&bob, commit(1, json!({ "out": [alice.account] })))
            .await
            .code(),
        "ROLE_TOO_LOW"
    );
    let nobody = json!({ "in": ["00112233445566778899aabbccddeeff"] });
    assert_eq!(
        post(&bob, commit(1, nobody)).await.code(),
        "ACCOUNT_NOT_FOUND"
    );
    let mut empty = commit(1, json!({}));
    empty["commit"] = json!("");
    assert_eq!(post(&bob, empty).await.code(), "BAD_REQUEST");

    let stale = post(&bob, commit(0, json!({}))).await;
    assert_eq!(stale.code(), "STALE_COMMIT");
    let ticket = stale.body["ticket"].clone();
    let reserved = post(&alice, commit(1, json!({}))).await;
    assert_eq!(reserved.code(), "COMMIT_RESERVED");
    assert_eq!(reserved.body["retry_after_ms"], 10_000);
    let proposal = json!({ "client_id": crate::people::hex_id(), "handshake_seq": 1, "proposal": base64(b"p") });
    let proposals = format!("/api/rooms/{room}/proposals");
    let answer = world
        .post(&proposals, Some(&alice.token), proposal.clone())
        .await;
    assert_eq!(answer.code(), "COMMIT_RESERVED");
    let mut with_ticket = commit(1, json!({}));
    with_ticket["ticket"] = ticket;
    assert_eq!(post(&bob, with_ticket).await.ok()["seq"], 2);
    let answer = world
        .post(&proposals, Some(&alice.token), proposal.clone())
        .await;
    assert_eq!(answer.code(), "STALE_COMMIT");
    let mut proposal = proposal;
    proposal["handshake_seq"] = json!(2);
    assert_eq!(
        world
            .post(&proposals, Some(&alice.token), proposal)
            .await
            .ok()["seq"],
        3
    );
    let mut a = world.socket(&alice).await;
    assert_eq!(
        a.refused("send_message", &message(room, 2, "x")).await,
        "STALE_MESSAGE"
    );
}

/// For a day, who went out may ask the others whether it is out, and hears what they answer.
async fn ask_after_removal(
    world: &World,
    carol: &Person,
    room: u64,
    c: &mut Socket,
    b: &mut Socket,
) {
    let ask = json!({ "room_id": room, "body": base64(b"status?") });
    let answer = json!({ "room_id": room, "body": base64(b"status") });
    // On the socket that was there, and on one that comes later.
    let mut later = world.socket(carol).await;
    for socket in [c, &mut later] {
        socket.ok("ephemeral", &ask).await;
        assert_eq!(b.pushed("ephemeral").await["body"], ask["body"]);
        b.ok("ephemeral", &answer).await;
        loop {
            // The other socket's question is heard too.
            if socket.pushed("ephemeral").await["body"] == answer["body"] {
                break;
            }
        }
        assert!(socket.pushes_so_far().await.is_empty());
    }
    world.clock.advance(24 * 3_600_000);
    assert_eq!(later.refused("ephemeral", &ask).await, "NOT_A_MEMBER");
    b.ok("ephemeral", &answer).await;
    assert!(later.pushes_so_far().await.is_empty());
}
