//! Classic accounts: a simple client with a name and a password.

use opaque_ke::ClientLogin;
use protocol::{limits::LOGINS_PER_WINDOW, opaque::Suite};
use rand_core::OsRng;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    people::{base64, register, relay_message, sealed_room},
    socket::{Packet, Socket},
    world::{Answer, World},
};

mod import;

const PASSWORD: &str = "marble tugboat whispers 42";
const FORM: &str = "application/x-www-form-urlencoded";

/// What a simple client posts, as JSON.
fn account(name: &str) -> Value {
    json!({ "username": name, "password": PASSWORD })
}

async fn classic(world: &World, name: &str) -> String {
    let session = world.post("/register", None, account(name)).await.ok();
    session["token"].as_str().unwrap().to_owned()
}

async fn form(world: &World, path: &str, headers: &[(&str, &str)], fields: &str) -> Answer {
    let request = world
        .http
        .post(world.url(path))
        .header("content-type", FORM);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    world.send(request.body(fields.to_owned())).await
}

/// A message with the fields that a simple client sends, and no more.
fn said(room: u64, text: &str) -> Value {
    json!({
        "room_id": room,
        "encrypted_content": format!("[1,2,\"{text}\"]"),
        "iv": "[6,7,8,9,10]",
        "message_hash": "hash of it",
    })
}

