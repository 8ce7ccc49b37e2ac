//! The library's road: a client that polls, and one that upgrades from it.

use std::collections::VecDeque;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    people::{Person, commit_ok, message, sealed_room},
    world::World,
};

/// Stands between the packets of one answer.
const SEPARATOR: char = '\u{1e}';

/// A minimal Socket.IO client over HTTP long polling.
struct Polling<'a> {
    world: &'a World,
    sid: String,
    packets: VecDeque<String>,
    next_ack: u64,
}

impl<'a> Polling<'a> {
    async fn open(world: &'a World) -> Self {
        let mut polling = Self {
            world,
            sid: String::new(),
            packets: VecDeque::new(),
            next_ack: 0,
        };
        let open: Value = serde_json::from_str(&polling.packet().await[1..]).unwrap();
        assert_eq!(open["upgrades"], json!(["websocket"]));
        polling.sid = format!("&sid={}", open["sid"].as_str().unwrap());
        polling
    }

    async fn connect(world: &'a World, token: &str) -> Self {
        let mut polling = Self::open(world).await;
        polling
            .post(format!("40{}", json!({ "token": token })))
            .await;
        let answer = polling.packet().await;
        assert!(answer.starts_with("40"), "{answer}");
        polling
    }

    fn url(&self) -> String {
        let path = format!("/socket.io/?EIO=4&transport=polling{}", self.sid);
        self.world.url(&path)
    }

    async fn post(&self, packet: String) {
        let answer = self.world.http.post(self.url()).body(packet).send().await;
        assert_eq!(answer.unwrap().text().await.unwrap(), "ok");
    }

    /// The next packet that is no ping.
    async fn packet(&mut self) -> String {
        loop {
            match self.packets.pop_front() {
                Some(ping) if ping == "2" => self.post("3".to_owned()).await,
                Some(packet) => return packet,
                None => {
                    let answer = self.world.http.get(self.url()).send().await.unwrap();
                    let text = answer.text().await.unwrap();
                    self.packets
                        .extend(text.split(SEPARATOR).map(str::to_owned));
                }
            }
        }
    }

    /// Sends an event, and answers its acknowledgement; what comes before it is dropped.
    async fn call(&mut self, event: &str, data: &Value) -> Value {
        self.next_ack += 1;
        let id = self.next_ack;
        self.post(format!("42{id}{}", json!([event, data]))).await;
        let head = format!("43{id}[");
        loop {
            let packet = self.packet().await;
            if let Some(answer) = packet.strip_prefix(&head) {
                return serde_json::from_str(answer.strip_suffix(']').unwrap()).unwrap();
            }
        }
    }

    async fn push(&mut self) -> (String, Value) {
        let packet = self.packet().await;
        let event: Value = serde_json::from_str(packet.strip_prefix("42").unwrap()).unwrap();
        (event[0].as_str().unwrap().to_owned(), event[1].clone())
    }
}

async fn room_of(world: &World, alice: &Person, bob: &Person) -> u64 {
    let room = sealed_room(world, alice).await;
    commit_ok(world, room, alice, 0, json!({ "in": [bob.account] })).await;
    room
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_polls_and_one_that_does_not_chat() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let room = room_of(&world, &alice, &bob).await;
    let mut a = world.socket(&alice).await;
    let mut b = Polling::connect(&world, &bob.token).await;
    a.ok("join_room", &json!({ "room_id": room })).await;
    let joined = b.call("join_room", &json!({ "room_id": room })).await;
    assert_eq!(joined["last_seq"], 1);

    let sent = message(room, 1, "hello");
    assert_eq!(b.call("send_message", &sent).await["seq"], 2);
    assert_eq!(
        a.pushed("new_message").await["client_id"],
        sent["client_id"]
    );
    a.ok("send_message", &message(room, 1, "hello too")).await;
    loop {
        let (name, pushed) = b.push().await;
        assert_eq!(name, "new_message");
        if pushed["seq"] == 3 {
            break;
        }
    }

    assert_eq!(
        b.call("send_message", &json!({ "room_id": room })).await["code"],
        "BAD_JSON"
    );
    assert_eq!(
        b.call("no_such_event", &json!({})).await["code"],
        "NOT_FOUND"
    );
    b.post("42998[\"room_history\"]".to_owned()).await;
    let answer = b.packet().await;
    assert!(
        answer.starts_with("43998[") && answer.contains("BAD_JSON"),
        "{answer}"
    );
    let history = b.call("room_history", &json!({ "room_id": room })).await;
    assert_eq!(history["entries"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_polls_must_have_a_session_too_and_hears_that_it_ended() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let mut stranger = Polling::open(&world).await;
    stranger.post("40{}".to_owned()).await;
    assert_eq!(
        stranger.packet().await,
        "44{\"message\":\"UNAUTHENTICATED\"}"
    );
    let mut a = Polling::connect(&world, &alice.token).await;
    world
        .post("/logout", Some(&alice.token), json!({}))
        .await
        .ok();
    let (name, why) = a.push().await;
    assert_eq!(
        (name.as_str(), &why["code"]),
        ("session_ended", &json!("SESSION_EXPIRED"))
    );
    assert_eq!(a.packet().await, "41");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_does_not_poll_is_told_and_recovers_by_history() {
    const MESSAGES: u64 = 200;
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let room = room_of(&world, &alice, &bob).await;
    let mut a = world.socket(&alice).await;
    let mut b = Polling::connect(&world, &bob.token).await;
    b.call("join_room", &json!({ "room_id": room })).await;
    for n in 0..MESSAGES {
        a.ok("send_message", &message(room, 1, &format!("{n}")))
            .await;
    }
    let mut last = 1;
    loop {
        let (name, value) = b.push().await;
        if name == "missed" {
            break;
        }
        last += 1;
        assert_eq!(value["seq"], last);
    }
    assert!(
        last < MESSAGES,
        "nothing was dropped, so this tested nothing"
    );
    let page = json!({ "room_id": room, "since": last });
    let history = b.call("room_history", &page).await;
    let entries = history["entries"].as_array().unwrap();
    assert_eq!(entries.len() as u64, MESSAGES + 1 - last);
    a.ok("send_message", &message(room, 1, "now")).await;
    while b.push().await.1["seq"] != MESSAGES + 2 {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_polled_session_upgrades_to_a_websocket() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let polling = Polling::connect(&world, &alice.token).await;
    let address = world.address();
    let url = format!(
        "ws://{address}/socket.io/?EIO=4&transport=websocket{}",
        polling.sid
    );
    let (mut ws, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    ws.send(Message::text("2probe")).await.unwrap();
    assert_eq!(ws.next().await.unwrap().unwrap(), Message::text("3probe"));
    ws.send(Message::text("5")).await.unwrap();
    ws.send(Message::text("427[\"join_room\",{\"room_id\":77}]"))
        .await
        .unwrap();
    loop {
        let answer = ws.next().await.unwrap().unwrap().into_text().unwrap();
        if answer.starts_with("437[") {
            assert!(answer.contains("ROOM_NOT_FOUND"), "{answer}");
            break;
        }
    }
}
