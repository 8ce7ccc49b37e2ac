//! What the server keeps of an account: boxes, keys, the vault.

use protocol::rest::{LoginFinished, LoginStarted, RootBoxes, VaultItem, VaultListing, VaultWrite};
use serde_json::{Value, json};

use super::{OTHER_VAULT, kept, says};
use crate::{
    liar::Liar,
    world::{PASSWORD, Person, World},
};

/// The length of a sealed root box without the identity.
const REDUCED: usize = 12 + 32 + 16;

/// A further home of somebody, at this server.
pub(super) fn further(world: &World, person: &Person, server: &Liar) -> Person {
    let mut further = Person {
        home: world.path().join(format!("home-{}-2", person.name)),
        ..person.clone()
    };
    further.url.clone_from(&server.url);
    further
}

/// Attack 13: another box, or a changed one, opens nothing, and says nothing of why.
#[test]
fn another_recovery_box_is_not_opened() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let mut alice = world.person("alice");
    alice.url.clone_from(&server.url);
    let args = ["register", "--server", &alice.url, "--user", "alice"];
    let args = [&args[..], &["--password-stdin", "--json"]].concat();
    let ran = alice.run_with(&args, &format!("{PASSWORD}\n"));
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    let code = answer["recovery_code"].as_str().unwrap().to_owned();
    let [mallory] = world.people(["mallory"]);
    let test = || {
        let ran = alice.run_with(&["recovery", "test", "--code-stdin"], &format!("{code}\n"));
        (ran.status, ran.code().to_owned())
    };
    let others: RootBoxes = kept(&world.url, &mallory, "/api/recovery");
    server.insists("GET /api/recovery ", others);
    let wrong = (1, "RECOVERY_CODE_WRONG".to_owned());
    assert_eq!(test(), wrong);
    server.behaves();
    server.lies("GET /api/recovery ", |found: &mut RootBoxes| {
        let last = found.by_code.0.len() - 1;
        found.by_code.0[last] ^= 1;
    });
    assert_eq!(test(), wrong);
    server.behaves();
    server.lies("GET /api/recovery ", |found: &mut RootBoxes| {
        found.by_code.0.clear();
    });
    assert_eq!(test(), wrong);
    server.behaves();
    // As long as a box without the identity is.
    server.lies("GET /api/recovery ", |found: &mut RootBoxes| {
        found.by_code.0.truncate(REDUCED);
    });
    assert_eq!(test(), wrong);
    server.behaves();
    assert_eq!(test().0, 0);
}

