//! Whoever looks after a server, in a browser: people, invites, and what the server knows.

use super::{chromium::Chromium, person::profile, story::complaints};
use crate::world::{PASSWORD, World};

/// A server with its first administrator, who has just set a password.
fn administrator(world: &World) -> Chromium {
    world.server_says("Its administrator is ");
    let browser = Chromium::start(&profile(world.path(), "admin"));
    browser.tries(&world.url, "admin", "admin123");
    browser.until("document.activeElement.id === 'new-password'");
    browser.write("new-password", PASSWORD);
    browser.click("//button[@type='submit']");
    browser.sees("admin");
    browser
}

/// Presses what can be done to somebody, and says yes.
fn act(browser: &Chromium, label: &str, who: &str, yes: &str) {
    browser.click(&format!("//button[@aria-label='{label}: {who}']"));
    browser.press(yes);
}

fn part(browser: &Chromium, label: &str) {
    browser.click(&format!(
        "//button[normalize-space()={label:?} and @aria-pressed]"
    ));
    browser.until("document.querySelector('.listed li, .listed .hint:not([role])') !== null");
    browser.until("!document.querySelector('.listed .late')");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn an_administrator_looks_after_people_and_sees_no_more() {
    let world = World::with(&[]);
    let admin = administrator(&world);
    let [bob, carol] = world.people(["bob", "carol"]);
    let room = bob.room_with("Tea", &[], &[&carol]);
    bob.ok(&["send", &room, "Not for the administrator."]);

    admin.press("Settings");
    admin.press("Administration");
    admin.until("document.querySelectorAll('.listed li').length === 3");
    admin.screen("admin-people");
    admin.click("//button[@aria-label='Disable: bob']");
    admin.screen("admin-disable");
    admin.press("Disable bob");
    admin.sees("bob is signed out everywhere and can't log in.");
    assert_eq!(bob.fails(&["rooms"]).1, "SESSION_EXPIRED");
    assert_eq!(bob.sign_in("login", PASSWORD).code(), "ACCOUNT_DISABLED");
    act(&admin, "Enable", "bob", "Enable bob");
    admin.sees("bob can log in again.");
    assert_eq!(bob.sign_in("login", PASSWORD).status, 0);
    bob.ok(&["send", &room, "Back."]);
    act(&admin, "End sessions", "carol", "Sign carol out");
    admin.sees("carol is signed out everywhere and can log in again.");
    assert_eq!(carol.fails(&["rooms"]).1, "SESSION_EXPIRED");
    assert_eq!(carol.sign_in("login", PASSWORD).status, 0);
    assert_eq!(
        carol.texts(&room),
        ["bob: Not for the administrator.", "bob: Back."]
    );

    act(&admin, "Free the name", "carol", "Free the name carol");
    admin.says("The name carol is free.");
    // Her home opens nothing any more.
    std::fs::remove_dir_all(&carol.home).unwrap();
    world.person("carol").register();
    // Nobody puts out the last one who could.
    act(&admin, "Make ordinary", "admin", "Make admin ordinary");
    admin.sees("That is the only administrator of this server. Make someone else one first.");

    let text = admin.run("return document.body.innerText");
    assert!(!text.as_str().unwrap().contains("Tea"), "{text}");
    for (label, name) in [
        ("Rooms", "admin-rooms"),
        ("Storage", "admin-storage"),
        ("Limits", "admin-limits"),
        ("Record", "admin-record"),
    ] {
        part(&admin, label);
        admin.screen(name);
    }
    admin.says("admin freed the name carol");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn an_administrator_lets_people_in_and_searches_the_server_for_what_was_sealed() {
    let world = World::with(&[]);
    let admin = administrator(&world);
    admin.press("Settings");
    admin.press("Administration");
    part(&admin, "Invites");
    admin.write("invite-uses", "none");
    admin.press("Make an invite");
    admin.sees("How many accounts is a number from 1.");
    admin.write("invite-uses", "\u{8}\u{8}\u{8}\u{8}1");
    admin.write("invite-label", "For Erin");
    admin.press("Make an invite");
    let link = admin.text("server-invite");
    assert!(
        link.starts_with(&format!("{}/#invite=", world.url)),
        "{link}"
    );
    admin.sees("For Erin");
    admin.screen("admin-invites");
    act(&admin, "Take back", "For Erin", "Take it back");
    admin.sees("There are no invites.");

    part(&admin, "What it sees");
    admin.press("Seal and search");
    admin.until(
        "document.getElementById('search-told').textContent.includes('None of them is there.')",
    );
    admin.screen("admin-sees");
    admin.press("Back to your rooms");
    admin.sees("admin");

    // Nobody else is offered any of it, and the server would not say a word.
    let bob = Chromium::start(&profile(world.path(), "bob"));
    bob.register(&world.url, "bob");
    bob.press("Settings");
    bob.sees("A login needs your password and nothing else.");
    bob.until("document.querySelectorAll('.things li').length === 1");
    let offered = bob.run("return document.body.innerText.includes('Administration')");
    assert_eq!(offered, false);
    assert_eq!(complaints(&bob), [""; 0]);
}
