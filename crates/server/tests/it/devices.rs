//! Further devices over the wire: listed, revoked, written to without a commit, let in again.

use protocol::limits::{ACCOUNT_KEY_MAIL_BYTES, GRANT_BYTES, HISTORY_MAIL_BYTES};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    people::{Person, base64, commit, commit_ok, further_device, hex_id, login, sealed_room},
    socket::Packet,
    world::{Answer, World},
};

/// A further device of somebody, whose password is the name, three times.
pub(crate) async fn further(world: &World, name: &str, person: &Person) -> Person {
    let session = login(world, name, &name.repeat(3), None).await.ok();
    let token = session["session"]["token"].as_str().unwrap().to_owned();
    let device = hex_id();
    // So that the list, oldest first, has one order.
    world.clock.advance(1);
    let mut told = world.socket(person).await;
    let session = world
        .post("/api/devices", Some(&token), further_device(&device, 1))
        .await
        .ok();
    // Sockets that open from here on hear nothing of it.
    told.pushed("devices_changed").await;
    Person {
        account: person.account.clone(),
        device,
        token: session["token"].as_str().unwrap().to_owned(),
    }
}

fn sealed_to(person: &Person, kind: &str) -> Value {
    json!({
        "account_id": person.account, "device_id": person.device, "kind": kind,
        "sealed": base64(b"sealed"),
    })
}

pub(crate) fn revocation(devices: &[&Person], remaining: &[&Person], expected: u64) -> Value {
    let ids = |people: &[&Person]| {
        people
            .iter()
            .map(|it| it.device.clone())
            .collect::<Vec<_>>()
    };
    json!({
        "devices": ids(devices), "remaining": ids(remaining), "certificate": base64(b"next certificate"),
        "key_packages": [base64(b"next")], "last_resort": base64(b"next last"),
        "vault": [{ "name": "root", "expected": expected, "sealed": base64(b"anew") }],
    })
}

pub(crate) async fn revoke(world: &World, by: &Person, body: Value) -> Answer {
    world
        .post("/api/devices/revoke", Some(&by.token), body)
        .await
}

/// What is wrong with a request.
type Change<'a> = &'a dyn Fn(&mut Value);

