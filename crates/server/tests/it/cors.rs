//! Pages of other origins: those that the operator has named, by tokens.

use reqwest::{Method, header::HeaderMap};
use serde_json::json;
use server::{Config, Flags};

use crate::world::World;

const APP: &str = "https://app.example";

async fn asks(world: &World, origin: &str) -> HeaderMap {
    let request = world.http.request(Method::OPTIONS, world.url("/api/rooms"));
    let request = request
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        );
    request.send().await.unwrap().headers().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_a_named_origin_has_what_its_token_allows_and_no_other_page_has() {
    let origins = |name: &str| (name == "SECURE_CHAT_CORS_ORIGINS").then(|| APP.to_owned());
    let read = Config::from_env(origins, &Flags::default()).unwrap();
    let world = World::with(|config| config.cors_origins = read.cors_origins).await;
    let [alice] = world.people(["alice"]).await;
    let allowed = asks(&world, APP).await;
    assert_eq!(allowed["access-control-allow-origin"], APP);
    let headers = allowed["access-control-allow-headers"].to_str().unwrap();
    assert!(headers.contains("authorization"), "{headers}");
    assert!(!allowed.contains_key("access-control-allow-credentials"));
    assert_eq!(allowed["x-content-type-options"], "nosniff");
    let other = asks(&world, "https://evil.example").await;
    assert!(
        !other.contains_key("access-control-allow-origin"),
        "{other:?}"
    );

    let room = json!({ "encryption": "shared_key", "name": "Lobby" });
    let create = world
        .http
        .post(world.url("/api/rooms"))
        .header("origin", APP);
    let answer = create
        .bearer_auth(&alice.token)
        .json(&room)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["access-control-allow-origin"], APP);
    assert!(
        answer.headers()["vary"]
            .to_str()
            .unwrap()
            .contains("origin")
    );
    // A cookie of this server is its own pages' alone.
    let create = world
        .http
        .post(world.url("/api/rooms"))
        .header("origin", APP);
    let create = create.header("cookie", format!("secure_chat={}", alice.token));
    assert_eq!(
        world.send(create.json(&room)).await.code(),
        "UNAUTHENTICATED"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_no_origin_is_named_no_page_is_told_anything() {
    let world = World::new().await;
    let headers = asks(&world, APP).await;
    assert!(
        !headers.contains_key("access-control-allow-origin"),
        "{headers:?}"
    );
}
