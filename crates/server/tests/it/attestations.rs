//! The server's word on where an entry stands, for reports.

use ed25519_dalek::{Signature, VerifyingKey};
use protocol::{
    log::Entry,
    rest::{Attestation, attested},
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    people::{Person, commit_ok, from_base64, message, sealed_room},
    world::{Answer, World},
};

async fn attest(world: &World, room: u64, seq: u64, by: &Person) -> Answer {
    let path = format!("/api/rooms/{room}/entries/{seq}/attestation");
    world.get(&path, Some(&by.token)).await
}

/// A room of Alice and Bob with one message, and who is not in it.
async fn a_room(world: &World) -> (u64, [Person; 3]) {
    let people = world.people(["alice", "bob", "carol"]).await;
    let [alice, bob, _] = &people;
    let room = sealed_room(world, alice).await;
    commit_ok(world, room, alice, 0, json!({ "in": [bob.account] })).await;
    let mut socket = world.socket(bob).await;
    socket
        .ok("send_message", &message(room, 1, "what Bob said"))
        .await;
    (room, people)
}

/// The key that the server shows to everybody.
async fn report_key(world: &World) -> VerifyingKey {
    let info = world.get("/api/server", None).await.ok();
    let key = from_base64(&info["report_key"]);
    VerifyingKey::from_bytes(&key.try_into().unwrap()).unwrap()
}

fn entry_hash(entry: &Entry) -> [u8; 32] {
    let body = Sha256::digest(entry.body.canonical().unwrap()).into();
    Sha256::digest(entry.head_input(&body).unwrap()).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_gets_the_servers_word_on_an_entry() {
    let mut world = World::new().await;
    let (room, [alice, ..]) = a_room(&world).await;
    let key = report_key(&world).await;
    let answer = attest(&world, room, 2, &alice).await.ok();
    let path = format!("/api/rooms/{room}/entries/2");
    let entry = world.get(&path, Some(&alice.token)).await.ok();
    assert_eq!(answer["entry"], entry);

    let Attestation { entry, signature } = serde_json::from_value(answer.clone()).unwrap();
    let signature = Signature::from_slice(signature.as_slice()).unwrap();
    let signed = attested(entry.room_id, entry.seq, &entry_hash(&entry));
    key.verify_strict(&signed, &signature).unwrap();
    let mut later = entry.clone();
    later.timestamp = later.timestamp.plus(1);
    let other = attested(entry.room_id, entry.seq, &entry_hash(&later));
    assert!(key.verify_strict(&other, &signature).is_err());

    // The key is made once: what was signed yesterday holds tomorrow.
    world.stop().await;
    world.start().await;
    assert_eq!(report_key(&world).await, key);
    assert_eq!(attest(&world, room, 2, &alice).await.ok(), answer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_may_read_an_entry_has_it_attested() {
    let world = World::new().await;
    let (room, [alice, bob, carol]) = a_room(&world).await;
    let code = async |seq, by| attest(&world, room, seq, by).await.code();
    assert_eq!(code(2, &carol).await, "ROOM_NOT_FOUND");
    assert_eq!(code(3, &alice).await, "NOT_FOUND");
    assert_eq!(code(0, &alice).await, "NOT_FOUND");
    let path = format!("/api/rooms/{room}/entries/2/attestation");
    assert_eq!(world.get(&path, None).await.code(), "UNAUTHENTICATED");
    let path = format!("/api/rooms/{room}/entries/x/attestation");
    let bad = world.get(&path, Some(&alice.token)).await;
    assert_eq!(bad.code(), "NOT_FOUND");

    commit_ok(&world, room, &alice, 1, json!({ "out": [bob.account] })).await;
    let mut socket = world.socket(&alice).await;
    let after = message(room, 3, "without Bob");
    socket.ok("send_message", &after).await;
    // Up to the commit that took him out, and not beyond.
    assert_eq!(attest(&world, room, 3, &bob).await.ok()["entry"]["seq"], 3);
    assert_eq!(code(4, &bob).await, "NOT_A_MEMBER");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_the_server_sign_without_end() {
    let world = World::new().await;
    let (room, [alice, bob, _]) = a_room(&world).await;
    for _ in 0..600 {
        attest(&world, room, 2, &alice).await.ok();
    }
    let refused = attest(&world, room, 2, &alice).await;
    assert_eq!(refused.code(), "RATE_LIMITED");
    assert!(refused.body["retry_after_ms"].as_u64().unwrap() > 0);
    attest(&world, room, 2, &bob).await.ok();
}
