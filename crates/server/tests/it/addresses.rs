//! Who asks, behind a proxy; and how much each address, account and device may.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use server::{PublicUrl, Transport};

use crate::{
    people::{base64, hex_id, message, sealed_room},
    world::{Answer, World},
};

/// A server behind a proxy on this machine.
async fn behind() -> World {
    World::with(|config| {
        config.transport = Transport::behind("127.0.0.1").unwrap();
        config.public_url = Some(PublicUrl::parse("https://chat.example.org").unwrap());
    })
    .await
}

/// A request as the proxy hands it on for somebody at `address`.
async fn from(world: &World, address: &str, path: &str, body: &Value) -> Answer {
    let request = world.http.request(Method::POST, world.url(path)).json(body);
    world.send(request.header("x-forwarded-for", address)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_logs_in_so_often_and_the_others_are_not_kept_from_it() {
    let world = behind().await;
    let body = json!({ "username": "simple", "password": "a plain passphrase" });
    from(&world, "198.51.100.7", "/register", &body).await.ok();
    let mut answers = Vec::new();
    for number in 0..901 {
        // Of another name each time, so that no name's own limit is met.
        let body = json!({ "username": format!("nobody-{number}"), "password": "x" });
        let claimed = "192.0.2.1, 198.51.100.7";
        answers.push(from(&world, claimed, "/login", &body).await.code());
    }
    let refused = answers.iter().filter(|code| *code == "RATE_LIMITED");
    assert_eq!(
        (refused.count(), answers.last().unwrap().as_str()),
        (1, "RATE_LIMITED")
    );
    let wait = from(&world, "198.51.100.7", "/login", &body).await;
    let seconds = wait.headers[header::RETRY_AFTER].to_str().unwrap();
    assert!((1..=900).contains(&seconds.parse::<u32>().unwrap()));
    from(&world, "198.51.100.8", "/login", &body).await.ok();
    // Nor is this machine itself counted, where the proxy says nothing.
    world.post("/login", None, body).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_makes_so_many_accounts() {
    let world = behind().await;
    let body = json!({ "username": "x", "password": "a plain passphrase" });
    for _ in 0..240 {
        let code = from(&world, "2001:db8::1", "/register", &body).await.code();
        assert_eq!(code, "NAME_INVALID");
    }
    let body = json!({ "username": "simple", "password": "a plain passphrase" });
    // The next address of the same customer.
    let refused = from(&world, "2001:db8::2", "/register", &body).await;
    assert_eq!(refused.code(), "RATE_LIMITED");
    from(&world, "2001:db8:0:1::2", "/register", &body)
        .await
        .ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_proxy_cookies_are_for_https_and_browsers_are_told() {
    let world = behind().await;
    let body = json!({ "username": "simple", "password": "a plain passphrase" });
    let answer = from(&world, "198.51.100.7", "/register", &body).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-secure_chat=") && cookie.ends_with("; Secure"));
    let hsts = &answer.headers[header::STRICT_TRANSPORT_SECURITY];
    assert_eq!(hsts, "max-age=63072000");
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_sends_so_many_messages_in_a_minute() {
    let world = World::with(|config| config.messages_per_minute = 5).await;
    let [alice] = world.people(["alice"]).await;
    let room = sealed_room(&world, &alice).await;
    let mut socket = world.socket(&alice).await;
    for text in ["1", "2", "3", "4", "5"] {
        socket.ok("send_message", &message(room, 0, text)).await;
    }
    let refused = socket.refused("send_message", &message(room, 0, "6")).await;
    assert_eq!(refused, "RATE_LIMITED");
    world.clock.advance(60_000);
    socket.ok("send_message", &message(room, 0, "6")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_uploads_keys_so_often() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let upload = json!({ "key_packages": [base64(hex_id().as_bytes())] });
    for _ in 0..600 {
        let again = json!({ "key_packages": upload["key_packages"], "replace": true });
        world
            .post("/api/key_packages", Some(&alice.token), again)
            .await
            .ok();
    }
    let refused = world.post("/api/key_packages", Some(&alice.token), upload);
    assert_eq!(refused.await.code(), "RATE_LIMITED");
}
