//! Sealed files: put in chunks, read by members, bounded, and gone when their time is over.

use protocol::limits::{SEALED_CHUNK_BYTES, UPLOAD_MILLIS};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    people::{Person, commit_ok, hex_id, login, sealed_room},
    world::{Answer, World},
};

const LAST: usize = 100;
const LENGTH: usize = 2 * SEALED_CHUNK_BYTES + LAST;

impl Answer {
    #[track_caller]
    fn refused(self, status: u16, code: &str) {
        assert_eq!((self.code().as_str(), self.status.as_u16()), (code, status));
    }
}

fn chunk(index: u8) -> Vec<u8> {
    let len = if index == 2 { LAST } else { SEALED_CHUNK_BYTES };
    vec![index + 1; len]
}

async fn put(world: &World, path: &str, index: u8, by: &Person, bytes: Vec<u8>) -> Answer {
    let request = world
        .http
        .request(Method::PUT, world.url(&format!("{path}/chunks/{index}")))
        .bearer_auth(&by.token)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(bytes);
    world.send(request).await
}

async fn read(world: &World, path: &str, index: u8, by: &Person) -> (StatusCode, Vec<u8>) {
    let path = world.url(&format!("{path}/chunks/{index}"));
    let request = world.http.get(path).bearer_auth(&by.token);
    let response = request.send().await.unwrap();
    let status = response.status();
    (status, response.bytes().await.unwrap().to_vec())
}

async fn open(world: &World, path: &str, by: &Person, length: usize) -> Answer {
    world
        .put(path, Some(&by.token), json!({ "length": length }))
        .await
}

async fn upload(world: &World, path: &str, by: &Person) -> Value {
    open(world, path, by, LENGTH).await.ok();
    for index in [0, 1] {
        put(world, path, index, by, chunk(index)).await.ok();
    }
    put(world, path, 2, by, chunk(2)).await.ok()
}

