//! Administrators of the server: who is one, what they may do, and what the server tells them.

use protocol::{limits::INVITE_LABEL_MAX, names::UserName};
use reqwest::Method;
use serde_json::{Value, json};
use server::{Mode, Registration, Setup};

use crate::{
    people::{Person, login, message, register, register_by, sealed_room},
    socket::Packet,
    world::World,
};

const CANARY: &str = "canary-0123456789abcdef0123456789abcdef";

async fn set_up(world: &World) -> Setup {
    let name = UserName::parse("admin").unwrap();
    world.server().set_up(&name).await.unwrap()
}

/// The invite of a server that nobody administrates.
async fn setup_invite(world: &World) -> String {
    match set_up(world).await {
        Setup::Administrator(invite) => invite.0,
        other => panic!("{other:?}"),
    }
}

/// Somebody who administrates the server from its start.
async fn administrator(world: &World, name: &str) -> Person {
    let invite = setup_invite(world).await;
    let person = register_by(world, name, &name.repeat(3), Some(&invite)).await;
    person.unwrap_or_else(|answer| panic!("{}", answer.body))
}

async fn refusal(result: Result<Person, crate::world::Answer>) -> String {
    result
        .err()
        .map_or_else(|| "no refusal".to_owned(), |answer| answer.code())
}

async fn act(world: &World, by: &Person, act: &str, on: &Person) -> crate::world::Answer {
    let path = format!("/api/admin/users/{}", on.account);
    world
        .post(&path, Some(&by.token), json!({ "act": act }))
        .await
}