async fn devices(world: &World, of: &Person) -> Vec<Value> {
    let listed = world.get("/api/devices", Some(&of.token)).await.ok();
    listed["devices"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_phone_is_revoked() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let room = sealed_room(&world, &alice).await;
    let phone = further(&world, "alice", &alice).await;
    let tablet = further(&world, "alice", &alice).await;
    let listed = devices(&world, &phone).await;
    assert_eq!(listed.len(), 3);
    for device in &listed {
        assert_eq!(
            device["current"],
            json!(device["device_id"] == json!(phone.device))
        );
        let seen = device["last_seen"].as_str().unwrap();
        assert!(seen.ends_with("T00:00:00.000Z"), "{seen}");
    }

    let mut stolen = world.socket(&phone).await;
    stolen.ok("join_room", &json!({ "room_id": room })).await;
    let mut near = world.socket(&tablet).await;
    let mut body = revocation(&[&phone, &bob], &[&tablet], 1);
    body["mails"] = json!([sealed_to(&tablet, "account_key")]);
    revoke(&world, &alice, body.clone()).await.ok();

    assert_eq!(
        stolen.pushed("session_ended").await["code"],
        "SESSION_EXPIRED"
    );
    assert!(matches!(stolen.packet().await, Packet::Disconnected));
    for path in ["/api/rooms", "/api/vault", "/api/devices"] {
        assert_eq!(
            world.get(path, Some(&phone.token)).await.code(),
            "SESSION_EXPIRED"
        );
    }
    let mail = near.pushed("mail").await;
    assert_eq!(mail["kind"], "account_key");
    assert!(mail.get("room_id").is_none() && mail.get("seq").is_none());
    // Bob's device was none of hers.
    world.get("/api/rooms", Some(&bob.token)).await.ok();
    let left: Vec<_> = devices(&world, &alice)
        .await
        .iter()
        .map(|it| it["device_id"].clone())
        .collect();
    assert_eq!(left, [json!(alice.device), json!(tablet.device)]);
    assert_eq!(
        devices(&world, &alice).await[0]["certificate"],
        json!(base64(b"next certificate"))
    );
    let item = world
        .get("/api/vault/item?name=root", Some(&alice.token))
        .await
        .ok();
    assert_eq!(item["version"], 2);
    // The same again finds the vault written.
    let again = revoke(&world, &alice, body).await;
    assert_eq!(again.code(), "VERSION_CONFLICT");

    // With the password one logs in, but not as that device.
    let session = login(&world, "alice", "alicealicealice", Some(&phone.device)).await;
    let session = session.ok()["session"].clone();
    assert!(session.get("device_id").is_none());
    let token = session["token"].as_str().unwrap();
    let back = world
        .post(
            "/api/devices",
            Some(token),
            further_device(&phone.device, 1),
        )
        .await;
    assert_eq!(back.code(), "BAD_REQUEST");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_is_checked_before_anything_ends() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let phone = further(&world, "alice", &alice).await;
    let tablet = further(&world, "alice", &alice).await;
    let large = json!(base64(&vec![0; ACCOUNT_KEY_MAIL_BYTES + 1]));
    let many: Vec<_> = (0..17).map(|_| sealed_to(&tablet, "account_key")).collect();
    let ids: Vec<_> = (0..11).map(|_| hex_id()).collect();
    let cases: [(Change<'_>, &str); 15] = [
        // A device that came since the list was read would be left without the new key.
        (&|it| it["remaining"] = json!([]), "VERSION_CONFLICT"),
        (
            &|it| it["remaining"] = json!([tablet.device, bob.device]),
            "VERSION_CONFLICT",
        ),
        (&|it| it["devices"] = json!([]), "BAD_REQUEST"),
        (&|it| it["devices"] = json!([alice.device]), "BAD_REQUEST"),
        (&|it| it["devices"] = json!(ids), "TOO_LARGE"),
        (&|it| it["certificate"] = json!(""), "BAD_REQUEST"),
        (&|it| it["last_resort"] = json!("%"), "BAD_BASE64"),
        (&|it| it["vault"][0]["name"] = json!("../x"), "BAD_REQUEST"),
        (
            &|it| it["vault"][0]["expected"] = json!(5),
            "VERSION_CONFLICT",
        ),
        (
            &|it| it["mails"] = json!([sealed_to(&tablet, "history_keys")]),
            "BAD_REQUEST",
        ),
        (
            &|it| it["mails"] = json!([sealed_to(&phone, "account_key")]),
            "BAD_REQUEST",
        ),
        (
            &|it| it["mails"] = json!([sealed_to(&alice, "account_key")]),
            "BAD_REQUEST",
        ),
        (
            &|it| it["mails"] = json!([sealed_to(&bob, "account_key")]),
            "BAD_REQUEST",
        ),
        (&|it| it["mails"] = json!(many), "TOO_LARGE"),
        (
            &|it| {
                it["mails"] = json!([sealed_to(&tablet, "account_key")]);
                it["mails"][0]["sealed"] = large.clone();
            },
            "TOO_LARGE",
        ),
    ];
    for (change, code) in cases {
        let mut body = revocation(&[&phone], &[&tablet], 1);
        change(&mut body);
        assert_eq!(revoke(&world, &alice, body).await.code(), code);
    }
    world.get("/api/rooms", Some(&phone.token)).await.ok();
    assert_eq!(devices(&world, &alice).await.len(), 3);
    let without = login(&world, "alice", "alicealicealice", None).await.ok();
    let token = without["session"]["token"].as_str().unwrap();
    let body = revocation(&[&phone], &[&tablet], 1);
    let answer = world.post("/api/devices/revoke", Some(token), body).await;
    assert_eq!(answer.code(), "DEVICE_REQUIRED");
    // Two devices that revoke each other: the second finds itself gone.
    revoke(&world, &phone, revocation(&[&alice], &[&tablet], 1))
        .await
        .ok();
    let late = revoke(&world, &alice, revocation(&[&phone], &[&tablet], 2)).await;
    assert_eq!(late.code(), "SESSION_EXPIRED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_replaces_key_packages_and_certificate() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let upload = async |body| {
        world
            .post("/api/key_packages", Some(&alice.token), body)
            .await
    };
    let body = json!({
        "key_packages": [base64(b"one")], "replace": true, "certificate": base64(b"renewed"),
    });
    assert_eq!(upload(body).await.ok(), json!({ "left": 1 }));
    assert_eq!(
        devices(&world, &alice).await[0]["certificate"],
        json!(base64(b"renewed"))
    );
    let large = json!({ "key_packages": [], "certificate": base64(&[0; 3_000]) });
    assert_eq!(upload(large).await.code(), "TOO_LARGE");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mail_without_a_commit() {
    let world = World::new().await;
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let phone = further(&world, "alice", &alice).await;
    let room = sealed_room(&world, &alice).await;
    commit_ok(&world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    let send = async |who: &Person, room: Option<u64>, mails: Value| {
        let mut body = json!({ "mails": mails });
        if let Some(room) = room {
            body["room_id"] = json!(room);
        }
        world.post("/api/mail", Some(&who.token), body).await
    };
    let mut welcome = sealed_to(&bob, "welcome");
    welcome["group_id"] = json!(hex_id());
    welcome["welcome"] = json!(base64(b"w"));
    welcome["bundle"] = json!(base64(b"b"));
    let mut large = sealed_to(&bob, "history_keys");
    large["sealed"] = json!(base64(&vec![0; HISTORY_MAIL_BYTES + 1]));
    let many: Vec<_> = (0..17).map(|_| sealed_to(&bob, "history_keys")).collect();
    let to_bob = json!([sealed_to(&bob, "history_request")]);
    let cases = [
        (&alice, Some(room), json!([]), "BAD_REQUEST"),
        (&alice, Some(room), json!(many), "TOO_LARGE"),
        (&alice, Some(room), json!([large]), "TOO_LARGE"),
        (&alice, Some(room), json!([welcome]), "BAD_REQUEST"),
        (&alice, None, to_bob.clone(), "BAD_REQUEST"),
        (
            &alice,
            Some(room),
            json!([sealed_to(&bob, "account_key")]),
            "BAD_REQUEST",
        ),
        (
            &alice,
            Some(room),
            json!([sealed_to(&carol, "history_request")]),
            "BAD_REQUEST",
        ),
        (&carol, Some(room), to_bob.clone(), "ROOM_NOT_FOUND"),
        (
            &alice,
            Some(room),
            json!([sealed_to(&bob, "spam")]),
            "BAD_JSON",
        ),
    ];
    for (who, room, mails, code) in cases {
        assert_eq!(send(who, room, mails).await.code(), code);
    }
    // With a commit come Welcomes alone.
    let mut with_commit = commit(1, json!({}));
    with_commit["mails"] = to_bob.clone();
    let path = format!("/api/rooms/{room}/commits");
    let answer = world.post(&path, Some(&alice.token), with_commit).await;
    assert_eq!(answer.code(), "BAD_REQUEST");
    let mut b = world.socket(&bob).await;
    send(&alice, Some(room), to_bob.clone()).await.ok();
    let mail = b.pushed("mail").await;
    assert_eq!(
        (&mail["kind"], &mail["room_id"], &mail["sender"]),
        (
            &json!("history_request"),
            &json!(room),
            &json!(alice.account)
        )
    );
    let own = json!([
        sealed_to(&phone, "account_key"),
        sealed_to(&phone, "history_keys")
    ]);
    send(&alice, None, own).await.ok();
    let box_of_phone = world.get("/api/mailbox", Some(&phone.token)).await.ok();
    assert_eq!(box_of_phone["mails"].as_array().unwrap().len(), 2);

    commit_ok(&world, room, &alice, 1, json!({ "out": [bob.account] })).await;
    let late = json!([sealed_to(&alice, "history_request")]);
    assert_eq!(send(&bob, Some(room), late).await.code(), "NOT_A_MEMBER");
    assert_eq!(send(&alice, Some(room), to_bob).await.code(), "BAD_REQUEST");
    let mut sent = 0;
    let limited = loop {
        let answer = send(&alice, None, json!([])).await;
        if answer.code() == "RATE_LIMITED" {
            break answer;
        }
        sent += 1;
        assert!(sent <= 1_000);
    };
    assert!(limited.body["retry_after_ms"].as_u64().unwrap() <= 3_600_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_is_told_of_rooms_that_it_comes_into() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let (mut a, mut b) = (world.socket(&alice).await, world.socket(&bob).await);
    let room = sealed_room(&world, &alice).await;
    let here = json!({ "room_id": room });
    assert_eq!(a.pushed("room_opened").await, here);
    commit_ok(&world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    assert_eq!(b.pushed("room_opened").await, here);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_further_device_is_told_to_the_account_and_to_nobody_else() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let room = sealed_room(&world, &alice).await;
    commit_ok(&world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    let (mut a, mut b) = (world.socket(&alice).await, world.socket(&bob).await);
    let laptop = further(&world, "alice", &alice).await;
    assert_eq!(a.pushed("devices_changed").await, json!({}));
    // What comes next at Bob's is the first thing that comes at all.
    let asked = format!("/api/rooms/{room}/readmission");
    b.ok("join_room", &json!({ "room_id": room })).await;
    let body = json!({ "request": base64(b"x") });
    world.put(&asked, Some(&laptop.token), body).await.ok();
    assert_eq!(b.pushed("readmission").await, json!({ "room_id": room }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_asks_to_be_let_in_again() {
    let world = World::new().await;
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let room = sealed_room(&world, &alice).await;
    commit_ok(&world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    let phone = further(&world, "bob", &bob).await;
    let (one, all) = (
        format!("/api/rooms/{room}/readmission"),
        format!("/api/rooms/{room}/readmissions"),
    );
    let ask = async |who: &Person, text: &[u8]| {
        let body = json!({ "request": base64(text) });
        world.put(&one, Some(&who.token), body).await
    };
    let mut a = world.socket(&alice).await;
    let here = json!({ "room_id": room });
    a.ok("join_room", &here).await;
    ask(&phone, b"first").await.ok();
    assert_eq!(a.pushed("readmission").await, here);
    ask(&phone, b"second").await.ok();
    let listed = world.get(&all, Some(&alice.token)).await.ok();
    assert_eq!(listed["requests"].as_array().unwrap().len(), 1);
    let request = &listed["requests"][0];
    assert_eq!(
        (&request["account"], &request["device"], &request["request"]),
        (
            &json!(bob.account),
            &json!(phone.device),
            &json!(base64(b"second"))
        )
    );

    assert_eq!(ask(&phone, b"").await.code(), "BAD_REQUEST");
    let large = vec![0; GRANT_BYTES + 1];
    assert_eq!(ask(&phone, &large).await.code(), "TOO_LARGE");
    assert_eq!(ask(&carol, b"x").await.code(), "ROOM_NOT_FOUND");
    let of = async |method, path: &str, who: &Person| {
        world.call(method, path, Some(&who.token), None).await
    };
    for (method, path) in [(Method::DELETE, &one), (Method::GET, &all)] {
        assert_eq!(of(method, path, &carol).await.code(), "ROOM_NOT_FOUND");
    }
    // Another device takes nothing back, the own one does.
    of(Method::DELETE, &one, &bob).await.ok();
    let left = async || {
        let listed = of(Method::GET, &all, &alice).await.ok();
        listed["requests"].as_array().unwrap().len()
    };
    assert_eq!(left().await, 1);
    of(Method::DELETE, &one, &phone).await.ok();
    assert_eq!(left().await, 0);
    // It goes with the device, and with the account.
    ask(&phone, b"third").await.ok();
    revoke(&world, &bob, revocation(&[&phone], &[], 1))
        .await
        .ok();
    assert_eq!(left().await, 0);
    ask(&bob, b"fourth").await.ok();
    commit_ok(&world, room, &alice, 1, json!({ "out": [bob.account] })).await;
    assert_eq!(left().await, 0);
    assert_eq!(ask(&bob, b"fifth").await.code(), "NOT_A_MEMBER");

    let relay = json!({ "encryption": "shared_key", "name": "lobby" });
    let relay = world.post("/api/rooms", Some(&alice.token), relay).await;
    let relay = relay.ok()["room_id"].as_u64().unwrap();
    let body = json!({ "request": base64(b"x") });
    let path = format!("/api/rooms/{relay}/readmission");
    assert_eq!(
        world.put(&path, Some(&alice.token), body).await.code(),
        "WRONG_ROOM_KIND"
    );
    let path = format!("/api/rooms/{relay}/readmissions");
    assert_eq!(
        of(Method::GET, &path, &alice).await.code(),
        "WRONG_ROOM_KIND"
    );
}