/// Alice's room with Bob in it, Carol outside, and a path for a file there.
async fn people(world: &World) -> ([Person; 3], String) {
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let room = sealed_room(world, &alice).await;
    commit_ok(world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    let path = format!("/api/rooms/{room}/blobs/{}", hex_id());
    ([alice, bob, carol], path)
}

fn beside(path: &str) -> String {
    let room = path.rsplit_once('/').unwrap().0;
    format!("{room}/{}", hex_id())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_put_in_chunks_and_read_by_members() {
    let mut world = World::new().await;
    let ([alice, bob, carol], path) = people(&world).await;
    let state = open(&world, &path, &alice, LENGTH).await.ok();
    let begun = json!({ "length": LENGTH, "chunks": 0, "complete": false });
    assert_eq!(state, begun);
    put(&world, &path, 0, &alice, chunk(0)).await.ok();
    put(&world, &path, 2, &alice, chunk(2))
        .await
        .refused(422, "BAD_REQUEST");
    // Nobody else sees or adds to what is not whole.
    assert_eq!(read(&world, &path, 0, &bob).await.0, StatusCode::GONE);
    put(&world, &path, 1, &bob, chunk(1))
        .await
        .refused(410, "FILE_GONE");

    // A restart in the middle loses nothing that was answered.
    world.stop().await;
    world.start().await;
    let session = login(&world, "alice", "alicealicealice", Some(&alice.device)).await;
    let alice = Person {
        token: session.ok()["session"]["token"]
            .as_str()
            .unwrap()
            .to_owned(),
        ..alice
    };
    let state = open(&world, &path, &alice, LENGTH).await.ok();
    assert_eq!(state["chunks"], 1);
    put(&world, &path, 1, &alice, chunk(1)).await.ok();
    put(&world, &path, 1, &alice, chunk(1)).await.ok();
    let whole = put(&world, &path, 2, &alice, chunk(2)).await.ok();
    let complete = json!({ "length": LENGTH, "chunks": 3, "complete": true });
    assert_eq!(whole, complete);
    // What is whole stays as it is.
    let other = vec![9; SEALED_CHUNK_BYTES];
    assert_eq!(put(&world, &path, 0, &alice, other).await.ok(), complete);

    let session = login(&world, "bob", "bobbobbob", Some(&bob.device))
        .await
        .ok();
    let bob = Person {
        token: session["session"]["token"].as_str().unwrap().to_owned(),
        ..bob
    };
    for index in 0..3 {
        let (status, bytes) = read(&world, &path, index, &bob).await;
        assert_eq!((status, bytes == chunk(index)), (StatusCode::OK, true));
    }
    assert_eq!(read(&world, &path, 3, &bob).await.0, StatusCode::NOT_FOUND);
    let session = login(&world, "carol", "carolcarolcarol", Some(&carol.device)).await;
    let token = session.ok()["session"]["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let stranger = world.get(&path, Some(&token)).await;
    stranger.refused(404, "ROOM_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_file_is_refused() {
    let world = World::with(|config| {
        config.files.largest = 3 * 1024 * 1024;
        config.files.quota = 5 * 1024 * 1024;
    })
    .await;
    let ([alice, bob, _], path) = people(&world).await;
    for (length, status, code) in [
        (0, 422, "BAD_REQUEST"),
        (16, 422, "BAD_REQUEST"),
        (SEALED_CHUNK_BYTES + 16, 422, "BAD_REQUEST"),
        (3 * SEALED_CHUNK_BYTES + 17, 413, "TOO_LARGE"),
    ] {
        let answer = open(&world, &path, &alice, length).await;
        answer.refused(status, code);
    }
    let absent = world.get(&path, Some(&alice.token)).await;
    absent.refused(410, "FILE_GONE");
    upload(&world, &path, &alice).await;
    // The id is taken, by whatever differs.
    let taken = open(&world, &path, &bob, LENGTH).await;
    taken.refused(422, "BAD_REQUEST");
    let taken = open(&world, &path, &alice, LENGTH + 1).await;
    taken.refused(422, "BAD_REQUEST");
    // A further one of that length is more than an account may have, until one goes.
    let second = beside(&path);
    upload(&world, &second, &alice).await;
    let third = beside(&path);
    let over = open(&world, &third, &alice, LENGTH).await;
    over.refused(507, "FILE_QUOTA");
    let delete = async |path: &str, by: &Person| {
        let token = Some(by.token.as_str());
        world.call(Method::DELETE, path, token, None).await
    };
    delete(&second, &bob).await.refused(403, "ROLE_TOO_LOW");
    delete(&second, &alice).await.ok();
    delete(&second, &alice).await.refused(410, "FILE_GONE");
    assert_eq!(read(&world, &second, 0, &bob).await.0, StatusCode::GONE);
    open(&world, &third, &alice, LENGTH).await.ok();

    let json = world
        .put(&format!("{third}/chunks/0"), Some(&alice.token), json!({}))
        .await;
    json.refused(415, "UNSUPPORTED_MEDIA");
    let long = vec![0; SEALED_CHUNK_BYTES + 1];
    let answer = put(&world, &third, 0, &alice, long).await;
    answer.refused(413, "TOO_LARGE");
    let answer = put(&world, &third, 0, &alice, vec![0; 99]).await;
    answer.refused(422, "BAD_REQUEST");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_when_their_time_is_over() {
    const DAY: u64 = 24 * 3_600_000;
    let mut world = World::with(|config| config.files.kept_millis = Some(30 * DAY)).await;
    let ([alice, bob, _], whole) = people(&world).await;
    upload(&world, &whole, &alice).await;
    let half = beside(&whole);
    open(&world, &half, &alice, LENGTH).await.ok();
    put(&world, &half, 0, &alice, chunk(0)).await.ok();
    let files = |world: &World| -> usize {
        let directories = std::fs::read_dir(world.config.data.join("files")).unwrap();
        directories
            .map(|directory| {
                std::fs::read_dir(directory.unwrap().path())
                    .unwrap()
                    .count()
            })
            .sum()
    };
    assert_eq!(files(&world), 2);
    let left = async |world: &World, count| {
        let gone = async {
            while files(world) != count {
                tokio::task::yield_now().await;
            }
        };
        let patience = std::time::Duration::from_secs(20);
        tokio::time::timeout(patience, gone).await.unwrap();
    };
    world.clock.advance(UPLOAD_MILLIS + 1);
    world.stop().await;
    world.start().await;
    left(&world, 1).await;
    let state = world.get(&whole, Some(&bob.token)).await.ok();
    assert_eq!(state["complete"], true);
    world.clock.advance(30 * DAY);
    world.stop().await;
    world.start().await;
    left(&world, 0).await;
    let gone = world.get(&whole, Some(&bob.token)).await;
    gone.refused(410, "FILE_GONE");
}
