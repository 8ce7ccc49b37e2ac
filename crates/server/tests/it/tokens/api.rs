//! API tokens for bots.

use protocol::limits::{API_TOKEN_MILLIS_MAX, API_TOKENS_MAX};
use reqwest::Method;
use serde_json::{Value, json};

use super::{by, refused, rooms};
use crate::{
    admin::{act, administrator},
    devices::{further, revocation, revoke},
    people::{Person, login, new_password, password_proof, relay_message, sealed_room},
    second_factor::{guarded, prove},
    socket::{Packet, Socket},
    world::{Answer, START, World},
};

const DAY: u64 = 24 * 3_600_000;
const WIRE: &str = include_str!("../../../../../docs/WIRE.md");

async fn ask(world: &World, name: &str, person: &Person, scopes: &[&str]) -> Answer {
    let body = json!({
        "proof": prove(world, name).await, "name": "weather", "scopes": scopes, "lasts_ms": 90 * DAY,
    });
    world.post("/api/tokens", Some(&person.token), body).await
}

/// A bot of somebody's, with these scopes.
async fn bot(world: &World, name: &str, person: &Person, scopes: &[&str]) -> Person {
    by(
        person,
        &ask(world, name, person, scopes).await.ok()["token"],
    )
}

async fn listed(world: &World, person: &Person) -> Vec<Value> {
    let answer = world.get("/api/tokens", Some(&person.token)).await.ok();
    answer["tokens"].as_array().unwrap().clone()
}

async fn relay_room(world: &World, person: &Person) -> u64 {
    let body = json!({ "encryption": "shared_key", "name": "lobby" });
    let answer = world.post("/api/rooms", Some(&person.token), body).await;
    answer.ok()["room_id"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_reads_and_writes_and_is_taken_back() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let made = ask(&world, "alice", &alice, &["write", "read"]).await.ok();
    assert!(made["token"].as_str().unwrap().starts_with("sct_"));
    let bot = by(&alice, &made["token"]);
    let room = relay_room(&world, &bot).await;
    let mut socket = Socket::connect(&world.address(), &bot.token).await;
    socket.ok("join_room", &json!({ "room_id": room })).await;
    socket
        .ok("send_message", &relay_message(room, "sunny"))
        .await;
    socket.pushed("new_message").await;
    world.clock.advance(DAY);
    rooms(&world, &bot).await.ok();

    let tokens = listed(&world, &alice).await;
    assert_eq!(tokens.len(), 1);
    let shown = &tokens[0];
    assert_eq!(shown["token_id"], made["token_id"]);
    assert_eq!(
        (&shown["name"], &shown["scopes"]),
        (&json!("weather"), &json!(["read", "write"]))
    );
    assert_eq!(shown["device_id"], json!(alice.device));
    let used = shown["last_used"].as_str().unwrap();
    let today = protocol::time::Timestamp::from_millis(START + DAY).to_string();
    assert_eq!(used, format!("{}T00:00:00.000Z", &today[..10]));
    // It is shown once; nothing that is listed opens anything, and nobody lists somebody else's.
    assert!(!shown.to_string().contains(&bot.token[4..]));
    assert_eq!(listed(&world, &bob).await, [] as [Value; 0]);
    let path = format!("/api/tokens/{}", made["token_id"].as_str().unwrap());
    assert_eq!(
        world.delete(&path, Some(&bob.token)).await.code(),
        "NOT_FOUND"
    );

    world.delete(&path, Some(&alice.token)).await.ok();
    assert_eq!(
        socket.pushed("session_ended").await["code"],
        "SESSION_EXPIRED"
    );
    assert!(matches!(socket.packet().await, Packet::Disconnected));
    assert_eq!(
        refused(&world, &bot).await.as_deref(),
        Some("UNAUTHENTICATED")
    );
    assert_eq!(
        world.delete(&path, Some(&alice.token)).await.code(),
        "NOT_FOUND"
    );
    rooms(&world, &alice).await.ok();
}

/// Every route of the page, with a token that has all scopes: what is not in the list of scopes is refused, whatever it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_scope_reaches_credentials_devices_sessions_keys_or_the_server() {
    let world = World::new().await;
    let alice = administrator(&world, "alice").await;
    let bot = bot(&world, "alice", &alice, &["read", "write", "files"]).await;
    let open = [
        "GET /api/server",
        "POST /register",
        "POST /login",
        "POST /login/ticket",
        "POST /api/meetings",
        "POST /api/meetings/{meeting_id}/say",
        "POST /api/meetings/{meeting_id}/hear",
        "POST /api/meetings/{meeting_id}/end",
        "POST /api/token/refresh",
        "POST /api/passkeys/code",
    ];
    let allowed = [
        "GET /api/accounts/{name}",
        "GET /api/rooms",
        "POST /api/rooms",
        "GET /api/rooms/{room_id}/members",
        "POST /api/rooms/{room_id}/leave",
        "GET /api/rooms/{room_id}/entries/{seq}",
        "GET /api/rooms/{room_id}/entries/{seq}/attestation",
        "PUT /api/rooms/{room_id}/blobs/{blob_id}",
        "GET /api/rooms/{room_id}/blobs/{blob_id}",
        "DELETE /api/rooms/{room_id}/blobs/{blob_id}",
        "PUT /api/rooms/{room_id}/blobs/{blob_id}/chunks/{index}",
        "GET /api/rooms/{room_id}/blobs/{blob_id}/chunks/{index}",
    ];
    let mut seen = 0;
    let routes = WIRE.lines().filter_map(|line| line.strip_prefix("| [`"));
    for route in routes.filter_map(|line| line.split('`').next()) {
        let Some((method, path)) = route
            .split_once(' ')
            .filter(|(_, path)| path.starts_with('/'))
        else {
            continue;
        };
        seen += 1;
        let method: Method = method.parse().unwrap();
        let path = path.split('?').next().unwrap();
        let path = filled(path);
        let body = json!({});
        let body = (method != Method::GET).then_some(&body);
        let answer = world.call(method, &path, Some(&bot.token), body).await;
        let code = (answer.status != 200).then(|| answer.code());
        let missing = code.as_deref() == Some("SCOPE_MISSING");
        let may = open.contains(&route) || allowed.contains(&route);
        assert_eq!(missing, !may, "{route}: {code:?}");
    }
    assert!(seen > 60, "{seen}");
}

