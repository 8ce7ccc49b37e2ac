//! Attack 35: one account, two terminals, and a server that keeps a vault for each.

use super::{
    OTHER_VAULT,
    account::{further, rolls_back, vault},
    says, told,
};
use crate::{
    liar::{Act, Liar, http::response},
    world::{PASSWORD, World},
};

/// The second terminal is shown the vault as it is now, and told that all it writes is kept.
fn keeps_apart(server: &Liar, world: &World, person: &crate::world::Person) {
    rolls_back(server, vault(&world.url, person));
    let done = response(200, "{}");
    server.rule("PUT /api/vault ", Act::Answer(done.into()));
}

#[test]
fn a_vault_that_is_split_between_two_terminals_is_noticed() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let second = further(&world, &alice, &server);
    assert_eq!(second.sign_in("login", PASSWORD).status, 0);
    assert_eq!(second.room_field(&room, "state"), "joined");
    alice.ok(&["rooms"]);
    keeps_apart(&server, &world, &alice);
    let verify = ["verify", "bob", "--yes"];
    for terminal in [&alice, &second] {
        assert!(!told(terminal, &verify).contains(OTHER_VAULT));
    }
    says(&alice, &room, "from the first");
    let heard = told(&second, &["tail", &room]);
    assert_eq!(heard.matches(OTHER_VAULT).count(), 1, "{heard}");
    says(&second, &room, "from the second");
    let heard = told(&alice, &["tail", &room]);
    assert_eq!(heard.matches(OTHER_VAULT).count(), 1, "{heard}");
    let all = ["alice: from the first", "alice: from the second"];
    assert_eq!(bob.texts(&room), all);
}

/// It writes nothing itself: the server only keeps from it what the other has written.
#[test]
fn a_vault_that_is_denied_to_one_terminal_is_noticed() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let second = further(&world, &alice, &server);
    assert_eq!(second.sign_in("login", PASSWORD).status, 0);
    assert_eq!(second.room_field(&room, "state"), "joined");
    keeps_apart(&server, &world, &alice);
    alice.ok(&["verify", "bob", "--yes"]);
    says(&alice, &room, "from the first");
    let heard = told(&second, &["tail", &room]);
    assert!(heard.contains(OTHER_VAULT), "{heard}");
    server.behaves();
    assert!(!told(&second, &["tail", &room]).contains(OTHER_VAULT));
    assert_eq!(second.texts(&room), ["alice: from the first"]);
}

#[test]
fn a_terminal_that_is_merely_behind_is_told_nothing() {
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let second = further(&world, &alice, &Liar::before(&world.url));
    assert_eq!(second.sign_in("login", PASSWORD).status, 0);
    assert_eq!(second.room_field(&room, "state"), "joined");
    for (at, verify) in ["--yes", "--undo", "--yes"].into_iter().enumerate() {
        alice.ok(&["verify", "bob", verify]);
        says(&alice, &room, &format!("{at}"));
    }
    assert!(!told(&second, &["tail", &room]).contains(OTHER_VAULT));
    alice.ok(&["verify", "bob", "--undo"]);
    says(&second, &room, "of before");
    assert!(!told(&alice, &["tail", &room]).contains(OTHER_VAULT));
    alice.ok(&["verify", "bob", "--yes"]);
    says(&alice, &room, "and after");
    assert!(!told(&second, &["verify", "bob", "--undo"]).contains(OTHER_VAULT));
    assert!(!told(&alice, &["tail", &room]).contains(OTHER_VAULT));
}
