//! What is on disk: a restart, a full disk, another key, a second server.

use serde_json::json;
use server::{SecretKey, ServeError, Server, Surroundings};

use crate::{
    people::{base64, login, message, sealed_room},
    world::World,
};

fn around(world: &World) -> Surroundings {
    Surroundings {
        clock: world.clock.clone(),
        ..Surroundings::of_the_machine().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_loses_nothing_and_a_wrong_key_is_named() {
    let mut world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let room = sealed_room(&world, &alice).await;
    let mut a = world.socket(&alice).await;
    let sent = message(room, 0, "before");
    let receipt = a.ok("send_message", &sent).await;

    let second = Server::start(world.config.clone(), around(&world)).await;
    assert!(matches!(second, Err(ServeError::DataDir(_))));
    world.stop().await;
    let mut other = world.config.clone();
    other.secret_key = Some(SecretKey::from_text("another key of enough length").unwrap());
    let refused = Server::start(other, around(&world)).await;
    assert!(matches!(refused, Err(ServeError::OtherSecretKey)));
    world.start().await;

    let mut a = world.socket(&alice).await;
    assert_eq!(a.ok("send_message", &sent).await, receipt);
    let history = a.ok("room_history", &json!({ "room_id": room })).await;
    assert_eq!(history["entries"].as_array().unwrap().len(), 1);
    login(&world, "alice", "alicealicealice", None).await.ok();
    // Nothing of the password or the token lies in the files.
    for file in std::fs::read_dir(&world.config.data).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in ["alicealicealice", alice.token.as_str()] {
            assert!(
                !bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes())
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writes_serves_reads_and_recovers() {
    let mut world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let room = sealed_room(&world, &alice).await;
    world.stop().await;
    world.max_pages = Some(150);
    world.start().await;
    let mut a = world.socket(&alice).await;
    a.ok("join_room", &json!({ "room_id": room })).await;
    let text = "x".repeat(10_000);
    let mut accepted = 0;
    let refused = loop {
        let answer = a.call("send_message", &message(room, 0, &text)).await;
        if answer.get("code").is_some() {
            break answer;
        }
        accepted += 1;
        assert!(accepted < 200, "the disk never fills");
    };
    assert_eq!(refused["code"], "STORAGE_FULL");
    assert_eq!(
        a.refused("send_message", &message(room, 0, &text)).await,
        "STORAGE_FULL"
    );
    let put = json!({ "puts": [{ "name": "x", "expected": 0, "sealed": base64(&[0; 100_000]) }] });
    assert_eq!(
        world
            .put("/api/vault", Some(&alice.token), put)
            .await
            .code(),
        "STORAGE_FULL"
    );
    // Reads go on, and nothing that was refused is there.
    let page = a
        .ok("room_history", &json!({ "room_id": room, "limit": 200 }))
        .await;
    assert_eq!(page["last_seq"], accepted);
    assert_eq!(world.get("/healthz", None).await.status, 200);

    world.stop().await;
    world.max_pages = None;
    world.start().await;
    let mut a = world.socket(&alice).await;
    let receipt = a.ok("send_message", &message(room, 0, &text)).await;
    assert_eq!(receipt["seq"], accepted + 1);
    assert_eq!(world.get("/readyz", None).await.status, 200);
}
