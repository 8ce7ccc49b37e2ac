//! Links over the wire: making one, coming in by one, and how each ends.

use protocol::limits::{GRANT_BYTES, LINKS_MAX};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    people::{Person, base64, commit, commit_ok, hex_id, message, sealed_room},
    world::{Answer, World},
};

/// A link and the token that opens it.
struct Link {
    id: String,
    token: [u8; 32],
}

impl Link {
    fn new(token: u8) -> Self {
        Self {
            id: hex_id(),
            token: [token; 32],
        }
    }

    fn path(&self, room: u64) -> String {
        format!("/api/rooms/{room}/links/{}", self.id)
    }

    fn body(&self) -> Value {
        json!({ "token_hash": base64(&Sha256::digest(self.token)), "grant": base64(b"grant") })
    }

    fn pass(&self) -> Value {
        json!({ "link_id": self.id, "token": base64(&self.token) })
    }
}

async fn enter(world: &World, room: u64, who: &Person, link: Option<&Link>) -> Answer {
    let body = link.map_or(json!({}), |link| json!({ "link": link.pass() }));
    world
        .post(&format!("/api/rooms/{room}/enter"), Some(&who.token), body)
        .await
}

async fn follow(world: &World, room: u64, who: &Person, link: Option<&Link>) -> Answer {
    let mut body = json!({ "after": 0 });
    if let Some(link) = link {
        body["link"] = link.pass();
    }
    let path = format!("/api/rooms/{room}/handshakes");
    world.post(&path, Some(&who.token), body).await
}

