//! Somebody was removed, and the server is on her side.

use protocol::{events::History, rest::SideFiles};
use serde_json::Value;

use super::{entry, kept, says};
use crate::{liar::Liar, world::World};

/// Attack 24.
#[test]
fn a_removed_member_to_whom_the_server_gives_everything_reads_nothing_more() {
    let world = World::new();
    world.is_damaged();
    let server = Liar::before(&world.url);
    let [alice, bob] = world.people(["alice", "bob"]);
    let carol = server.guest(&world, "carol");
    let room = alice.room_with("Tea", &["--history", "shared"], &[&bob, &carol]);
    let link = carol.run(&["room", "link", &room]);
    assert_eq!(link.code(), "ROLE_TOO_LOW");
    says(&alice, &room, "with carol");
    assert_eq!(carol.texts(&room), ["alice: with carol"]);
    alice.ok(&["room", "remove", &room, "carol"]);
    says(&bob, &room, "without carol");
    let last = says(&alice, &room, "she must not read this");

    // All entries and all side files, as the members get them, and the list of rooms as it was.
    let entries = (1..=last).map(|seq| entry(&world.url, &alice, &room, seq));
    let history = History {
        room_id: entry(&world.url, &alice, &room, last).room_id,
        entries: entries.collect(),
        last_seq: protocol::ids::Seq(last),
        handshake_seq: entry(&world.url, &alice, &room, last).handshake_seq,
    };
    let side: SideFiles = kept(&world.url, &alice, &format!("/api/rooms/{room}/side"));
    let rooms: Value = kept(&world.url, &alice, "/api/rooms");
    server.insists("ack room_history", serde_json::to_value(&history).unwrap());
    server.insists("/side ", serde_json::to_value(&side).unwrap());
    server.insists("GET /api/rooms ", rooms);
    server.lies("ack join_room", {
        let (room_id, last) = (history.room_id, history.last_seq);
        move |answer: &mut Value| {
            *answer = serde_json::json!({
                "room_id": room_id, "last_seq": last, "handshake_seq": history.handshake_seq
            });
        }
    });
    let texts = carol.texts(&room);
    assert_eq!(texts, ["alice: with carol"]);
    assert!(carol.run(&["send", &room, "am I in?"]).status != 0);
    // And with her own word in the log the others would not hear her either: she has no leaf.
    assert_eq!(alice.texts(&room).len(), 3);
    assert_eq!(alice.members(&room).len(), 2);
}