/// Everything that such a client does, with forms where it may send them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simple_client_registers_logs_in_and_chats() {
    let world = World::new().await;
    let fields = "username=alice&password=marble+tugboat+whispers%2042";
    let made = form(&world, "/register", &[], fields).await;
    let cookie = made.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    let made = made.ok();
    assert!(made.get("device_id").is_none(), "{made}");
    let again = form(&world, "/login", &[], fields).await.ok();
    assert_eq!(again["account_id"], made["account_id"]);
    assert_ne!(again["token"], made["token"]);
    let alice = again["token"].as_str().unwrap();
    let bob = classic(&world, "bob").await;

    let cookie = cookie.split(';').next().unwrap();
    let room = form(
        &world,
        "/api/rooms",
        &[("cookie", cookie)],
        "name=The+garden",
    )
    .await
    .ok();
    assert_eq!(room["name"], "The garden");
    assert_eq!(room["encryption"], "shared_key");
    let id = room["room_id"].as_u64().unwrap();
    let listed = world.get("/api/rooms", Some(&bob)).await.ok();
    assert_eq!(listed["rooms"][0]["room_id"], room["room_id"]);

    let mut a = Socket::connect(&world.address(), alice).await;
    a.ok("join_room", &json!({ "room_id": id })).await;
    assert_eq!(a.pushed("room_history").await["entries"], json!([]));
    a.ok("send_message", &said(id, "hello")).await;
    let own = a.pushed("new_message").await;
    for field in ["room_id", "encrypted_content", "iv", "message_hash"] {
        assert_eq!(own[field], said(id, "hello")[field], "{field}");
    }
    assert_eq!(own["sender"], made["account_id"]);
    assert!(own.get("device").is_none(), "{own}");
    assert_eq!(own["timestamp"], "2026-11-18T11:06:40.000Z");

    // Who comes later is told what was said, by an event and in the answer, as often as it asks.
    let mut b = Socket::connect(&world.address(), &bob).await;
    b.ok("join_room", &json!({ "room_id": id })).await;
    assert_eq!(b.pushed("room_history").await["entries"], json!([own]));
    let answer = b.ok("room_history", &json!({ "room_id": id })).await;
    assert_eq!(answer["entries"], json!([own]));
    assert_eq!(b.pushed("room_history").await, answer);
    b.ok("send_message", &said(id, "and hello")).await;
    assert_eq!(
        a.pushed("new_message").await["encrypted_content"],
        said(id, "and hello")["encrypted_content"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_joins_a_long_room_is_told_its_end() {
    let world = World::new().await;
    let [alice] = [classic(&world, "alice").await];
    let room = world
        .post("/api/rooms", Some(&alice), json!({ "name": "Long" }))
        .await
        .ok();
    let id = room["room_id"].as_u64().unwrap();
    let mut a = Socket::connect(&world.address(), &alice).await;
    a.ok("join_room", &json!({ "room_id": id })).await;
    a.pushed("room_history").await;
    for number in 0..60 {
        a.ok("send_message", &said(id, &number.to_string())).await;
    }
    let bob = classic(&world, "bob").await;
    let mut b = Socket::connect(&world.address(), &bob).await;
    b.ok("join_room", &json!({ "room_id": id })).await;
    let page = b.pushed("room_history").await;
    let places = page["entries"].as_array().unwrap().iter();
    let places: Vec<u64> = places.map(|entry| entry["seq"].as_u64().unwrap()).collect();
    assert_eq!(places, (11..=60).collect::<Vec<u64>>());
}

/// A repeated message is known by what its client calls it; what another account calls its own stays its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ids_of_two_simple_clients_do_not_mix() {
    let world = World::new().await;
    let (alice, bob) = (classic(&world, "alice").await, classic(&world, "bob").await);
    let room = world
        .post("/api/rooms", Some(&alice), json!({ "name": "Lobby" }))
        .await
        .ok();
    let id = room["room_id"].as_u64().unwrap();
    let mut message = said(id, "once");
    message["client_id"] = "00112233445566778899aabbccddeeff".into();
    let mut a = Socket::connect(&world.address(), &alice).await;
    let mut b = Socket::connect(&world.address(), &bob).await;
    for socket in [&mut a, &mut b] {
        socket.ok("join_room", &json!({ "room_id": id })).await;
    }
    let receipt = a.ok("send_message", &message).await;
    assert_eq!(a.ok("send_message", &message).await, receipt);
    assert_eq!(b.refused("send_message", &message).await, "BAD_REQUEST");
    let history = a.ok("room_history", &json!({ "room_id": id })).await;
    assert_eq!(history["last_seq"], 1);
}

/// The kind of an account is fixed: what needs keys does not exist for it, now or later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_classic_account_never_gets_keys() {
    let world = World::new().await;
    let alice = classic(&world, "alice").await;
    let [carol] = world.people(["carol"]).await;
    let sealed = sealed_room(&world, &carol).await;
    let account = "1f0c6a5be2d94c7f8a3b5d6e7f809112";
    let paths = [
        (Method::POST, "/api/devices".to_owned()),
        (Method::GET, "/api/devices".to_owned()),
        (Method::GET, "/api/vault".to_owned()),
        (Method::PUT, "/api/vault".to_owned()),
        (Method::GET, "/api/recovery".to_owned()),
        (Method::PUT, "/api/recovery".to_owned()),
        (Method::PUT, "/api/reset".to_owned()),
        (Method::GET, "/api/second_factor".to_owned()),
        (Method::POST, "/api/second_factor".to_owned()),
        (Method::GET, "/api/passkeys".to_owned()),
        (Method::GET, "/api/tokens".to_owned()),
        (Method::POST, "/api/tokens".to_owned()),
        (Method::GET, "/api/key_packages".to_owned()),
        (Method::GET, "/api/mailbox".to_owned()),
        (Method::GET, "/api/accounts/carol".to_owned()),
        (
            Method::POST,
            format!("/api/accounts/{account}/key_packages"),
        ),
        (Method::GET, format!("/api/rooms/{sealed}/side")),
        (Method::POST, format!("/api/rooms/{sealed}/enter")),
        (Method::POST, format!("/api/rooms/{sealed}/commits")),
        (Method::GET, "/api/admin/users".to_owned()),
    ];
    for (method, path) in paths {
        let answer = world
            .call(method, &path, Some(&alice), Some(&json!({})))
            .await;
        assert_eq!(answer.code(), "CLASSIC_ACCOUNT", "{path}");
    }
    let mls = json!({
        "encryption": "mls", "room_id": 7, "group_id": account, "client_id": account,
        "door": "", "state": "", "roster": "", "tree": "",
    });
    let answer = world.post("/api/rooms", Some(&alice), mls).await;
    assert_eq!(answer.code(), "CLASSIC_ACCOUNT");
    let mut socket = Socket::connect(&world.address(), &alice).await;
    let here = json!({ "room_id": sealed });
    assert_eq!(socket.refused("join_room", &here).await, "ROOM_NOT_FOUND");
    // Nobody invites it by mistake.
    let found = world.get("/api/accounts/alice", Some(&carol.token)).await;
    assert_eq!(found.code(), "CLASSIC_ACCOUNT");
    // Another kind of client says which kind of room it means.
    let unnamed = world
        .post("/api/rooms", Some(&carol.token), json!({ "name": "Lobby" }))
        .await;
    assert_eq!(unnamed.code(), "BAD_JSON");
}

