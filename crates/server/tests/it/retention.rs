//! What the server keeps no more.

use protocol::limits::HANDSHAKES_KEPT_MILLIS;
use serde_json::{Value, json};

use crate::{
    people::{Person, commit, commit_ok, login, message, sealed_room},
    world::World,
};

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// The kinds of a room's entries, in order, and which of the deleted ones was what.
async fn kinds(world: &World, person: &Person, room: u64) -> Vec<Value> {
    let mut socket = world.socket(person).await;
    let history = socket.ok("room_history", &json!({ "room_id": room })).await;
    let entries = history["entries"].as_array().unwrap();
    let kind = |entry: &Value| entry.get("was").unwrap_or(&entry["kind"]).clone();
    entries.iter().map(kind).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_starts_drops_the_commits_that_became_too_old() {
    let mut world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let room = sealed_room(&world, &alice).await;
    commit_ok(&world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    let mut socket = world.socket(&bob).await;
    socket.ok("send_message", &message(room, 1, "kept")).await;
    let mut with_tree = commit(1, json!({}));
    with_tree["tree"] = json!("bmV3IHRyZWU=");
    let path = format!("/api/rooms/{room}/commits");
    world.post(&path, Some(&alice.token), with_tree).await.ok();
    commit_ok(&world, room, &alice, 3, json!({})).await;
    let entry = format!("/api/rooms/{room}/entries/3");
    let told = world.get(&entry, Some(&bob.token)).await.ok();
    assert_eq!(told["with_tree"], true, "others count from there");

    world.clock.advance(HANDSHAKES_KEPT_MILLIS + 1);
    world.stop().await;
    world.start().await;
    let session = login(&world, "bob", "bobbobbob", Some(&bob.device))
        .await
        .ok();
    let bob = Person {
        token: session["session"]["token"].as_str().unwrap().to_owned(),
        ..bob
    };
    let dropped = json!([2, "message", 2, "commit"]);
    let sweeps = async {
        while json!(kinds(&world, &bob, room).await) != dropped {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, sweeps).await.unwrap();
    let first = format!("/api/rooms/{room}/entries/1");
    let first = world.get(&first, Some(&bob.token)).await.ok();
    assert_eq!(
        (&first["kind"], &first["was"], &first["commit"]),
        (&json!("deleted"), &json!(2), &Value::Null)
    );
}
