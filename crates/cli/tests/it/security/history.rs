//! Keys and texts of former times.

use protocol::{
    ids::{MailId, RoomId},
    rest::{Mail, MailBody, Mailbox, SideFiles},
    time::Timestamp,
};

use super::{causes, ids, says};
use crate::{liar::Liar, world::World};

/// Attack 10: a request for keys that no device has signed, and one in somebody's name.
#[test]
fn a_server_that_asks_for_keys_gets_no_answer() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let alice = server.guest(&world, "alice");
    let [bob] = world.people(["bob"]);
    let room = alice.room_with("Tea", &["--history", "shared"], &[&bob]);
    says(&alice, &room, "not for the server");
    let (account, device) = ids(&bob);
    let number: u64 = room.parse().unwrap();
    // As docs/PROTOCOL.md has it (4), but for the signature: nobody but the device has the key.
    let mut request = 1u16.to_be_bytes().to_vec();
    request.extend(number.to_be_bytes());
    request.extend([0; 16]);
    request.extend(account.as_bytes());
    request.extend(device.as_bytes());
    request.extend([7; 16]);
    request.extend([32]);
    request.extend([9; 32]);
    request.extend([16]);
    request.extend(0u64.to_be_bytes());
    request.extend(9u64.to_be_bytes());
    let signed = [&request[..], &[5; 64]].concat();
    server.lies("GET /api/mailbox", move |mailbox: &mut Mailbox| {
        for (at, sealed) in [&signed, &request, &vec![0xff; 300], &Vec::new()]
            .into_iter()
            .enumerate()
        {
            mailbox.mails.push(Mail {
                id: MailId::new(900_000 + at as u64).unwrap(),
                sender: account,
                room_id: Some(RoomId::new(number).unwrap()),
                seq: None,
                timestamp: Timestamp::from_millis(1_800_000_000_000),
                body: MailBody::HistoryRequest {
                    sealed: sealed.clone().into(),
                },
            });
        }
    });
    alice.ok(&["rooms"]);
    alice.ok(&["rooms"]);
    assert_eq!(
        server.has_heard("POST /api/mail "),
        0,
        "nothing was answered"
    );
    server.behaves();
    says(&bob, &room, "nor did I ask");
    assert_eq!(alice.texts(&room).last().unwrap(), "bob: nor did I ask");
}

/// Attack 9: who comes later is given other files of the past, and believes none.
#[test]
fn the_past_of_another_room_is_not_believed() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let tea = alice.ok(&["room", "create", "Tea", "--history", "shared"]);
    let coffee = alice.ok(&["room", "create", "Coffee", "--history", "shared"]);
    says(&alice, &tea, "of tea");
    says(&alice, &coffee, "of coffee");
    let other: SideFiles = super::kept(&world.url, &alice, &format!("/api/rooms/{coffee}/side"));
    server.lies("/side ", move |side: &mut SideFiles| {
        *side = other.clone();
    });
    alice.ok(&["room", "invite", &tea, "bob"]);
    bob.ok(&["room", "accept", &tea]);
    assert_eq!(
        bob.texts(&tea),
        [""; 0],
        "nothing is shown whose sender is not known"
    );
    assert_eq!(bob.room_field(&tea, "name"), serde_json::Value::Null);
    server.behaves();
    assert_eq!(bob.texts(&tea), ["alice: of tea"]);
    assert_eq!(bob.room_field(&tea, "name"), "Tea");
    assert_eq!(causes(&bob, &tea), [""; 0]);
}
