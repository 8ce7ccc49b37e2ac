//! Things that nobody said: events out of nowhere, while somebody is there.

use protocol::{
    error::{ErrorBody, ErrorCode},
    events::{DoorShut, Ephemeral, ReadmissionAsked, RoomClosed, RoomOpened, name},
    ids::RoomId,
    rest::{Empty, Shut},
    time::Timestamp,
};
use serde_json::json;

use super::{ids, says};
use crate::{bot::Bot, liar::Liar, world::World};

/// Attack 36, and notices that nobody sent: the room goes on, and nothing is given away.
#[test]
fn what_nobody_said_changes_nothing() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let id = RoomId::new(room.parse().unwrap()).unwrap();
    let elsewhere = RoomId::new(7).unwrap();
    let (account, device) = ids(&alice);
    let mut there = Bot::start(&bob);
    there.event(|line| line["event"] == "online");
    for room_id in [id, elsewhere] {
        server.says(name::ROOM_OPENED, &RoomOpened { room_id });
        server.says(name::READMISSION, &ReadmissionAsked { room_id });
        for what in [Shut::Door, Shut::Tree] {
            server.says(name::DOOR_SHUT, &DoorShut { room_id, what });
        }
        for body in [Vec::new(), vec![0; 40], vec![0xff; 3_000]] {
            let forged = Ephemeral {
                room_id,
                sender: Some(account),
                device: Some(device),
                body: body.into(),
            };
            server.says(name::EPHEMERAL, &forged);
        }
    }
    server.says(name::ROOM_CLOSED, &RoomClosed { room_id: elsewhere });
    server.says(name::DEVICES_CHANGED, &Empty {});
    server.says(name::MISSED, &Empty {});
    server.says("a_later_version_knows_this", &json!([1, 2, 3]));
    says(&alice, &room, "did you hear that?");
    there.event(|line| line["text"] == "did you hear that?");
    assert!(!there.events.iter().any(|line| line["event"] == "alarm"));
    there.end();
    assert_eq!(bob.room_field(&room, "state"), "joined");
    assert_eq!(bob.json(&["rooms"]).len(), 1);
    says(&bob, &room, "nothing");
    assert_eq!(alice.texts(&room).last().unwrap(), "bob: nothing");
}

/// A removal that is only said is not believed, and forgotten as soon as the log can be read.
#[test]
fn a_removal_out_of_nowhere_ends_with_the_lie() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let room_id = RoomId::new(room.parse().unwrap()).unwrap();
    says(&alice, &room, "before");
    let mut there = Bot::start(&bob);
    there.event(|line| line["text"] == "before");
    server.says(name::ROOM_CLOSED, &RoomClosed { room_id });
    there.event(|line| line["event"] == "rooms_changed");
    there.end();
    server.lies("GET /api/rooms ", |rooms: &mut protocol::rest::Rooms| {
        rooms.rooms.clear()
    });
    let refused = ErrorBody::new(
        ErrorCode::NotAMember,
        Timestamp::from_millis(1_800_000_000_000),
    );
    let refused = serde_json::to_value(refused).unwrap();
    server.insists("ack join_room", refused.clone());
    server.insists("ack room_history", refused);
    assert_eq!(bob.room_field(&room, "state"), "removed-unconfirmed");
    assert_eq!(bob.texts(&room), ["alice: before"]);
    server.behaves();
    assert_eq!(bob.room_field(&room, "state"), "joined");
    says(&bob, &room, "still here");
    assert_eq!(alice.texts(&room), ["alice: before", "bob: still here"]);
}

/// A session that is said to be over: the home keeps everything, and the password opens it again.
#[test]
fn a_session_that_is_said_to_be_over_loses_nothing() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.room_with("Tea", &[], &[&bob]);
    says(&bob, &room, "before");
    let ended = ErrorBody::new(
        ErrorCode::SessionExpired,
        Timestamp::from_millis(1_800_000_000_000),
    );
    server.adds("ack join_room", name::SESSION_ENDED, &ended);
    let ran = bob.run(&["send", &room, "in between"]);
    assert!([0, 3].contains(&ran.status), "{}", ran.err);
    server.behaves();
    if bob.run(&["rooms"]).status == 3 {
        assert_eq!(bob.sign_in("login", crate::world::PASSWORD).status, 0);
    }
    says(&bob, &room, "after");
    let said = alice.texts(&room);
    assert_eq!(said.first().unwrap(), "bob: before");
    assert_eq!(said.last().unwrap(), "bob: after");
    assert_eq!(bob.texts(&room), said);
}
