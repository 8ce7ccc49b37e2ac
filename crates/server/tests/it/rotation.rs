//! Another `SECRET_KEY`: what goes on, what ends, and that nobody learns from it who exists.

use opaque_ke::ClientLogin;
use protocol::opaque::Suite;
use rand_core::OsRng;
use serde_json::{Value, json};
use server::{SecretKey, ServeError, Server, Surroundings};

use crate::{
    people::{base64, from_base64, login},
    world::World,
};

fn key(text: &str) -> Option<SecretKey> {
    Some(SecretKey::from_text(text).unwrap())
}

/// The server again, with these keys; the second is the one before.
async fn restart(world: &mut World, keys: (Option<SecretKey>, Option<SecretKey>)) {
    world.stop().await;
    (world.config.secret_key, world.config.previous_key) = keys;
    world.start().await;
}

/// What the server makes of the same blinded password: the element that begins its answer.
async fn evaluated(world: &World, name: &str, ke1: &[u8]) -> Vec<u8> {
    let start = json!({ "username": name, "start": base64(ke1) });
    let answer = world.post("/login", None, start).await.ok();
    from_base64(&answer["response"])[..32].to_vec()
}

fn token(of: &Value) -> &str {
    of.as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_key_ends_access_tokens_and_tells_nobody_who_exists() {
    let mut world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let pair = world
        .post("/api/token", Some(&alice.token), json!({}))
        .await;
    let pair = pair.ok();
    let (old, new) = (
        world.config.secret_key.clone(),
        key("another key of enough length"),
    );
    let ke1 = ClientLogin::<Suite>::start(&mut OsRng, b"any").unwrap();
    let ke1 = ke1.message.serialize();
    let (of_alice, of_nobody) = (
        evaluated(&world, "alice", &ke1).await,
        evaluated(&world, "nobody", &ke1).await,
    );

    restart(&mut world, (new.clone(), old.clone())).await;
    restart(&mut world, (new.clone(), None)).await;
    // Whoever asked before and asks again sees the same of a name that is taken and of one that is not.
    assert_eq!(evaluated(&world, "alice", &ke1).await, of_alice);
    assert_eq!(evaluated(&world, "nobody", &ke1).await, of_nobody);
    login(&world, "alice", "alicealicealice", None).await.ok();
    // Somebody may have the old key, and with it any access token: those of before end, and what is random goes on.
    let rooms = |with: String| {
        let world = &world;
        async move { world.get("/api/rooms", Some(&with)).await }
    };
    let ended = rooms(token(&pair["access_token"]).to_owned()).await;
    assert_eq!(ended.code(), "UNAUTHENTICATED");
    rooms(alice.token.clone()).await.ok();
    let refresh = json!({ "refresh_token": pair["refresh_token"] });
    let next = world.post("/api/token/refresh", None, refresh).await.ok();
    rooms(token(&next["access_token"]).to_owned()).await.ok();

    world.stop().await;
    for (now, before) in [
        (old, None),
        (key("one more key of no use"), key("nor is this one of any")),
    ] {
        (world.config.secret_key, world.config.previous_key) = (now, before);
        let around = Surroundings {
            clock: world.clock.clone(),
            ..Surroundings::of_the_machine().unwrap()
        };
        let refused = Server::start(world.config.clone(), around).await;
        assert!(matches!(refused, Err(ServeError::OtherSecretKey)));
    }
    (world.config.secret_key, world.config.previous_key) = (new, None);
    world.start().await;
}