fn joining(who: &Person, handshake: u64, link: &Link) -> Value {
    let mut body = commit(handshake, json!({ "in": [who.account] }));
    body["link"] = link.pass();
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_comes_in_by_a_link() {
    let world = World::new().await;
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let room = sealed_room(&world, &alice).await;
    let link = Link::new(1);
    let mut body = link.body();
    body["uses"] = json!(1);
    world
        .put(&link.path(room), Some(&alice.token), body)
        .await
        .ok();
    let mut a = world.socket(&alice).await;
    a.ok("join_room", &json!({ "room_id": room })).await;
    a.ok("send_message", &message(room, 0, "before")).await;

    let seen = enter(&world, room, &bob, Some(&link)).await.ok();
    assert_eq!(seen["grant"], json!(base64(b"grant")));
    assert_eq!(seen["doors"], json!([base64(b"door 0")]));
    assert_eq!(seen["tree"]["seq"], 0);
    assert_eq!(
        (&seen["handshake_seq"], &seen["last_seq"]),
        (&json!(0), &json!(1))
    );
    // The messages are not for whoever has not come in.
    let followed = follow(&world, room, &bob, Some(&link)).await.ok();
    assert_eq!(followed, json!({ "entries": [], "more": false }));
    let mut b = world.socket(&bob).await;
    assert_eq!(
        b.refused("room_history", &json!({ "room_id": room })).await,
        "ROOM_NOT_FOUND"
    );

    let commits = format!("/api/rooms/{room}/commits");
    let join = joining(&bob, 0, &link);
    let receipt = world
        .post(&commits, Some(&bob.token), join.clone())
        .await
        .ok();
    assert_eq!(receipt["seq"], 2);
    let again = world.post(&commits, Some(&bob.token), join).await.ok();
    assert_eq!(again, receipt);
    for seq in [1, 2] {
        assert_eq!(a.pushed("new_message").await["seq"], seq);
    }
    let rooms = world.get("/api/rooms", Some(&bob.token)).await.ok();
    assert_eq!(rooms["rooms"][0]["role"], "member");
    b.ok("join_room", &json!({ "room_id": room })).await;
    b.ok("send_message", &message(room, 2, "hello")).await;

    // One use was all.
    assert_eq!(
        enter(&world, room, &carol, Some(&link)).await.code(),
        "LINK_ENDED"
    );
    let late = world
        .post(&commits, Some(&carol.token), joining(&carol, 2, &link))
        .await;
    assert_eq!(late.code(), "LINK_ENDED");
    // Bob's further device enters without one.
    let seen = enter(&world, room, &bob, None).await.ok();
    assert!(seen.get("grant").is_none());
    let followed = follow(&world, room, &bob, None).await.ok();
    assert_eq!(followed["entries"].as_array().unwrap().len(), 1);
    assert_eq!(followed["entries"][0]["kind"], "commit");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_made_and_taken_back_by_members() {
    let world = World::new().await;
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let room = sealed_room(&world, &alice).await;
    commit_ok(&world, room, &alice, 0, json!({ "in": [bob.account] })).await;
    let link = Link::new(1);
    let put = async |who: &Person, link: &Link, change: &dyn Fn(&mut Value)| {
        let mut body = link.body();
        change(&mut body);
        world.put(&link.path(room), Some(&who.token), body).await
    };
    let delete = async |who: &Person, link: &Link| {
        let token = Some(who.token.as_str());
        world
            .call(Method::DELETE, &link.path(room), token, None)
            .await
    };
    let nothing = |_: &mut Value| {};
    let expires = "2026-12-25T00:00:00.000Z";
    put(&alice, &link, &|it| it["expires"] = json!(expires))
        .await
        .ok();
    put(&alice, &link, &|it| it["grant"] = json!(base64(b"newer")))
        .await
        .ok();

    for (change, code) in [
        (
            &(|it: &mut Value| it["token_hash"] = json!(base64(&[1; 31]))) as &dyn Fn(&mut Value),
            "BAD_REQUEST",
        ),
        (
            &|it| it["token_hash"] = json!(base64(&[1; 32])),
            "BAD_REQUEST",
        ),
        (&|it| it["uses"] = json!(0), "BAD_REQUEST"),
        (&|it| it["uses"] = json!(-1), "BAD_JSON"),
        (&|it| it["grant"] = json!(""), "BAD_REQUEST"),
        (&|it| it["grant"] = json!("?"), "BAD_BASE64"),
        (
            &|it| it["grant"] = json!(base64(&vec![0; GRANT_BYTES + 1])),
            "TOO_LARGE",
        ),
    ] {
        assert_eq!(put(&alice, &link, change).await.code(), code);
    }
    let past = Link::new(2);
    let long_ago = |it: &mut Value| it["expires"] = json!("2026-01-01T00:00:00.000Z");
    assert_eq!(put(&alice, &past, &long_ago).await.code(), "BAD_REQUEST");
    assert_eq!(put(&bob, &link, &nothing).await.code(), "BAD_REQUEST");
    assert_eq!(put(&carol, &link, &nothing).await.code(), "ROOM_NOT_FOUND");
    assert_eq!(delete(&carol, &link).await.code(), "ROOM_NOT_FOUND");
    assert_eq!(delete(&bob, &link).await.code(), "ROLE_TOO_LOW");

    let links = format!("/api/rooms/{room}/links");
    let list = world.get(&links, Some(&bob.token)).await.ok();
    let start = protocol::time::Timestamp::from_millis(crate::world::START);
    assert_eq!(
        list["links"],
        json!([{
            "link_id": link.id, "creator": alice.account, "created": start.to_string(),
            "expires": expires, "used": 0,
        }])
    );
    assert_eq!(
        world.get(&links, Some(&carol.token)).await.code(),
        "ROOM_NOT_FOUND"
    );
    delete(&alice, &link).await.ok();
    delete(&alice, &link).await.ok();
    assert_eq!(put(&alice, &link, &nothing).await.code(), "LINK_ENDED");
    let no_id = format!("{links}/nonsense");
    assert_eq!(
        world
            .put(&no_id, Some(&alice.token), link.body())
            .await
            .code(),
        "NOT_FOUND"
    );
    for n in 0..LINKS_MAX {
        put(&bob, &Link::new(u8::try_from(n).unwrap()), &nothing)
            .await
            .ok();
    }
    assert_eq!(put(&bob, &Link::new(9), &nothing).await.code(), "TOO_LARGE");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_a_link_is_not_told() {
    let world = World::new().await;
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let room = sealed_room(&world, &alice).await;
    commit_ok(&world, room, &alice, 0, json!({ "in": [carol.account] })).await;
    let (link, dated) = (Link::new(1), Link::new(2));
    let made = async |link: &Link, expires: Option<&str>| {
        let mut body = link.body();
        if let Some(expires) = expires {
            body["expires"] = json!(expires);
        }
        world.put(&link.path(room), Some(&alice.token), body).await
    };
    made(&link, None).await.ok();
    let soon = protocol::time::Timestamp::from_millis(crate::world::START).plus(1_000);
    made(&dated, Some(&soon.to_string())).await.ok();
    enter(&world, room, &bob, Some(&dated)).await.ok();
    world.clock.advance(1_000);

    let wrong = Link {
        id: link.id.clone(),
        token: [9; 32],
    };
    let unknown = Link::new(1);
    let relay = json!({ "encryption": "shared_key", "name": "lobby" });
    let relay = world.post("/api/rooms", Some(&alice.token), relay).await;
    let relay = relay.ok()["room_id"].as_u64().unwrap();
    let mut answers = Vec::new();
    for (room, shown) in [
        (room, &dated),
        (room, &wrong),
        (room, &unknown),
        (relay, &link),
        (77, &link),
    ] {
        answers.push(enter(&world, room, &bob, Some(shown)).await);
        answers.push(follow(&world, room, &bob, Some(shown)).await);
        let path = format!("/api/rooms/{room}/commits");
        let body = joining(&bob, 0, shown);
        answers.push(world.post(&path, Some(&bob.token), body).await);
    }
    for answer in &answers {
        assert_eq!(answer.code(), "LINK_ENDED");
        assert_eq!(answer.body, answers[0].body);
    }
    // Without a link a stranger is told what it is always told.
    assert_eq!(
        enter(&world, room, &bob, None).await.code(),
        "ROOM_NOT_FOUND"
    );
    assert_eq!(
        follow(&world, room, &bob, None).await.code(),
        "ROOM_NOT_FOUND"
    );
    assert_eq!(
        enter(&world, relay, &alice, None).await.code(),
        "WRONG_ROOM_KIND"
    );

    // A commit by a link brings its own account in and does nothing else.
    let path = format!("/api/rooms/{room}/commits");
    let mut both = [bob.account.clone(), carol.account.clone()];
    both.sort();
    for effects in [
        json!({}),
        json!({ "in": both }),
        json!({ "out": [carol.account] }),
    ] {
        let mut body = joining(&bob, 1, &link);
        body["effects"] = effects;
        let answer = world.post(&path, Some(&bob.token), body).await;
        assert_eq!(answer.code(), "BAD_REQUEST");
    }
    // A removal ends all links of the room, whatever their dates say.
    commit_ok(&world, room, &alice, 1, json!({ "out": [carol.account] })).await;
    assert_eq!(
        enter(&world, room, &bob, Some(&link)).await.code(),
        "LINK_ENDED"
    );
    assert_eq!(
        enter(&world, room, &carol, None).await.code(),
        "NOT_A_MEMBER"
    );
    assert_eq!(made(&link, None).await.code(), "LINK_ENDED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_with_links_are_counted() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let room = sealed_room(&world, &alice).await;
    let unknown = Link::new(1);
    let mut attempts = 0;
    let limited = loop {
        let answer = enter(&world, room, &bob, Some(&unknown)).await;
        if answer.code() != "LINK_ENDED" {
            break answer;
        }
        attempts += 1;
        assert!(attempts <= 600);
    };
    assert_eq!((limited.code().as_str(), attempts), ("RATE_LIMITED", 600));
    let wait = limited.body["retry_after_ms"].as_u64().unwrap();
    // Members' own devices, and others, go on.
    enter(&world, room, &alice, None).await.ok();
    world.clock.advance(wait);
    assert_eq!(
        enter(&world, room, &bob, Some(&unknown)).await.code(),
        "LINK_ENDED"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_told_that_somebody_could_not_come_in() {
    let world = World::new().await;
    let [alice, bob, carol] = world.people(["alice", "bob", "carol"]).await;
    let room = sealed_room(&world, &alice).await;
    let link = Link::new(1);
    let path = link.path(room);
    world.put(&path, Some(&alice.token), link.body()).await.ok();
    let mut a = world.socket(&alice).await;
    a.ok("join_room", &json!({ "room_id": room })).await;
    let path = format!("/api/rooms/{room}/enter");
    let says = async |who: &Person, body: Value| world.post(&path, Some(&who.token), body).await;
    // Not by whoever may not come in.
    let stranger = says(&carol, json!({ "shut": "door" })).await;
    assert_eq!(stranger.code(), "ROOM_NOT_FOUND");
    for _ in 0..8 {
        let body = json!({ "link": link.pass(), "shut": "tree" });
        says(&bob, body).await.ok();
    }
    // And not more than six times in a minute.
    let shut = json!({ "room_id": room, "what": "tree" });
    for _ in 0..6 {
        assert_eq!(a.pushed("door_shut").await, shut);
    }
    assert!(a.pushes_so_far().await.is_empty());
    let unknown = json!({ "link": link.pass(), "shut": "window" });
    assert_eq!(says(&bob, unknown).await.code(), "BAD_JSON");
}
