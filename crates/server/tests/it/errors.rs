//! What a request can do wrong before any rule of the chat counts.

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{people::sealed_room, world::World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_error_has_the_same_shape() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let token = Some(alice.token.as_str());
    let room = sealed_room(&world, &alice).await;
    let raw = async |kind: &str, body: String| {
        let request = world.http.post(world.url("/api/mailbox/ack"));
        let request = request
            .bearer_auth(&alice.token)
            .header("content-type", kind)
            .body(body);
        world.send(request).await.code()
    };
    assert_eq!(world.get("/nothing", None).await.code(), "NOT_FOUND");
    assert_eq!(world.get("/api/nothing", token).await.code(), "NOT_FOUND");
    let answer = world.call(Method::DELETE, "/api/rooms", token, None).await;
    assert_eq!(answer.code(), "METHOD_NOT_ALLOWED");
    assert!(answer.headers["allow"].to_str().unwrap().contains("GET"));
    assert_eq!(raw("text/plain", "{}".into()).await, "UNSUPPORTED_MEDIA");
    assert_eq!(raw("application/json", "{".into()).await, "BAD_JSON");
    assert_eq!(
        raw("application/json; charset=utf-8", "{}".into()).await,
        "BAD_JSON"
    );
    assert_eq!(raw("application/json", " [7]".into()).await, "BAD_JSON");
    assert_eq!(
        raw("application/json", r#"{"up_to":1.5}"#.into()).await,
        "BAD_JSON"
    );
    assert_eq!(
        raw("application/json", r#"{"up_to":0}"#.into()).await,
        "BAD_REQUEST"
    );
    assert_eq!(
        raw("application/json", "[".repeat(100_000)).await,
        "BAD_JSON"
    );
    assert_eq!(
        raw("application/json", " ".repeat(1024 * 1024 + 1)).await,
        "TOO_LARGE"
    );
    assert_eq!(
        endless_body(&world, &alice.token).await,
        "HTTP/1.1 413 Payload Too Large"
    );

    assert_eq!(
        world.get("/api/mailbox?after=x", token).await.code(),
        "BAD_REQUEST"
    );
    assert_eq!(
        world.get("/api/rooms/x/members", token).await.code(),
        "ROOM_NOT_FOUND"
    );
    assert_eq!(
        world.get("/api/rooms/77/members", token).await.code(),
        "ROOM_NOT_FOUND"
    );
    let entry = format!("/api/rooms/{room}/entries/1");
    assert_eq!(world.get(&entry, token).await.code(), "NOT_FOUND");
    let side = format!("/api/rooms/{room}/side");
    assert_eq!(
        world.put(&side, token, json!({})).await.code(),
        "BAD_REQUEST"
    );
    assert_eq!(
        world.put(&side, token, json!({ "door": "%" })).await.code(),
        "BAD_BASE64"
    );
    let both = json!({ "username": "bob", "start": "", "finish": "" });
    assert_eq!(world.post("/login", None, both).await.code(), "BAD_JSON");
    let bad_name = json!({ "username": "B", "start": "" });
    assert_eq!(
        world.post("/login", None, bad_name).await.code(),
        "NAME_INVALID"
    );
    let bad_start = json!({ "username": "bob", "start": "AAAA" });
    assert_eq!(
        world.post("/login", None, bad_start).await.code(),
        "BAD_REQUEST"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_the_security_headers() {
    let world = World::new().await;
    for path in [
        "/",
        "/nothing",
        "/api/server",
        "/api/rooms",
        "/healthz",
        "/readyz",
        "/socket.io/",
    ] {
        let answer = world.get(path, None).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.headers[name], value, "{path}");
        }
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
    }
    let home = world.get("/", None).await;
    assert!(
        home.body["text"]
            .as_str()
            .unwrap()
            .contains("secure-chat register")
    );
    assert_eq!(world.get("/healthz", None).await.ok(), json!({}));
    assert_eq!(world.get("/readyz", None).await.ok(), json!({}));
    let info = world.get("/api/server", None).await.ok();
    assert_eq!(
        (&info["protocol"], &info["registration"]),
        (&json!(1), &json!("open"))
    );
}

/// Sends a body without a declared length until the server answers; the answer's first line.
async fn endless_body(world: &World, token: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(world.address())
        .await
        .unwrap();
    let head = format!(
        "POST /api/mailbox/ack HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..20 {
        // The server may have answered and closed before it has all.
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = vec![0; 30];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}
