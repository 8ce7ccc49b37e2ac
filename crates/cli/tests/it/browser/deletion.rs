//! An account ends in a browser.

use super::{chromium::Chromium, person::profile, tabs::garden};
use crate::{
    stories::second_factor::enable,
    world::{PASSWORD, Settings, World},
};

const BY_INVITE: Settings = &[
    ("SECURE_CHAT_DEFAULT_ADMIN", "no"),
    ("SECURE_CHAT_REGISTRATION", "invite"),
];

fn wants_to_go(browser: &Chromium) {
    browser.reload();
    browser.press("Settings");
    browser.unfold("Delete this account");
    browser.until("document.activeElement.textContent === 'Keep my account'");
}

fn delete(browser: &Chromium, secret: &str) {
    browser.write("delete-secret", secret);
    browser.press("Delete my account");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn an_account_is_deleted_and_its_rooms_go_on() {
    let world = World::new();
    let (alice, carol, room) = garden(&world);
    let away = Chromium::start(&profile(world.path(), "alice-away"));
    away.log_in(&world.url, "alice");
    away.open_room("The garden");

    // The room would be left without an owner.
    wants_to_go(&alice);
    alice.screen("delete-account");
    delete(&alice, PASSWORD);
    alice.says("You are the only owner of: The garden. Make somebody else an owner there first");
    alice.screen("delete-only-owner");
    alice.press("Keep my account");
    alice.press("Close");
    alice.open_room("The garden");
    alice.press("People");
    alice.click("//dialog//li//button[contains(., 'carol')]");
    alice.click("//label[contains(., 'owner')]");
    alice.sees("In this room as owner.");

    wants_to_go(&alice);
    delete(&alice, "a guess at it 12");
    alice.says("That is neither your password nor your recovery code.");
    assert_eq!(carol.members(&room).len(), 2);

    // Nobody is there to let her go.
    wants_to_go(&alice);
    delete(&alice, PASSWORD);
    alice.says("these have yet to let you go: The garden.");
    carol.ok(&["rooms"]);
    assert_eq!(
        carol.members(&room),
        [("carol".to_owned(), "owner".to_owned())]
    );
    wants_to_go(&alice);
    delete(&alice, PASSWORD);
    alice.sees("Your account is deleted, and what this browser kept of it is gone.");
    alice.until("document.querySelector('#user')?.value === ''");
    alice.screen("deleted");
    assert_eq!(alice.run("return localStorage.length"), 0);
    alice.reload();
    alice.until("document.querySelector('#user')?.value === ''");
    let banner = alice.run("return document.querySelector('.banner')");
    assert!(banner.is_null(), "{banner}");

    // The other browser hears of it, and is of use to somebody else.
    away.says("This account was deleted.");
    away.screen("was-deleted");
    away.tries(&world.url, "alice", PASSWORD);
    away.says("That account was deleted.");
    away.press("Begin anew in this browser");
    away.press("Delete it and begin anew");
    away.until("document.querySelector('#user')?.value === ''");
    away.tries(&world.url, "alice", PASSWORD);
    away.sees("That name and password don't match.");
    carol.ok(&["send", &room, "still here"]);
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn whoever_does_not_wait_is_told_of_by_the_server() {
    let world = World::new();
    let [bob] = world.people(["bob"]);
    let room = bob.ok(&["room", "create", "Tea"]);
    let room = room.trim();
    let alice = Chromium::start(&profile(world.path(), "alice"));
    let code = alice.register(&world.url, "alice");
    bob.ok(&["room", "invite", room, "alice"]);
    alice.until(
        "[...document.querySelectorAll('nav li button')].some((room) => {
             const found = room.innerText.includes('bob invites you.');
             if (found) { room.click(); }
             return found;
         })",
    );
    alice.press("Accept");
    alice.find_heading("Tea");
    bob.ok(&["rooms"]);
    wants_to_go(&alice);
    alice.click("//input[@name='let-go' and @value='at-once']");
    // The recovery code proves it too.
    delete(&alice, &code);
    alice.sees("Your account is deleted, and what this browser kept of it is gone.");
    let told = bob.json(&["tail", room]);
    assert!(told.iter().any(|line| line["what"] == "account-deleted"));
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn the_only_administrator_stays() {
    let world = World::with(BY_INVITE);
    world.administrator("root");
    let root = Chromium::start(&profile(world.path(), "root"));
    root.log_in(&world.url, "root");
    root.create_room("The cellar");
    wants_to_go(&root);
    delete(&root, PASSWORD);
    root.says("That is the only administrator of this server. Make someone else one first.");
    root.press("Close");
    root.open_room("The cellar");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn whoever_has_no_code_stays_in_their_rooms() {
    let world = World::new();
    let bob = world.person("bob");
    bob.register();
    let room = bob.ok(&["room", "create", "Tea"]);
    let link = bob.ok(&["room", "link", &room]);
    let terminal = world.person("alice");
    terminal.register();
    let (_app, backup) = enable(&terminal);
    let alice = Chromium::start(&profile(world.path(), "alice"));
    alice.tries(&world.url, "alice", PASSWORD);
    alice.write("code", &backup[0]);
    alice.click("//button[@type='submit']");
    alice.sees("alice");
    terminal.ok(&["room", "join", &link]);
    alice.open_room("Tea");
    wants_to_go(&alice);
    delete(&alice, PASSWORD);
    alice.until("document.activeElement.id === 'form-code'");
    alice.screen("delete-code");
    bob.ok(&["rooms"]);
    assert_eq!(bob.members(&room).len(), 2);
    alice.write("form-code", &backup[1]);
    alice.click("//label[contains(., \"Don't wait\")]");
    alice.press("Delete my account");
    alice.sees("Your account is deleted, and what this browser kept of it is gone.");
    bob.ok(&["rooms"]);
    assert_eq!(bob.members(&room).len(), 1);
    let args = ["account", "delete", "--password-stdin"];
    assert_eq!(terminal.run_with(&args, "").status, 0);
}
