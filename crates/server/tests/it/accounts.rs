//! Registration, login, sessions, devices, KeyPackages, vault.

use protocol::limits::{
    LOGIN_LEG_MILLIS, LOGIN_WINDOW_MILLIS, LOGINS_PER_WINDOW, SESSION_IDLE_MILLIS,
};
use reqwest::Method;
use serde_json::json;
use server::Registration;

use crate::{
    people::{base64, further_device, hex_id, login, register, registration},
    socket::Packet,
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_and_an_unknown_name_look_alike() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let right = login(&world, "alice", "alicealicealice", Some(&alice.device))
        .await
        .ok();
    assert_eq!(right["session"]["account_id"], json!(alice.account));
    assert_eq!(right["session"]["device_id"], json!(alice.device));
    assert_eq!(right["root_box"]["by_code"], json!(base64(b"by code")));

    let wrong = login(&world, "alice", "not her password", None).await;
    let unknown = login(&world, "nobody", "not her password", None).await;
    assert_eq!(
        (wrong.code(), unknown.code()),
        ("LOGIN_FAILED".into(), "LOGIN_FAILED".into())
    );
    assert_eq!(wrong.body, unknown.body);

    // The first leg tells nothing either.
    let ke1 = |name| {
        use opaque_ke::ClientLogin;
        let started =
            ClientLogin::<protocol::opaque::Suite>::start(&mut rand_core::OsRng, b"x").unwrap();
        json!({ "username": name, "start": base64(&started.message.serialize()) })
    };
    let known = world.post("/login", None, ke1("alice")).await;
    let unknown = world.post("/login", None, ke1("nobody")).await;
    assert_eq!(
        known.headers["content-length"],
        unknown.headers["content-length"]
    );
    assert_eq!(known.status, unknown.status);

    // A second leg has a minute, and one try.
    let id = known.body["login_id"].clone();
    let finish = json!({ "login_id": id, "finish": base64(&[0; 64]) });
    for _ in 0..2 {
        assert_eq!(
            world.post("/login", None, finish.clone()).await.code(),
            "LOGIN_FAILED"
        );
    }
    let known = world.post("/login", None, ke1("alice")).await.ok();
    world.clock.advance(LOGIN_LEG_MILLIS);
    let finish = json!({ "login_id": known["login_id"], "finish": base64(&[0; 64]) });
    assert_eq!(
        world.post("/login", None, finish).await.code(),
        "LOGIN_FAILED"
    );

    let mut limited = None;
    for _ in 0..LOGINS_PER_WINDOW {
        limited = Some(world.post("/login", None, ke1("alice")).await);
    }
    let limited = limited.unwrap();
    assert_eq!(limited.code(), "RATE_LIMITED");
    assert!(limited.body["retry_after_ms"].as_u64().unwrap() <= LOGIN_WINDOW_MILLIS);
    world.clock.advance(LOGIN_WINDOW_MILLIS);
    world.post("/login", None, ke1("alice")).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registration_is_checked() {
    let world = World::new().await;
    let body = registration(&world, "carol", "carolcarol")
        .await
        .unwrap_or_else(|_| panic!());
    let refused = async |change: &dyn Fn(&mut serde_json::Value)| {
        let mut body = body.clone();
        change(&mut body);
        world.post("/register", None, body).await.code()
    };
    assert_eq!(
        refused(&|it| it["account_id"] = json!(hex_id())).await,
        "BAD_REQUEST"
    );
    assert_eq!(
        refused(&|it| it["finish"] = json!(base64(b"short"))).await,
        "BAD_REQUEST"
    );
    assert_eq!(
        refused(&|it| it["finish"] = json!("not base64!")).await,
        "BAD_BASE64"
    );
    assert_eq!(
        refused(&|it| it["username"] = json!("Carol")).await,
        "NAME_INVALID"
    );
    assert_eq!(refused(&|it| it["start"] = json!("")).await, "BAD_JSON");
    assert_eq!(
        refused(&|it| it["vault"][0]["name"] = json!("../x")).await,
        "BAD_REQUEST"
    );
    let large = json!(base64(&[0; 2_000]));
    assert_eq!(
        refused(&|it| it["root_box"]["by_code"] = large.clone()).await,
        "TOO_LARGE"
    );
    let answer = world.post("/register", None, body.clone()).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let token = answer.ok()["token"].as_str().unwrap().to_owned();
    assert!(cookie.starts_with(&format!("secure_chat={token};")));
    assert_eq!(
        world.post("/register", None, body).await.code(),
        "NAME_TAKEN"
    );
    let taken = register(&world, "carol", "x").await;
    assert_eq!(
        taken.err().map(|answer| answer.code()),
        Some("NAME_TAKEN".to_owned())
    );

    let closed = World::with(|config| config.registration = Registration::Closed).await;
    let refused = register(&closed, "dave", "x")
        .await
        .err()
        .map(|answer| answer.code());
    assert_eq!(refused.as_deref(), Some("REGISTRATION_CLOSED"));
    assert_eq!(
        closed.get("/api/server", None).await.ok()["registration"],
        json!("closed")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_end() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    assert_eq!(
        world.get("/api/rooms", None).await.code(),
        "UNAUTHENTICATED"
    );
    let never = "A".repeat(43);
    assert_eq!(
        world.get("/api/rooms", Some(&never)).await.code(),
        "UNAUTHENTICATED"
    );
    world.get("/api/rooms", Some(&alice.token)).await.ok();

    // With a cookie: reading always, changing not from another origin.
    let with_cookie = |method, path: &str, origin: Option<String>| {
        let request = world.http.request(method, world.url(path));
        let request = request.header("cookie", format!("secure_chat={}", alice.token));
        match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        }
    };
    world
        .send(with_cookie(Method::GET, "/api/rooms", None))
        .await
        .ok();
    for origin in ["http://evil.example", "null"] {
        let origin = Some(origin.to_owned());
        let answer = world
            .send(with_cookie(Method::POST, "/logout", origin))
            .await;
        assert_eq!(answer.code(), "UNAUTHENTICATED");
    }

    let mut socket = world.socket(&alice).await;
    let own = Some(format!("http://{}", world.address()));
    let answer = world.send(with_cookie(Method::POST, "/logout", own)).await;
    assert!(
        answer.headers["set-cookie"]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    answer.ok();
    assert_eq!(
        socket.pushed("session_ended").await["code"],
        "SESSION_EXPIRED"
    );
    assert!(matches!(socket.packet().await, Packet::Disconnected));
    assert_eq!(
        world.get("/api/rooms", Some(&alice.token)).await.code(),
        "SESSION_EXPIRED"
    );
    let mut socket = crate::socket::Socket::open(&world.address(), &[]).await;
    let Packet::Refused(why) = socket.hello(&json!({ "token": alice.token })).await else {
        panic!("admitted")
    };
    assert_eq!(why, json!({ "message": "SESSION_EXPIRED" }));

    let session = login(&world, "alice", "alicealicealice", Some(&alice.device))
        .await
        .ok();
    let token = session["session"]["token"].as_str().unwrap();
    world.clock.advance(SESSION_IDLE_MILLIS - 1);
    world.get("/api/rooms", Some(token)).await.ok();
    world.clock.advance(SESSION_IDLE_MILLIS - 1);
    world.get("/api/rooms", Some(token)).await.ok();
    world.clock.advance(SESSION_IDLE_MILLIS);
    assert_eq!(
        world.get("/api/rooms", Some(token)).await.code(),
        "SESSION_EXPIRED"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_and_key_packages() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let session = login(&world, "alice", "alicealicealice", None).await.ok();
    let first = session["session"]["token"].as_str().unwrap().to_owned();
    assert!(session["session"].get("device_id").is_none());
    for path in ["/api/key_packages", "/api/mailbox", "/api/recovery"] {
        assert_eq!(
            world.get(path, Some(&first)).await.code(),
            "DEVICE_REQUIRED"
        );
    }
    let phone = hex_id();
    let mut outdated = further_device(&phone, 0);
    outdated["account_key"] = json!(1);
    let answer = world.post("/api/devices", Some(&first), outdated).await;
    assert_eq!(answer.code(), "VERSION_CONFLICT");
    let answer = world
        .post("/api/devices", Some(&first), further_device(&phone, 0))
        .await
        .ok();
    assert_eq!(answer["device_id"], json!(phone));
    let token = answer["token"].as_str().unwrap().to_owned();
    let opened = world.get("/api/recovery", Some(&token)).await.ok();
    assert_eq!(opened["by_code"], json!(base64(b"by code")));
    assert_eq!(
        world.get("/api/recovery", None).await.code(),
        "UNAUTHENTICATED"
    );
    assert_eq!(
        world.get("/api/vault", Some(&first)).await.code(),
        "SESSION_EXPIRED"
    );
    assert_eq!(
        world.get("/api/key_packages", Some(&token)).await.ok(),
        json!({ "left": 0 })
    );
    let again = world
        .post("/api/devices", Some(&token), further_device(&hex_id(), 0))
        .await;
    assert_eq!(again.code(), "BAD_REQUEST");

    let packages = json!({ "key_packages": [base64(b"one")], "last_resort": base64(b"new last") });
    let answer = world
        .post("/api/key_packages", Some(&token), packages)
        .await;
    assert_eq!(answer.ok(), json!({ "left": 1 }));
    let many = json!({ "key_packages": vec![base64(b"x"); 100] });
    assert_eq!(
        world
            .post("/api/key_packages", Some(&token), many)
            .await
            .code(),
        "TOO_LARGE"
    );
    let empty = json!({ "key_packages": [""] });
    assert_eq!(
        world
            .post("/api/key_packages", Some(&token), empty)
            .await
            .code(),
        "BAD_REQUEST"
    );

    let path = format!("/api/accounts/{}/key_packages", alice.account);
    let claim = async || {
        let body = world
            .call(Method::POST, &path, Some(&bob.token), None)
            .await
            .ok();
        let all = body["key_packages"].as_array().unwrap().clone();
        let of_phone = all
            .iter()
            .find(|it| it["device_id"] == json!(phone))
            .unwrap()
            .clone();
        (
            all.len(),
            of_phone["key_package"].clone(),
            of_phone["last_resort"].clone(),
        )
    };
    assert_eq!(claim().await, (2, json!(base64(b"one")), json!(false)));
    assert_eq!(claim().await, (2, json!(base64(b"new last")), json!(true)));
    let nobody = format!("/api/accounts/{}/key_packages", hex_id());
    let answer = world
        .call(Method::POST, &nobody, Some(&bob.token), None)
        .await;
    assert_eq!(answer.code(), "ACCOUNT_NOT_FOUND");

    let found = world
        .get("/api/accounts/alice", Some(&bob.token))
        .await
        .ok();
    assert_eq!(found["account_id"], json!(alice.account));
    for name in ["nobody", "Not%20a%20name"] {
        let answer = world
            .get(&format!("/api/accounts/{name}"), Some(&bob.token))
            .await;
        assert_eq!(answer.code(), "ACCOUNT_NOT_FOUND");
    }
    // The account has two devices now: eight more fit.
    for n in 0..9 {
        let session = login(&world, "alice", "alicealicealice", None).await.ok();
        let token = session["session"]["token"].as_str().unwrap().to_owned();
        let answer = world
            .post("/api/devices", Some(&token), further_device(&hex_id(), 0))
            .await;
        if n < 8 {
            answer.ok();
        } else {
            assert_eq!(answer.code(), "DEVICE_LIMIT");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_vault() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let token = Some(alice.token.as_str());
    let write = async |puts| {
        world
            .put("/api/vault", token, json!({ "puts": puts }))
            .await
    };
    let put = |name: &str, expected: u64| json!({ "name": name, "expected": expected, "sealed": base64(b"s") });
    write(json!([put("room/1", 0), put("root", 1)])).await.ok();
    assert_eq!(
        write(json!([put("root", 1)])).await.code(),
        "VERSION_CONFLICT"
    );
    assert_eq!(write(json!([])).await.code(), "BAD_REQUEST");
    assert_eq!(write(json!([put("Root", 0)])).await.code(), "BAD_REQUEST");
    let listing = world.get("/api/vault", token).await.ok();
    assert_eq!(
        listing["items"],
        json!([{ "name": "room/1", "version": 1 }, { "name": "root", "version": 2 }])
    );
    let item = world.get("/api/vault/item?name=root", token).await.ok();
    assert_eq!(
        item,
        json!({ "name": "root", "version": 2, "sealed": base64(b"s") })
    );
    assert_eq!(
        world.get("/api/vault/item?name=none", token).await.code(),
        "NOT_FOUND"
    );
    assert_eq!(
        world.get("/api/vault/item", token).await.code(),
        "BAD_REQUEST"
    );
}

/// One person asks again and again (attack 21): the one-time KeyPackages are not all theirs.
#[tokio::test]
async fn nobody_drains_the_key_packages_of_somebody_else() {
    let world = World::new().await;
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let more = json!({ "key_packages": (0..40).map(|i| base64(format!("one {i}").as_bytes())).collect::<Vec<_>>() });
    world
        .post("/api/key_packages", Some(&alice.token), more)
        .await
        .ok();
    let path = format!("/api/accounts/{}/key_packages", alice.account);
    let last_resort = async |by: &str| {
        let claimed = world.call(Method::POST, &path, Some(by), None).await.ok();
        claimed["key_packages"][0]["last_resort"] == json!(true)
    };
    let mut reusable = 0;
    for _ in 0..20 {
        reusable += usize::from(last_resort(&bob.token).await);
    }
    assert_eq!(reusable, 10, "ten an hour are for one use");
    assert!(!last_resort(&carol.token).await);
}
