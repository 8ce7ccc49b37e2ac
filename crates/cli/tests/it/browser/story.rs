//! Alice and Bob in two browsers and Carol in the terminal, in one room.

use super::{
    chromium::Chromium,
    person::{gardener, profile},
};
use crate::world::{Person, World};

pub(super) fn join(person: &Person, link: &str) -> String {
    let ran = person.run_with(&["room", "join", link], "yes\n");
    assert_eq!(ran.status, 0, "{}", ran.err);
    ran.out.trim().to_owned()
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn two_browsers_and_a_terminal_chat_in_one_room() {
    let world = World::new();
    let alice = Chromium::start(&profile(world.path(), "alice"));
    let bob = Chromium::start(&profile(world.path(), "bob"));
    alice.go(&world.url);
    alice.until("document.querySelector('#user') !== null");
    alice.screen("welcome");
    alice.register(&world.url, "alice");
    alice.screen("no-rooms");
    bob.register(&world.url, "bob");

    alice.create_room("The garden");
    alice.screen("new-conversation");
    alice.say("Hello, is anybody here?");
    alice.hears("Hello, is anybody here?");
    let link = alice.invite_link();

    // Bob opens the link in the browser; Carol gives it to the terminal.
    bob.go(&link);
    bob.until("document.querySelector('.preview') !== null");
    bob.screen("join");
    let address = bob.run("return location.href");
    assert_eq!(
        address,
        format!("{}/", world.url),
        "the link stays in no address"
    );
    bob.press("Join the room");
    bob.find_heading("The garden");
    bob.say("Bob here, by the link.");
    bob.hears("Bob here, by the link.");
    let [carol] = world.people(["carol"]);
    let room = join(&carol, &link);
    carol.ok(&["send", &room, "Carol, from the terminal."]);
    for browser in [&alice, &bob] {
        browser.hears("Carol, from the terminal.");
    }
    alice.say("Good to have you both.");
    bob.hears("Good to have you both.");
    alice.screen("conversation");
    alice.press("People");
    alice.until("document.querySelectorAll('.members li').length === 3");
    alice.screen("people");
    alice.press("Close");

    assert_eq!(
        alice.texts(),
        [
            "You: Hello, is anybody here?",
            "bob: Bob here, by the link.",
            "carol: Carol, from the terminal.",
            "You: Good to have you both.",
        ]
    );
    assert_eq!(
        bob.texts(),
        [
            "You: Bob here, by the link.",
            "carol: Carol, from the terminal.",
            "alice: Good to have you both.",
        ]
    );
    assert_eq!(
        carol.texts(&room),
        [
            "carol: Carol, from the terminal.",
            "alice: Good to have you both."
        ]
    );

    goes_on_after_a_restart(&world, &alice, &bob);
    for browser in [&alice, &bob] {
        assert_eq!(complaints(browser), [""; 0]);
    }
}

/// A page that is opened again knows everything, and a server that comes back loses nothing.
fn goes_on_after_a_restart(world: &World, alice: &Chromium, bob: &Chromium) {
    world.restart_server();
    bob.reload();
    bob.click("//button[contains(., 'The garden')]");
    bob.hears("Good to have you both.");
    bob.say("Still here.");
    bob.hears("Still here.");
    alice.hears("Still here.");
}

/// What the console says, without what a server that was away explains. This browser checks what it preloads only where
/// it is used, and says so.
pub(super) fn complaints(browser: &Chromium) -> Vec<String> {
    let expected = [
        "ERR_CONNECTION_REFUSED",
        "WebSocket",
        "currently ignored for preload",
    ];
    let complaints = browser.complaints().into_iter();
    complaints
        .filter(|line| !expected.iter().any(|words| line.contains(words)))
        .collect()
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn an_invitation_by_name_is_answered_in_the_browser() {
    let world = World::new();
    let [alice] = world.people(["alice"]);
    let room = alice.ok(&["room", "create", "Night desk"]);
    let bob = Chromium::start(&profile(world.path(), "bob"));
    bob.register(&world.url, "bob");
    alice.ok(&["room", "invite", &room, "bob"]);
    bob.click("//button[contains(., 'alice invites you.')]");
    bob.screen("invitation");
    bob.press("Accept");
    bob.find_heading("Night desk");
    bob.say("Thank you.");
    bob.hears("Thank you.");
    assert_eq!(alice.texts(&room), ["bob: Thank you."]);
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_store_that_was_cleared_is_a_sentence_and_never_a_new_identity() {
    let world = World::new();
    let browser = gardener(&world);
    // The page without its worker lets go of the store.
    browser.go(&format!("{}/healthz", world.url));
    browser.run("window.gone = false; indexedDB.deleteDatabase('secure-chat').onsuccess = () => { window.gone = true }");
    browser.until("window.gone");
    browser.go(&world.url);
    browser.until("document.body.innerText.includes('is gone')");
    browser.screen("store-gone");
    browser.press("Log in again");
    browser.until("document.querySelector('#user')?.value === 'alice'");
    browser.write("password", crate::world::PASSWORD);
    browser.click("//button[@type='submit']");
    browser.click("//button[contains(., 'The garden')]");
    browser.find_heading("The garden");
    browser.say("Back again.");
    browser.hears("Back again.");
}