/// A path with something in each place.
fn filled(path: &str) -> String {
    let segment = |part: &str| match part {
        "{room_id}" | "{seq}" | "{invite_id}" | "{index}" => "7".to_owned(),
        "{name}" => "alice".to_owned(),
        part if part.starts_with('{') => "0".repeat(32),
        part => part.to_owned(),
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_is_missing_is_missing_everywhere() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let sealed = sealed_room(&world, &alice).await;
    let bobs = relay_room(&world, &bob).await;
    let own = relay_room(&world, &alice).await;
    let reader = bot(&world, "alice", &alice, &["read"]).await;
    let writer = bot(&world, "alice", &alice, &["write"]).await;
    let filer = bot(&world, "alice", &alice, &["files"]).await;
    let blob = format!("/api/rooms/{sealed}/blobs/{}", "0".repeat(32));
    let room = json!({ "encryption": "shared_key", "name": "lobby" });
    let open = json!({ "length": 0 });
    for (person, read, write, files) in [
        (&reader, true, false, false),
        (&writer, false, true, false),
        (&filer, false, false, true),
    ] {
        let token = Some(person.token.as_str());
        let may = |answer: Answer| answer.status == 200 || answer.code() != "SCOPE_MISSING";
        assert_eq!(may(rooms(&world, person).await), read);
        assert_eq!(
            may(world.post("/api/rooms", token, room.clone()).await),
            write
        );
        assert_eq!(may(world.put(&blob, token, open.clone()).await), files);
        let mut socket = Socket::open(&world.address(), &[]).await;
        let hello = socket.hello(&json!({ "token": person.token })).await;
        match hello {
            Packet::Connected => assert!(read),
            Packet::Refused(why) => assert!(!read && why["message"] == "SCOPE_MISSING", "{why}"),
            other => panic!("{other:?}"),
        }
    }
    // Who reads hears the rooms of the account, says nothing, and comes into none.
    let mut socket = Socket::connect(&world.address(), &reader.token).await;
    socket.ok("join_room", &json!({ "room_id": own })).await;
    socket
        .ok("room_history", &json!({ "room_id": own, "since": 0 }))
        .await;
    for (event, data) in [
        ("send_message", relay_message(own, "hello")),
        ("ephemeral", json!({ "room_id": own, "body": "AAEC" })),
        ("join_room", json!({ "room_id": bobs })),
    ] {
        let answer = socket.call(event, &data).await;
        assert_eq!(answer["code"], "SCOPE_MISSING", "{event}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_session_makes_no_token() {
    let world = World::new().await;
    let [alice, _bob] = world.people(["alice", "bob"]).await;
    let good = json!({ "name": "weather", "scopes": ["read"], "lasts_ms": DAY });
    let with = |proof: Value| {
        let mut body = good.clone();
        body["proof"] = proof;
        body
    };
    let token = Some(alice.token.as_str());
    let without = world.post("/api/tokens", token, good.clone()).await;
    assert_eq!(without.code(), "BAD_JSON");
    let wrong = password_proof(&world, "alice", "not her password").await;
    let wrong = wrong.unwrap_or_else(|answer| panic!("{}", answer.body));
    let theirs = prove(&world, "bob").await;
    for proof in [wrong, theirs] {
        let answer = world.post("/api/tokens", token, with(proof)).await;
        assert_eq!(answer.code(), "LOGIN_FAILED");
    }
    // A proof counts once.
    let proof = prove(&world, "alice").await;
    world
        .post("/api/tokens", token, with(proof.clone()))
        .await
        .ok();
    let again = world.post("/api/tokens", token, with(proof)).await;
    assert_eq!(again.code(), "LOGIN_FAILED");
    for (field, value, code) in [
        ("scopes", json!([]), "BAD_REQUEST"),
        ("scopes", json!(["admin"]), "BAD_JSON"),
        ("name", json!("  "), "BAD_REQUEST"),
        ("name", json!("a\nb"), "BAD_REQUEST"),
        ("name", json!("x".repeat(129)), "TOO_LARGE"),
        ("lasts_ms", json!(0), "BAD_REQUEST"),
        ("lasts_ms", json!(API_TOKEN_MILLIS_MAX + 1), "BAD_REQUEST"),
    ] {
        let mut body = with(json!({ "login_id": "0".repeat(32), "finish": "AA==" }));
        body[field] = value;
        let answer = world.post("/api/tokens", token, body).await;
        assert_eq!(answer.code(), code, "{field}");
    }
    assert_eq!(listed(&world, &alice).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_asked_for_a_token_too() {
    let world = World::new().await;
    let carol = guarded(&world, "carol").await;
    let without = ask(&world, "carol", &carol.person, &["read"]).await;
    assert_eq!(without.code(), "SECOND_FACTOR_REQUIRED");
    let code = carol.fresh(&world);
    let body = json!({
        "proof": prove(&world, "carol").await, "code": code,
        "name": "weather", "scopes": ["read"], "lasts_ms": DAY,
    });
    let token = Some(carol.person.token.as_str());
    world.post("/api/tokens", token, body).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_ends_with_its_time_its_device_its_password_and_its_account() {
    let world = World::new().await;
    let admin = administrator(&world, "admin").await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    // Its time.
    let timed = bot(&world, "alice", &alice, &["read"]).await;
    world.clock.advance(89 * DAY);
    rooms(&world, &timed).await.ok();
    world.clock.advance(DAY);
    assert_eq!(
        refused(&world, &timed).await.as_deref(),
        Some("SESSION_EXPIRED")
    );
    let alice = again(&world, "alice", &alice).await;
    assert_eq!(listed(&world, &alice).await, [] as [Value; 0]);
    // Its device, of a session that ends or not.
    let phone = further(&world, "alice", &alice).await;
    let of_phone = bot(&world, "alice", &phone, &["read"]).await;
    let of_first = bot(&world, "alice", &alice, &["read"]).await;
    world.delete("/api/sessions", Some(&alice.token)).await.ok();
    rooms(&world, &of_phone).await.ok();
    let mut socket = Socket::connect(&world.address(), &of_phone.token).await;
    revoke(&world, &alice, revocation(&[&phone], &[], 1))
        .await
        .ok();
    socket.pushed("session_ended").await;
    assert_eq!(
        refused(&world, &of_phone).await.as_deref(),
        Some("UNAUTHENTICATED")
    );
    rooms(&world, &of_first).await.ok();
    // A change of password that ends all others.
    let mut change = new_password(&world, "alice", &alice.token, "another password").await;
    change["proof"] = json!({ "password": prove(&world, "alice").await });
    change["end_others"] = json!(true);
    world
        .post("/api/password", Some(&alice.token), change)
        .await
        .ok();
    assert_eq!(
        refused(&world, &of_first).await.as_deref(),
        Some("UNAUTHENTICATED")
    );
    // The account, by an administrator.
    let bob = again(&world, "bob", &bob).await;
    let admin = again(&world, "admin", &admin).await;
    let bobs = bot(&world, "bob", &bob, &["read"]).await;
    act(&world, &admin, "end_sessions", &bob).await.ok();
    assert_eq!(
        refused(&world, &bobs).await.as_deref(),
        Some("UNAUTHENTICATED")
    );
}

/// The session of a person after so long a time that the former one has ended.
async fn again(world: &World, name: &str, person: &Person) -> Person {
    let device = Some(person.device.as_str());
    let opened = login(world, name, &name.repeat(3), device).await.ok();
    by(person, &opened["session"]["token"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_has_so_many_tokens() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    for _ in 0..API_TOKENS_MAX {
        world.clock.advance(60_000);
        ask(&world, "alice", &alice, &["read"]).await.ok();
    }
    let over = ask(&world, "alice", &alice, &["read"]).await;
    assert_eq!(over.code(), "TOO_LARGE");
}