async fn invite(world: &World, by: &Person, request: Value) -> Value {
    world
        .post("/api/admin/invites", Some(&by.token), request)
        .await
        .ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_an_administrator_gets_anything() {
    let world = World::new().await;
    administrator(&world, "alice").await;
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
async fn the_setup_invite_counts_once_and_until_the_next_start() {
    let mut world = World::with(|config| {
        config.mode = Mode::Production;
        config.registration = Registration::Closed;
    })
    .await;
    let info = world.get("/api/server", None).await.ok();
    assert_eq!(info["registration"], "closed");
    let first = setup_invite(&world).await;
    world.stop().await;
    world.start().await;
    let second = setup_invite(&world).await;
    let old = register_by(&world, "alice", "alicealice", Some(&first)).await;
    assert_eq!(refusal(old).await, "REGISTRATION_CLOSED");
    assert_eq!(
        refusal(register(&world, "alice", "alicealice").await).await,
        "REGISTRATION_CLOSED"
    );
    let alice = register_by(&world, "alice", "alicealice", Some(&second)).await;
    let alice = alice.unwrap_or_else(|answer| panic!("{}", answer.body));
    let again = register_by(&world, "bob", "bobbobbob", Some(&second)).await;
    assert_eq!(refusal(again).await, "REGISTRATION_CLOSED");
    world.get("/api/admin/users", Some(&alice.token)).await.ok();
    assert_eq!(set_up(&world).await, Setup::Done);
    // Nothing of it lies in the files but its hash.
    let audit = world.get("/api/admin/audit", Some(&alice.token)).await.ok();
    assert_eq!(audit["acts"][0]["act"], "become_admin");
    assert_eq!(audit["acts"][0]["target_name"], "alice");
    for file in std::fs::read_dir(&world.config.data).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        let found = bytes
            .windows(second.len())
            .any(|it| it == second.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invite_is_needed_used_up_expires_and_is_taken_back() {
    let world = World::with(|config| config.registration = Registration::Invite).await;
    let alice = administrator(&world, "alice").await;
    assert_eq!(
        refusal(register(&world, "bob", "bobbobbob").await).await,
        "INVITE_REQUIRED"
    );
    let made = invite(&world, &alice, json!({ "uses": 1, "label": "for Bob" })).await;
    let token = made["token"].as_str().unwrap();
    let listed = world
        .get("/api/admin/invites", Some(&alice.token))
        .await
        .ok();
    assert_eq!(listed["invites"][0]["label"], "for Bob");
    assert_eq!(listed["invites"][0]["made_by"], "alice");
    assert!(!listed.to_string().contains(token));
    // Two who show it at the same moment: one gets in.
    let (one, two) = tokio::join!(
        register_by(&world, "bob", "bobbobbob", Some(token)),
        register_by(&world, "carol", "carolcarol", Some(token)),
    );
    assert!(one.is_ok() != two.is_ok());
    for result in [one, two].into_iter().filter(Result::is_err) {
        assert_eq!(refusal(result).await, "INVITE_INVALID");
    }
    for wrong in [token, "x", &"A".repeat(43)] {
        let result = register_by(&world, "dave", "davedave", Some(wrong)).await;
        assert_eq!(refusal(result).await, "INVITE_INVALID", "{wrong}");
    }
    let short = invite(&world, &alice, json!({ "uses": 5, "lasts_ms": 1000 })).await;
    let short = short["token"].as_str().unwrap();
    world.clock.advance(1_000);
    let result = register_by(&world, "dave", "davedave", Some(short)).await;
    assert_eq!(refusal(result).await, "INVITE_INVALID");
    let gone = invite(&world, &alice, json!({ "uses": 5 })).await;
    let path = format!("/api/admin/invites/{}", gone["invite_id"]);
    world.delete(&path, Some(&alice.token)).await.ok();
    assert_eq!(
        world.delete(&path, Some(&alice.token)).await.code(),
        "NOT_FOUND"
    );
    let result = register_by(&world, "dave", "davedave", gone["token"].as_str()).await;
    assert_eq!(refusal(result).await, "INVITE_INVALID");

    for (bad, code) in [
        (json!({ "uses": 0 }), "BAD_REQUEST"),
        (json!({ "uses": 10_001 }), "TOO_LARGE"),
        (json!({ "uses": 1, "lasts_ms": 0 }), "BAD_REQUEST"),
        (json!({ "uses": 1, "lasts_ms": u64::MAX }), "BAD_REQUEST"),
        (json!({ "uses": 1, "label": "a\u{1b}[2J" }), "BAD_REQUEST"),
        (
            json!({ "uses": 1, "label": "a".repeat(INVITE_LABEL_MAX + 1) }),
            "TOO_LARGE",
        ),
        (json!({ "label": "no uses" }), "BAD_JSON"),
    ] {
        let answer = world
            .post("/api/admin/invites", Some(&alice.token), bad.clone())
            .await;
        assert_eq!(answer.code(), code, "{bad}");
    }
    for path in ["/api/admin/invites/x", "/api/admin/invites/0"] {
        assert_eq!(
            world.delete(path, Some(&alice.token)).await.code(),
            "NOT_FOUND"
        );
    }
    // One that makes an administrator.
    let second = invite(&world, &alice, json!({ "uses": 1, "makes_admin": true })).await;
    let erin = register_by(&world, "erin", "erinerin", second["token"].as_str()).await;
    let erin = erin.unwrap_or_else(|answer| panic!("{}", answer.body));
    world.get("/api/admin/limits", Some(&erin.token)).await.ok();
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
    let started = crate::people::password_proof(&world, "bob", "bobbobbob").await;
    let started = started.unwrap_or_else(|answer| panic!("{}", answer.body));
    act(&world, &alice, "disable", &bob).await.ok();
    let answer = crate::people::login_finish(&world, started, None).await;
    assert_eq!(answer.code(), "ACCOUNT_DISABLED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_freed_name_is_a_newcomers_and_the_room_lives_on() {
    let world = World::new().await;
    let alice = administrator(&world, "alice").await;
    let [bob, carol] = world.people(["bob", "carol"]).await;
    let room = sealed_room(&world, &bob).await;
    crate::people::commit_ok(&world, room, &bob, 0, json!({ "in": [carol.account] })).await;
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

    let mut newcomer = crate::people::registration(&world, "bob", "another one")
        .await
        .unwrap_or_else(|answer| panic!("{}", answer.body));
    // Another identity key than the helper's, which is made from the name.
    crate::people::with_identity(&mut newcomer, b"another bob");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_account_does_nothing_before_it_has_another_password() {
    let mut world = World::with(|config| config.default_admin = true).await;
    let Setup::DefaultAccount(own) = set_up(&world).await else {
        panic!("no default account");
    };
    let admin = register_by(&world, "admin", "admin123", Some(&own.0)).await;
    let admin = admin.unwrap_or_else(|answer| panic!("{}", answer.body));
    let name = UserName::parse("admin").unwrap();
    world.server().forget_default_device(&name).await.unwrap();
    assert_eq!(
        world.get("/api/rooms", Some(&admin.token)).await.code(),
        "SESSION_EXPIRED"
    );
    assert_eq!(set_up(&world).await, Setup::NewPassword);

    let session = login(&world, "admin", "admin123", Some(&admin.device))
        .await
        .ok();
    assert_eq!(session["must_change_password"], true);
    assert_eq!(
        session["session"].get("device_id"),
        None,
        "that device is gone"
    );
    let token = session["session"]["token"].as_str().unwrap().to_owned();
    for path in [
        "/api/rooms",
        "/api/vault",
        "/api/devices",
        "/api/mailbox",
        "/api/admin/users",
    ] {
        let answer = world.get(path, Some(&token)).await;
        assert_eq!(answer.code(), "PASSWORD_CHANGE_REQUIRED", "{path}");
    }
    let mut socket = crate::socket::Socket::open(&world.address(), &[]).await;
    let Packet::Refused(why) = socket.hello(&json!({ "token": token })).await else {
        panic!("admitted")
    };
    assert_eq!(why, json!({ "message": "PASSWORD_CHANGE_REQUIRED" }));

    // The same data anywhere else: the session does no more, and there is no other.
    world.stop().await;
    world.config.mode = Mode::Production;
    world.start().await;
    let answer = world.get("/api/rooms", Some(&token)).await;
    assert_eq!(answer.code(), "PASSWORD_CHANGE_REQUIRED");
    assert_eq!(
        login(&world, "admin", "admin123", None).await.code(),
        "DEFAULT_PASSWORD"
    );
    assert_eq!(
        login(&world, "admin", "admin124", None).await.code(),
        "LOGIN_FAILED"
    );
    // Nobody gets in by it, so somebody else has to administrate.
    let invite = setup_invite(&world).await;
    register_by(&world, "alice", "alicealice", Some(&invite))
        .await
        .unwrap_or_else(|answer| panic!("{}", answer.body));
    world.post("/logout", Some(&token), json!({})).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_makes_no_default_account() {
    let production = |config: &mut server::Config| {
        config.mode = Mode::Production;
        config.default_admin = true;
    };
    let world = World::with(production).await;
    setup_invite(&world).await;
    // Not even by an invite that a development server left behind.
    let mut world = World::with(|config| config.default_admin = true).await;
    let Setup::DefaultAccount(own) = set_up(&world).await else {
        panic!("no default account");
    };
    world.stop().await;
    production(&mut world.config);
    world.start().await;
    let result = register_by(&world, "admin", "admin123", Some(&own.0)).await;
    assert_eq!(refusal(result).await, "INVITE_INVALID");
}

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