/// Attacks 13 and 14: whoever logs in is shown other boxes, other keys, and lower costs.
#[test]
fn a_login_believes_nothing_that_the_password_does_not_open() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice, bob, mallory] = world.people(["alice", "bob", "mallory"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let second = further(&world, &alice, &server);
    let attempt = || {
        let ran = second.sign_in("login", PASSWORD);
        (ran.status, ran.code().to_owned())
    };
    let account_key = "GET /api/vault/item?name=account-key ";
    let others: VaultItem = kept(&world.url, &mallory, "/api/vault/item?name=account-key");
    let swap = |found: &mut LoginFinished| {
        let RootBoxes {
            by_password,
            by_code,
        } = &mut found.root_box;
        std::mem::swap(by_password, by_code);
    };
    server.lies("POST /login ", swap);
    let swapped = attempt();
    server.behaves();
    server.lies("POST /login ", |found: &mut LoginFinished| {
        found.root_box.by_password.0[40] ^= 1;
    });
    let changed = attempt();
    assert_eq!(swapped, changed, "one error, whatever is wrong");
    assert_eq!(swapped.0, 1);
    server.behaves();
    server.lies("POST /login ", |found: &mut LoginFinished| {
        found.root_box.by_password.0.truncate(REDUCED);
    });
    assert_eq!(attempt(), changed);
    server.behaves();
    // Another account's identity, and its account key.
    server.lies("POST /login ", |found: &mut LoginFinished| {
        found.identity_key.0[3] ^= 1;
    });
    assert_eq!(attempt().0, 1);
    server.behaves();
    server.insists(account_key, others);
    assert_eq!(attempt().0, 1);
    server.behaves();
    // An answer of OPAQUE that was made for somebody else, or with another key.
    server.lies("POST /login ", |started: &mut LoginStarted| {
        let last = started.response.0.len() - 1;
        started.response.0[last] ^= 1;
    });
    assert_eq!(attempt(), (1, "LOGIN_FAILED".to_owned()));
    server.behaves();
    server.mishears("POST /login ", |request: &mut Value| {
        if request.get("username").is_some() {
            request["username"] = json!("mallory");
        }
    });
    assert_eq!(attempt(), (1, "LOGIN_FAILED".to_owned()));
    server.behaves();
    assert_eq!(second.fails(&["rooms"]), (3, "NOT_LOGGED_IN".to_owned()));
    // Costs that nobody asked for.
    server.lies("POST /login ", |started: &mut Value| {
        started["ksf"] = json!({ "memory_kib": 8, "passes": 1 });
        started["argon2"] = json!("m=8,t=1,p=1");
    });
    assert_eq!(attempt().0, 0);
    server.behaves();
    assert_eq!(second.room_field(&room, "state"), "joined");
    says(&second, &room, "in at last");
    assert_eq!(bob.texts(&room), ["alice: in at last"]);
}

/// All that the server keeps in somebody's vault.
pub(super) fn vault(server: &str, person: &Person) -> (VaultListing, Vec<VaultItem>) {
    let listing: VaultListing = kept(server, person, "/api/vault");
    let item = |name: &str| kept(server, person, &format!("/api/vault/item?name={name}"));
    let items = listing.items.iter().map(|item_of| item(&item_of.name));
    let items = items.collect();
    (listing, items)
}

/// Shows an earlier vault to whoever asks.
pub(super) fn rolls_back(server: &Liar, (listing, items): (VaultListing, Vec<VaultItem>)) {
    server.insists("GET /api/vault ", listing);
    server.lies("GET /api/vault/item", move |item: &mut VaultItem| {
        if let Some(old) = items.iter().find(|old| old.name == item.name) {
            *item = old.clone();
        }
    });
}

/// Attack 35: what a device has seen of the vault does not come back older.
#[test]
fn an_older_vault_is_not_taken_by_a_device_that_saw_a_newer_one() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let alice = server.guest(&world, "alice");
    let [bob] = world.people(["bob"]);
    let second = further(&world, &alice, &Liar::before(&world.url));
    assert_eq!(second.sign_in("login", PASSWORD).status, 0);
    let before = vault(&world.url, &alice);
    let room = alice.room_with("Tea", &[], &[&bob]);
    alice.ok(&["verify", "bob", "--yes"]);
    rolls_back(&server, before);
    // A write that another device has overtaken makes this one read, and what it reads is older than what it wrote.
    second.ok(&["rooms"]);
    second.ok(&["verify", "bob", "--undo"]);
    let ran = alice.run(&["verify", "bob", "--yes"]);
    assert!(ran.err.contains(OTHER_VAULT), "{}", ran.err);
    server.behaves();
    alice.ok(&["verify", "bob", "--yes"]);
    assert_eq!(alice.json(&["verify", "bob"])[0]["verified"], true);
    says(&alice, &room, "go on");
    assert_eq!(bob.texts(&room), ["alice: go on"]);
}

/// Attack 35: an item under another one's name, or an older one beside the new listing.
#[test]
fn the_items_of_a_vault_are_those_that_its_listing_names() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice, bob] = world.people(["alice", "bob"]);
    let (_, before) = vault(&world.url, &alice);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let second = further(&world, &alice, &server);
    server.lies(
        "GET /api/vault/item?name=contacts",
        move |item: &mut VaultItem| {
            let old = before.iter().find(|old| old.name == item.name).unwrap();
            item.sealed = old.sealed.clone();
        },
    );
    assert_eq!(second.sign_in("login", PASSWORD).status, 1);
    server.behaves();
    let (_, all) = vault(&world.url, &alice);
    let contacts = all
        .into_iter()
        .find(|item| item.name == "contacts")
        .unwrap();
    server.lies(
        "GET /api/vault/item?name=account ",
        move |item: &mut VaultItem| {
            item.sealed = contacts.sealed.clone();
        },
    );
    assert_eq!(second.sign_in("login", PASSWORD).status, 1);
    server.behaves();
    assert_eq!(second.sign_in("login", PASSWORD).status, 0);
    says(&second, &room, "in at last");
    assert_eq!(bob.texts(&room), ["alice: in at last"]);
}

/// A vault that takes nothing and shows nothing new: what is to be written waits for better times, and nobody for it.
#[test]
fn what_the_server_does_not_keep_is_kept_for_another_time() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let alice = server.guest(&world, "alice");
    let [bob] = world.people(["bob"]);
    server.mishears("PUT /api/vault ", |write: &mut VaultWrite| {
        for put in &mut write.puts {
            put.expected += 700;
        }
    });
    let room = alice.room_with("Tea", &[], &[&bob]);
    server.behaves();
    says(&alice, &room, "go on");
    let second = further(&world, &alice, &server);
    assert_eq!(second.sign_in("login", PASSWORD).status, 0);
    assert_eq!(second.texts(&room), ["alice: go on"]);
}

