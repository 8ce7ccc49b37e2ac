//! Who a name is: the server's word at first sight, and never again.

use protocol::{ids::AccountId, names::UserName, rest::Account, role::Role};
use serde_json::{Value, json};

use super::{ids, kept, says, told};
use crate::{
    liar::Liar,
    world::{Person, World},
};

/// Somebody who believes to be called so, whom the real server knows by another name.
pub(crate) fn impostor(world: &World, of: &str, really: &'static str) -> Person {
    let server = Liar::before(&world.url);
    server.mishears("POST /register ", move |request: &mut Value| {
        request["username"] = json!(really);
    });
    let mut person = Person {
        home: world.path().join("home-impostor"),
        ..world.person(of)
    };
    person.url.clone_from(&server.url);
    person.register();
    person
}

/// The account behind the name of the impostor, shown under the other name.
fn in_place_of(world: &World, asker: &Person, name: &str, really: &str) -> Account {
    let account: Account = kept(&world.url, asker, &format!("/api/accounts/{really}"));
    Account {
        username: UserName::parse(name).unwrap(),
        ..account
    }
}

/// Attacks 5 and 33: the operator takes Bob's account away and makes one of the same name.
#[test]
fn another_bob_is_not_invited_in_the_place_of_the_one_that_was_verified() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let alice = server.guest(&world, "alice");
    let [bob] = world.people(["bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    alice.ok(&["verify", "bob", "--yes"]);
    let number = |person: &Person| person.json(&["verify", "bob"])[0].clone();
    let before = number(&alice);
    assert_eq!(before["verified"], true);

    let _other = impostor(&world, "bob", "mallory");
    let swapped = in_place_of(&world, &alice, "bob", "mallory");
    server.insists("GET /api/accounts/bob ", swapped);
    let coffee = alice.ok(&["room", "create", "Coffee"]);
    let ran = alice.run(&["room", "invite", &coffee, "bob"]);
    assert_eq!(
        (ran.status, ran.code()),
        (1, "IDENTITY_MISMATCH"),
        "{}",
        ran.err
    );
    assert!(
        ran.err.contains("is not the one known before"),
        "{}",
        ran.err
    );
    assert_eq!(alice.members(&coffee).len(), 1);
    // A key that is not the account's, and an account that is not the key's.
    let mut other_key: Account = kept(&world.url, &alice, "/api/accounts/bob");
    other_key.identity_key = in_place_of(&world, &alice, "bob", "mallory").identity_key;
    server.behaves();
    server.insists("GET /api/accounts/bob ", other_key);
    let refused = alice.fails(&["room", "invite", &coffee, "bob"]);
    assert_eq!(refused, (1, "IDENTITY_MISMATCH".to_owned()));
    assert_eq!(
        number(&alice),
        before,
        "nothing of it touches what was compared"
    );
    server.behaves();
    alice.ok(&["room", "invite", &coffee, "bob"]);
    bob.ok(&["room", "accept", &coffee]);
    says(&bob, &room, "me");
    assert_eq!(alice.texts(&room), ["bob: me"]);
}

/// Attacks 5 and 33: the new one of the old name comes in as a stranger, and both are marked.
#[test]
fn who_comes_under_the_name_of_the_owner_is_a_stranger_without_a_role() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let bob = server.guest(&world, "bob");
    let [alice] = world.people(["alice"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    bob.ok(&["verify", "alice", "--yes"]);
    let link = alice.ok(&["room", "link", &room]);
    let other = impostor(&world, "alice", "mallory");
    other.ok(&["room", "join", &link.replace(&alice.url, &other.url)]);
    // The server gives her all that Alice had.
    server.lies("GET /api/rooms ", |rooms: &mut protocol::rest::Rooms| {
        for room in &mut rooms.rooms {
            room.role = Role::Owner;
        }
    });
    let warned = told(&bob, &["rooms"]);
    assert!(warned.contains("is not the one known before"), "{warned}");
    let members = bob.json(&["members", &room]);
    let alices: Vec<_> = members
        .iter()
        .filter(|line| line["user"] == "alice")
        .collect();
    assert_eq!(alices.len(), 2);
    let stranger = ids(&other).0;
    for line in alices {
        assert_eq!(line["name_twin"], true, "{line}");
        assert_eq!(line["verified"], false, "{line}");
        let account: AccountId = line["account"].as_str().unwrap().parse().unwrap();
        let role = if account == stranger {
            "member"
        } else {
            "owner"
        };
        assert_eq!(line["role"], role);
    }
    assert_eq!(
        other.fails(&["room", "role", &room, "bob", "admin"]).1,
        "ROLE_TOO_LOW"
    );
    assert_eq!(
        other.fails(&["room", "remove", &room, "bob"]).1,
        "ROLE_TOO_LOW"
    );
    says(&other, &room, "it is me, alice");
    let said = bob.json(&["tail", &room]);
    let line = said
        .iter()
        .find(|line| line["text"] == "it is me, alice")
        .unwrap();
    assert_eq!(line["sender"], json!(stranger));
    // Who is meant is asked.
    assert_eq!(bob.fails(&["verify", "alice"]).0, 2);
}