/// Neither kind of account is opened by the other kind of login.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_two_kinds_of_login_do_not_mix() {
    let world = World::new().await;
    classic(&world, "alice").await;
    register(&world, "carol", PASSWORD).await.ok().unwrap();
    assert_eq!(
        world.post("/login", None, account("carol")).await.code(),
        "LOGIN_FAILED"
    );
    // Whoever begins the other login of a classic account gets what nobody's name gets.
    let start = ClientLogin::<Suite>::start(&mut OsRng, PASSWORD.as_bytes()).unwrap();
    let start = json!({ "username": "alice", "start": base64(&start.message.serialize()) });
    let started = world.post("/login", None, start).await.ok();
    let finish = json!({ "login_id": started["login_id"], "finish": base64(&[7; 64]) });
    assert_eq!(
        world.post("/login", None, finish).await.code(),
        "LOGIN_FAILED"
    );
    for name in ["alice", "carol"] {
        let taken = world.post("/register", None, account(name)).await;
        assert_eq!(taken.code(), "NAME_TAKEN");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_name_looks_like_a_wrong_password_and_guesses_are_few() {
    let world = World::new().await;
    classic(&world, "alice").await;
    let guess = |name: &str| {
        let body = json!({ "username": name, "password": "wooden tugboat whispers 42" });
        world.post("/login", None, body)
    };
    let (known, unknown) = (guess("alice").await, guess("nobby").await);
    assert_eq!(known.code(), "LOGIN_FAILED");
    assert_eq!(known.body, unknown.body);
    for _ in 1..LOGINS_PER_WINDOW {
        assert_eq!(guess("alice").await.code(), "LOGIN_FAILED");
    }
    let late = guess("alice").await;
    assert_eq!(late.code(), "RATE_LIMITED");
    assert!(late.headers.contains_key("retry-after"));
    // Nor does a stolen session guess without end.
    let bob = classic(&world, "bob").await;
    let wrong = json!({ "password": "x", "new_password": "copper lantern tides 77" });
    for _ in 0..LOGINS_PER_WINDOW {
        let answer = world.post("/api/password", Some(&bob), wrong.clone()).await;
        assert_eq!(answer.code(), "LOGIN_FAILED");
    }
    let late = world.post("/api/password", Some(&bob), wrong).await;
    assert_eq!(late.code(), "RATE_LIMITED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_names_and_passwords_are_refused_by_name() {
    let world = World::new().await;
    for (body, code) in [
        (
            json!({ "username": "alice", "password": "admin123" }),
            "WEAK_PASSWORD",
        ),
        (
            json!({ "username": "alice", "password": "password1234" }),
            "WEAK_PASSWORD",
        ),
        (
            json!({ "username": "alice", "password": "my-alice-words 77" }),
            "WEAK_PASSWORD",
        ),
        (
            json!({ "username": "Alice", "password": PASSWORD }),
            "NAME_INVALID",
        ),
        (json!({ "username": "alice", "password": 7 }), "BAD_JSON"),
        (json!({ "username": "alice" }), "BAD_JSON"),
        (json!({ "password": PASSWORD }), "BAD_JSON"),
        (
            json!({ "username": "alice", "password": PASSWORD, "start": "" }),
            "BAD_JSON",
        ),
    ] {
        let answer = world.post("/register", None, body.clone()).await;
        assert_eq!(answer.code(), code, "{body}");
    }
    for fields in [
        "",
        "username=alice",
        "username=alice&username=bob&password=x",
        "%ff=%ff",
    ] {
        assert_eq!(
            form(&world, "/register", &[], fields).await.code(),
            "BAD_JSON",
            "{fields}"
        );
    }
    let long = json!({ "username": "alice", "password": "x".repeat(2_000) });
    assert_eq!(
        world.post("/login", None, long).await.code(),
        "LOGIN_FAILED"
    );
    let alice = classic(&world, "alice").await;
    for name in ["", "  ", "a\u{7}b"] {
        let answer = world
            .post("/api/rooms", Some(&alice), json!({ "name": name }))
            .await;
        assert_eq!(answer.code(), "BAD_REQUEST", "{name:?}");
    }
}

/// A page of another site makes a browser send a form, with what it likes in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_of_another_site_does_not_count() {
    let world = World::new().await;
    classic(&world, "alice").await;
    let fields = "username=alice&password=marble+tugboat+whispers+42";
    let own = format!("http://{}", world.address());
    for headers in [
        [("origin", "https://evil.example")],
        [("origin", "null")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
    ] {
        let answer = form(&world, "/login", &headers, fields).await;
        assert_eq!(answer.code(), "CROSS_SITE", "{headers:?}");
        assert!(!answer.headers.contains_key("set-cookie"));
        let register = form(&world, "/register", &headers, "username=eve&password=x").await;
        assert_eq!(register.code(), "CROSS_SITE", "{headers:?}");
    }
    for headers in [
        [("origin", own.as_str())],
        [("sec-fetch-site", "same-origin")],
        [("sec-fetch-site", "none")],
    ] {
        form(&world, "/login", &headers, fields).await.ok();
    }
    // A cookie that another site makes a browser send counts as none.
    let session = form(&world, "/login", &[], fields).await;
    let cookie = session.headers["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let evil = [("cookie", cookie), ("origin", "https://evil.example")];
    assert_eq!(
        form(&world, "/api/rooms", &evil, "name=x").await.code(),
        "UNAUTHENTICATED"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_changed_and_everything_else_ends() {
    let world = World::new().await;
    let other = classic(&world, "alice").await;
    let session = world.post("/login", None, account("alice")).await.ok();
    let alice = session["token"].as_str().unwrap();
    let weak = json!({ "password": PASSWORD, "new_password": "admin123" });
    let answer = world.post("/api/password", Some(alice), weak).await;
    assert_eq!(answer.code(), "WEAK_PASSWORD");
    let change = json!({ "password": PASSWORD, "new_password": "copper lantern tides 77" });
    let changed = world.post("/api/password", Some(alice), change).await.ok();
    for token in [alice, &other] {
        let answer = world.get("/api/rooms", Some(token)).await;
        assert_eq!(answer.code(), "SESSION_EXPIRED");
    }
    world
        .get("/api/rooms", changed["token"].as_str())
        .await
        .ok();
    let old = world.post("/login", None, account("alice")).await;
    assert_eq!(old.code(), "LOGIN_FAILED");
    let new = json!({ "username": "alice", "password": "copper lantern tides 77" });
    world.post("/login", None, new).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_classic_account_is_deleted_by_whoever_has_the_password() {
    let world = World::new().await;
    let alice = classic(&world, "alice").await;
    let room = world
        .post("/api/rooms", Some(&alice), json!({ "name": "Lobby" }))
        .await
        .ok();
    let path = "/api/account/delete";
    let wrong = world
        .post(path, Some(&alice), json!({ "password": "x" }))
        .await;
    assert_eq!(wrong.code(), "LOGIN_FAILED");
    world
        .post(path, Some(&alice), json!({ "password": PASSWORD }))
        .await
        .ok();
    assert_eq!(
        world.get("/api/rooms", Some(&alice)).await.code(),
        "ACCOUNT_DELETED"
    );
    let again = world.post("/login", None, account("alice")).await;
    assert_eq!(again.code(), "LOGIN_FAILED");
    let bob = classic(&world, "bob").await;
    let mut socket = Socket::connect(&world.address(), &bob).await;
    socket
        .ok("join_room", &json!({ "room_id": room["room_id"] }))
        .await;
    let members = format!("/api/rooms/{}/members", room["room_id"]);
    let members = world.get(&members, Some(&bob)).await.ok();
    let names = members["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["username"]);
    assert_eq!(names.collect::<Vec<_>>(), ["bob"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_no_passwords_refuses_them_and_the_sessions_of_before() {
    let mut world = World::new().await;
    let alice = classic(&world, "alice").await;
    world.stop().await;
    world.config.classic_login = false;
    world.start().await;
    for (path, name) in [
        ("/login", "alice"),
        ("/login", "nobby"),
        ("/register", "bob"),
    ] {
        let answer = world.post(path, None, account(name)).await;
        assert_eq!(answer.code(), "CLASSIC_LOGIN_OFF", "{path} {name}");
    }
    let answer = world.get("/api/rooms", Some(&alice)).await;
    assert_eq!(answer.code(), "CLASSIC_LOGIN_OFF");
    let mut socket = Socket::open(&world.address(), &[]).await;
    match socket.hello(&json!({ "token": alice })).await {
        Packet::Refused(why) => assert_eq!(why["message"], "CLASSIC_LOGIN_OFF"),
        other => panic!("{other:?}"),
    }
}

/// An access token is the session's for ten minutes, for a classic account as for any.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_stands_for_a_simple_client() {
    let world = World::new().await;
    let alice = classic(&world, "alice").await;
    let pair = world.post("/api/token", Some(&alice), json!({})).await.ok();
    let access = pair["access_token"].as_str().unwrap();
    world
        .post("/api/rooms", Some(access), json!({ "name": "Lobby" }))
        .await
        .ok();
    Socket::connect(&world.address(), access).await;
    let vault = world.get("/api/vault", Some(access)).await;
    assert_eq!(vault.code(), "CLASSIC_ACCOUNT");
}

/// In a relay room a full account and a classic one hear each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_kinds_of_accounts_meet_in_a_shared_key_room() {
    let world = World::new().await;
    let alice = classic(&world, "alice").await;
    let [carol] = world.people(["carol"]).await;
    let room = world
        .post("/api/rooms", Some(&alice), json!({ "name": "Lobby" }))
        .await
        .ok();
    let id = room["room_id"].as_u64().unwrap();
    let mut a = Socket::connect(&world.address(), &alice).await;
    let mut c = world.socket(&carol).await;
    a.ok("join_room", &json!({ "room_id": id })).await;
    a.pushed("room_history").await;
    c.ok("join_room", &json!({ "room_id": id })).await;
    c.ok("send_message", &relay_message(id, &base64(b"from carol")))
        .await;
    let heard = a.pushed("new_message").await;
    assert_eq!(heard["device"], carol.device);
    a.ok("send_message", &said(id, "from alice")).await;
    c.pushed("new_message").await;
    assert!(c.pushed("new_message").await.get("device").is_none());
}