/// Registers at a server; the recovery code.
fn register_with_code(person: &Person) -> String {
    let args = ["register", "--server", &person.url, "--user", &person.name];
    let args = [&args[..], &["--password-stdin", "--json"]].concat();
    let ran = person.run_with(&args, &format!("{PASSWORD}\n"));
    assert_eq!(ran.status, 0, "{}", ran.err);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    answer["recovery_code"].as_str().unwrap().to_owned()
}

const NEW_PASSWORD: &str = "copper lantern tides 77";

/// Attack 13: by the code, too, nobody is led into another account, and one error says that it does not open.
#[test]
fn a_login_by_code_believes_nothing_that_the_code_does_not_open() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let alice = world.person("alice");
    let code = register_with_code(&alice);
    let [bob, mallory] = world.people(["bob", "mallory"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let second = further(&world, &alice, &server);
    let attempt = || {
        let args = ["login", "--server", &server.url, "--user", "alice"];
        let args = [&args[..], &["--recovery-code", "--password-stdin"]].concat();
        let ran = second.run_with(&args, &format!("{code}\n{NEW_PASSWORD}\n"));
        (ran.status, ran.code().to_owned())
    };
    let wrong = (1, "RECOVERY_CODE_WRONG".to_owned());
    server.lies("POST /login ", |found: &mut LoginFinished| {
        let RootBoxes {
            by_password,
            by_code,
        } = &mut found.root_box;
        std::mem::swap(by_password, by_code);
    });
    assert_eq!(attempt(), wrong);
    server.behaves();
    server.lies("POST /login ", |found: &mut LoginFinished| {
        found.root_box.by_code.0[40] ^= 1;
    });
    assert_eq!(attempt(), wrong);
    server.behaves();
    // Somebody else's account, whole: box, identity and id fit together, and the code opens none of it.
    let (account, _) = super::ids(&mallory);
    let boxes: RootBoxes = kept(&world.url, &mallory, "/api/recovery");
    let others: protocol::rest::Account = kept(&world.url, &mallory, "/api/accounts/mallory");
    server.lies("POST /login ", move |found: &mut LoginFinished| {
        found.session.account_id = account;
        found.identity_key = others.identity_key.clone();
        found.root_box = boxes.clone();
    });
    assert_eq!(attempt(), wrong);
    server.behaves();
    server.lies("POST /login ", |found: &mut LoginFinished| {
        found.identity_key.0[3] ^= 1;
    });
    assert_eq!(attempt(), (1, "IDENTITY_MISMATCH".to_owned()));
    server.behaves();
    assert_eq!(second.fails(&["rooms"]), (3, "NOT_LOGGED_IN".to_owned()));
    assert_eq!(attempt().0, 0);
    says(&second, &room, "in at last");
    assert_eq!(bob.texts(&room), ["alice: in at last"]);
}

/// Attacks 13 and 14: what is sealed anew is what the password opened, at the cost that this program asks for.
#[test]
fn no_box_is_sealed_anew_that_the_password_did_not_open() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let alice = server.guest(&world, "alice");
    let [mallory] = world.people(["mallory"]);
    let change = || {
        let args = ["password", "change", "--password-stdin"];
        let ran = alice.run_with(&args, &format!("{PASSWORD}\n{NEW_PASSWORD}\n"));
        (ran.status, ran.code().to_owned())
    };
    let replace = || {
        let args = ["recovery", "replace", "--password-stdin"];
        let ran = alice.run_with(&args, &format!("{PASSWORD}\n"));
        (ran.status, ran.code().to_owned())
    };
    let before: RootBoxes = kept(&world.url, &alice, "/api/recovery");
    let others: RootBoxes = kept(&world.url, &mallory, "/api/recovery");
    let wrong = (1, "IDENTITY_MISMATCH".to_owned());
    server.insists("GET /api/recovery ", others);
    assert_eq!((change(), replace()), (wrong.clone(), wrong.clone()));
    server.behaves();
    server.lies("GET /api/recovery ", |found: &mut RootBoxes| {
        let last = found.by_password.0.len() - 1;
        found.by_password.0[last] ^= 1;
    });
    assert_eq!((change(), replace()), (wrong.clone(), wrong));
    server.behaves();
    let after: RootBoxes = kept(&world.url, &alice, "/api/recovery");
    assert_eq!(before, after);
    // Costs that nobody asked for: what is stretched is stretched as ever, so the same password opens it elsewhere.
    for what in ["POST /login ", "POST /api/password "] {
        server.lies(what, |started: &mut Value| {
            started["ksf"] = json!({ "memory_kib": 8, "passes": 1 });
            started["argon2"] = json!("m=8,t=1,p=1");
        });
    }
    assert_eq!(change().0, 0);
    server.behaves();
    let honest = Liar::before(&world.url);
    let second = further(&world, &alice, &honest);
    assert_eq!(second.sign_in("login", NEW_PASSWORD).status, 0);
}
